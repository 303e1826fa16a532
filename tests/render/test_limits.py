from __future__ import annotations

import datetime as dt
import json

import pytest
from support.live import snapshot_of
from support.planning import catalogue, live, wanted

from reconciler.core import planner
from reconciler.core.desired import DesiredDatabase, DesiredState
from reconciler.core.durations import Duration
from reconciler.core.limits import Freeze, Limits, Safety, Waiver
from reconciler.core.safety import refusals
from reconciler.core.windows import parse_cutover_window
from reconciler.render.human import plan_text
from reconciler.render.limits import refusal_text
from reconciler.render.machine import plan_document

CHRISTMAS = Freeze(
    begins=dt.datetime(2026, 12, 20, tzinfo=dt.UTC),
    ends=dt.datetime(2027, 1, 4, tzinfo=dt.UTC),
    reason="Christmas",
)
UNTIL = dt.date(2026, 12, 31)
ALLOWED = Waiver(
    limit="most_downtime", database="orders", until=UNTIL, reason="agreed with the team"
)
TOO_LONG = "orders would be down for up to 3 min; at most 20 s may be [most_downtime]"
SHORT = Limits(most_downtime=Duration(20))


def plan(safety: Safety, one: DesiredDatabase | None = None):
    state = DesiredState(databases=(one or wanted(),), safety=safety, fleet_size=1)
    return planner.plan(state, snapshot_of(live()), catalogue(), endpoint="sim:test")


def blocks(text: str) -> list[list[str]]:
    return [block.splitlines() for block in text.split("\n\n")]


def test_a_plan_beyond_a_limit_is_printed_whole_with_the_way_on() -> None:
    text = plan_text(plan(Safety(limits=SHORT)), path="plans/x.json", width=200)

    found = blocks(text)
    assert found[2] == [
        "Beyond a limit, and so refused by apply:",
        f"  {TOO_LONG}",
        (
            '  to waive it, in reconcile.toml: a table [[waiver]] with limit = "most_downtime", database = "orders", '
            'until = the last day, reason = "why"'
        ),
    ]
    assert found[3][0].startswith("~ orders: shop::DATABASE")
    assert text.endswith(" written to plans/x.json. It is beyond a limit: apply refuses it.\n")


def test_a_waiver_is_shown_with_its_day_and_reason() -> None:
    text = plan_text(plan(Safety(limits=SHORT, waivers=(ALLOWED,))), path="plans/x.json", width=200)

    assert blocks(text)[2] == [
        "Beyond a limit, with a waiver:",
        f"  {TOO_LONG}; waived for orders until 2026-12-31: agreed with the team",
    ]
    assert "Apply exactly this: reconcile apply plans/x.json" in text


def test_a_waiver_that_has_expired_is_shown_as_such_on_a_day() -> None:
    guarded = plan(Safety(limits=SHORT, waivers=(ALLOWED,)))

    text = plan_text(guarded, path="plans/x.json", width=200, today=UNTIL + dt.timedelta(days=1))

    assert blocks(text)[2][:3] == [
        "Beyond a limit, and so refused by apply:",
        f"  {TOO_LONG}",
        "  the waiver for orders expired: it was until 2026-12-31 (agreed with the team)",
    ]
    assert text.endswith("apply refuses it.\n")


def test_a_waiver_that_counts_for_a_part_is_named() -> None:
    one = wanted(name="users", app="web")
    state = DesiredState(
        databases=(wanted(), one),
        safety=Safety(
            limits=Limits(most_changes=0),
            waivers=(ALLOWED.model_copy(update={"limit": "most_changes"}),),
        ),
        fleet_size=2,
    )
    world = snapshot_of(
        live(
            others={"small": {"app": "web", "plan": "standard-0", "attachments": ["web::DATABASE"]}}
        )
    )

    text = plan_text(planner.plan(state, world, catalogue(), endpoint="sim:test"), width=200)

    assert blocks(text)[2] == [
        "Beyond a limit, and so refused by apply:",
        "  2 databases would change, 1 of them waived; at most 0 may: 1 more waiver is needed [most_changes]",
        "  waived for orders until 2026-12-31: agreed with the team",
        (
            '  to waive it, in reconcile.toml: a table [[waiver]] with limit = "most_changes", database = "NAME", '
            'until = the last day, reason = "why"'
        ),
    ]


def test_how_to_waive_is_said_once_for_each_limit() -> None:
    others = {
        f"db{number}": {
            "app": f"a{number}",
            "plan": "standard-0",
            "attachments": [f"a{number}::DATABASE"],
        }
        for number in range(3)
    }
    state = DesiredState(
        databases=tuple(wanted(name=f"n{number}", app=f"a{number}") for number in range(3)),
        safety=Safety(limits=SHORT),
        fleet_size=3,
    )
    made = planner.plan(state, snapshot_of(live(others=others)), catalogue(), endpoint="sim:test")

    assert refusal_text(refusals(made, today=UNTIL)).splitlines() == [
        "Beyond a limit; nothing was changed:",
        *(f"  {TOO_LONG.replace('orders', name)}" for name in ("n0", "n1", "n2")),
        (
            '    to waive them, in reconcile.toml: for each a table [[waiver]] with limit = "most_downtime", '
            'database = "NAME", until = the last day, reason = "why"'
        ),
    ]
    assert blocks(plan_text(made, width=200))[2][1:] == [
        *(f"  {TOO_LONG.replace('orders', name)}" for name in ("n0", "n1", "n2")),
        (
            '  to waive them, in reconcile.toml: for each a table [[waiver]] with limit = "most_downtime", '
            'database = "NAME", until = the last day, reason = "why"'
        ),
    ]


def test_the_document_names_what_is_beyond_a_limit() -> None:
    document = json.loads(
        plan_document(plan(Safety(limits=SHORT, waivers=(ALLOWED,))), today=UNTIL)
    )

    assert document["beyond_limits"] == [
        {
            "limit": "most_downtime",
            "text": TOO_LONG.removesuffix(" [most_downtime]"),
            "databases": ["orders"],
            "is_waived": True,
        }
    ]


def test_window_and_freezes_are_shown_and_what_heroku_would_do_by_itself() -> None:
    window = parse_cutover_window("Sun 02:00-06:00")
    guarded = plan(Safety(freezes=(CHRISTMAS,)), wanted(cutover_window=window))

    lines = plan_text(guarded, width=250).splitlines()

    assert "  2026-12-20 00:00 to 2027-01-04 00:00 UTC: Christmas" in lines
    assert (
        "  cutover   begins only Sunday 02:00-06:00 UTC, outside every freeze; once prepared, Heroku would "
        "make this change by itself in its own weekly window, if that comes first"
    ) in lines


def test_a_follower_switch_has_nothing_that_heroku_does_by_itself() -> None:
    window = parse_cutover_window("Sun 02:00-06:00")
    one = wanted(cutover_window=window, method="follower-switch")

    lines = plan_text(plan(Safety(), one), width=250).splitlines()

    assert "  cutover   begins only Sunday 02:00-06:00 UTC" in lines


@pytest.mark.parametrize(("before", "is_prepared"), [("standard-0", True), ("essential-0", False)])
def test_a_version_is_upgraded_by_heroku_itself_only_where_it_was_prepared(
    before: str,
    is_prepared: bool,  # noqa: FBT001  # a column of the table
) -> None:
    window = parse_cutover_window("Sun 02:00-06:00")
    one = wanted(before, version=18, cutover_window=window)
    state = DesiredState(databases=(one,), safety=Safety(), fleet_size=1)
    made = planner.plan(state, snapshot_of(live(before)), catalogue(), endpoint="sim:test")

    (said,) = [line for line in plan_text(made, width=250).splitlines() if "begins only" in line]

    assert ("Heroku would make this change by itself" in said) == is_prepared


def test_the_refusal_names_an_expired_waiver() -> None:
    late = UNTIL + dt.timedelta(days=1)

    refused = refusals(plan(Safety(limits=SHORT, waivers=(ALLOWED,))), today=late)

    assert refusal_text(refused).splitlines() == [
        "Beyond a limit; nothing was changed:",
        f"  {TOO_LONG}",
        "    the waiver for orders expired: it was until 2026-12-31 (agreed with the team)",
        (
            '    to waive it, in reconcile.toml: a table [[waiver]] with limit = "most_downtime", '
            'database = "orders", until = the last day, reason = "why"'
        ),
    ]
