"""A database that moves to another app, in a Private Space: on the stand-in, to the last confirmed read."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from support.apply_world import Judge, Killed, World, make_world
from support.killing import MOVED, MOVED_BY_COPY, SPACES

from reconciler.adapters.toml_files import read_desired
from reconciler.catalogue import load_catalogue

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

    from reconciler.core.desired import DesiredState

OLD = "postgresql-green-20001"


def a_world() -> tuple[World, Judge]:
    world = make_world(SPACES)
    judge = Judge(world)
    world.wire.after = judge.watch
    return world, judge


def desired(text: str, folder: Path) -> DesiredState:
    file = folder / "desired.toml"
    file.write_text(text, encoding="utf-8")
    return read_desired([file], catalogue=load_catalogue())


@pytest.mark.parametrize(
    ("text", "method", "old"),
    [(MOVED, "follower-switch", OLD), (MOVED_BY_COPY, "pg-copy", "postgresql-white-20002")],
)
def test_a_moved_database_serves_its_new_app_and_planning_again_is_empty(
    tmp_path: Path, text: str, method: str, old: str
) -> None:
    world, judge = a_world()
    state = desired(text, tmp_path)
    (name,) = (one.name for one in state.databases)
    plan = asyncio.run(world.planned(state))

    (outcome,) = asyncio.run(world.applied(plan))

    assert (plan.databases[0].method, outcome.state, outcome.closed) == (method, "done", ())
    left = text.split('moved_from = { app = "')[1].partition('"')[0]
    assert outcome.notes == (
        f"{left} stays closed, without dynos: its names lead to {old}, which was replaced",
    )
    databases = world.end()["databases"]
    new = next(
        one for one, facts in databases.items() if f"{left}-private::DATABASE" in facts["attached"]
    )
    assert databases[new]["app"] == f"{left}-private"
    assert databases[new]["writable"]
    assert databases[new]["serves"] == "private-0"
    assert f"{left}::DATABASE" in databases[old]["attached"]
    apps = world.end()["apps"]
    assert apps[left]["maintenance"]
    assert set(apps[left]["formation"].values()) == {0}
    assert not apps[f"{left}-private"]["maintenance"]
    assert judge.lost() == []
    again = asyncio.run(world.planned(state))
    assert (again.databases, again.blocked, again.unknown) == ((), (), ())
    assert again.unchanged == (name,)
    assert [one.addon for one in again.replaced] == [old]


def test_what_a_space_cannot_offer_the_old_app_is_not_given_to_it(tmp_path: Path) -> None:
    world, _ = a_world()
    text = MOVED + '[[database.orders.attach]]\napp = "shop"\nas = "DATABASE"\n'

    plan = asyncio.run(world.planned(desired(text, tmp_path)))

    assert plan.databases == ()
    reasons = {one.method: one.reasons[-1] for one in plan.blocked[0].rejected}
    assert reasons["follower-switch"].text == (
        "Whether an app outside a space can read a database inside one is not known; "
        "take its names of the database away first (shop)"
    )


@pytest.mark.parametrize("goes_on", [True, False], ids=["applied again", "aborted"])
def test_a_move_that_was_killed_ends_as_one_that_was_not_or_as_it_was_before(
    tmp_path: Path, *, goes_on: bool
) -> None:
    world, judge = a_world()
    state = desired(MOVED, tmp_path)
    plan = asyncio.run(world.planned(state))
    before = world.end()

    def kill(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        if request.method == "POST" and request.url.path == "/addon-attachments":
            raise Killed
        return judge.watch(request, answer)

    world.wire.after = kill
    with pytest.raises(Killed):
        asyncio.run(world.applied(plan))
    world.wire.after = judge.watch
    if goes_on:
        (outcome,) = asyncio.run(world.applied(plan))
        assert outcome.state == "done"
        assert judge.lost() == []
        assert asyncio.run(world.planned(state)).unchanged == ("orders",)
        return
    assert asyncio.run(world.aborted(plan)).state == "backed-out"
    after = world.end()
    assert after["apps"] == before["apps"]
    assert after["databases"][OLD] == before["databases"][OLD]
