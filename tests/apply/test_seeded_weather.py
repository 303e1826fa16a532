"""Faults by seed, in any mixture, at any step: apply ends in done, backed out, failed or pending, and what it says is so.

The suite takes a sample of the seeds; `--all-schedules` takes 2,000.
"""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from support.apply_world import judged_world, plan_for

from reconciler.simulator.connection import Wire as Broken
from reconciler.simulator.fault_rules import FaultRule, add_fault, remove_faults

if TYPE_CHECKING:
    from support.apply_world import Judge, World

    from reconciler.apply.outcome import Outcome

pytestmark = pytest.mark.slow

NAMES = ("crimson", "lavender", "legacy", "orders")
OF_REQUESTS = (
    {"kind": "refuse"},
    {"kind": "reset", "when": "before"},
    {"kind": "reset", "when": "after"},
    {"kind": "status", "status": 500, "when": "before"},
    {"kind": "status", "status": 502, "when": "after"},
    {"kind": "status", "status": 503, "when": "after"},
    {"kind": "rate-limit", "retry_after": 3},
    {"kind": "rate-limit"},
    {"kind": "truncate"},
    {"kind": "stale", "age": "5s"},
    {"kind": "duplicate"},
)
OF_THE_WORLD = (
    {"kind": "release-phase-fails", "times": 1},
    {"kind": "release-phase-hangs", "times": 1},
    {"kind": "provisioning-fails", "times": 1},
    {"kind": "provisioning-hangs", "times": 1},
    {"kind": "follower-stuck"},
    {"kind": "lag-never-ends"},
    {"kind": "lag-jumps-back", "lasts": "20s"},
    {"kind": "transfer-fails", "times": 1},
    {"kind": "transfer-hangs", "times": 1},
    {"kind": "maintenance-slips", "times": 1},
)
WAIT_S = 2 * 3600
SAMPLE, ALL = 60, 2000
FOUND = (107, 166, 305)
"""Seeds that once found something: a look that was older than the closing showed the app open, and it was left closed."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "seed" in metafunc.fixturenames:
        count = ALL if metafunc.config.getoption("--all-schedules") else SAMPLE
        metafunc.parametrize("seed", sorted({*range(count), *FOUND}))


def broken_world(dice: random.Random) -> tuple[World, Judge, list[dict[str, Any]]]:
    world, judge = judged_world()
    world.wire.inner = Broken(
        world.wire.inner,
        refused=httpx.ConnectError,
        reset=httpx.ReadError,
        truncated=httpx.RemoteProtocolError,
    )
    rules: list[dict[str, Any]] = [
        {**dice.choice(OF_REQUESTS), "chance": dice.choice([0.02, 0.1, 0.3])}
        for _ in range(dice.randint(0, 2))
    ]
    rules += [dict(dice.choice(OF_THE_WORLD)) for _ in range(dice.randint(0, 1))]
    for rule in rules:
        add_fault(world.stand_in.world, FaultRule(**rule))
    return world, judge, rules


def names_of_old(end: dict[str, Any]) -> dict[str, list[str]]:
    """Which names lead to the databases that were there before."""
    databases = end["databases"]
    return {
        name: one["attached"] for name, one in databases.items() if name.startswith("postgresql-")
    }


def check_is_true(outcome: Outcome, world: World, before: dict[str, Any], name: str) -> None:
    """Whether what the outcome says is what the stand-in shows."""
    end = world.end()
    closed_now = {
        app
        for app, was in before["apps"].items()
        if end["apps"][app] != was and (end["apps"][app]["maintenance"] or not was["maintenance"])
    }
    said = " ".join(outcome.closed)
    assert {app for app in closed_now if app not in said} == set()
    match outcome.state:
        case "done":
            assert closed_now == set()
            wanted = plan_for(name).databases[0]
            serving = [
                one["serves"]
                for one in end["databases"].values()
                if f"{wanted.app}::{wanted.attachment}" in one["attached"]
            ]
            assert serving == [wanted.to_service_plan]
        case "backed-out":
            assert (closed_now, outcome.closed) == (set(), ())
            assert names_of_old(end) == names_of_old(before)
        case "pending" | "stale":
            assert closed_now == set()
        case "failed":
            pass


def test_whatever_the_weather_what_apply_says_is_so_and_nothing_is_lost(seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311  # faults, not secrets
    name = dice.choice(NAMES)
    world, judge, _ = broken_world(dice)
    before = world.end()
    world.control.until = WAIT_S

    (outcome,) = asyncio.run(world.applied(plan_for(name)))

    check_is_true(outcome, world, before, name)
    assert judge.lost() == []
    assert judge.deleted == []

    remove_faults(world.stand_in.world)
    world.clock.world.advance(600)
    world.control.until = world.clock.monotonic() + WAIT_S
    (again,) = asyncio.run(world.applied(plan_for(name)))

    check_is_true(again, world, before, name)
    assert again.closed == ()
    assert judge.lost() == []
