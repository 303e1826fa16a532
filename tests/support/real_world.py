"""A stand-in with real databases: in this process with a clock moved by hand, or served by a process of its own."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx
import psycopg
from support.waiting import until

from reconciler.simulator.clock import ManualClock
from reconciler.simulator.engines.postgres.session import real_databases
from reconciler.simulator.scenario import parse_world
from reconciler.simulator.standin import StandIn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from reconciler.simulator.engines.postgres.engine import PostgresEngine

HEADERS = {
    "Authorization": "Bearer token",
    "Accept": "application/vnd.heroku+json; version=3",
}
WRITING_SHOP = """
[clock]
start = 2026-11-22T20:00:00Z
speed = 60
[timing]
provision = "20s"
catch_up = "CATCH_UP"
drain = "6s"
[databases]
bytes_per_gb = "5MB"
[app.shop]
formation = { web = 3, worker = 2 }
dynos = { writes_per_second = 150 }
[app.shop.database.orders]
name = "orders-old"
plan = "standard-0"
version = "16.10"
size = "1GB"
attachments = ["DATABASE"]
"""
"""One app that writes as fast as it can; CATCH_UP is how long a follower takes."""


class RealWorld:
    """Real databases, asked in process; `wait` moves the clock and lets all work that is due be done."""

    def __init__(self, speaker: Any, engine: PostgresEngine) -> None:
        self.speaker = speaker
        self.engine = engine
        self.do, self.get, self.info = speaker.do, speaker.get, speaker.info
        self.row, self.behind, self.ask = speaker.row, speaker.behind, speaker.ask
        self.world = speaker.world

    def wait(self, seconds: float) -> None:
        self.speaker.wait(seconds)
        self.settle()

    def settle(self) -> None:
        happened = True
        while happened:
            self.speaker.standin.settle()
            self.engine.work.wait()
            happened = self.speaker.standin.settle()
            if self.engine.failure is not None:
                raise self.engine.failure

    def url(self, app: str, name: str = "DATABASE_URL") -> str:
        return self.get(f"/apps/{app}/config-vars")[name]

    def id_of(self, name: str) -> str:
        return self.world.addon(name).id

    def eventually(self, is_so: Callable[[], bool]) -> None:
        until(is_so)


@contextlib.contextmanager
def real_world(text: str, speak: Any, parent: Path) -> Iterator[RealWorld]:
    world = parse_world(text, file="test.toml")
    with real_databases(world, environment=os.environ, parent=parent) as engine:
        clock = ManualClock(datetime.fromtimestamp(world.now, UTC))
        yield RealWorld(speak(StandIn(world, clock, engine=engine)), engine)


def sql(url: str, query: str, *values: object) -> list[tuple[Any, ...]]:
    """The rows that a query gives to whoever has that URL."""
    with psycopg.connect(url, autocommit=True, connect_timeout=10) as connection:
        cursor = connection.execute(query, values or None)
        return cursor.fetchall() if cursor.description else []


class Served:
    """`reconcile sim --databases postgres` in a process of its own, and plain HTTP to it."""

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self.process = process
        self.port = port
        self._client = httpx.Client(
            base_url=f"http://127.0.0.1:{port}", headers=HEADERS, timeout=60, trust_env=False
        )

    def do(self, method: str, path: str, body: Any = None) -> Any:
        answer = self._client.request(method, path, json=body)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def get(self, path: str) -> Any:
        return self.do("GET", path)

    def ledger(self, app: str, least_gap: float = 0.25) -> Any:
        return self.get(f"/sim/ledger?least_gap={least_gap}")["apps"][app]

    def behind(self, name: str) -> int:
        info = self.get(f"/client/v11/databases/{name}")
        return int(info["target_transaction"]) - info["current_transaction"]

    def acknowledged(self, app: str, rows: int) -> None:
        """Wait until the app has that many rows more."""
        begun = self.ledger(app)["acknowledged"]
        until(lambda: self.ledger(app)["acknowledged"] >= begun + rows)

    def close(self) -> None:
        self._client.close()


@contextlib.contextmanager
def started(
    scenario: Path, folder: Path, *options: str, before: tuple[str, ...] = (), **environment: str
) -> Iterator[subprocess.Popen[str]]:
    """The process, not waited for, with its databases below `folder`; ended with the block if it still runs.

    `before` goes before its command line.
    """
    process = subprocess.Popen(
        [
            *(*before, sys.executable, "-m", "reconciler", "sim", "--databases", "postgres"),
            *("--port", "0", "--scenario", str(scenario), "--until-stdin-closes", *options),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(folder), **environment},
    )
    try:
        yield process
    finally:
        process.stdin.close()
        try:
            process.wait(timeout=30)
        finally:
            process.kill()
            process.wait()
            process.stdout.close()
            process.stderr.close()


@contextlib.contextmanager
def served(text: str, folder: Path, *options: str) -> Iterator[Served]:
    """A stand-in that accepts requests, over the world that `text` describes."""
    scenario = folder / "scenario.toml"
    scenario.write_text(text, encoding="utf-8")
    with started(scenario, folder, *options) as process:
        line = process.stdout.readline()
        assert line, process.stderr.read()
        sim = Served(process, json.loads(line)["port"])
        try:
            yield sim
        finally:
            sim.close()
