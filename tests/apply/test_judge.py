"""The judge of the kill and fault matrices sees each invariant that is broken; a judge that cannot say no proves nothing."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from support.apply_world import plan_for
from support.judge import Taking
from support.killing import CASES, Moment, apply, apply_until, clean_run

from reconciler.apply.outcome import Outcome
from reconciler.core.names import DatabaseName

if TYPE_CHECKING:
    from support.apply_world import Judge, World

CASE = CASES["orders"]
OLD, REPLICA = "postgresql-green-10003", "postgresql-grey-10004"
NEW = next(
    step.addon
    for stage in plan_for("orders").databases[0].stages
    for step in stage.steps
    if step.kind == "provision"
)


def send(world: World, method: str, path: str, body: dict[str, Any] | None = None) -> None:
    """As somebody whom the plan does not know."""

    async def sent() -> None:
        async with httpx.AsyncClient(transport=world.wire, base_url="http://127.0.0.1:1") as client:
            answer = await client.request(
                method,
                path,
                content=json.dumps(body or {}),
                headers={
                    "Authorization": "Bearer x",
                    "Accept": "application/vnd.heroku+json; version=3",
                },
            )
            assert answer.is_success, answer.text

    asyncio.run(sent())


def in_the_middle() -> tuple[World, Judge]:
    """Killed right after the unfollow: the data is taken, the apps are closed, no name was moved."""
    world, judge = CASE.world()
    requests = clean_run(CASE).requests
    nth = next(at for at, one in enumerate(requests, 1) if one.endswith("/unfollow"))
    assert apply_until(CASE, world, judge, Moment("request", nth, "after"))
    world.wire.before, world.wire.after = lambda _: None, judge.watch
    assert judge.broken == []
    return world, judge


def test_an_app_that_can_write_before_the_names_are_moved() -> None:
    world, judge = CASE.world()
    old = world.stand_in.world.addon(OLD)
    assert old is not None
    commits = world.stand_in.world.databases[old.id].commits.at(world.stand_in.world.now)
    judge.takings[REPLICA] = Taking(CASE.plan().databases[0], OLD, REPLICA, commits)

    send(world, "GET", "/apps/shop")

    assert judge.broken == ["I1: ['shop', 'reports'] could write before the names were moved"]


def test_an_app_that_is_opened_while_its_names_lead_to_two_databases() -> None:
    world, judge = in_the_middle()
    moved = {"addon": {"name": NEW}, "app": {"name": "shop"}, "confirm": "shop"}
    send(world, "POST", "/addon-attachments", {**moved, "name": "DATABASE"})

    send(world, "PATCH", "/apps/shop", {"maintenance": False})

    assert [one[:3] for one in judge.broken] == ["I1:"]
    assert str(sorted([OLD, NEW])) in judge.broken[0]


def test_a_writer_that_never_stopped() -> None:
    world, judge = in_the_middle()
    send(world, "GET", "/apps/shop")
    (taking,) = judge.takings.values()

    taking.commits -= 3

    send(world, "GET", "/apps/shop")
    assert judge.broken == [f"I2: {OLD} got 3.0 commits after its data was taken"]


def test_a_database_that_is_destroyed_and_a_request_that_no_plan_has() -> None:
    world, judge = CASE.world()
    play = world.stand_in.world.addon("postgresql-black-10006")
    assert play is not None

    send(world, "DELETE", f"/apps/sandbox/addons/{play.id}")

    found = " ".join(judge.broken)
    assert f"I3: {play.name} was destroyed while read as ['DATABASE']" in found
    assert f"I6: destroy {play.name} is in no plan" in found


def test_what_is_asked_for_twice() -> None:
    world, judge = CASE.world()
    assert apply(CASE, world, judge).state == "done"
    moved = {"addon": {"name": NEW}, "app": {"name": "shop"}, "confirm": "shop"}

    send(world, "POST", "/addon-attachments", {**moved, "name": "DATABASE"})

    assert judge.twice == [f"attach shop DATABASE {NEW} "]


@pytest.mark.parametrize(
    ("outcome", "found"),
    [
        ("done", "I7: said to be done, and shop::DATABASE serves ['standard-0']"),
        ("failed", "I4: shop is closed and not said to be"),
    ],
)
def test_what_is_said_and_is_not_so(outcome: Any, found: str) -> None:
    _, judge = in_the_middle()

    assert found in judge.verdict(Outcome(DatabaseName("orders"), outcome))


def test_what_the_plan_does_not_name() -> None:
    world, judge = CASE.world()
    outcome = apply(CASE, world, judge)
    assert judge.verdict(outcome) == []

    send(world, "PATCH", "/apps/sandbox", {"maintenance": True})

    assert "I9: sandbox is not as it was" in judge.verdict(outcome)


def test_a_cutover_that_outlasts_its_limit() -> None:
    world, judge = CASE.world()
    send(world, "PATCH", "/apps/shop", {"maintenance": True})
    world.clock.world.advance(300 + 901)

    send(world, "GET", "/apps/shop")

    assert judge.broken == ["I12: orders was closed for 1201 s"]
