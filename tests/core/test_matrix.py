"""The decision matrix, written down by hand and compared with the planner over every pair of plans.

Source of the table: Dev Center updating-heroku-postgres-databases (2025-02-26), heroku-postgres-follower-databases
(2026-03-31), migrating-heroku-postgres-databases-to-private-spaces (2024-08-16), upgrading-heroku-postgres-databases
(2025-10-22), and the sizes of help.heroku.com JRN5S7V6. What none of them settles is not in it.
"""

from __future__ import annotations

import pytest
from support.planning import catalogue, live, situation, wanted

from reconciler.core.methods import verdicts
from reconciler.core.two_jobs import first_job

UPGRADE, SWITCH, COPY = "addons-upgrade", "follower-switch", "pg-copy"
VERSION = "pg-upgrade"
ALL = {UPGRADE, SWITCH, COPY}
TIERS = ("essential", "standard", "premium", "private", "shield", "advanced")

ALLOWED: dict[tuple[str, str], set[str]] = {
    ("essential", "essential"): {UPGRADE, COPY},
    ("essential", "standard"): {COPY},
    ("essential", "premium"): {COPY},
    ("essential", "private"): {COPY},
    ("standard", "essential"): {COPY},
    ("premium", "essential"): {COPY},
    ("private", "essential"): {COPY},
    ("standard", "standard"): ALL,
    ("standard", "premium"): ALL,
    ("premium", "standard"): ALL,
    ("premium", "premium"): ALL,
    ("standard", "private"): {SWITCH, COPY},
    ("premium", "private"): {SWITCH, COPY},
    ("private", "standard"): {SWITCH, COPY},
    ("private", "premium"): {SWITCH, COPY},
    ("private", "private"): ALL,
    ("shield", "shield"): {UPGRADE, SWITCH},
}
"""From and to, within one space; a pair that is not in it is refused."""

SIZES = ("0", "2", "3", "4", "5", "6", "l-6", "xl-6", "7", "8", "9", "l-9", "xl-9", "10")
LEAST = {"0": "0", "2": "0", "3": "2", "4": "3", "5": "3", "6": "3", "7": "3", "8": "4"}
"""Leader's size to the smallest that may follow it."""


def size_of(plan: str) -> str:
    return plan.partition("-")[2]


def may_follow(follower: str, leader: str) -> bool:
    ranks = SIZES.index(size_of(follower)), SIZES.index(size_of(leader))
    if ranks[0] >= ranks[1]:
        return True
    least = LEAST.get(size_of(leader))
    return least is not None and ranks[0] >= SIZES.index(least)


def expected(before: str, after: str) -> set[str]:
    tiers = before.partition("-")[0], after.partition("-")[0]
    allowed = set(ALLOWED.get(tiers, set()))
    if SWITCH in allowed and not may_follow(after, before):
        allowed.discard(SWITCH)
    return allowed


def space_for(*plans: str) -> str:
    kinds = [kind for kind in ("shield", "private") if any(one.startswith(kind) for one in plans)]
    return kinds[0] if kinds else "common"


def plans_of(tier: str) -> list[str]:
    return [one.name for one in catalogue().plans if one.tier == tier and one.is_sold]


@pytest.mark.parametrize("tier", TIERS)
def test_methods_are_feasible_exactly_where_the_sources_say_so(tier: str) -> None:
    differences = []
    for before in plans_of(tier):
        for after in [one for each in TIERS for one in plans_of(each) if one != before]:
            space = space_for(before, after)
            world = live(before, size_gb=0.5, apps={"shop": {"space": space, "region": "dublin"}})
            judged = verdicts(situation(wanted(after), world))
            feasible = {one.method for one in judged if one.is_feasible}
            if feasible != expected(before, after):
                differences.append((before, after, feasible, expected(before, after)))

    assert differences == []


@pytest.mark.parametrize(
    ("region", "after", "stopped"),
    [
        ("tokyo", "essential-2", True),
        ("virginia", "essential-2", False),
        ("dublin", "essential-2", False),
        ("tokyo", "standard-4", False),
    ],
)
def test_a_space_must_be_near_for_an_essential_database_outside_of_it(
    region: str, after: str, *, stopped: bool
) -> None:
    apps = {"shop": {"space": "private", "region": region}}
    judged = verdicts(situation(wanted(after), live("private-0", size_gb=0.5, apps=apps)))

    (copy,) = (one for one in judged if one.method == COPY)
    assert ("R019" in {each.rule for each in copy.violations}) == stopped


@pytest.mark.parametrize("after", ["private-4", "shield-4"])
def test_an_app_outside_of_a_space_cannot_have_its_plans(after: str) -> None:
    judged = verdicts(situation(wanted(after), live("standard-4")))

    assert all("R013" in {each.rule for each in one.violations} for one in judged)


VERSIONS = [
    # before, after, present, wanted, method asked for, methods allowed
    # the same plan, a newer version: pg:upgrade, prepared or at once
    ("standard-0", "standard-0", 17, 18, "auto", {VERSION}),
    ("standard-0", "standard-0", 16, 17, "auto", {VERSION}),
    ("standard-0", "standard-0", 14, 18, "auto", {VERSION}),
    ("premium-4", "premium-4", 17, 18, "auto", {VERSION}),
    ("private-0", "private-0", 17, 18, "auto", {VERSION}),
    ("shield-0", "shield-0", 17, 18, "auto", {VERSION}),
    ("essential-0", "essential-0", 17, 18, "auto", {VERSION}),
    ("standard-0", "standard-0", 17, 18, "pg-upgrade", {VERSION}),
    # the same by copy, where it is asked for; not for Shield
    ("standard-0", "standard-0", 17, 18, "pg-copy", {VERSION, COPY}),
    ("essential-0", "essential-0", 17, 18, "pg-copy", {VERSION, COPY}),
    ("shield-0", "shield-0", 17, 18, "pg-copy", {VERSION}),
    # with another plan: two plans, that for the service plan first; or one copy, asked for or the only way
    ("standard-0", "standard-2", 17, 18, "auto", ALL),
    ("standard-0", "standard-2", 17, 18, "pg-upgrade", ALL),
    ("standard-0", "standard-2", 17, 18, "pg-copy", {COPY}),
    ("essential-0", "essential-1", 17, 18, "auto", {UPGRADE, COPY}),
    ("essential-0", "essential-1", 17, 18, "pg-copy", {COPY}),
    ("essential-0", "standard-0", 16, 18, "auto", {COPY}),
    ("essential-0", "standard-0", 16, 17, "auto", {COPY}),
    ("standard-0", "essential-2", 16, 18, "auto", {COPY}),
    ("mini", "essential-0", 16, 18, "auto", {COPY}),
    # what Heroku offers no more, or never did
    ("standard-0", "standard-0", 14, 15, "auto", set()),
    ("standard-0", "standard-0", 17, 19, "auto", set()),
    ("mini", "mini", 16, 18, "auto", set()),
    ("advanced", "advanced", 17, 18, "auto", set()),
    # an older version
    ("standard-0", "standard-0", 18, 17, "auto", set()),
    ("standard-0", "standard-0", 18, 17, "pg-upgrade", set()),
    ("standard-0", "standard-2", 18, 17, "auto", set()),
    ("essential-0", "standard-0", 18, 17, "pg-copy", set()),
    # the same version, another plan
    ("standard-0", "standard-2", 15, None, "auto", {UPGRADE, SWITCH}),
    ("standard-0", "standard-2", 15, 15, "auto", {UPGRADE, SWITCH}),
    ("standard-0", "standard-2", 15, 18, "pg-copy", {COPY}),
    ("standard-0", "standard-2", None, None, "auto", {UPGRADE, SWITCH}),
    ("standard-0", "standard-2", 17, None, "auto", ALL),
    ("standard-0", "standard-2", 17, None, "pg-upgrade", ALL),
]
"""Source of the rows on versions: Dev Center upgrading-heroku-postgres-databases, 2025-10-22; heroku/cli v11.9.0
src/commands/pg/upgrade. That a newer version and another plan take two plans is this tool's choice."""


@pytest.mark.parametrize(("before", "after", "present", "version", "method", "allowed"), VERSIONS)
def test_versions_move_only_as_documented(  # noqa: PLR0917  # one row of a table
    before: str,
    after: str,
    present: int | None,
    version: int | None,
    method: str,
    allowed: set[str],
) -> None:
    desired = wanted(after, version=version, method=method)
    apps = {"shop": {"space": space_for(before, after)}}

    asked = situation(desired, live(before, version=present, size_gb=0.5, apps=apps))
    judged = verdicts(first_job(asked))

    assert {one.method for one in judged if one.is_feasible} == allowed
