"""What `apply --json` has printed, each line held against the schema that `reconcile schema events` prints."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator

import reconciler.core

if TYPE_CHECKING:
    from collections.abc import Iterator

SHIPPED = Path(reconciler.core.__file__).with_name("events-1.schema.json")


@cache
def validator() -> Draft202012Validator:
    schema = json.loads(SHIPPED.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def lines_of(out: str) -> list[dict[str, Any]]:
    """Every line as an object; all of them have to be valid."""
    found = [json.loads(line) for line in out.splitlines()]
    for one in found:
        validator().validate(one)
    return found


def of_type(lines: list[dict[str, Any]], kind: str) -> Iterator[dict[str, Any]]:
    return (one for one in lines if one["type"] == kind)
