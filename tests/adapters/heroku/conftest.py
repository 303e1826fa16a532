"""The stand-in in this process, or a scripted transport, behind our own client; and a clock moved by hand."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from pydantic import SecretStr

from reconciler.adapters.heroku.opening import open_heroku
from reconciler.adapters.heroku.writes import HerokuAccount
from reconciler.simulator.clock import ManualClock
from reconciler.simulator.standin import StandIn

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from reconciler.adapters.heroku.client import HerokuClient

START = dt.datetime(2026, 11, 22, 20, tzinfo=dt.UTC)
LOOPBACK = "http://127.0.0.1:5780"
REAL_TOKEN = "HRKU-canary-token"  # noqa: S105  # invented, to search for in what comes out


class FakeClock:
    """Stands still but for sleeping; moves the stand-in's clock along."""

    def __init__(self, world: ManualClock | None = None) -> None:
        self.world = world
        self.slept: list[float] = []
        self._seconds = 0.0

    def now(self) -> dt.datetime:
        return START + dt.timedelta(seconds=self._seconds)

    def monotonic(self) -> float:
        return self._seconds

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.advance(seconds)
        await asyncio.sleep(0)

    def advance(self, seconds: float) -> None:
        self._seconds += seconds
        if self.world is not None:
            self.world.advance(seconds)


class Bench:
    """Runs async pieces against one transport, a fresh event loop and client each."""

    def __init__(self, transport: httpx.AsyncBaseTransport, clock: FakeClock) -> None:
        self.transport = transport
        self.clock = clock
        self.endpoint = LOOPBACK
        self.reserve_requests = 500
        self.say: Callable[[str], None] = lambda _: None

    def client(self, piece: Callable[[HerokuClient], Awaitable[Any]]) -> Any:
        async def whole() -> Any:
            async with open_heroku(
                self.endpoint,
                SecretStr(REAL_TOKEN),
                clock=self.clock,
                reserve_requests=self.reserve_requests,
                transport=self.transport,
                spread=lambda: 0.5,
                new_id=lambda: "request-of-ours",
                say=self.say,
            ) as client:
                return await piece(client)

        return asyncio.run(whole())

    def account(self, piece: Callable[[HerokuAccount], Awaitable[Any]]) -> Any:
        return self.client(lambda client: piece(HerokuAccount(client)))


class Script(httpx.AsyncBaseTransport):
    """Answers as scripted, the last answer for ever, and keeps the requests."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)


@pytest.fixture
def stand_in() -> StandIn:
    return StandIn.from_scenario("example", ManualClock(START))


@pytest.fixture
def bench(stand_in: StandIn) -> Bench:
    transport = httpx.ASGITransport(app=stand_in.app, raise_app_exceptions=False)
    return Bench(transport, FakeClock(stand_in.clock))


@pytest.fixture
def make_bench() -> Callable[[httpx.AsyncBaseTransport, ManualClock], Bench]:
    """A bench over another transport than the example's."""
    return lambda transport, world: Bench(transport, FakeClock(world))


@pytest.fixture
def scripted() -> Callable[..., Bench]:
    return lambda *answers: Bench(Script(*answers), FakeClock())


@pytest.fixture
def passwords(stand_in: StandIn) -> list[str]:
    """Every password of the stand-in's databases."""
    return [
        credential.password
        for database in stand_in.world.databases.values()
        for credential in database.credentials.values()
    ]
