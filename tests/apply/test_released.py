"""What the dynos run with is what the newest good release says, there and back."""

from __future__ import annotations

import asyncio
import json
import re
from typing import TYPE_CHECKING

import httpx
import pytest
from support.hands import attach, by_hand, commits, led_to, once, take_away
from support.killing import CASES

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.apply_world import World
    from support.judge import Judge

    from reconciler.apply.outcome import Outcome

ORDERS, LEGACY = CASES["orders"], CASES["legacy"]
OLD, NEW = "postgresql-green-10003", "shop-orders-standard-2-c4c848"
SHOP = ("DATABASE", "DATABASE_CONNECTION_POOL", "WORKER_POOL")
AN_HOUR = 3_600.0


def says_all(world: World, judge: Judge) -> None:
    """Releases name the add-on, as the stand-in does."""
    world.wire.after = judge.watch


def says_little(world: World, judge: Judge) -> None:
    """Releases say no more than is documented: which name was attached, not to what."""

    def after(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        judge.watch(request, answer)
        if not request.url.path.endswith("/releases"):
            return answer
        rows = json.loads(re.sub(r" \(@ref:[^)]*\)", "", answer.text))
        return httpx.Response(answer.status_code, json=rows)

    world.wire.after = after


WORDS = pytest.mark.parametrize("words", [says_all, says_little])


def release_phase(world: World, outcome: str, seconds: float) -> None:
    app = world.stand_in.world.app("shop")
    assert app is not None
    app.release_phase = outcome
    world.stand_in.world.timing.release_phase = seconds


def written_since(world: World, name: str, seconds: float = AN_HOUR) -> float:
    before = commits(world, name)
    world.clock.world.advance(seconds)
    return commits(world, name) - before


@WORDS
@pytest.mark.parametrize("seconds", [0.0, 30.0])
def test_an_app_is_opened_only_once_its_release_leads_back(
    words: Callable[[World, Judge], None], seconds: float
) -> None:
    world, judge = ORDERS.world()
    words(world, judge)
    release_phase(world, "succeeds", seconds)
    line = f"act attach {NEW} to shop as DATABASE"
    report = once(world, line, lambda: attach(world, "blog", "ORDERS", OLD))

    (outcome,) = asyncio.run(world.applied(ORDERS.plan(), report=report))

    assert outcome.state == "backed-out"
    assert led_to(world, "shop", *SHOP) == {OLD}
    assert written_since(world, NEW) == 0
    assert written_since(world, OLD) > 0
    assert [*judge.broken, *judge.lost()] == []


def fails_from_its_second_name_on(world: World) -> Outcome:
    release_phase(world, "succeeds", 5.0)
    line = f"act attach {NEW} to shop as WORKER_POOL"
    report = once(world, line, lambda: release_phase(world, "fails", 5.0))
    (outcome,) = asyncio.run(world.applied(ORDERS.plan(), report=report))
    return outcome


@WORDS
def test_an_app_whose_release_does_not_lead_back_stays_closed_and_that_is_said(
    words: Callable[[World, Judge], None],
) -> None:
    world, judge = ORDERS.world()
    words(world, judge)

    outcome = fails_from_its_second_name_on(world)
    aborted = asyncio.run(world.aborted(ORDERS.plan()))

    assert outcome.state == aborted.state == "failed"
    assert f"its dynos would still run with {NEW} as shop::DATABASE" in outcome.reason
    (maintenance,) = (one for one in outcome.closed if one.startswith("shop is in maintenance"))
    assert f"opened by hand, shop would not write to {OLD}" in maintenance
    assert "maintenance:off" not in maintenance
    assert written_since(world, NEW) == 0
    assert judge.deleted == []
    assert judge.broken == []


@WORDS
def test_once_releases_succeed_the_same_apply_goes_on_since_nobody_could_write_meanwhile(
    words: Callable[[World, Judge], None],
) -> None:
    world, judge = ORDERS.world()
    words(world, judge)
    fails_from_its_second_name_on(world)
    release_phase(world, "succeeds", 5.0)
    judge.new_process()

    (outcome,) = asyncio.run(world.applied(ORDERS.plan()))

    assert (outcome.state, outcome.closed) == ("done", ())
    assert led_to(world, "shop", *SHOP) == {NEW}
    assert [*judge.broken, *judge.lost()] == []


def test_a_release_of_the_attempt_before_proves_nothing() -> None:
    old, new = "postgresql-white-10005", "blog-legacy-standard-0-d37bd4"
    world, judge = LEGACY.world()
    blog = world.stand_in.world.app("blog")
    assert blog is not None
    blog.release_phase = "succeeds"
    line = f"act attach {new} to blog as DATABASE"
    report = once(world, line, lambda: attach(world, "sandbox", "LEGACY", old))
    (first,) = asyncio.run(world.applied(LEGACY.plan(), report=report))
    take_away(world, "sandbox", "LEGACY")
    world.clock.world.advance(600)
    judge.new_process()
    world.stand_in.world.timing.release_phase = 20.0
    stale = {"kind": "stale", "method": "GET", "path": "/apps/blog/releases", "age": "15s"}
    fails = {"kind": "release-phase-fails", "app": "blog", "release": "Attach DATABASE *"}
    by_hand(world, "POST", "/sim/faults", stale)
    by_hand(world, "POST", "/sim/faults", fails)

    (second,) = asyncio.run(world.applied(LEGACY.plan()))

    assert first.state == "backed-out"
    assert second.state in {"backed-out", "failed"}
    assert judge.lost() == []
