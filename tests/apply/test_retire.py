"""What was replaced is destroyed by a plan of its own, once it was kept long enough and nobody reads it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from support.apply_world import World, desired_for, judged_world, plan_for

from reconciler.adapters.heroku.replaced import look_at_replaced
from reconciler.adapters.heroku.writes import HerokuAccount
from reconciler.apply.applying import BOTH
from reconciler.core.names import AddonName, AppName, AttachmentName
from reconciler.core.planner.retire import due, retire_plan
from reconciler.render.human import plan_text

if TYPE_CHECKING:
    from reconciler.core.plan import Plan

RETIRE = BOTH | {"retire"}
DAY_S = 24 * 3600
OLD = "postgresql-green-10003"


async def retirement(world: World) -> Plan:
    plan = await world.planned(desired_for("orders"))
    async with world.client() as client:
        retired = due(plan, await client.time())
        return retire_plan(plan, retired, await look_at_replaced(client, retired))


def switched() -> World:
    world, _ = judged_world()
    asyncio.run(world.applied(plan_for("orders")))
    world.journal.lines.clear()  # each plan has a journal of its own
    return world


def test_before_its_time_nothing_is_planned_for_destruction() -> None:
    world = switched()
    world.clock.world.advance(2 * DAY_S)

    plan = asyncio.run(retirement(world))

    assert plan.databases == ()
    assert {one.addon for one in plan.replaced} == {OLD, "postgresql-grey-10004"}


def test_after_its_time_followers_go_first_and_nothing_else_is_touched() -> None:
    world = switched()
    world.clock.world.advance(4 * DAY_S)
    plan = asyncio.run(retirement(world))
    rest = {
        name: one
        for name, one in world.end()["databases"].items()
        if "orders" in name or "1000" in name
    }
    ids = dict(world.stand_in.world.index.addons)
    world.wire.requests.clear()

    (outcome,) = asyncio.run(world.applied(plan, phases=RETIRE))

    assert outcome.state == "done"
    assert [one for one in world.wire.requests if not one.startswith("GET")] == [
        f"DELETE /apps/{app}/addons/{ids[name]}"
        for app, name in (("reports", "postgresql-grey-10004"), ("shop", OLD))
    ]
    world.clock.world.advance(60)
    left = world.end()["databases"]
    assert set(rest) - set(left) == {OLD, "postgresql-grey-10004"}


def test_without_the_retire_phase_nothing_is_destroyed() -> None:
    world = switched()
    world.clock.world.advance(4 * DAY_S)
    plan = asyncio.run(retirement(world))
    world.wire.requests.clear()

    (outcome,) = asyncio.run(world.applied(plan))

    assert (outcome.state, outcome.reason) == ("pending", "retire is left for later")
    assert world.requested("DELETE") == []


def test_what_an_app_reads_is_blocked_when_planned_and_guarded_when_applied() -> None:
    world = switched()
    world.clock.world.advance(4 * DAY_S)
    plan = asyncio.run(retirement(world))
    asyncio.run(_attach(world, "sandbox", "HISTORY"))
    world.wire.requests.clear()

    (outcome,) = asyncio.run(world.applied(plan, phases=RETIRE))
    again = asyncio.run(retirement(world))

    assert outcome.state == "failed"
    assert "still read as sandbox::HISTORY" in outcome.reason
    assert [one.reason for one in again.blocked] == [
        "still read as sandbox::HISTORY: detach it there, then plan again"
    ]
    assert OLD in world.end()["databases"]


async def _attach(world: World, app: str, name: str) -> None:
    async with world.client() as client:
        await HerokuAccount(client).attach(
            app=AppName(app), name=AttachmentName(name), addon=AddonName(OLD), namespace=""
        )


def test_a_plan_made_too_early_by_hand_is_held_back_by_herokus_clock() -> None:
    world = switched()
    world.clock.world.advance(4 * DAY_S)
    plan = asyncio.run(retirement(world))
    early = switched()

    (outcome,) = asyncio.run(early.applied(plan, phases=RETIRE))

    assert outcome.state == "failed"
    assert "is kept until" in outcome.reason
    assert early.requested("DELETE") == []


def test_the_plan_says_how_to_allow_what_it_destroys() -> None:
    world = switched()
    world.clock.world.advance(4 * DAY_S)

    plan = asyncio.run(retirement(world))

    assert plan.is_destroying
    assert plan_text(plan, path="plans/x.json").endswith("reconcile apply plans/x.json --retire\n")
    assert not plan_for("orders").is_destroying
