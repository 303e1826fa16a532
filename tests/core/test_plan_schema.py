"""The schema that the package ships: the same as the models, met by every plan, missed by damaged ones."""

from __future__ import annotations

import copy
import datetime as dt
import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from jsonschema import Draft202012Validator
from support.planning import live, plan_of, wanted
from support.wishes import plan, wishes

import reconciler.core
from reconciler.core.plan_document import made, text_of
from reconciler.core.plan_schema import CLOSED, plan_schema

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.live import Live

    from reconciler.core.desired import DesiredState

SHIPPED = Path(reconciler.core.__file__).with_name("plan-1.schema.json")
GOLDEN = sorted((Path(__file__).parents[1] / "cases").glob("*/plan.json"))
LEFT_OUT_WHEN_EMPTY = {"labels", "safety", "cutover_window", "overlap_once_cents", "likely_s"}
RICHEST = GOLDEN[0].parents[1] / "follower_switch_moves_every_name/plan.json"


@cache
def validator() -> Draft202012Validator:
    schema = json.loads(SHIPPED.read_text())
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def test_the_shipped_schema_is_that_of_the_models(request: pytest.FixtureRequest) -> None:
    now = json.dumps(plan_schema(), indent=1, ensure_ascii=False) + "\n"

    if request.config.getoption("--update-golden"):
        SHIPPED.write_text(now)
    assert SHIPPED.read_text() == now


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda path: path.parent.name)
def test_every_golden_plan_is_valid(golden: Path) -> None:
    validator().validate(json.loads(golden.read_text()))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(wishes())
def test_every_generated_plan_is_valid(wish: tuple[Live, DesiredState]) -> None:
    validator().validate(json.loads(plan(*wish).to_json()))


def test_a_plan_that_says_when_it_was_made_is_valid() -> None:
    one = plan_of(live(), wanted())
    text = text_of(one, made(one, dt.datetime(2026, 11, 22, 10, tzinfo=dt.UTC)))

    validator().validate(json.loads(text))
    assert "made" in json.loads(text)


def test_no_key_can_be_left_out() -> None:
    plan = json.loads(RICHEST.read_text())

    passed = [
        path
        for path, damaged in _each_key_left_out(plan)
        if validator().is_valid(damaged) and path[-1] not in LEFT_OUT_WHEN_EMPTY
    ]

    assert passed == []


def test_no_value_can_be_of_another_kind() -> None:
    plan = json.loads(RICHEST.read_text())

    passed = [path for path, damaged in _each_value_odd(plan) if validator().is_valid(damaged)]

    assert passed == []


def test_unknown_keys_pass_where_they_only_tell_more() -> None:
    plan = json.loads(RICHEST.read_text())
    plan["since_1_1"] = plan["databases"][0]["since_1_1"] = {"a": [1]}
    plan["databases"][0]["downtime"]["since_1_1"] = 1

    assert validator().is_valid(plan)


@pytest.mark.parametrize(
    "path",
    [
        ("databases", 0, "starting_point"),
        ("databases", 0, "stages", 0),
        ("databases", 0, "stages", 0, "steps", 0),
    ],
)
def test_unknown_keys_do_not_pass_where_apply_acts(path: tuple[str | int, ...]) -> None:
    plan = json.loads(RICHEST.read_text())
    _at(plan, path)["since_1_1"] = 1

    assert not validator().is_valid(plan)


@pytest.mark.parametrize("version", ["0.1", "2.0", "1", "1.", "", 1.0, None, "1.0 "])
def test_only_versions_1_x_are_valid(version: object) -> None:
    plan = json.loads(RICHEST.read_text()) | {"format_version": version}

    assert not validator().is_valid(plan)


def test_everything_that_apply_acts_on_is_closed() -> None:
    definitions = json.loads(SHIPPED.read_text())["$defs"]

    closed = {name for name, one in definitions.items() if "additionalProperties" in one}

    assert closed == {one.__name__ for one in CLOSED}


def _at(value: Any, path: tuple[str | int, ...]) -> Any:
    for part in path:
        value = value[part]
    return value


def _places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every place of a value in objects, the first of each list standing for all."""
    if isinstance(value, dict):
        for key in value:
            yield (*path, key)
            yield from _places(value[key], (*path, key))
    elif isinstance(value, list) and value:
        yield from _places(value[0], (*path, 0))


def _each_key_left_out(plan: Any) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    for path in _places(plan):
        damaged = copy.deepcopy(plan)
        del _at(damaged, path[:-1])[path[-1]]
        yield path, damaged


def _each_value_odd(plan: Any) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    for path in _places(plan):
        damaged = copy.deepcopy(plan)
        _at(damaged, path[:-1])[path[-1]] = {"odd": [0.5]}
        yield path, damaged
