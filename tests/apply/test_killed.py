"""Killed at any moment and run again, apply reaches the end of a run that was never killed.

Every schedule is a request or a journal entry, and whether the kill comes before or after it. The suite takes a
sample of them; `pytest tests/apply/test_killed.py --all-schedules` takes all, and CI does.
"""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from support.apply_world import Judge, Killed, ListJournal, judged_world, plan_for

if TYPE_CHECKING:
    import httpx
    from support.apply_world import World

    from reconciler.apply.journal import Entry

NAMES = ("annals", "crimson", "diary", "lavender", "legacy", "orders")
SAMPLE = 11
"""Every so manieth schedule is run without `--all-schedules`; a prime, so that both kinds of moments occur."""


@dataclass
class KillingWire:
    """Kills at the `nth` request from now on, before or after its effect; afterwards nothing gets through."""

    world: World
    judge: Judge
    nth: int
    when: str
    count: int = 0
    is_dead: bool = False

    def before(self, _: httpx.Request) -> None:
        self.count += 1
        if self.is_dead or (self.when == "before" and self.count == self.nth):
            self.is_dead = True
            raise Killed

    def after(self, request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        self.judge.watch(request, answer)
        if self.is_dead or (self.when == "after" and self.count == self.nth):
            self.is_dead = True
            raise Killed
        return answer


@dataclass
class KillingJournal(ListJournal):
    """Kills at the `nth` entry, before or after it is durable; afterwards nothing is written."""

    nth: int = 0
    when: str = "before"
    is_dead: bool = False
    inner: ListJournal = field(default_factory=ListJournal)

    def append(self, entry: Entry) -> None:
        due = len(self.inner.lines) + 1 == self.nth
        if self.is_dead or (due and self.when == "before"):
            self.is_dead = True
            raise Killed
        self.inner.append(entry)
        if due:
            self.is_dead = True
            raise Killed

    def entries(self) -> tuple[Entry, ...]:
        return self.inner.entries()


@cache
def clean_run(name: str) -> tuple[dict[str, Any], int, int]:
    """The end of a run that nobody kills, its requests and its journal entries."""
    world, _ = judged_world()
    asyncio.run(world.applied(plan_for(name)))
    return world.end(), len(world.wire.requests), len(world.journal.lines)


def schedules(kind: int) -> list[tuple[str, int, str]]:
    return [
        (name, nth, when)
        for name in NAMES
        for nth in range(1, clean_run(name)[kind] + 1)
        for when in ("before", "after")
    ]


def chosen(config: pytest.Config, every: list[Any]) -> list[Any]:
    return every if config.getoption("--all-schedules") else every[::SAMPLE]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    for kind, fixture in ((1, "request_schedule"), (2, "journal_schedule")):
        if fixture in metafunc.fixturenames:
            cases = chosen(metafunc.config, schedules(kind))
            metafunc.parametrize(fixture, cases, ids=lambda one: "-".join(map(str, one)))


def killed_once(world: World, judge: Judge, name: str, nth: int, when: str) -> None:
    wire = KillingWire(world, judge, nth, when)
    world.wire.before, world.wire.after = wire.before, wire.after
    with pytest.raises(Killed):
        asyncio.run(world.applied(plan_for(name)))
    world.wire.before, world.wire.after = lambda _: None, judge.watch


def assert_same_end(world: World, judge: Judge, name: str) -> None:
    (outcome,) = asyncio.run(world.applied(plan_for(name)))
    assert (outcome.state, outcome.closed) == ("done", ())
    assert world.end() == clean_run(name)[0]
    assert judge.lost() == []
    assert judge.deleted == []


def test_killed_at_a_request_a_second_run_reaches_the_same_end(
    request_schedule: tuple[str, int, str],
) -> None:
    name, nth, when = request_schedule
    world, judge = judged_world()

    killed_once(world, judge, name, nth, when)

    assert_same_end(world, judge, name)


def test_killed_at_a_journal_entry_a_second_run_reaches_the_same_end(
    journal_schedule: tuple[str, int, str],
) -> None:
    name, nth, when = journal_schedule
    world, judge = judged_world()
    journal = KillingJournal(nth=nth, when=when, inner=world.journal)

    with pytest.raises(Killed):
        asyncio.run(world.applied(plan_for(name), journal=journal))

    assert_same_end(world, judge, name)


@pytest.mark.parametrize("seed", range(20))
def test_killed_twice_a_third_run_reaches_the_same_end(seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311  # schedules, not secrets
    name = dice.choice(NAMES)
    most = clean_run(name)[1]
    world, judge = judged_world()

    killed_once(world, judge, name, dice.randint(1, most), dice.choice(["before", "after"]))
    second = KillingWire(world, judge, dice.randint(1, most), dice.choice(["before", "after"]))
    world.wire.before, world.wire.after = second.before, second.after
    with suppress(Killed):  # the first kill may have come so late that the second never does
        asyncio.run(world.applied(plan_for(name)))
    world.wire.before, world.wire.after = lambda _: None, judge.watch

    assert_same_end(world, judge, name)


def test_the_apps_are_left_closed_only_between_a_kill_and_the_next_run() -> None:
    """What the matrix relies on: without the second run a kill in a cutover does leave apps closed."""
    closed = 0
    _, requests, _ = clean_run("orders")
    for nth in range(1, requests, SAMPLE):
        world, judge = judged_world()
        killed_once(world, judge, "orders", nth, "after")
        closed += world.end()["apps"]["shop"]["maintenance"]
    assert closed > 3
