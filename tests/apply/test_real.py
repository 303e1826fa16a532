"""Real PostgreSQL under write load, apply killed by SIGKILL at moments nobody chose: no acknowledged write is missing.

The suite runs a few seeds; `--real-runs 20` runs twenty.
"""

from __future__ import annotations

import json
import random
import signal
import time
from typing import TYPE_CHECKING, Any

import pytest
from support.processes import Place, Running
from support.real_world import served
from support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

SCENARIO = """
[clock]
start = 2026-11-22T20:00:00Z
speed = 60
[timing]
provision = "20s"
catch_up = "10s"
drain = "6s"
follow_pause = "20s"
transfer_per_gb = "20s"
[databases]
bytes_per_gb = "5MB"
[app.shop]
formation = { web = 2, worker = 2 }
dynos = { writes_per_second = 120 }
[app.shop.database.orders]
name = "orders-old"
plan = "standard-0"
version = "16.10"
size = "1GB"
attachments = ["DATABASE"]
poolers = ["SHOP_POOL"]
[app.blog]
formation = { web = 2, worker = 1 }
dynos = { writes_per_second = 60 }
[app.blog.database.posts]
name = "posts-old"
plan = "essential-1"
version = "16.10"
size = "1GB"
attachments = ["DATABASE"]
"""
DESIRED = """
[database.orders]
app = "shop"
plan = "standard-2"
method = "follower-switch"

[[database.orders.pooler]]
as = "SHOP_POOL"

[database.posts]
app = "blog"
plan = "standard-0"
"""
KILLS = 2
MOMENTS = (
    "do    .*create",
    "seen  .*create",
    "CLOSED",
    "do    .*close",
    "do    .*stop",
    "seen  .*stop",
    "do    .*copy",
    "do    .*unfollow",
    "seen  .*unfollow",
    "do    .*attach .* as DATABASE",
    "seen  .*prove",
    "do    .*start",
    "do    .*open",
)
"""What the operator sees right before the kill; the kill comes some milliseconds later, wherever that is."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "seed" in metafunc.fixturenames:
        count = metafunc.config.getoption("--real-runs")
        metafunc.parametrize("seed", range(count))


def test_killed_at_random_under_write_load_no_acknowledged_write_is_missing(
    seed: int, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    dice = random.Random(seed)  # noqa: S311  # moments, not secrets
    (tmp_path / "desired").mkdir()
    (tmp_path / "desired" / "estate.toml").write_text(DESIRED)
    with served(SCENARIO, tmp_path) as sim:
        endpoint = {"RECONCILE_ENDPOINT": f"http://127.0.0.1:{sim.port}"}
        place = Place(tmp_path, endpoint)
        for _ in range(KILLS):
            kill(place.start("apply", "--auto-approve"), dice)
        last = place.start("apply", "--auto-approve").end()
        for app in ("shop", "blog"):
            sim.acknowledged(app, 100)
        ledgers = {app: sim.ledger(app) for app in ("shop", "blog")}
        apps = sim.get("/sim/state")["apps"]
        after = place.run("plan", "--detailed-exitcode")
        rows = [finished(place, name) for name in ("orders", "posts")]

    assert last.code == 0, last.err
    assert after.code == 0, after.out
    for app, ledger in ledgers.items():
        assert (app, ledger["missing"], ledger["missing_rows"]) == (app, 0, [])
        assert not ledger["primary"].endswith("-old")
        assert not apps[app]["maintenance"]
    assert apps["shop"]["formation"] == {"web": 2, "worker": 2}
    for name in ("orders", "posts"):
        certificate = certified(tmp_path, name)
        assert (name, certificate["over"]) == (name, "sql")
        assert [one["differences"] for one in certificate["checks"]] == [[]] * 9
    total = sum(ledger["acknowledged"] for ledger in ledgers.values())
    outage = max(ledger["longest_gap"] for ledger in ledgers.values())
    told = "; ".join(f"{row['database']} {row['measured'][-1]}" for row in rows)
    record_property(
        "figure",
        f"seed {seed}: {total} acknowledged, 0 missing, longest gap {outage:.1f} s ({told})",
    )


def finished(place: Place, name: str) -> dict[str, Any]:
    """The row of its run that is done.

    A run that was killed when the apps were open and all was as wanted, but before that was confirmed, leaves nothing for
    a new plan: its own apply, run again, confirms it.
    """
    rows = recorded(place, name)
    if not any(row["state"] == "done" for row in rows):
        plan = next((place.folder / ".reconcile/runs").glob(f"{rows[-1]['plan']}*/plan.json"))
        again = place.run("apply", str(plan), "--auto-approve")
        assert again.code == 0, again.out
        rows = recorded(place, name)
    return next(row for row in rows if row["state"] == "done")


def recorded(place: Place, name: str) -> list[dict[str, Any]]:
    """What `status` tells of each run of the database, the newest last."""
    told = json.loads(place.run("status", "--all", "--format", "json").out)["runs"]
    return [row for row in told if row["database"] == name]


def certified(folder: Path, name: str) -> Any:
    """The newest certificate; nothing that was written down has a password in it.

    A run that was killed before it had begun anything leaves a plan of its own: there may be several.
    """
    runs = list((folder / ".reconcile" / "runs").iterdir())
    assert not any("canary" in path.read_text() for run in runs for path in run.iterdir())
    found = [path for run in runs for path in run.glob(f"certificate.{name}.json")]
    return json.loads(max(found, key=lambda path: path.stat().st_mtime_ns).read_text())


def kill(apply: Running, dice: random.Random) -> None:
    """End it with SIGKILL at, or soon after, a moment that it tells of; it may come to its end before."""
    moment = dice.choice(MOMENTS)
    try:
        apply.until(moment)
    except AssertionError:
        apply.end()
        return
    wait_s = dice.random() * 0.3
    with_timeout(apply, wait_s)
    apply.signal(signal.SIGKILL)
    apply.end()


def with_timeout(apply: Running, seconds: float) -> None:
    """Let it go on for a moment, or to its end."""
    deadline = time.monotonic() + seconds
    until(lambda: time.monotonic() >= deadline or apply.process.poll() is not None)
