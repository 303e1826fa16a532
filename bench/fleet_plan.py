"""`reconcile plan` of an unchanged fleet over a network of 50 ms: time, requests, memory, growth, and peers.

A stand-in in a process of its own serves one database an app and waits 50 ms before each answer. In each round the
same stand-in answers `reconcile plan`, and a client that does next to nothing asks it for as many databases over as
many connections: what that takes, no client can undercut here. The vendor's CLI is asked for `pg:info` of some
databases, one after the other as a loop in a shell does, and what all would take is reckoned from that.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path

from bench import vendors_cli
from bench.estate import write_desired, write_scenario
from bench.frame import Figure, Goal, Result, each_round
from bench.processes import RECONCILE, Served, Used, measured, served
from bench.stand_in import connect

LATENCY_S = 0.050
CONCURRENCY = 32
SIZES = (100, 1_000, 5_000)
COUNTED = 1_000
LARGEST = 5_000
LARGE_ROUNDS = 2
"""Of the largest fleet: its time is for the growth, its memory hardly differs."""
SAMPLE = 5
"""Databases that the vendor's CLI is asked for in a round."""
ALLOWED_FACTOR, ALLOWED_S, ALLOWED_REQUESTS, ALLOWED_MB = 1.3, 1.0, 20, 600


def run(rounds: int) -> Result:
    """Plan each size so many times."""
    taken: dict[int, dict[str, tuple[float, ...]]] = {}
    for size in SIZES:
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            write_scenario(folder / "world.toml", size)
            write_desired(folder / "desired", size)
            with served(folder / "world.toml", "--latency", f"{LATENCY_S * 1000:g}ms") as heroku:
                fleet = Fleet(heroku, folder, size)
                if size == COUNTED:
                    taken[size] = each_round(rounds, fleet.with_peers)
                else:
                    taken[size] = each_round(min(rounds, LARGE_ROUNDS), fleet.plan)
    return Result(
        figures=(*_of_counted(taken[COUNTED]), *_of_growth(taken)),
        setting={
            "latency": f"{LATENCY_S * 1000:g} ms",
            "concurrency": CONCURRENCY,
            "databases": ", ".join(f"{size:,}" for size in SIZES),
        },
        notes=(
            f"heroku {vendors_cli.VERSION} was asked for {SAMPLE} databases a round; what {COUNTED:,} take is reckoned.",
            f"The sizes beside {COUNTED:,} ran {min(rounds, LARGE_ROUNDS)} rounds.",
        ),
    )


class Fleet:
    """An unchanged fleet that a stand-in serves."""

    def __init__(self, heroku: Served, folder: Path, size: int) -> None:
        self._heroku = heroku
        self._folder = folder
        self._size = size
        self._cli = vendors_cli.program() if size == COUNTED else []

    def plan(self) -> dict[str, float]:
        """Plan once."""
        requests, server_s = self._heroku.requests(), self._heroku.cpu_s()
        settings = {"RECONCILE_ENDPOINT": self._heroku.url}
        used = measured([*RECONCILE, "plan", "desired"], folder=self._folder, settings=settings)
        if f"{self._size} unchanged" not in used.out:
            raise RuntimeError(f"not an unchanged fleet: {used.out[:300]}")
        return {
            "wall": used.wall_s,
            "cpu": used.cpu_s,
            "memory": used.most_mb,
            "requests": self._heroku.requests() - requests,
            "server": self._heroku.cpu_s() - server_s,
        }

    def with_peers(self) -> dict[str, float]:
        """Plan once, then let the others ask."""
        plan = self.plan()
        bare = asyncio.run(ask_all(self._heroku.port, self._size))
        info = [self._pg_info(number).wall_s for number in range(SAMPLE)]
        return {**plan, "bare": bare, "info": sum(info) / SAMPLE}

    def _pg_info(self, number: int) -> Used:
        command = [*self._cli, "pg:info", "--app", f"app-{number:05}"]
        settings = vendors_cli.environment(self._heroku.url, self._folder)
        used = measured(command, folder=self._folder, settings=settings)
        if "standard-0" not in used.out.lower().replace(" ", "-"):
            raise RuntimeError(f"pg:info did not tell of the database: {used.out[:300]}")
        return used


async def ask_all(port: int, databases: int) -> float:
    """Seconds in which a client that does next to nothing gets as many answers over as many connections."""
    connections = [await connect(port) for _ in range(CONCURRENCY)]
    left = iter(range(databases))

    async def ask(connection: object) -> None:
        for number in left:
            await connection.get(f"/client/v11/databases/postgresql-bench-{number:05}")

    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for connection in connections:
            group.create_task(ask(connection))
    took = time.perf_counter() - began
    for connection in connections:
        connection.close()
    return took


def _of_counted(taken: dict[str, tuple[float, ...]]) -> tuple[Figure, ...]:
    """The figures with goals, and the peers."""
    asked = max(taken["requests"])
    limit = ALLOWED_FACTOR * asked / CONCURRENCY * LATENCY_S + ALLOWED_S
    why = (
        f"{ALLOWED_FACTOR} x {asked:,.0f} requests / {CONCURRENCY} x {LATENCY_S * 1000:g} ms "
        f"+ {ALLOWED_S:g} s"
    )
    whole = tuple(one * COUNTED for one in taken["info"])
    title = f"{COUNTED:,} databases"
    return (
        Figure(
            f"{title}: requests", "requests", taken["requests"], Goal(COUNTED + ALLOWED_REQUESTS)
        ),
        Figure(f"{title}: plan", "s", taken["wall"], Goal(limit, why=why)),
        Figure(f"{title}: CPU of plan", "s", taken["cpu"]),
        Figure(f"{title}: CPU of the stand-in meanwhile", "s", taken["server"]),
        Figure(f"{title}: asked by a client that does next to nothing", "s", taken["bare"]),
        Figure("plan / that", "x", _ratio(taken["wall"], taken["bare"])),
        Figure("heroku pg:info, one database", "s", taken["info"]),
        Figure(f"heroku pg:info in a loop, {COUNTED:,} databases", "s", whole, note="reckoned"),
        Figure("that / plan", "x", _ratio(whole, taken["wall"])),
    )


def _of_growth(taken: dict[int, dict[str, tuple[float, ...]]]) -> tuple[Figure, ...]:
    """Time and memory by size."""
    figures: list[Figure] = []
    for size, one in taken.items():
        goal = Goal(ALLOWED_MB) if size == LARGEST else None
        figures += [
            Figure(f"{size:,} databases: plan", "s", one["wall"]),
            Figure(f"{size:,} databases: a database", "ms", _per(one["wall"], size)),
            Figure(f"{size:,} databases: most memory", "MB", one["memory"], goal),
        ]
    return tuple(figures)


def _ratio(first: tuple[float, ...], second: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(a / b for a, b in zip(first, second, strict=True))


def _per(seconds: tuple[float, ...], size: int) -> tuple[float, ...]:
    return tuple(one * 1000 / size for one in seconds)
