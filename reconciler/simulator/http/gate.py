"""Faults of requests, carried out in front of everything else.

The rules are asked in their order and the first that strikes decides. `/sim` itself never fails.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from reconciler.simulator.connection import cut
from reconciler.simulator.http.auth import RATE_LIMIT_TEXT
from reconciler.simulator.http.call import Answer
from reconciler.simulator.world.faults import ANY, drawn_kind, strike_request

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from reconciler.simulator.connection import How
    from reconciler.simulator.standin import StandIn
    from reconciler.simulator.world.faults import Fault

STALE = "sim.stale"
"""Scope key: how many seconds of simulated time the answer may be old."""
TEXTS = {
    500: ("internal_server_error", "Internal server error."),
    502: ("bad_gateway", "Bad gateway."),
    503: ("service_unavailable", "Service temporarily unavailable."),
    504: ("gateway_timeout", "Gateway timeout."),
}
OWN = "/sim"


class Gate:
    """The whole ASGI app with the faults in front."""

    def __init__(self, app: ASGIApp, standin: StandIn, respond: Callable[..., Any]) -> None:
        self._app = app
        self._standin = standin
        self._respond = respond

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or let it fail."""
        path = scope.get("path", "")
        if scope["type"] != "http" or not self._standin.world.faults.rules or _is_own(path):
            await self._app(scope, receive, send)
            return
        world = self._standin.world
        for rule in world.faults.rules:
            if rule.kind == "stale":
                self._standin.past(rule.age)
        fault = next(strike_request(world, scope["method"], path), None)
        if fault is None:
            await self._app(scope, receive, send)
            return
        kind, when = fault.kind, fault.when
        if kind == ANY:
            kind, when = drawn_kind(world, fault)
        await _Failing(self, fault, when, scope, receive, send).act(kind)

    async def run(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The app without faults."""
        await self._app(scope, receive, send)

    async def answer(self, answer: Answer, scope: Scope, receive: Receive, send: Send) -> None:
        """Send an answer that no route has given."""
        await self._respond(answer, self._standin, None)(scope, receive, send)

    async def nap(self, seconds: float) -> None:
        """Let real time pass."""
        await self._standin.nap(seconds)

    def close_port(self, seconds: float) -> None:
        """Let nobody connect for so long, where there is a port."""
        if self._standin.on_refuse is not None:
            self._standin.on_refuse(seconds)


def _is_own(path: str) -> bool:
    return path == OWN or path.startswith(f"{OWN}/")


class _Failing:
    """One request that a fault has struck."""

    def __init__(  # noqa: PLR0917  # the parts of one ASGI call, and what is to happen to it
        self, gate: Gate, fault: Fault, when: str, scope: Scope, receive: Receive, send: Send
    ) -> None:
        self._gate = gate
        self._fault = fault
        self._when = when
        self._scope = scope
        self._receive = receive
        self._send = send

    async def act(self, kind: str) -> None:
        """Do what that kind of fault does."""
        acts = {
            "refuse": self._refuse,
            "reset": self._reset,
            "status": self._status,
            "rate-limit": self._rate_limit,
            "slow": self._slow,
            "truncate": self._truncate,
            "duplicate": self._twice,
            "stale": self._stale,
        }
        await acts[kind]()

    async def _refuse(self) -> None:
        await self._parts()
        self._gate.close_port(self._fault.closed_for)
        await self._break("refused")

    async def _reset(self) -> None:
        await self._after_or_before()
        await self._break("reset")

    async def _status(self) -> None:
        await self._after_or_before()
        await self._say(_failure(self._fault))

    async def _rate_limit(self) -> None:
        await self._say(_rate_limited(self._fault))

    async def _stale(self) -> None:
        scope = {**self._scope, STALE: self._fault.age}
        await self._gate.run(scope, self._receive, self._send)

    async def _break(self, how: How) -> None:
        cut(self._scope, how)
        await asyncio.sleep(0)  # the server must have seen it, or it takes the silence for a bug

    async def _after_or_before(self) -> None:
        """Let the effect happen first, if the fault is to come after it; the request is read in any case."""
        if self._when == "after":
            await self._whole(self._receive)
        else:
            await self._parts()

    async def _parts(self) -> list[Message]:
        """The whole request. A client that is cut off while it still sends can not tell a reset from an end."""
        parts = []
        while True:
            part = await self._receive()
            parts.append(part)
            if not part.get("more_body"):
                return parts

    async def _whole(self, receive: Receive) -> list[Message]:
        """Let the request be carried out and keep the answer."""
        messages: list[Message] = []

        async def keep(message: Message) -> None:
            messages.append(message)

        await self._gate.run(self._scope, receive, keep)
        return messages

    async def _say(self, answer: Answer) -> None:
        await self._gate.answer(answer, self._scope, self._receive, self._send)

    async def _slow(self) -> None:
        if self._when == "before":
            await self._gate.nap(self._fault.delay)
        messages = await self._whole(self._receive)
        if self._when == "after":
            await self._gate.nap(self._fault.delay)
        for message in messages:
            await self._send(message)

    async def _truncate(self) -> None:
        """Send the headers and the first half of the body, then break off."""
        for message in await self._whole(self._receive):
            body = message.get("body", b"")
            if message["type"] == "http.response.body":
                message = {**message, "body": body[: len(body) // 2], "more_body": True}  # noqa: PLW2901
            await self._send(message)
        await self._break("truncated")

    async def _twice(self) -> None:
        """Carry the request out two times; the client gets the second answer."""
        parts = await self._parts()
        await self._whole(_replay(parts))
        for message in await self._whole(_replay(parts)):
            await self._send(message)


def _replay(parts: list[Message]) -> Receive:
    left = list(parts)

    async def receive() -> Message:
        return left.pop(0) if left else {"type": "http.disconnect"}

    return receive


def _failure(fault: Fault) -> Answer:
    error_id, message = TEXTS.get(fault.status, ("error", "Something went wrong."))
    if fault.body is not None:
        return Answer(fault.body.encode(), fault.status)
    return Answer({"id": error_id, "message": message}, fault.status)


def _rate_limited(fault: Fault) -> Answer:
    headers = {"RateLimit-Remaining": "0"}
    if fault.retry_after is not None:
        headers["Retry-After"] = str(fault.retry_after)
    return Answer({"id": "rate_limit", "message": RATE_LIMIT_TEXT}, 429, headers)
