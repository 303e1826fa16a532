from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from reconciler.simulator.connection import Wire
from reconciler.simulator.standin import StandIn

if TYPE_CHECKING:
    from collections.abc import Iterator


class Speaker:
    """Asks a stand-in real HTTP requests in process, and moves its clock."""

    def __init__(self, standin: StandIn, runner: asyncio.Runner) -> None:
        self.standin = standin
        self.world = standin.world
        self._runner = runner
        self._client = httpx.AsyncClient(
            transport=Wire(
                httpx.ASGITransport(standin.app),
                refused=httpx.ConnectError,
                reset=httpx.ReadError,
                truncated=httpx.RemoteProtocolError,
            ),
            base_url="http://127.0.0.1",
            headers={"Accept": "application/vnd.heroku+json; version=3"},
        )

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        sent = {"Authorization": "Bearer token"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self._runner.run(self._client.request(method, path, json=body, headers=sent))

    def ask_for(self, method: str, path: str, body: Any, *, seconds: float) -> httpx.Response:
        headers = {"Authorization": "Bearer token"}

        async def briefly() -> httpx.Response:
            async with asyncio.timeout(seconds):
                return await self._client.request(method, path, json=body, headers=headers)

        return self._runner.run(briefly())

    def ask_raw(self, method: str, path: str, content: str) -> httpx.Response:
        headers = {"Authorization": "Bearer token", "Content-Type": "application/json"}
        return self._runner.run(
            self._client.request(method, path, content=content, headers=headers)
        )

    def get(self, path: str, **headers: str) -> Any:
        answer = self.ask("GET", path, **headers)
        assert answer.is_success, answer.text
        return answer.json()

    def do(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.ask(method, path, body)
        assert answer.is_success, answer.text
        return answer.json()

    def refused(self, method: str, path: str, body: Any = None) -> tuple[int, str]:
        answer = self.ask(method, path, body)
        assert answer.is_client_error, answer.text
        return answer.status_code, answer.json()["id"]

    def wait(self, seconds: float) -> None:
        self.standin.clock.advance(seconds)

    def info(self, name: str) -> Any:
        return self.get(f"/client/v11/databases/{name}")

    def row(self, name: str, row: str) -> Any:
        for each in self.info(name)["info"]:
            if each["name"] == row:
                return each["values"][0] if each["values"] else None
        return None

    def behind(self, name: str) -> int:
        return int(self.row(name, "Behind By").removesuffix(" commits"))

    def close(self) -> None:
        self._runner.run(self._client.aclose())


@pytest.fixture
def speak() -> Iterator[Any]:
    """Makes a speaker for a stand-in."""
    speakers = []
    with asyncio.Runner() as runner:

        def make(standin: StandIn) -> Speaker:
            speakers.append(Speaker(standin, runner))
            return speakers[-1]

        yield make
        for speaker in speakers:
            speaker.close()


@pytest.fixture
def heroku(speak: Any) -> Speaker:
    """The example estate, with a clock that stands still."""
    return speak(StandIn.from_scenario("example"))
