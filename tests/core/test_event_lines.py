"""The schema of `apply --json`: the same as the models, met by what is written, missed by what is damaged."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import ValidationError
from support.json_lines import SHIPPED, validator

from reconciler.core.event_lines import EndLine, event_schema

END = json.loads(
    EndLine(at="2026-11-22T20:00:00.000Z", exit_code=0, error="", hint="").model_dump_json()
)


def test_the_shipped_schema_is_that_of_the_models(request: pytest.FixtureRequest) -> None:
    now = json.dumps(event_schema(), indent=1, ensure_ascii=False) + "\n"

    if request.config.getoption("--update-golden"):
        SHIPPED.write_text(now)
    assert SHIPPED.read_text() == now


def test_a_later_minor_with_more_keys_is_valid() -> None:
    validator().validate(END | {"format_version": "1.7", "more": {"to": "tell"}})


@pytest.mark.parametrize(
    "damage",
    [
        {"format_version": "2.0"},
        {"type": "ending"},
        {"at": "2026-11-22 20:00:00"},
        {"exit_code": -1},
        {"error": None},
    ],
)
def test_a_damaged_line_is_not_valid(damage: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        validator().validate(END | damage)


@pytest.mark.parametrize("key", sorted(END))
def test_no_key_may_be_missing(key: str) -> None:
    with pytest.raises(ValidationError):
        validator().validate({name: value for name, value in END.items() if name != key})
