"""Serving a stand-in on a loopback port until a signal comes or the parent's end of stdin closes."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from reconciler.errors import ReconcileError, StateError, UsageError
from reconciler.simulator.building import digest
from reconciler.simulator.clock import ScaledClock
from reconciler.simulator.connection import EXTENSION, abort
from reconciler.simulator.keeping import keeping
from reconciler.simulator.minting import Mint
from reconciler.simulator.scenario import parse_world, read_scenario
from reconciler.simulator.standin import StandIn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from reconciler.simulator.engines.postgres.engine import PostgresEngine
    from reconciler.simulator.keeping import Keeper
    from reconciler.simulator.world.world import World

LOOPBACK = "127.0.0.1"
INTERRUPTED = 130
REAL = "postgres"
BEAT = 0.02
"""Seconds between two looks at real databases and dynos."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """How to serve. Durations in seconds of real time; `speed` None: as the scenario says."""

    scenario: str = "example"
    port: int = 0
    speed: float | None = None
    latency: float = 0.0
    jitter: float = 0.0
    keep: Path | None = None
    databases: str = "model"
    """`model`: numbers; `postgres`: servers."""
    until_stdin_closes: bool = False


def serve(wishes: Wishes, *, announce: Callable[[int, World], None]) -> int:
    """Serve until told to end; `announce` gets the port as soon as connections are accepted.

    Returns:
        The exit code: 0, 130 after Ctrl-C, 1 when the world could no longer be saved.

    Raises:
        ReconcileError: the scenario, the port or the folder cannot be used, or a real database failed.
    """
    if wishes.keep is not None and wishes.databases == REAL:
        raise UsageError(
            "Real databases are not kept between two runs.",
            hint="Leave out --keep, or --databases postgres.",
        )
    text, file = read_scenario(wishes.scenario)
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(_listener(wishes.port))
        keeper = None
        if wishes.keep is not None:
            keeper = stack.enter_context(keeping(wishes.keep, digest(text)))
        world = _kept_or_new(keeper, text, file)
        if wishes.speed is not None:
            world.speed = wishes.speed
        if wishes.databases != REAL:
            running = Running(world, wishes, keeper, announce)
            return asyncio.run(running.serve(listener))
        with _ending_in_order():
            return _serve_real(world, wishes, announce, listener)


def _serve_real(
    world: World,
    wishes: Wishes,
    announce: Callable[[int, World], None],
    listener: socket.socket,
) -> int:
    """Serve with a PostgreSQL server for each database, and with dynos that write."""
    from reconciler.simulator.dynos.applications import applications  # noqa: PLC0415  # psycopg
    from reconciler.simulator.engines.postgres.session import (  # noqa: PLC0415  # psycopg
        real_databases,
    )

    with real_databases(world, environment=os.environ) as engine:
        running = Running(world, wishes, None, announce, engine)
        with applications(running.standin, engine, stopwatch=time.monotonic):
            return asyncio.run(running.serve(listener))


@contextlib.contextmanager
def _ending_in_order() -> Iterator[None]:
    """Let the signals that end a program unwind it, so that servers are stopped also while they are made."""

    def leave(_signal: int, _frame: object) -> None:
        raise SystemExit(0)

    held = {each: signal.signal(each, leave) for each in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for each, handler in held.items():
            signal.signal(each, handler)


def _kept_or_new(keeper: Keeper | None, text: str, file: str) -> World:
    fresh = parse_world(text, file=file)
    if keeper is None:
        return fresh
    kept, why_not = keeper.load()
    if kept is not None:
        return kept
    if why_not:
        sys.stderr.write(f"The kept world is not used: {why_not}. Starting anew.\n")
    keeper.save(fresh)
    return fresh


@contextlib.contextmanager
def _listener(port: int) -> Iterator[socket.socket]:
    """A listening socket on loopback.

    Raises:
        ReconcileError: the port is taken or not allowed.
    """
    try:
        listener = _bound(port)
    except (OSError, OverflowError) as error:
        raise ReconcileError(
            f"Port {port} on {LOOPBACK} cannot be used: {getattr(error, 'strerror', None) or error}.",
            hint="Choose another with --port, or 0 for a free one.",
        ) from error
    with listener:
        yield listener


def _bound(port: int) -> socket.socket:
    """A socket that listens on loopback.

    Raises:
        OSError: the port is taken or not allowed.
        OverflowError: it is no port.
    """
    # With the protocol named, asyncio turns Nagle off; without, each answer waits 40 ms for the client's ACK.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((LOOPBACK, port))
        listener.listen(2048)
    except BaseException:
        listener.close()
        raise
    return listener


class Protocol(HttpToolsProtocol):
    """HTTP as uvicorn speaks it, but the app can get at the connection, to break it."""

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self.scope["extensions"] = {EXTENSION: {"transport": self.transport}}


class Running(uvicorn.Server):
    """One server with its stand-in. Signals are ours, so that the world is saved and the exit code is right."""

    def __init__(
        self,
        world: World,
        wishes: Wishes,
        keeper: Keeper | None,
        announce: Callable[[int, World], None],
        engine: PostgresEngine | None = None,
    ) -> None:
        clock = ScaledClock(datetime.fromtimestamp(world.now, UTC), world.speed)
        save = self._save if keeper is not None else None
        self.standin = StandIn(
            world, clock, engine=engine, on_change=save, delay=_delay(wishes, world)
        )
        self._engine = engine
        self._crash: BaseException | None = None
        self._wishes = wishes
        self._keeper = keeper
        self._announce = announce
        self._code = 0
        self.standin.on_refuse = self._close_port
        self._reopening: set[asyncio.Task[None]] = set()
        self._port = 0
        config = uvicorn.Config(
            self.standin.app,
            log_level="warning",
            access_log=False,
            date_header=False,  # the simulated time is what its answers tell
            lifespan="off",
            http=Protocol,
            loop="asyncio",
            timeout_graceful_shutdown=2,
        )
        super().__init__(config)

    async def serve(  # type: ignore[override]  # one socket, made before; the exit code comes back
        self, listener: socket.socket
    ) -> int:
        """Serve on `listener` until told to end; the exit code."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self._end, 0)
        loop.add_signal_handler(signal.SIGINT, self._end, INTERRUPTED)
        if self._engine is not None:
            loop.add_signal_handler(signal.SIGHUP, self._end, 0)
            beating = loop.create_task(self._beat(self._engine))
            beating.add_done_callback(self._notice)
        if self._wishes.until_stdin_closes:
            threading.Thread(target=self._await_stdin, args=(loop,), daemon=True).start()
        await self._serve([listener])
        if self._engine is None:
            self.standin.settle()
        self._save(self.standin.world)
        if self._crash is not None:
            raise self._crash
        return self._code

    async def _beat(self, engine: PostgresEngine) -> None:
        """Let real databases and dynos go on while nobody asks.

        Raises:
            ReconcileError: a database has failed.
        """
        while not self.should_exit:
            self.standin.settle()
            if self.standin.keep_step is not None:
                self.standin.keep_step()
            if engine.failure is not None:
                raise engine.failure
            await asyncio.sleep(BEAT)

    def _notice(self, beating: asyncio.Task[None]) -> None:
        """End when the heart has stopped; why is told when all is closed."""
        self._crash = beating.exception()
        self._end(1 if self._crash is not None else 0)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Say where it listens once it does."""
        await super().startup(sockets)
        if sockets:
            self._port = sockets[0].getsockname()[1]
            self._announce(self._port, self.standin.world)

    def _close_port(self, seconds: float) -> None:
        """Let nobody connect for so long; what is connected is cut off too."""
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            transport = getattr(connection, "transport", None)
            if transport is not None:
                abort(transport)
        task = asyncio.get_running_loop().create_task(self._reopen(seconds))
        self._reopening.add(task)
        task.add_done_callback(self._reopening.discard)

    async def _reopen(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        if self.should_exit:
            return
        listener = _bound(self._port)

        def protocol() -> asyncio.Protocol:
            return Protocol(self.config, self.server_state, self.lifespan.state)

        loop = asyncio.get_running_loop()
        self.servers = [await loop.create_server(protocol, sock=listener)]

    def _end(self, code: int) -> None:
        self._code = self._code or code
        self.should_exit = True
        self.standin.wake()

    def _await_stdin(self, loop: asyncio.AbstractEventLoop) -> None:
        """Block until stdin is closed by whoever started us; runs in a thread of its own."""
        with contextlib.suppress(OSError):
            while os.read(0, 65536):
                pass
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(self._end, 0)

    def _save(self, world: World) -> None:
        if self._keeper is None:
            return
        try:
            self._keeper.save(world)
        except StateError as error:
            sys.stderr.write(f"{error} {error.hint}\n")
            self._end(1)


def _delay(wishes: Wishes, world: World) -> Callable[[], float] | None:
    """Seconds to wait before each answer: latency, more or less jitter, the same for the same seed."""
    if not wishes.latency and not wishes.jitter:
        return None
    mint = Mint(world.mint.seed)
    steps = 1000

    def seconds() -> float:
        share = mint.number("jitter", 2 * steps + 1) / steps - 1.0
        return max(0.0, wishes.latency + wishes.jitter * share)

    return seconds
