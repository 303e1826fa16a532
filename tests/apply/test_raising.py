"""A leader that outgrows its follower: the follower is made anew first, on the stand-in."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.apply_world import Judge, Killed, World, make_world

from reconciler.adapters.heroku.writes import HerokuAccount
from reconciler.adapters.toml_files import read_desired
from reconciler.catalogue import load_catalogue

if TYPE_CHECKING:
    import httpx

    from reconciler.core.desired import DesiredState
    from reconciler.core.plan import Plan

SPACES = Path(__file__).parent.parent / "support" / "spaces.toml"
WANTED = """\
app = "depot"
[database.stock]
plan = "standard-3"
[[database.stock.follower]]
app = "charts"
attachment = "STOCK_REPLICA"
plan = "standard-3"
"""
LEADER, SMALL = "postgresql-brown-20003", "postgresql-beige-20004"


@pytest.fixture
def desired(tmp_path: Path) -> DesiredState:
    file = tmp_path / "desired.toml"
    file.write_text(WANTED, encoding="utf-8")
    return read_desired([file], catalogue=load_catalogue())


def planned() -> tuple[World, Judge]:
    world = make_world(SPACES)
    judge = Judge(world)
    world.wire.after = judge.watch
    return world, judge


def killed_at(world: World, judge: Judge, plan: Plan, *, method: str, ending: str) -> None:
    """Apply until the first such request has had its effect."""

    def kill(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        if request.method == method and request.url.path.endswith(ending):
            raise Killed
        return judge.watch(request, answer)

    world.wire.after = kill
    with pytest.raises(Killed):
        asyncio.run(world.applied(plan))
    world.wire.after = judge.watch


def test_the_follower_comes_first_and_no_follower_is_too_small_when_heroku_is_asked(
    desired: DesiredState,
) -> None:
    world, judge = planned()
    plan = asyncio.run(world.planned(desired))
    following: list[set[str]] = []

    def note(request: httpx.Request) -> None:
        if request.method == "PATCH" and "/addons/" in request.url.path:
            databases = world.end()["databases"]
            following.append({facts["plan"] for facts in databases.values() if facts["follows"]})

    world.wire.before = note
    (outcome,) = asyncio.run(world.applied(plan))

    assert (plan.databases[0].method, outcome.state) == ("addons-upgrade", "done")
    assert following == [{"standard-3"}]
    databases = world.end()["databases"]
    new = next(one for one in databases if "charts::STOCK_REPLICA" in databases[one]["attached"])
    assert databases[new]["follows"] == LEADER
    assert databases[LEADER]["serves"] == "standard-3"
    assert databases[SMALL]["follows"] is None
    assert judge.deleted == []
    again = asyncio.run(world.planned(desired))
    assert (again.databases, again.blocked, again.unchanged) == ((), (), ("stock",))
    assert [one.addon for one in again.replaced] == [SMALL]


@pytest.mark.parametrize(
    ("method", "ending"),
    [("POST", "/addon-attachments"), ("PUT", "/unfollow"), ("PATCH", LEADER)],
)
def test_killed_anywhere_it_is_finished_by_the_same_apply_and_by_a_new_plan(
    desired: DesiredState, method: str, ending: str
) -> None:
    for is_new in (False, True):
        world, judge = planned()
        plan = asyncio.run(world.planned(desired))
        killed_at(world, judge, plan, method=method, ending=ending)
        if is_new:
            world.journal.lines.clear()
            world.clock.world.advance(60)  # what was asked for comes to its end
            plan = asyncio.run(world.planned(desired))

        if plan.databases:
            (outcome,) = asyncio.run(world.applied(plan))
            assert (plan.databases[0].method, outcome.state) == ("addons-upgrade", "done")
        else:
            assert [one.name for one in plan.converging] == ["stock"]
        assert world.end()["databases"][SMALL]["follows"] is None


def test_abort_gives_the_names_back_only_while_the_old_follower_follows(
    desired: DesiredState,
) -> None:
    world, judge = planned()
    plan = asyncio.run(world.planned(desired))
    before = world.end()["databases"]
    killed_at(world, judge, plan, method="POST", ending="/addon-attachments")

    assert asyncio.run(world.aborted(plan)).state == "backed-out"
    assert world.end()["databases"][SMALL] == before[SMALL]

    world, judge = planned()
    killed_at(world, judge, plan, method="PUT", ending="/unfollow")

    outcome = asyncio.run(world.aborted(plan))
    assert outcome.state == "failed"
    assert outcome.reason == f"past the point of no return: {SMALL} was told to stop following"
    assert "charts::STOCK_REPLICA" not in world.end()["databases"][SMALL]["attached"]


def test_a_follower_that_somebody_came_to_read_goes_on_following_and_heroku_is_not_asked(
    desired: DesiredState,
) -> None:
    world, _ = planned()
    plan = asyncio.run(world.planned(desired))
    asyncio.run(_attached(world, "charts", "LATE_READER"))

    (outcome,) = asyncio.run(world.applied(plan))

    assert outcome.state == "failed"
    assert f"{SMALL} is still read as charts::LATE_READER." in outcome.reason
    assert world.end()["databases"][SMALL]["follows"] == LEADER
    assert world.requested("PATCH") == []


async def _attached(world: World, app: str, name: str) -> None:
    async with world.client() as client:
        account = HerokuAccount(client)
        await account.attach(app=app, name=name, addon=SMALL, namespace="")
