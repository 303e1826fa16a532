"""Windows and freezes: the estate's clock begins on Sunday, 2026-11-22 at 20:00 UTC."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from support.apply_world import Killed, desired_for, judged_world, make_world, plan_for

from reconciler.core.limits import Freeze
from reconciler.core.windows import parse_cutover_window

if TYPE_CHECKING:
    import httpx
    from support.apply_world import World

    from reconciler.apply.outcome import Outcome
    from reconciler.core.plan import Plan

CHRISTMAS = Freeze(
    begins=dt.datetime(2026, 11, 22, 19, tzinfo=dt.UTC),
    ends=dt.datetime(2026, 11, 23, 8, tzinfo=dt.UTC),
    reason="Christmas",
)
CLOSED = "prepared; its window is Monday 02:00-04:00 UTC: the cutover may begin from Monday 2026-11-23 02:00 UTC on"
FROZEN = (
    "prepared; there is a freeze until Monday 2026-11-23 08:00 UTC (Christmas): "
    "the cutover may begin from Monday 2026-11-23 08:00 UTC on"
)


def guarded(name: str, *, window: str = "", freezes: tuple[Freeze, ...] = ()) -> Plan:
    """The plan of that database, made under a window and freezes."""
    desired = desired_for(name)
    (one,) = desired.databases
    parsed = parse_cutover_window(window) if window else None
    changed = replace(
        desired,
        databases=(one.model_copy(update={"cutover_window": parsed}),),
        safety=desired.safety.model_copy(update={"freezes": freezes}),
    )
    return asyncio.run(make_world().planned(changed))


def applied(world: World, plan: Plan) -> Outcome:
    (outcome,) = asyncio.run(world.applied(plan))
    return outcome


def begun(world: World) -> int:
    return sum(one.what == "cutover-begun" for one in world.journal.lines)


@pytest.mark.parametrize("name", ["crimson", "lavender", "legacy", "orders"])
def test_a_cutover_waits_for_its_window_and_then_ends(name: str) -> None:
    world, judge = judged_world()
    plan = guarded(name, window="Mon 02:00-04:00")

    before = world.end()["apps"]

    waiting = applied(world, plan)

    assert (waiting.state, waiting.reason, waiting.closed_s) == ("pending", CLOSED, None)
    assert world.end()["apps"] == before
    assert [event for event in world.events if event.kind == "closed"] == []
    world.clock.world.advance(6 * 3_600)
    assert applied(world, plan).state == "done"
    assert judge.lost() == []


def test_a_freeze_holds_a_cutover_back_although_its_window_is_open() -> None:
    world = make_world()
    plan = guarded("orders", window="Sun 19:00-23:00", freezes=(CHRISTMAS,))

    waiting = applied(world, plan)

    assert waiting.state == "pending"
    assert waiting.reason == FROZEN.replace(
        "from Monday 2026-11-23 08:00", "from Sunday 2026-11-29 19:00"
    )
    assert begun(world) == 0


def test_a_freeze_written_after_the_plan_was_made_holds_too() -> None:
    world = make_world()

    (waiting,) = asyncio.run(world.applied(plan_for("orders"), more_freezes=(CHRISTMAS,)))

    assert (waiting.state, waiting.reason) == ("pending", FROZEN)


@pytest.mark.parametrize("name", ["lavender", "annals"])
def test_in_a_freeze_heroku_is_not_asked_for_what_it_would_do_by_itself(name: str) -> None:
    world = make_world()

    waiting = applied(world, guarded(name, freezes=(CHRISTMAS,)))

    assert (waiting.state, waiting.reason) == (
        "pending",
        (
            "there is a freeze until Monday 2026-11-23 08:00 UTC (Christmas): Heroku would carry the "
            "change out in its own window, so it is asked for from Monday 2026-11-23 08:00 UTC on"
        ),
    )
    assert world.requested("PATCH") + world.requested("POST") == []


def test_a_cutover_that_was_cut_off_ends_although_its_window_has_closed() -> None:
    world = make_world()
    plan = guarded("orders", window="Sun 19:00-21:00")

    def kill(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        if request.url.path.endswith("/unfollow"):
            raise Killed
        return answer

    world.wire.after = kill
    with pytest.raises(Killed):
        applied(world, plan)
    world.wire.after = lambda _, answer: answer
    world.clock.world.advance(5 * 3_600)

    assert applied(world, plan).state == "done"


def test_only_the_beginning_counts_the_end_may_be_later() -> None:
    world = make_world()
    world.clock.world.advance(3_599)

    outcome = applied(world, guarded("crimson", window="Sun 20:30-21:00"))

    assert world.clock.now() > dt.datetime(2026, 11, 22, 21, tzinfo=dt.UTC)
    assert outcome.state == "done"
