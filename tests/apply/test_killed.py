"""Killed at any moment and run again, apply reaches the end of a run that was never killed.

A schedule is a request, an entry of the journal, something told or a hook, and whether the kill comes before or after
it. The suite takes a sample of them; `pytest tests/apply/test_killed.py --all-schedules` takes all. At
every request of every schedule the judge looks for a broken invariant (tests/support/judge.py says which).
"""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING

import pytest
from support.killing import CASES, apply, apply_until, clean_run, drawn, end_of, moments

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.apply_world import Judge, World
    from support.killing import Case, Moment

pytestmark = pytest.mark.slow

SAMPLE = 23
"""Every so manieth schedule is run without `--all-schedules`; a prime, so that both kinds of moments occur."""
TWICE, TWICE_IN_ALL = 20, 500
"""How many pairs of kills."""


def schedules(*, is_all: bool) -> list[tuple[str, Moment]]:
    every = [(name, moment) for name, case in CASES.items() for moment in moments(case)]
    return every if is_all else every[::SAMPLE]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    is_all = metafunc.config.getoption("--all-schedules")
    if "moment" in metafunc.fixturenames:
        cases = schedules(is_all=is_all)
        metafunc.parametrize(
            ("name", "moment"), cases, ids=[f"{name} {moment}" for name, moment in cases]
        )
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", range(TWICE_IN_ALL if is_all else TWICE))


def assert_same_end(case: Case, world: World, judge: Judge) -> None:
    outcome = apply(case, world, judge)

    assert (outcome.state, outcome.closed) == ("done", ())
    assert outcome.notes == clean_run(case).notes
    assert judge.verdict(outcome) == []
    assert judge.twice == []
    assert end_of(world) == clean_run(case).end
    again = asyncio.run(world.planned(case.desired()))
    assert (again.databases, again.blocked, again.unknown) == ((), (), ())
    if case.with_hooks:
        ran = world.tools.hooks.ran  # type: ignore[attr-defined]
        assert (ran[0], ran[-1]) == ("before-writes-stop", "after-writes-resume")
        assert ran == sorted(ran, reverse=True)


def test_killed_at_any_moment_a_second_run_reaches_the_same_end(name: str, moment: Moment) -> None:
    case = CASES[name]
    world, judge = case.world()

    assert apply_until(case, world, judge, moment)

    assert_same_end(case, world, judge)


def test_killed_twice_a_third_run_reaches_the_same_end(seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311  # schedules, not secrets
    case = CASES[dice.choice(sorted(CASES))]
    world, judge = case.world()

    assert apply_until(case, world, judge, drawn(dice, case))
    apply_until(case, world, judge, drawn(dice, case))  # or to its end: little may have been left

    assert_same_end(case, world, judge)


def test_the_apps_are_left_closed_only_between_a_kill_and_the_next_run() -> None:
    """What the matrix relies on: without the second run a kill in a cutover does leave apps closed."""
    case = CASES["orders"]
    closed = 0
    for moment in moments(case)[::SAMPLE]:
        world, judge = case.world()
        apply_until(case, world, judge, moment)
        closed += world.end()["apps"]["shop"]["maintenance"]
    assert closed > 3


def test_every_change_is_killed_in_every_way_it_can_be(
    request: pytest.FixtureRequest, record_property: Callable[[str, object], None]
) -> None:
    is_all = request.config.getoption("--all-schedules")
    every, chosen = schedules(is_all=True), schedules(is_all=is_all)
    pairs = TWICE_IN_ALL if is_all else TWICE

    kinds = {name: {moment.kind for one, moment in every if one == name} for name in CASES}

    assert {name for name, of in kinds.items() if "hook" in of} == {
        name for name, case in CASES.items() if case.with_hooks
    }
    assert all({"request", "entry", "event"} <= of for of in kinds.values())
    text = f"kills: {len(chosen)} of {len(every)} schedules in {len(CASES)} changes, {pairs} pairs"
    record_property("figure", text)
