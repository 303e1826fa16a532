"""A small world in this process: the stand-in, a clock that moves when everyone waits, a journal in memory."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx
import pytest

from reconciler.simulator.clock import ManualClock
from reconciler.simulator.standin import StandIn

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.apply.events import Event
    from reconciler.apply.journal import Entry

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


@dataclass
class World:
    """Everything a test of apply needs."""

    stand_in: StandIn
    clock: FakeClock
    wire: Wire
    journal: ListJournal = field(default_factory=ListJournal)
    events: list[Event] = field(default_factory=list)


def make_world() -> World:
    """The example estate, fresh."""
    manual = ManualClock(dt.datetime(2026, 11, 22, 20, tzinfo=dt.UTC))
    stand_in = StandIn.from_scenario("example", clock=manual)
    clock = FakeClock(manual)
    wire = Wire(httpx.ASGITransport(app=stand_in.app, raise_app_exceptions=True), clock)
    return World(stand_in, clock, wire)


@pytest.fixture
def world() -> World:
    return make_world()
