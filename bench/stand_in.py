#!/usr/bin/env python3
"""How much the stand-in bears: `python3 dev.py python bench/stand_in.py [--databases 5000] [--seconds 5]`.

Serves a world of that many databases in a process of its own and asks it from this one over keep-alive
connections, with a client that does next to nothing. Server and client share the machine's cores, so on two
cores the figure is what one core can serve. Prints requests a second and the slowest of a hundred answers.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

AN_APP = 10
"""Databases of one app."""
CONNECTIONS = 8
GOAL = 1500


def say(text: str) -> None:
    """One line of the report, at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


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
        "one third each": [kind[turn] for turn in range(databases) for kind in every],
        "add-ons, 200 a page": ["/addons"],
    }


async def measure(port: int, databases: int, seconds: float) -> float:
    """Print every figure; the one that counts is the mixture's."""
    counts = 0.0
    for what, asked in paths(databases).items():
        rate, slowest = await load(port, asked, seconds)
        counts = rate if what == "one third each" else counts
        say(f"{what:>22}: {rate:7.0f} requests/s, 99 % within {slowest:6.1f} ms")
    return counts


def main() -> int:
    """Measure; 1 when it serves less than the goal."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--databases", type=int, default=5000)
    parser.add_argument("--seconds", type=float, default=5.0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "bench.toml"
        file.write_text(scenario(arguments.databases))
        command = [sys.executable, "-m", "reconciler", "sim", "--port", "0", "--until-stdin-closes"]
        began = time.perf_counter()
        with subprocess.Popen(  # noqa: S603  # our own command
            [*command, "--scenario", str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as server:
            port = json.loads(server.stdout.readline())["port"]
            ready = time.perf_counter() - began
            say(
                f"{arguments.databases} databases, ready after {ready:.1f} s, {os.cpu_count()} cores"
            )
            rate = asyncio.run(measure(port, arguments.databases, arguments.seconds))
            used = Path(f"/proc/{server.pid}/status")
            if used.exists():
                say(next(line for line in used.read_text().splitlines() if "VmHWM" in line))
            server.stdin.close()
            server.wait(20)
    say(f"goal: {GOAL} requests/s: {'reached' if rate >= GOAL else 'missed'}")
    return 0 if rate >= GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
