"""How much the stand-in bears: requests a second over 8 connections, asked by a client that does next to nothing.

It serves 5,000 databases in a process of its own. Server and client share the machine's cores, so on two cores the
figure is what one core can serve.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path

from bench.frame import Figure, Goal, Result
from bench.processes import served

AN_APP = 10
"""Databases of one app."""
CONNECTIONS = 8
GOAL = 1500
DATABASES = 5_000
SECONDS = 1.0
"""Of each kind of request in each round."""
MIXTURE = "one third each"


def scenario(databases: int) -> str:
    """A scenario with that many databases, ten to an app."""
    lines = ["[clock]", "start = 2026-11-22T20:00:00Z", "speed = 1"]
    for app in range(-(-databases // AN_APP)):
        lines += [f"[app.app-{app}]", "formation = { web = 1, worker = 1 }"]
        for number in range(min(AN_APP, databases - app * AN_APP)):
            lines += [
                f"[app.app-{app}.database.d{app}-{number}]",
                f'name = "postgresql-bench-{app * AN_APP + number}"',
                'plan = "standard-0"',
                f'attachments = ["DB_{number}"]',
            ]
    return "\n".join(lines) + "\n"


class Connection:
    """One keep-alive connection that asks for GET after GET."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def get(self, path: str) -> bytes:
        """The body of a 200 or 206."""
        head = f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer x\r\nAccept: */*\r\n\r\n"
        self._writer.write(head.encode())
        answer = await self._reader.readuntil(b"\r\n\r\n")
        if answer[9:11] != b"20":
            raise RuntimeError(f"{path}: {answer[:40]!r}")
        length = answer.lower().partition(b"content-length: ")[2].partition(b"\r")[0]
        return await self._reader.readexactly(int(length))

    def close(self) -> None:
        """Hang up."""
        self._writer.close()


async def connect(port: int) -> Connection:
    """A new connection."""
    return Connection(*await asyncio.open_connection("127.0.0.1", port, limit=2**24))


async def load(port: int, paths: list[str], seconds: float) -> tuple[float, float]:
    """Requests a second over all connections, and the 99th percentile of the answer time in ms."""
    took: list[float] = []
    end = time.perf_counter() + seconds

    async def ask(first: int) -> None:
        connection = await connect(port)
        turn = first
        while (began := time.perf_counter()) < end:
            await connection.get(paths[turn % len(paths)])
            took.append(time.perf_counter() - began)
            turn += CONNECTIONS
        connection.close()

    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for first in range(CONNECTIONS):
            group.create_task(ask(first))
    passed = time.perf_counter() - began
    return len(took) / passed, sorted(took)[int(len(took) * 0.99)] * 1000


def paths(databases: int) -> dict[str, list[str]]:
    """What is asked, by what it stands for; every request names another database."""
    names = [f"postgresql-bench-{number}" for number in range(databases)]
    info = [f"/client/v11/databases/{name}" for name in names]
    waits = [f"{path}/wait_status" for path in info]
    addons = [f"/addons/{name}" for name in names]
    every = [info, waits, addons]
    return {
        "database info": info,
        "wait_status": waits,
        "one add-on": addons,
        MIXTURE: [kind[turn] for turn in range(databases) for kind in every],
        "add-ons, 200 a page": ["/addons"],
    }


def run(rounds: int) -> Result:
    """Ask for each kind in turn, so many times."""
    asked = paths(DATABASES)
    rates: dict[str, list[float]] = {what: [] for what in asked}
    slowest: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "bench.toml"
        file.write_text(scenario(DATABASES))
        with served(file) as heroku:
            for _ in range(rounds):
                for what, these in asked.items():
                    rate, late = asyncio.run(load(heroku.port, these, SECONDS))
                    rates[what].append(rate)
                    if what == MIXTURE:
                        slowest.append(late)
            most_mb = heroku.most_mb()
    goals = {MIXTURE: Goal(GOAL, "at least")}
    figures = [
        Figure(what, "requests/s", tuple(taken), goals.get(what)) for what, taken in rates.items()
    ]
    late = Figure(f"{MIXTURE}: 99 of 100 answered within", "ms", tuple(slowest))
    memory = Figure("most memory", "MB", (most_mb,))
    return Result((*figures, late, memory), {"databases": f"{DATABASES:,}"})
