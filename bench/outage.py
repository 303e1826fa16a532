"""The outage of a cutover, as writing dynos on real PostgreSQL see it: ours, the vendor's CLI, and the bare chain of calls.

A follower switch of an app with two process types, three names in two apps and a pool of its own name. The bare chain
is the critical path: the calls that must follow each other, over warm connections, with nothing else between them.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import tempfile
import time
import urllib.request
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from bench.frame import Figure, Goal, Result, each_round
from bench.processes import RECONCILE, Served, measured, served
from bench.vendors_cli import VERSION, NotHereError, VendorsCli, environment, program

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LATENCIES_MS = (0, 50, 200)
SHARE_OF_VENDORS = 1 / 8
TIMES_THE_CHAIN = 1.5
COPY_BEYOND_S = 2.0
AT_MS = 50
"""The latency that the goals speak of."""
SPEED = 60
LEAST_WRITES = 300
SCENARIO = f"""
seed = 3
[clock]
start = 2026-11-22T20:00:00Z
speed = {SPEED}
[account]
requests_per_hour = 10000000
[timing]
provision = "20s"
catch_up = "10s"
drain = "6s"
transfer_per_gb = "2m"
[databases]
bytes_per_gb = "5MB"
"""
SWITCH = """
[app.shop]
formation = { web = 2, worker = 1 }
dynos = { writes_per_second = 100 }
[app.shop.database.orders]
name = "orders-old"
plan = "standard-0"
version = "16.10"
size = "1GB"
attachments = ["DATABASE", "ORDERS"]
poolers = ["WORKER_POOL"]
also_on = { reports = ["ORDERS"] }
[app.reports]
formation = { web = 1 }
writes_through = ["ORDERS"]
"""
SWITCHED = """
[database.orders]
app = "shop"
plan = "standard-2"
method = "follower-switch"
[[database.orders.attach]]
app = "shop"
as = "ORDERS"
[[database.orders.attach]]
app = "reports"
as = "ORDERS"
[[database.orders.pooler]]
as = "WORKER_POOL"
"""
COPY = """
[app.shop]
formation = { web = 2, worker = 1 }
dynos = { writes_per_second = 100 }
[app.shop.database.orders]
name = "orders-old"
plan = "essential-1"
version = "16.10"
size = "1GB"
attachments = ["DATABASE"]
"""
COPIED = """
[database.orders]
app = "shop"
plan = "standard-0"
"""


def run(rounds: int) -> Result:
    """Measure so many times at each latency; all three in one round."""
    figures: list[Figure] = []
    try:
        vendors: list[str] | None = program()
        notes = [f"Vendor's CLI: {VERSION}, the commands of its article one after another."]
    except NotHereError as missing:
        vendors, notes = None, [f"Not compared with the vendor's CLI: {missing}."]
    for latency_ms in LATENCIES_MS:
        taken = each_round(rounds, lambda: _one_round(latency_ms, vendors))  # noqa: B023  # used at once
        figures += _figures(taken, latency_ms)
    copies = each_round(rounds, _one_copy)
    beyond = Goal(COPY_BEYOND_S)
    figures += [
        Figure(f"pg:copy at {AT_MS} ms: outage", "s", copies["outage"]),
        Figure(f"pg:copy at {AT_MS} ms: the transfer itself", "s", copies["transfer"]),
        Figure(f"pg:copy at {AT_MS} ms: outage beyond it", "s", copies["beyond"], goal=beyond),
    ]
    notes.append(
        "The chain, for the app with most names: close, stop, see no dyno left; lag 0, twice; look once more, "
        "unfollow, see it writable; move three names, see them; see releases and proofs; start. Each call takes the "
        "latency and what the stand-in needs; dynos take 0.1 s to stop here, unfollowing is PostgreSQL's own."
    )
    return Result(
        tuple(figures), {"latencies_ms": LATENCIES_MS, "speed": SPEED}, notes=tuple(notes)
    )


def _one_round(latency_ms: int, vendors: list[str] | None) -> dict[str, float]:
    taken = {
        "ours": _outage(latency_ms, _switched_by_us),
        "chain": _outage(latency_ms, _bare_chain),
    }
    if vendors is not None:
        taken["vendors"] = _outage(
            latency_ms, lambda world: _switched_by_vendors_cli(world, vendors)
        )
    return taken


def _figures(taken: dict[str, tuple[float, ...]], latency_ms: int) -> list[Figure]:
    where = f"switch at {latency_ms} ms: "
    goes = latency_ms == AT_MS
    to_chain = _ratios(taken["ours"], taken["chain"])
    figures = [
        Figure(f"{where}outage", "s", taken["ours"]),
        Figure(f"{where}the critical path", "s", taken["chain"]),
        Figure(f"{where}ours / critical path", "x", to_chain, goal=Goal(TIMES_THE_CHAIN)),
    ]
    if "vendors" in taken:
        to_vendors = _ratios(taken["ours"], taken["vendors"])
        goal = Goal(SHARE_OF_VENDORS) if goes else None
        figures += [
            Figure(f"{where}outage by the vendor's CLI", "s", taken["vendors"]),
            Figure(f"{where}ours / vendor's", "x", to_vendors, goal=goal),
        ]
    return figures


def _ratios(ours: tuple[float, ...], theirs: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(a / b for a, b in zip(ours, theirs, strict=True))


# --- a world with a follower that has caught up, and its outage


@dataclass(frozen=True)
class World:
    """A stand-in that serves, and a folder for what speaks to it."""

    served: Served
    folder: Path

    def get(self, path: str) -> Any:
        """What the stand-in answers."""
        request = urllib.request.Request(  # noqa: S310  # loopback
            f"{self.served.url}{path}",
            headers={
                "Accept": "application/vnd.heroku+json; version=3",
                "Authorization": "Bearer bench",
            },
        )
        with urllib.request.urlopen(request) as answer:  # noqa: S310  # the same
            return json.load(answer)

    def ledger(self) -> dict[str, Any]:
        """What the shop's dynos wrote, and how long they could not."""
        ledger: dict[str, Any] = self.get("/sim/ledger?least_gap=0.02")["apps"]["shop"]
        return ledger

    def written(self, more: int) -> None:
        """Return once so many more writes were acknowledged."""
        due = self.ledger()["acknowledged"] + more
        while self.ledger()["acknowledged"] < due:
            time.sleep(0.05)

    def ours(self, *words: str) -> None:
        """Run a command of ours to its end."""
        measured(
            [*RECONCILE, *words],
            folder=self.folder,
            settings={"RECONCILE_ENDPOINT": self.served.url},
            code=None if "prepare" in words else 0,
        )


@contextmanager
def _world(latency_ms: int, apps: str, desired: str) -> Iterator[World]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        (folder / "desired").mkdir()
        (folder / "desired" / "shop.toml").write_text(desired)
        (folder / "world.toml").write_text(SCENARIO + apps)
        options = ["--databases", "postgres", "--latency", f"{latency_ms}ms"]
        one = stack.enter_context(served(folder / "world.toml", *options))
        yield World(one, folder)


def _outage(latency_ms: int, switch: Callable[[World], None]) -> float:
    """The longest time without an acknowledged write of the shop; nothing that was acknowledged may be missing."""
    with _world(latency_ms, SWITCH, SWITCHED) as world:
        world.written(LEAST_WRITES)
        switch(world)
        world.written(LEAST_WRITES)
        ledger = world.ledger()
    if ledger["missing"] or ledger["primary"] == "orders-old":
        raise RuntimeError(f"the switch was no switch: {ledger}")
    return float(ledger["longest_gap"])


def _switched_by_us(world: World) -> None:
    world.ours("apply", "--auto-approve")


def _prepared(world: World) -> str:
    """Have a follower that has caught up; returns its name."""
    world.ours("apply", "--auto-approve", "--phase", "prepare")
    (name,) = (name for name in world.get("/sim/state")["databases"] if name != "orders-old")
    return str(name)


# --- the vendor's CLI


def _switched_by_vendors_cli(world: World, start: list[str]) -> None:
    """The article's commands, in its order, for all that the estate has."""
    new = _prepared(world)
    heroku = VendorsCli(start, environment(world.served.url, world.folder))
    (name,) = (
        one["name"]
        for one in world.get(f"/addons/{new}/addon-attachments")
        if one["app"]["name"] == "shop"
    )
    heroku.run("maintenance:on", "-a", "shop")
    heroku.run("maintenance:on", "-a", "reports")
    heroku.run("ps:scale", "web=0", "worker=0", "-a", "shop")
    heroku.run("ps:scale", "web=0", "-a", "reports")
    heroku.run("pg:info", name, "-a", "shop")
    heroku.run("pg:unfollow", name, "-a", "shop", "--confirm", "shop")
    heroku.run("pg:wait", name, "-a", "shop", "--wait-interval", "1")
    heroku.run("pg:promote", name, "-a", "shop")
    heroku.run("addons:attach", new, "--as", "ORDERS", "-a", "shop", "--confirm", "shop")
    heroku.run("addons:attach", new, "--as", "ORDERS", "-a", "reports", "--confirm", "reports")
    heroku.run("addons:detach", "WORKER_POOL", "-a", "shop")
    heroku.run("pg:connection-pooling:attach", name, "--as", "WORKER_POOL", "-a", "shop")
    heroku.run("ps:scale", "web=2", "worker=1", "-a", "shop")
    heroku.run("ps:scale", "web=1", "-a", "reports")
    heroku.run("maintenance:off", "-a", "shop")
    heroku.run("maintenance:off", "-a", "reports")


# --- the bare chain


def _bare_chain(world: World) -> None:
    asyncio.run(_chained(world.served.url, _prepared(world)))


async def _chained(url: str, new: str) -> None:
    """What has to follow each other, and nothing else: no journal, no second thoughts, no way back."""
    headers = {
        "Accept": "application/vnd.heroku+json; version=3",
        "Authorization": "Bearer bench",
    }
    async with httpx.AsyncClient(base_url=url, headers=headers, trust_env=False) as client:

        async def call(method: str, path: str, body: Any = None) -> Any:
            answer = await client.request(method, path, json=body)
            answer.raise_for_status()
            return answer.json() if answer.content else None

        addon = (await call("GET", f"/addons/{new}"))["id"]
        info = f"/client/v11/databases/{addon}"
        await asyncio.gather(*(call("GET", "/account/rate-limits") for _ in range(6)))  # warm

        async def attach(app: str, name: str, namespace: str | None = None) -> None:
            body = {
                "addon": {"name": new},
                "app": {"name": app},
                "confirm": app,
                "name": name,
                "namespace": namespace,
            }
            await call("POST", "/addon-attachments", body)

        async def close(app: str, types: tuple[str, ...]) -> None:
            await call("PATCH", f"/apps/{app}", {"maintenance": True})
            updates = [{"type": kind, "quantity": 0} for kind in types]
            await call("PATCH", f"/apps/{app}/formation", {"updates": updates})
            while await call("GET", f"/apps/{app}/dynos"):
                pass

        async def move_shop() -> None:
            await attach("shop", "DATABASE")
            await attach("shop", "ORDERS")
            await attach("shop", "WORKER_POOL", "connection-pooling:default")
            await call("GET", f"/addons/{new}/addon-attachments")

        async def start(app: str, formation: dict[str, int]) -> None:
            updates = [{"type": kind, "quantity": count} for kind, count in formation.items()]
            await call("PATCH", f"/apps/{app}/formation", {"updates": updates})
            await call("PATCH", f"/apps/{app}", {"maintenance": False})

        await asyncio.gather(close("shop", ("web", "worker")), close("reports", ("web",)))
        zeros = 0
        while zeros < 2:  # noqa: PLR2004  # twice in a row
            zeros = zeros + 1 if _lag(await call("GET", info)) == 0 else 0
        await call("GET", info)
        await call("PUT", f"{info}/unfollow")
        while _is_following(await call("GET", info)):
            pass
        await asyncio.gather(move_shop(), attach("reports", "ORDERS"))
        await asyncio.gather(
            call("GET", "/apps/shop/releases"),
            call("GET", "/apps/reports/releases"),
            call("GET", "/addons/orders-old/addon-attachments"),
        )
        await asyncio.gather(start("shop", {"web": 2, "worker": 1}), start("reports", {"web": 1}))


def _values(info: dict[str, Any], name: str) -> list[Any]:
    found = next((row["values"] for row in info["info"] if row["name"] == name), [])
    return list(found)


def _lag(info: dict[str, Any]) -> int | None:
    """Commits behind; None while it is not told."""
    text = " ".join(str(one) for one in _values(info, "Behind By"))
    digits = "".join(letter for letter in text if letter.isdigit())
    return int(digits) if digits else None


def _is_following(info: dict[str, Any]) -> bool:
    return bool(_values(info, "Following")) or bool(info.get("waiting?"))


# --- the copy


def _one_copy() -> dict[str, float]:
    with _world(AT_MS, COPY, COPIED) as world:
        world.written(LEAST_WRITES)
        world.ours("apply", "--auto-approve")
        world.written(LEAST_WRITES)
        ledger = world.ledger()
        (transfer,) = world.get("/client/v11/apps/shop/transfers")
    outage = float(ledger["longest_gap"])
    took = _seconds(transfer["finished_at"]) - _seconds(transfer["created_at"])
    return {"outage": outage, "transfer": took / SPEED, "beyond": outage - took / SPEED}


def _seconds(text: str) -> float:
    return dt.datetime.fromisoformat(text).timestamp()
