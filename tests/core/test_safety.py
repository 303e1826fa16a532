"""Limits and waivers, judged on plans that the planner has made."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
from support.live import snapshot_of
from support.planning import catalogue, wanted

from reconciler.core import planner
from reconciler.core.desired import DesiredState
from reconciler.core.durations import Duration
from reconciler.core.limits import Freeze, Limits, Safety, Waiver
from reconciler.core.plan import Plan, Retirement, Stage, digest_of
from reconciler.core.safety import Finding, findings, guarded, refusals
from reconciler.core.steps import Deprovision, Provision

if TYPE_CHECKING:
    from reconciler.core.limits import LimitName

TODAY = dt.date(2026, 11, 22)


def waiver(limit: LimitName, database: str, until: dt.date = TODAY) -> Waiver:
    return Waiver(limit=limit, database=database, until=until, reason="agreed")


def plan_of(
    changing: int = 2,
    *waivers: Waiver,
    unchanged: int = 0,
    to: str = "standard-2",
    facts: dict[str, Any] | None = None,
    fleet_size: int | None = None,
    **limits: Any,
) -> Plan:
    """A plan of `changing` databases `db-0`, `db-1`, … from standard-0 to `to`, under those limits."""
    count = changing + unchanged
    world = {
        "databases": {
            f"addon-{n}": {
                "app": f"app-{n}",
                "plan": "standard-0",
                "attachments": [f"app-{n}::DATABASE"],
            }
            | (facts or {})
            for n in range(count)
        }
    }
    desired = DesiredState(
        databases=tuple(
            wanted(to if n < changing else "standard-0", name=f"db-{n}", app=f"app-{n}")
            for n in range(count)
        ),
        safety=Safety(limits=Limits(**limits), waivers=waivers),
        fleet_size=count if fleet_size is None else fleet_size,
    )
    made = planner.plan(desired, snapshot_of(world), catalogue(), endpoint="sim:test")
    assert len(made.databases) == changing
    return made


def texts(plan: Plan, today: dt.date = TODAY) -> list[str]:
    return [f"{one.limit}: {one.text}" for one in refusals(plan, today=today)]


def test_without_limits_nothing_is_refused_and_the_plan_has_no_trace_of_them() -> None:
    plan = plan_of(30)

    assert findings(plan, today=TODAY) == ()
    assert "safety" not in plan.to_json()


def test_too_many_changes() -> None:
    assert texts(plan_of(3, most_changes=3)) == []
    assert texts(plan_of(3, most_changes=2)) == [
        "most_changes: 3 databases would change; at most 2 may: 1 waiver is needed"
    ]
    assert texts(plan_of(1, most_changes=0)) == [
        "most_changes: 1 database would change; at most 0 may: 1 waiver is needed"
    ]


def test_too_large_a_part_of_the_fleet() -> None:
    assert texts(plan_of(1, unchanged=9, most_percent=10)) == []
    assert texts(plan_of(2, unchanged=8, most_percent=10)) == [
        "most_percent: 2 of 10 databases (20%) would change; at most 10% may: 1 waiver is needed"
    ]


def test_a_percentage_says_nothing_of_a_fleet_of_nine() -> None:
    assert texts(plan_of(9, most_percent=1)) == []


def test_the_fleet_is_all_that_is_listed_not_what_was_asked_about() -> None:
    assert texts(plan_of(2, most_percent=10, fleet_size=20)) == []
    assert texts(plan_of(2, most_percent=10, fleet_size=19)) == [
        "most_percent: 2 of 19 databases (11%) would change; at most 10% may: 1 waiver is needed"
    ]


@pytest.mark.parametrize(
    ("changing", "fleet", "said"),
    [(21, 202, "21 of 202 databases (10.4%)"), (21, 209, "21 of 209 databases (10.05%)")],
)
def test_a_percentage_is_rounded_to_no_figure_that_would_be_allowed(
    changing: int, fleet: int, said: str
) -> None:
    assert texts(plan_of(changing, most_percent=10, fleet_size=fleet)) == [
        f"most_percent: {said} would change; at most 10% may: 1 waiver is needed"
    ]


def test_waivers_that_count_for_a_part_of_a_percentage_are_subtracted() -> None:
    plan = plan_of(4, waiver("most_percent", "db-0"), most_percent=10, fleet_size=15)

    assert texts(plan) == [
        (
            "most_percent: 4 of 15 databases (27%) would change, 1 of them waived; at most 10% may: "
            "2 more waivers are needed"
        )
    ]
    enough = [waiver("most_percent", f"db-{number}") for number in range(3)]
    assert texts(plan_of(4, *enough, most_percent=10, fleet_size=15)) == []


def test_too_long_a_downtime_names_each_database() -> None:
    upper_s = plan_of().databases[0].downtime.upper_s
    assert upper_s == 180

    assert texts(plan_of(2, most_downtime=Duration(180))) == []
    assert texts(plan_of(2, most_downtime=Duration(179))) == [
        "most_downtime: db-0 would be down for up to 3 min; at most 3 min may be",
        "most_downtime: db-1 would be down for up to 3 min; at most 3 min may be",
    ]


def test_a_downtime_without_a_bound_is_too_long() -> None:
    made = plan_of(1, most_downtime=Duration(3_600))
    (one,) = made.databases
    endless = one.model_copy(update={"downtime": one.downtime.model_copy(update={"upper_s": None})})

    assert texts(made.model_copy(update={"databases": (endless,)})) == [
        "most_downtime: db-0 would be down for nobody knows how long; at most 60 min may be"
    ]


def test_too_much_money() -> None:
    assert texts(plan_of(2, most_extra_dollars=300)) == []
    assert texts(plan_of(2, most_extra_dollars=299)) == [
        "most_extra_dollars: $300 more a month; at most $299 may be"
    ]


def test_an_unknown_price_is_too_much() -> None:
    made = plan_of(1, most_extra_dollars=10_000)
    (one,) = made.databases
    priceless = one.model_copy(update={"money": one.money.model_copy(update={"after_cents": None})})

    assert texts(made.model_copy(update={"databases": (priceless,)})) == [
        "most_extra_dollars: the price is unknown of db-0; at most $10,000 more a month may be"
    ]


def copied_over_something() -> Plan:
    """A copy whose target the plan does not create, as no planner of ours would make it."""
    made = plan_of(
        1, to="standard-0", facts={"plan": "essential-0", "attachments": ["app-0::DATABASE"]}
    )
    (one,) = made.databases
    stages = tuple(
        stage
        for stage in one.stages
        if not any(isinstance(step, Provision) for step in stage.steps)
    )
    assert one.method == "pg-copy"
    return made.model_copy(update={"databases": (one.model_copy(update={"stages": stages}),)})


def test_nothing_is_destroyed_whatever_the_limits() -> None:
    (refusal,) = refusals(copied_over_something(), today=TODAY)

    assert refusal.limit == "nothing_destroyed"
    assert refusal.text.startswith("db-0: what app-0-db-0-standard-0-")
    assert refusal.text.endswith(" holds would be lost; only a retirement may do that")


def destroying(*changes: Retirement) -> Plan:
    """A plan that destroys `addon-9`, for those retirements."""
    made = plan_of(1)
    (one,) = made.databases
    step = Deprovision(
        addon="addon-9", app="app-0", aliases=(), not_before="2026-12-01T00:00:00+00:00"
    )
    stages = (*one.stages, Stage(phase="retire", steps=(step,)))
    changed = one.model_copy(update={"stages": stages, "changes": (*one.changes, *changes)})
    return made.model_copy(update={"databases": (changed,)})


def test_only_a_retirement_destroys_and_only_what_it_names() -> None:
    mine, other = (
        Retirement(addon=addon, since="2026-11-20", until="2026-11-23")
        for addon in ("addon-9", "addon-8")
    )
    lost = (
        "nothing_destroyed: db-0: what addon-9 holds would be lost; only a retirement may do that"
    )

    assert texts(destroying(mine)) == []
    assert texts(destroying()) == [lost]
    assert texts(destroying(other)) == [lost]


def test_a_plan_made_from_another_is_guarded_for_what_it_changes_itself() -> None:
    mine, other = waiver("most_changes", "db-0"), waiver("most_changes", "db-1")
    both = plan_of(2)
    limits = Safety(limits=Limits(most_changes=0), waivers=(mine, other))
    desired = DesiredState(databases=(), safety=limits, fleet_size=2)

    one = guarded(both.model_copy(update={"databases": both.databases[:1]}), desired)

    assert one.safety == Safety(limits=Limits(most_changes=0), waivers=(mine,))
    assert digest_of(one.document()) == one.digest != both.digest
    assert refusals(one, today=TODAY) == ()


def test_a_waiver_counts_until_its_day_and_is_named_after_it() -> None:
    leave = waiver("most_downtime", "db-0")
    plan = plan_of(1, leave, most_downtime=Duration(5))

    (then,) = findings(plan, today=TODAY)
    (later,) = findings(plan, today=TODAY + dt.timedelta(days=1))

    assert (then.is_waived, then.waivers, then.expired) == (True, (leave,), ())
    assert (later.is_waived, later.waivers, later.expired) == (False, (), (leave,))
    assert refusals(plan, today=TODAY) == ()


def test_without_a_day_every_waiver_counts() -> None:
    plan = plan_of(
        1, waiver("most_downtime", "db-0", dt.date(2001, 1, 1)), most_downtime=Duration(5)
    )

    assert [one.is_waived for one in findings(plan)] == [True]


@pytest.mark.parametrize("other", [waiver("most_downtime", "db-1"), waiver("most_changes", "db-0")])
def test_a_waiver_for_another_database_or_limit_does_not_count(other: Waiver) -> None:
    plan = plan_of(1, other, unchanged=1, most_downtime=Duration(5))

    assert [one.is_waived for one in findings(plan, today=TODAY)] == [False]


def test_for_limits_that_count_a_waived_database_is_not_counted() -> None:
    two = [waiver("most_changes", f"db-{n}") for n in range(2)]

    assert texts(plan_of(4, *two, most_changes=2)) == []
    assert texts(plan_of(5, *two, most_changes=2)) == [
        "most_changes: 5 databases would change, 2 of them waived; at most 2 may: 1 more waiver is needed"
    ]


def test_a_waived_database_adds_no_money() -> None:
    assert texts(plan_of(2, waiver("most_extra_dollars", "db-0"), most_extra_dollars=150)) == []
    assert texts(plan_of(2, waiver("most_extra_dollars", "db-0"), most_extra_dollars=149)) == [
        "most_extra_dollars: $300 more a month, $150 of it waived; at most $149 may be"
    ]


def test_a_finding_names_what_takes_part() -> None:
    (found,) = findings(plan_of(2, most_changes=1), today=TODAY)

    assert found == Finding(
        limit="most_changes",
        text="2 databases would change; at most 1 may: 1 waiver is needed",
        databases=("db-0", "db-1"),
    )


def test_the_plan_carries_its_limits_and_the_waivers_of_what_it_changes() -> None:
    mine, other = waiver("most_downtime", "db-0"), waiver("most_downtime", "db-9")
    plan = plan_of(1, other, mine, mine, most_changes=4)

    assert plan.safety == Safety(limits=Limits(most_changes=4), waivers=(mine,))
    assert Plan.model_validate_json(plan.to_json()) == plan
    assert digest_of(plan.document()) == plan.digest
    assert plan_of(1, mine, most_changes=5).digest != plan.digest


def test_a_plan_without_changes_is_the_same_under_any_limits() -> None:
    frozen = Safety(
        limits=Limits(most_changes=0),
        freezes=(
            Freeze(
                begins=dt.datetime(2026, 12, 20, tzinfo=dt.UTC),
                ends=dt.datetime(2027, 1, 4, tzinfo=dt.UTC),
                reason="",
            ),
        ),
    )
    none = DesiredState(databases=())

    plans = [
        planner.plan(state, snapshot_of({}), catalogue(), endpoint="sim:test")
        for state in (none, DesiredState(databases=(), safety=frozen))
    ]

    assert plans[0] == plans[1]
