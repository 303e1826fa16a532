"""Killed before or after any transaction with the shared state, on a real PostgreSQL, another machine ends the work.

A transaction is cut before it is sent or after it was committed, which is all that the state can know of a kill. The
suite takes a sample; `--all-schedules` takes all.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import pytest
from support.apply_world import Killed
from support.killing import CASES, clean_run, end_of
from support.state_machines import each_moment, recorded

from reconciler.adapters.state.link import Link
from reconciler.adapters.state.shared import SharedState, recording
from reconciler.apply.chain import first_break

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from support.apply_world import Judge, World
    from support.killing import Case
    from support.state_server import StateDatabase

    from reconciler.adapters.state.link import Connection
    from reconciler.apply.outcome import Outcome

T = TypeVar("T")
NAMES = ("lavender", "legacy", "orders")
SAMPLE = 31


@dataclass
class Cut:
    """Counts the transactions of one machine and kills it at the `nth`."""

    nth: int
    when: str
    count: int = 0
    is_dead: bool = False

    def at(self, when: str) -> None:
        if self.is_dead:
            raise Killed
        self.count += when == "before"
        if when == self.when and self.count == self.nth:
            self.is_dead = True
            raise Killed


class CutLink(Link):
    """A link whose machine may be gone before a transaction is sent, or after it was committed."""

    def __init__(self, url: str, cut: Cut) -> None:
        super().__init__(url)
        self._cut = cut

    def run(self, work: Callable[[Connection], T], **limits: float) -> T:
        self._cut.at("before")
        done = super().run(work, **limits)
        self._cut.at("after")
        return done


@contextlib.contextmanager
def a_machine(url: str, case: Case, world: World, cut: Cut) -> Iterator[Callable[[], Outcome]]:
    """One that has the state open; what it holds is not given back when it is killed."""
    plan = case.plan()
    recorded(url, plan)
    links = [CutLink(url, cut), CutLink(url, cut), Link(url)]
    with (
        contextlib.suppress(Killed),
        recording(
            plan,
            links,
            limits=plan.safety.limits,
            clock=world.clock,
            awake_s=time.monotonic,
        ) as one,
    ):

        def applied() -> Outcome:
            (outcome,) = asyncio.run(world.applied(plan, journal=one.journal, leases=one.leases))
            return outcome

        yield applied


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    each_moment(metafunc, NAMES, (1, 3), sample=SAMPLE)


def test_killed_at_any_transaction_another_machine_reaches_the_same_end(
    database: StateDatabase, name: str, nth: int, when: str
) -> None:
    case = CASES[name]
    world, judge = case.world()

    with a_machine(database.url, case, world, Cut(nth, when)) as applied, pytest.raises(Killed):
        applied()
    lapsed(database)
    outcome = on_another_machine(database, case, world, judge)

    assert (outcome.state, judge.verdict(outcome), judge.twice) == ("done", [], [])
    assert end_of(world) == clean_run(case).end
    with contextlib.closing(SharedState(database.url)) as state:
        (run,) = state.runs()
    assert first_break(run.entries) is None
    assert [one.what for one in run.entries].count("done") == 1


def lapsed(database: StateDatabase) -> None:
    """20 s have passed in which nothing was heard of the machine."""
    database.ask("UPDATE leases SET heartbeat = heartbeat - interval '21 seconds'")


def on_another_machine(database: StateDatabase, case: Case, world: World, judge: Judge) -> Outcome:
    judge.new_process()
    with a_machine(database.url, case, world, Cut(0, "never")) as applied:
        return applied()
