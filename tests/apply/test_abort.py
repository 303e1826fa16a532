"""Before the point of no return abort restores everything and destroys only what the plan created; after it, it refuses."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from support.apply_world import Killed, World, judged_world, make_world, plan_for

from reconciler.adapters.heroku.writes import HerokuAccount
from reconciler.errors import ReconcileError

if TYPE_CHECKING:
    import httpx

    from reconciler.apply.outcome import Outcome


def aborted(world: World, name: str) -> Outcome:
    world.wire.before = lambda _: None

    return asyncio.run(world.aborted(plan_for(name)))


def killed_before(world: World, name: str, nth: int) -> None:
    count = 0

    def kill(_: httpx.Request) -> None:
        nonlocal count
        count += 1
        if count >= nth:
            raise Killed

    world.wire.before = kill
    with pytest.raises(Killed):
        asyncio.run(world.applied(plan_for(name)))


def clean_requests(name: str) -> list[str]:
    world = make_world()
    asyncio.run(world.applied(plan_for(name)))
    return world.wire.requests


def point_of_no_return(name: str) -> int:
    """The number of the first request that lets an app run on the new primary."""
    requests = clean_requests(name)
    scalings = [
        at for at, one in enumerate(requests, 1) if one.endswith("/formation") and "PATCH" in one
    ]
    apps = {one for one in requests if one.endswith("/formation") and "PATCH" in one}
    return scalings[len(apps)]


@pytest.mark.parametrize("name", ["orders", "legacy"])
def test_abort_before_the_point_of_no_return_leaves_the_world_as_it_was(name: str) -> None:
    last = point_of_no_return(name) - 10
    for nth in [*range(2, last, 17), last]:
        world, judge = judged_world()
        before = world.end()
        killed_before(world, name, nth)

        outcome = aborted(world, name)

        world.clock.world.advance(60)
        if outcome.state == "failed":
            assert outcome.reason == "this plan was not begun; there is nothing to abort"
            assert nth < 10
        else:
            assert (outcome.state, outcome.closed) == ("backed-out", ())
        assert world.end() == before
        assert judge.lost() == []


@pytest.mark.parametrize("name", ["orders", "legacy"])
def test_abort_after_the_point_of_no_return_refuses_and_changes_nothing(name: str) -> None:
    world, _ = judged_world()
    killed_before(world, name, point_of_no_return(name) + 1)
    world.wire.requests.clear()

    outcome = aborted(world, name)

    assert outcome.state == "failed"
    assert "past the point of no return" in outcome.reason
    assert world.wire.requests == []


@pytest.mark.parametrize("name", ["orders", "lavender"])
def test_of_what_is_done_there_is_nothing_to_abort(name: str) -> None:
    world, _ = judged_world()
    asyncio.run(world.applied(plan_for(name)))
    world.wire.requests.clear()

    with pytest.raises(ReconcileError) as caught:
        aborted(world, name)

    assert str(caught.value) == f"{name} is done; there is nothing to abort."
    assert caught.value.hint == "Plan the way back as a change of its own."
    assert world.wire.requests == []


def test_a_plan_change_that_heroku_was_asked_for_is_said_to_go_on() -> None:
    world, _ = judged_world()
    asyncio.run(world.applied(plan_for("lavender"), phases=frozenset({"prepare"})))

    outcome = aborted(world, "lavender")

    assert outcome.state == "failed"
    assert "No request is known that stops the plan change" in outcome.reason


def test_what_somebody_came_to_rely_on_is_not_destroyed() -> None:
    world, _ = judged_world()
    asyncio.run(world.applied(plan_for("orders"), phases=frozenset({"prepare"})))
    new = next(step.addon for _, step in _steps() if step.kind == "provision")

    async def attach() -> None:
        async with world.client() as client:
            await HerokuAccount(client).attach(
                app="sandbox",  # type: ignore[arg-type]
                name="COPY",  # type: ignore[arg-type]
                addon=new,
                namespace="",
            )

    asyncio.run(attach())

    outcome = aborted(world, "orders")

    assert outcome.state == "failed"
    assert f"{new} is in use (sandbox::COPY), so it stays." in outcome.reason
    assert new in world.end()["databases"]


def _steps() -> list[tuple[int, object]]:
    stages = plan_for("orders").databases[0].stages
    return [(index, step) for index, stage in enumerate(stages) for step in stage.steps]


def test_a_plan_that_was_aborted_can_be_applied_again() -> None:
    world, judge = judged_world()
    killed_before(world, "legacy", point_of_no_return("legacy") - 10)
    aborted(world, "legacy")
    world.clock.world.advance(60)

    (outcome,) = asyncio.run(world.applied(plan_for("legacy")))

    assert outcome.state == "done"
    assert judge.lost() == []
