"""A small world in this process: the stand-in, a clock that moves when everyone waits, a journal in memory."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
from pydantic import SecretStr
from support.judge import Judge

from reconciler.adapters.heroku.closer import look_closer
from reconciler.adapters.heroku.observe import observe
from reconciler.adapters.heroku.opening import open_heroku
from reconciler.adapters.heroku.writes import HerokuAccount
from reconciler.adapters.toml_files import read_desired
from reconciler.apply.applying import BOTH, abort_database, apply_plan, confirm_plan
from reconciler.apply.control import Control
from reconciler.apply.tools import Tools
from reconciler.catalogue import load_catalogue
from reconciler.core.planner import apps_by_primary, needs_closer_look, plan
from reconciler.simulator.clock import ManualClock
from reconciler.simulator.http.sim import summary
from reconciler.simulator.standin import StandIn

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import AsyncIterator, Callable

    from reconciler.adapters.heroku.client import HerokuClient
    from reconciler.apply.events import Event, Report
    from reconciler.apply.journal import Entry, Journal
    from reconciler.apply.leases import Leases
    from reconciler.apply.outcome import Outcome
    from reconciler.core.desired import DesiredState
    from reconciler.core.limits import Freeze
    from reconciler.core.names import DatabaseName
    from reconciler.core.plan import Phase, Plan

IDLE_ROUNDS = 30
"""So often the event loop goes round without anybody waking earlier before time moves."""


class FakeClock:
    """Time that moves to the next sleeper's end once everybody waits; moves the stand-in's clock with it."""

    def __init__(self, world: ManualClock) -> None:
        self.world = world
        self.activity = 0
        """Counts everything that happens; while it grows, time stands still."""
        self._start = world.now()
        self._sleepers: list[float] = []

    def now(self) -> dt.datetime:
        return self.world.now()

    def monotonic(self) -> float:
        return (self.world.now() - self._start).total_seconds()

    async def sleep(self, seconds: float) -> None:
        end = self.monotonic() + seconds
        self.activity += 1
        self._sleepers.append(end)
        try:
            seen, idle = self.activity, 0
            while self.monotonic() < end:
                await asyncio.sleep(0)
                seen, idle = self.activity, idle + 1 if seen == self.activity else 0
                left = end - self.monotonic()
                if idle > IDLE_ROUNDS and left > 0 and min(self._sleepers) == end:
                    self.world.advance(left + 1e-6)
        finally:
            self.activity += 1
            self._sleepers.remove(end)


@dataclass
class ListJournal:
    """A journal in memory; outlives a kill as a file would."""

    lines: list[Entry] = field(default_factory=list)

    def append(self, entry: Entry) -> None:
        self.lines.append(entry)

    def entries(self) -> tuple[Entry, ...]:
        return tuple(self.lines)

    def entries_of(self, database: DatabaseName) -> tuple[Entry, ...]:
        return tuple(one for one in self.entries() if one.database == database)


class Killed(BaseException):
    """The process is gone: a BaseException, so that no handler of ours can swallow it."""


@dataclass
class Wire(httpx.AsyncBaseTransport):
    """The way to the stand-in; `before` and `after` each request may look, answer or raise."""

    inner: httpx.AsyncBaseTransport
    clock: FakeClock
    before: Callable[[httpx.Request], httpx.Response | None] = lambda _: None
    after: Callable[[httpx.Request, httpx.Response], httpx.Response] = lambda _, answer: answer
    requests: list[str] = field(default_factory=list)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(f"{request.method} {request.url.path}")
        self.clock.activity += 1
        answer = self.before(request)
        if answer is None:
            answer = await self.inner.handle_async_request(request)
            await answer.aread()
        return self.after(request, answer)


ESTATE = Path(__file__).with_name("estate.toml")
DESIRED = Path(__file__).with_name("desired")


@dataclass
class World:
    """Everything a test of apply needs; `end` is what a run is compared by."""

    stand_in: StandIn
    clock: FakeClock
    wire: Wire
    journal: ListJournal = field(default_factory=ListJournal)
    events: list[Event] = field(default_factory=list)
    control: Control = field(default_factory=Control)
    tools: Tools = field(default_factory=Tools)

    @asynccontextmanager
    async def client(self) -> AsyncIterator[HerokuClient]:
        """A client over the wire."""
        async with open_heroku(
            "http://127.0.0.1:1",
            SecretStr(""),
            clock=self.clock,
            transport=self.wire,
            spread=lambda: 0.5,
            new_id=lambda: "00000000-0000-0000-0000-000000000000",
        ) as client:
            yield client

    async def planned(self, desired: DesiredState) -> Plan:
        """What `reconcile plan` would say now."""
        catalogue = load_catalogue()
        async with self.client() as client:
            snapshot = await observe(
                client,
                names=desired.looked_at(),
                apps=desired.apps(),
                backed_up=desired.backed_up(),
            )
            closer = needs_closer_look(desired, snapshot, catalogue)
            more = apps_by_primary(desired, snapshot)
            snapshot = await look_closer(client, snapshot, closer, more_apps=more)
            return plan(desired, snapshot, catalogue, endpoint="sim:test")

    async def applied(
        self,
        plan: Plan,
        *,
        journal: Journal | None = None,
        phases: frozenset[Phase] = BOTH,
        more_freezes: tuple[Freeze, ...] = (),
        report: Report | None = None,
        leases: Leases | None = None,
    ) -> tuple[Outcome, ...]:
        """One `reconcile apply` of `plan`: a process of its own, so nobody has asked it to stop yet."""
        self.control = Control(until=self.control.until)
        async with self.client() as client:
            return await apply_plan(
                plan,
                heroku=HerokuAccount(client),
                clock=self.clock,
                journal=journal or self.journal,
                report=report or self.events.append,
                control=self.control,
                leases=leases,
                phases=phases,
                more_freezes=more_freezes,
                tools=self.tools,
            )

    async def confirmed(self, plan: Plan) -> tuple[Outcome, ...]:
        """One `reconcile verify` of `plan`."""
        async with self.client() as client:
            return await confirm_plan(
                plan,
                self.journal.entries(),
                heroku=HerokuAccount(client),
                clock=self.clock,
            )

    async def aborted(self, plan: Plan, *, leases: Leases | None = None) -> Outcome:
        """One `reconcile abort` of the first database of `plan`."""
        async with self.client() as client:
            return await abort_database(
                plan,
                plan.databases[0].name,
                heroku=HerokuAccount(client),
                clock=self.clock,
                journal=self.journal,
                report=self.events.append,
                leases=leases,
                tools=self.tools,
            )

    def end(self) -> dict[str, Any]:
        """What is there, without what differs from run to run (time, counters of releases and commits)."""
        self.stand_in.settle()
        seen = summary(self.stand_in)
        apps = {
            name: {key: app[key] for key in ("maintenance", "formation")}
            for name, app in seen["apps"].items()
        }
        schedules = {
            self.stand_in.world.addons[one.id].name: sorted(
                (held.name, held.hour, held.timezone) for held in one.schedules
            )
            for one in self.stand_in.world.databases.values()
        }
        versions = {
            self.stand_in.world.addons[one.id].name: (one.version, one.upgrade is not None)
            for one in self.stand_in.world.databases.values()
        }
        return {
            "apps": apps,
            "databases": seen["databases"],
            "schedules": schedules,
            "versions": versions,
        }

    def requested(self, method: str) -> list[str]:
        """The requests of one method, in order."""
        return [one for one in self.wire.requests if one.startswith(f"{method} ")]


def make_world(scenario: Path = ESTATE) -> World:
    """The estate, fresh."""
    stand_in = StandIn.from_scenario(scenario)
    assert isinstance(stand_in.clock, ManualClock)
    clock = FakeClock(stand_in.clock)
    wire = Wire(httpx.ASGITransport(app=stand_in.app, raise_app_exceptions=True), clock)
    return World(stand_in, clock, wire)


def desired_for(*names: str) -> DesiredState:
    """Of the desired state that belongs to the estate, the databases of those names."""
    desired = read_desired([DESIRED], catalogue=load_catalogue())
    chosen = tuple(one for one in desired.databases if one.name in names)
    assert len(chosen) == len(names)
    return replace(desired, databases=chosen)


@cache
def plan_for(*names: str) -> Plan:
    """The plan for those databases in a fresh estate; a value, so one will do for all tests."""
    with ThreadPoolExecutor(1) as elsewhere:  # also from within a running event loop
        return elsewhere.submit(asyncio.run, make_world().planned(desired_for(*names))).result()


def judged_world(plan: Plan | None = None) -> tuple[World, Judge]:
    """A fresh estate with a judge on its wire; with `plan`, it judges by that too."""
    world = make_world()
    judge = Judge(world, plan)
    world.wire.after = judge.watch
    return world, judge
