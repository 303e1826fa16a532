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

from reconciler.adapters.heroku.closer import look_closer
from reconciler.adapters.heroku.observe import observe
from reconciler.adapters.heroku.opening import open_heroku
from reconciler.adapters.heroku.writes import HerokuAccount
from reconciler.adapters.toml_files import read_desired
from reconciler.apply.applying import BOTH, apply_plan
from reconciler.apply.control import Control
from reconciler.catalogue import load_catalogue
from reconciler.core.planner import needs_closer_look, plan
from reconciler.simulator.clock import ManualClock
from reconciler.simulator.http.sim import summary
from reconciler.simulator.standin import StandIn

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import AsyncIterator, Callable

    from reconciler.adapters.heroku.client import HerokuClient
    from reconciler.apply.events import Event
    from reconciler.apply.journal import Entry, Journal
    from reconciler.apply.outcome import Outcome
    from reconciler.core.desired import DesiredState
    from reconciler.core.limits import Freeze
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
                names=desired.names(),
                apps=desired.apps(),
                backed_up=desired.backed_up(),
            )
            closer = needs_closer_look(desired, snapshot, catalogue)
            snapshot = await look_closer(client, snapshot, closer)
            return plan(desired, snapshot, catalogue, endpoint="sim:test")

    async def applied(
        self,
        plan: Plan,
        *,
        journal: Journal | None = None,
        phases: frozenset[Phase] = BOTH,
        more_freezes: tuple[Freeze, ...] = (),
    ) -> tuple[Outcome, ...]:
        """One `reconcile apply` of `plan`."""
        async with self.client() as client:
            return await apply_plan(
                plan,
                heroku=HerokuAccount(client),
                clock=self.clock,
                journal=journal or self.journal,
                report=self.events.append,
                control=self.control,
                phases=phases,
                more_freezes=more_freezes,
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


@dataclass
class Judge:
    """Watches from the stand-in's side whether any write could get lost.

    Once a follower was unfollowed or a copy begun, the old primary's commits are noted; when the names have moved
    at the end, not one commit may have been added to it since.
    """

    world: World
    noted: dict[str, float] = field(default_factory=dict)
    deleted: list[str] = field(default_factory=list)

    def watch(self, request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        """After each request; put it on the wire as `after`."""
        path = request.url.path
        if request.method == "DELETE" and "/addon-attachments/" not in path:
            self.deleted.append(path)
        takes_data = path.endswith(("/unfollow", "/transfers"))
        if takes_data and request.method in {"PUT", "POST"} and answer.is_success:
            self._note()
        return answer

    def _note(self) -> None:
        """Note, or note anew: a later attempt takes the data anew."""
        world = self.world.stand_in.world
        self.noted = {
            world.addons[one.id].name: one.commits.at(world.now)
            for one in world.databases.values()
            if one.leader_id is None
        }

    def lost(self) -> list[str]:
        """In words, every write that the final primaries lack; empty is well."""
        world = self.world.stand_in.world
        self.world.stand_in.settle()
        losses = [
            f"{world.addons[one.id].name} never got {one.missing_commits} commits"
            for one in world.databases.values()
            if one.missing_commits
        ]
        for one in world.databases.values():
            name = world.addons[one.id].name
            aliases = [held.name for held in world.attachments_of_addon(one.id)]
            is_replaced = bool(aliases) and all("_REPLACED_" in alias for alias in aliases)
            if is_replaced and one.leader_id is None and name in self.noted:
                late = one.commits.at(world.now) - self.noted[name]
                losses += [f"{name} got {late} commits after its data was taken"] if late else []
        return losses


def judged_world() -> tuple[World, Judge]:
    """A fresh estate with a judge on its wire."""
    world = make_world()
    judge = Judge(world)
    world.wire.after = judge.watch
    return world, judge
