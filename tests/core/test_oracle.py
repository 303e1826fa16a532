"""The planner against a table that was written by hand: every pair of plans, and whatever else may be so.

`--all-schedules` tries every modifier on every pair (some 150,000 cases); usually it is on a few plans of each kind.
"""

from __future__ import annotations

import datetime as dt
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
from support.oracle import MATRIX, METHODS, Case, expected, kind, space
from support.planning import POOL, catalogue, live, situation, wanted
from support.planning import follower as listed

from reconciler.core.desired import Origin
from reconciler.core.methods import NotPossible, choose, verdicts
from reconciler.core.rules import RULES
from reconciler.core.two_jobs import first_job

if TYPE_CHECKING:
    from reconciler.core.rules import Situation

MODIFIERS: dict[str, dict[str, Any]] = {
    "the app is outside of any space": {"is_outside": True},
    "the space is far from Essential": {"is_far": True},
    "it moves to an app in a space that is far": {"is_moved": True, "is_far": True},
    "more data than Essential holds": {"size_gb": 40},
    "15 GB of data": {"size_gb": 15},
    "70 GB of data": {"size_gb": 70},
    "70 GB of data, a copy asked for": {"size_gb": 70, "method": "pg-copy"},
    "the size cannot be read": {"size_gb": None},
    "a change is pending": {"is_pending": True},
    "Heroku is working on it": {"is_worked_on": True},
    "it is a follower itself": {"is_follower": True},
    "it cannot be followed now": {"is_young_fork": True},
    "it has further credentials": {"has_credentials": True},
    "it has a key of its own": {"has_key": True},
    "it has a pool": {"has_pool": True},
    "it has a small follower": {"has_follower": True},
    "it has a small follower that is to be as large": {
        "has_follower": True,
        "is_follower_raised": True,
    },
    "other apps read it": {"is_read_elsewhere": True},
    "it moves to another app": {"is_moved": True},
    "it moves to another app, and others read it": {"is_moved": True, "is_read_elsewhere": True},
    "it moves to another app, with a newer version": {"is_moved": True, "wanted_version": 18},
    "the version is withdrawn": {"version": 14},
    "the version cannot be read": {"version": None},
    "a newer version": {"wanted_version": 18},
    "a newer version, a copy asked for": {"wanted_version": 18, "method": "pg-copy"},
    "an older version": {"wanted_version": 16},
    "the same version": {"wanted_version": 17},
    "many things at once": {
        "has_pool": True,
        "has_credentials": True,
        "has_follower": True,
        "is_read_elsewhere": True,
        "is_young_fork": True,
        "size_gb": 30,
    },
}
FEW = (
    *("essential-0", "essential-2", "standard-0", "standard-3", "standard-10", "premium-4"),
    *("premium-xl-6", "private-0", "private-7", "shield-2", "shield-9"),
    *("advanced", "advanced-beta", "mini", "ronin", "standard-ika"),
)


def every_plan() -> list[str]:
    return [one.name for one in catalogue().plans]


def as_asked(case: Case) -> Situation:
    """The case as a world and a wish."""
    follower = {
        "app": "shop",
        "plan": f"{case.before.partition('-')[0]}-0",
        "leader": "old",
        "attachments": ["shop::REPLICA"],
    }
    names = ["shop::DATABASE"]
    names += [f"shop::POOL {POOL}"] if case.has_pool else []
    names += ["reports::ORDERS"] if case.is_read_elsewhere else []
    there = {"space": space(case), "region": "tokyo" if case.is_far else "virginia"}
    facts: dict[str, Any] = {
        "size_gb": case.size_gb,
        "version": case.version,
        "attachments": names,
        "apps": {"shop": there},
        "is_waiting": case.is_worked_on,
        "credential_count": 2 if case.has_credentials else 1,
        "has_customer_key": case.has_key and kind(case.before) in "VH",
        "fork_follow": "Temporarily Unavailable" if case.is_young_fork else "Available",
        "created_on": "2020-01-01",
    }
    if case.is_pending:
        facts |= {"plan": _other_than(case.before, case.after), "serving": case.before}
    if case.is_follower:
        facts["leader"] = "another"
    if case.has_follower and kind(case.before) in "SVH":
        facts |= {"followers": ["replica"], "others": {"replica": follower}}
    wishes: dict[str, Any] = {"method": case.method, "version": case.wanted_version}
    if (
        case.is_follower_raised
        and kind(case.before) == kind(case.after)
        and kind(case.after) in "SVH"
    ):
        wishes["followers"] = (listed("shop", "REPLICA", case.after),)
    if case.before == case.after and case.is_renewed:
        wishes["not_older_than"] = dt.date(2026, 1, 1)
    if case.is_moved:
        kinds = {"V": "private", "H": "shield"}
        here = {"space": kinds.get(kind(case.before), "common")}
        facts["apps"] = {"shop": here, "vault": there}
        wishes |= {"app": "vault", "moved_from": Origin(app="shop", attachment="DATABASE")}
    asked = situation(wanted(case.after, **wishes), live(**({"plan": case.before} | facts)))
    return first_job(asked)


def _other_than(before: str, after: str) -> str:
    """A plan that is pending and neither of the two."""
    return next(
        one for one in ("standard-8", "standard-9", "standard-7") if one not in {before, after}
    )


def judged(case: Case) -> dict[str, frozenset[str]]:
    asked = as_asked(case)
    return {one.method: frozenset(each.rule for each in one.violations) for one in verdicts(asked)}


def differences(cases: list[Case]) -> list[tuple[Case, Any, Any]]:
    found = []
    for case in cases:
        says, should = judged(case), expected(case)
        if says != should:
            unequal = {name for name in METHODS if says.get(name) != should.get(name)}
            found.append(
                (
                    case,
                    {name: sorted(says.get(name, ["-"])) for name in unequal},
                    {name: sorted(should.get(name, ["-"])) for name in unequal},
                )
            )
    return found


@pytest.mark.slow
def test_every_pair_of_plans_is_judged_as_the_sources_say() -> None:
    cases = [Case(before, after) for before, after in product(every_plan(), repeat=2)]

    assert len(cases) > 7_000
    assert differences(cases)[:5] == []


@pytest.mark.parametrize("modifier", MODIFIERS)
def test_whatever_else_is_so_is_judged_as_the_sources_say(
    modifier: str, request: pytest.FixtureRequest
) -> None:
    plans = every_plan() if request.config.getoption("--all-schedules") else FEW
    facts = MODIFIERS[modifier]
    cases = [Case(before, after, **facts) for before, after in product(plans, repeat=2)]

    assert differences(cases)[:5] == []


@pytest.mark.parametrize("method", ["auto", "pg-copy", "pg-upgrade"])
@pytest.mark.parametrize("version", [16, 18])
def test_a_version_alone_is_judged_as_the_sources_say(version: int, method: str) -> None:
    cases = [
        Case(one, one, wanted_version=version, is_renewed=False, method=method)
        for one in every_plan()
    ]

    assert differences(cases)[:5] == []


@pytest.mark.slow
def test_what_is_chosen_is_allowed_and_what_is_allowed_is_not_refused() -> None:
    for before, after in product(FEW, repeat=2):
        for facts in MODIFIERS.values():
            case = Case(before, after, **facts)
            allowed = {name for name, rules in expected(case).items() if not rules}
            choice = choose(as_asked(case))
            if isinstance(choice, NotPossible):
                assert not allowed & ({case.method} if case.method != "auto" else allowed), case
            else:
                assert choice.method in allowed, case


def test_the_table_has_a_cell_for_every_kind_and_only_rules_that_exist() -> None:
    rows = [line for line in MATRIX.strip().splitlines() if not line.startswith("#")]
    kinds = {kind(name) for name in every_plan()}

    assert {(line[0], line[2]) for line in rows} == set(product(kinds, repeat=2))
    ids = {word for line in rows for word in line.split() if word.startswith("R")}
    assert ids <= {rule.id for rule in RULES if rule.kind == "stop"}
