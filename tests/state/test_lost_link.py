"""The shared state goes away in an apply, at any moment and for good: what can be taken back is, and another machine ends it.

A moment is before or after an entry of the journal: the next thing that happens is an entry that can not be written, or
a look, a request or a wait in which nobody needs the state. The suite takes a sample; `--all-schedules` takes all.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from support.killing import CASES, clean_run, end_of
from support.state_machines import NEVER_S, each_moment, recorded
from support.state_wire import QuickLink, state_wire

from reconciler.adapters.state.shared import SharedState, recording
from reconciler.adapters.state.shared_leases import BEAT_S, MARGIN_S
from reconciler.adapters.state.tables import LEASE_S
from reconciler.apply.chain import first_break
from reconciler.apply.cutover import NO_WAY_BACK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import httpx
    import pytest
    from support.apply_world import World
    from support.killing import Case
    from support.state_server import StateDatabase
    from support.state_wire import StateWire

    from reconciler.adapters.state.shared_journal import SharedJournal
    from reconciler.adapters.state.shared_leases import SharedLeases
    from reconciler.apply.journal import Entry
    from reconciler.apply.outcome import Outcome
    from reconciler.core.names import DatabaseName

NAMES = ("lavender", "legacy", "orders")
SAMPLE = 13
NOT_AGAIN = "is not a follower any more and cannot become one again"
"""What is said of a follower that was unfollowed in vain: a new plan makes another one."""


@dataclass
class Fate:
    """The state goes away at the `nth` entry; the heart beats once right before, and in vain from then on."""

    wire: StateWire
    now_s: Callable[[], float]
    nth: int = 0
    when: str = "never"
    count: int = 0
    leases: SharedLeases | None = None
    is_away: asyncio.Event = field(default_factory=asyncio.Event)
    heard_at: float = 0.0
    """When the last heartbeat was answered, by the world's clock."""

    def at(self, when: str) -> None:
        self.count += when == "before"
        if when == self.when and self.count == self.nth:
            assert self.leases is not None
            self.leases.beat()
            self.heard_at = self.now_s()
            self.wire.go_away()
            self.is_away.set()


@dataclass
class FatefulJournal:
    """The journal of whoever loses the state."""

    inner: SharedJournal
    fate: Fate

    def append(self, entry: Entry) -> None:
        self.fate.at("before")
        self.inner.append(entry)
        self.fate.at("after")

    def entries(self) -> tuple[Entry, ...]:
        return self.inner.entries()

    def entries_of(self, database: DatabaseName) -> tuple[Entry, ...]:
        return self.inner.entries_of(database)


@contextlib.contextmanager
def a_machine(url: str, case: Case, world: World, fate: Fate) -> Iterator[Callable[[], Outcome]]:
    """One process, whose leases go by the time of the world."""
    plan = case.plan()
    recorded(url, plan)
    with recording(
        plan,
        [QuickLink(url) for _ in range(3)],
        limits=plan.safety.limits,
        clock=world.clock,
        beat_s=NEVER_S,
        now_s=world.clock.monotonic,
        awake_s=world.clock.monotonic,
    ) as one:
        fate.leases = leases = one.leases
        journal = FatefulJournal(one.journal, fate)

        async def beating() -> None:
            await fate.is_away.wait()
            while True:
                await world.clock.sleep(BEAT_S)
                leases.beat()

        async def apply() -> Outcome:
            heart = asyncio.create_task(beating())
            try:
                (outcome,) = await world.applied(plan, journal=journal, leases=leases)
            finally:
                heart.cancel()
                await asyncio.gather(heart, return_exceptions=True)
            return outcome

        yield lambda: asyncio.run(apply())


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    each_moment(metafunc, NAMES, (2, 0), sample=SAMPLE)


def entries_in(database: StateDatabase) -> tuple[Entry, ...]:
    with contextlib.closing(SharedState(database.url)) as state:
        (run,) = state.runs()
    assert first_break(run.entries) is None
    return run.entries


def test_a_state_that_goes_away_for_good_leaves_no_app_closed_that_can_be_opened(
    database: StateDatabase, name: str, nth: int, when: str
) -> None:
    case = CASES[name]
    world, judge = case.world()
    writes: list[float] = []

    def note(request: httpx.Request) -> None:
        if request.method != "GET" and fate.is_away.is_set():
            writes.append(world.clock.monotonic())

    world.wire.before = note
    with state_wire(database.url) as wire:
        fate = Fate(wire, world.clock.monotonic, nth, when)
        with a_machine(wire.url, case, world, fate) as applied:
            outcome = applied()
        verdict = judge.verdict(outcome)
    entries = entries_in(database)
    is_past = any(one.key == NO_WAY_BACK for one in entries)

    assert fate.is_away.is_set()
    assert verdict == []
    assert outcome.state != "done" or "done" in [one.what for one in entries]
    if not is_past:
        assert outcome.closed == (), outcome.reason
    assert max(writes, default=0.0) <= fate.heard_at + LEASE_S - MARGIN_S
    assert_another_machine_ends_it(database, case, world)


def assert_another_machine_ends_it(database: StateDatabase, case: Case, world: World) -> None:
    database.ask("UPDATE leases SET heartbeat = heartbeat - make_interval(secs => %s)", LEASE_S)
    with state_wire(database.url) as wire:
        for _ in range(2):  # what was taken back unrecorded may be taken back once more
            with a_machine(wire.url, case, world, Fate(wire, world.clock.monotonic)) as applied:
                outcome = applied()
            if outcome.state == "done":
                break

    assert outcome.closed == ()
    if outcome.state == "done":
        assert end_of(world)["apps"] == clean_run(case).end["apps"]
    else:
        assert NOT_AGAIN in outcome.reason


def test_a_state_that_goes_away_while_a_closed_app_only_waits_is_noticed_in_time(
    database: StateDatabase,
) -> None:
    """Nothing is written while data is copied, so nothing but the heart can tell."""
    case = CASES["legacy"]
    world, judge = case.world()
    slow = replace(world.stand_in.world.timing, transfer_least=120.0)
    world.stand_in.world.timing = slow
    right_before_its_end = next(
        at
        for at, one in enumerate(written_by(case))
        if one.what == "seen" and one.step.startswith("copy")
    )

    with state_wire(database.url) as wire:
        fate = Fate(wire, world.clock.monotonic, right_before_its_end, "after")
        with a_machine(wire.url, case, world, fate) as applied:
            outcome = applied()

    assert outcome.state == "backed-out", outcome.reason
    assert "does not answer, and the lease of legacy would be lost" in outcome.reason
    assert (outcome.closed, judge.verdict(outcome)) == ((), [])
    assert end_of(world)["apps"] == judge.before["apps"]


def written_by(case: Case) -> list[Entry]:
    world, _ = case.world()
    asyncio.run(world.applied(case.plan()))
    return world.journal.lines
