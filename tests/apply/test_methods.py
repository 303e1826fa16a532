"""Every method from the first request to the last confirmed read, on the stand-in."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from support.apply_world import ESTATE, desired_for, judged_world, plan_for
from support.killing import Case, apply

from reconciler.adapters.heroku.writes import HerokuAccount
from reconciler.core.names import AppName, ProcessType

if TYPE_CHECKING:
    from pathlib import Path

    from support.apply_world import World

    from reconciler.core.plan import Plan
    from reconciler.simulator.world.model import Maintenance

ALL = ("annals", "crimson", "diary", "lavender", "legacy", "orders")


@pytest.mark.parametrize("names", [*((name,) for name in ALL), ALL], ids="+".join)
def test_after_apply_there_is_nothing_left_to_do(names: tuple[str, ...]) -> None:
    world, judge = judged_world()

    outcomes = asyncio.run(world.applied(plan_for(*names)))

    assert [(one.database, one.state, one.closed) for one in outcomes] == [
        (name, "done", ()) for name in names
    ]
    after = asyncio.run(world.planned(desired_for(*names)))
    assert (after.databases, after.blocked, after.converging) == ((), (), ())
    assert set(after.unchanged) == set(names)
    assert judge.lost() == []
    assert judge.deleted == []


def test_apps_are_left_as_they_were_found() -> None:
    world, _ = judged_world()
    before = world.end()["apps"]

    asyncio.run(world.applied(plan_for(*ALL)))

    assert world.end()["apps"] == before


def test_a_database_that_is_not_listed_is_not_touched() -> None:
    world, _ = judged_world()
    before = world.end()["databases"]["postgresql-black-10006"]

    asyncio.run(world.applied(plan_for(*ALL)))

    assert world.end()["databases"]["postgresql-black-10006"] == before
    assert not any("sandbox" in one or "10006" in one for one in world.wire.requests)


def test_a_follower_switch_moves_every_name_and_makes_the_followers_anew() -> None:
    world, _ = judged_world()
    plan = plan_for("orders")

    asyncio.run(world.applied(plan))

    databases = world.end()["databases"]
    new, replica = (
        step.addon
        for stage in plan.databases[0].stages
        for step in stage.steps
        if step.kind == "provision"
    )
    mark = new[-6:].upper()
    assert databases[new] | {"missing_commits": 0} == {
        "app": "shop",
        "plan": "standard-2",
        "serves": "standard-2",
        "state": "provisioned",
        "follows": None,
        "writable": True,
        "attached": [
            "reports::ORDERS",
            "shop::DATABASE",
            "shop::DATABASE_CONNECTION_POOL",
            f"shop::ORDERS_NEXT_{mark}",
            "shop::WORKER_POOL",
        ],
        "missing_commits": 0,
    }
    assert databases["postgresql-green-10003"]["attached"] == [f"shop::ORDERS_REPLACED_{mark}"]
    assert databases[replica]["follows"] == new
    assert "reports::ORDERS_REPLICA" in databases[replica]["attached"]
    assert world.end()["schedules"][new] == [("DATABASE_URL", 3, "America/New_York")]


def test_many_names_of_one_database_on_one_app_all_move(tmp_path: Path) -> None:
    names = ("DATABASE", "A1", "A2", "A3", "A4", "A5", "A6")
    only_one = 'size = "6.2GB"\nattachments = ["DATABASE"]'
    many = only_one.replace('["DATABASE"]', str(list(names)).replace("'", '"'))
    scenario = tmp_path / "many.toml"
    text = ESTATE.read_text(encoding="utf-8")
    assert text.count(only_one) == 1
    scenario.write_text(text.replace(only_one, many), encoding="utf-8")
    wanted = 'app = "shop"\n[database.orders]\nplan = "standard-2"\nmethod = "follower-switch"\n'
    case = Case("many names", scenario, wanted)
    world, judge = case.world()

    outcome = apply(case, world, judge)

    assert (outcome.state, outcome.closed, judge.lost()) == ("done", (), [])
    new = case.plan().databases[0].stages[0].steps[0]
    attached = world.end()["databases"][new.addon]["attached"]  # type: ignore[union-attr]
    assert {f"shop::{name}" for name in names} <= set(attached)


def test_an_app_that_was_closed_before_stays_closed_and_idle_process_types_stay_idle() -> None:
    world, _ = judged_world()
    blog = next(one for one in world.stand_in.world.apps.values() if one.name == "blog")
    asyncio.run(_close(world, "blog"))

    outcomes = asyncio.run(world.applied(plan_for("legacy")))

    assert [(one.state, one.notes) for one in outcomes] == [
        ("done", ("blog was in maintenance mode before this apply, and was left so",))
    ]
    assert blog.maintenance
    assert {kind: one.quantity for kind, one in blog.formation.items()} == {"web": 0, "worker": 1}


def test_what_heroku_did_first_in_its_own_window_tells_of_no_closed_app() -> None:
    world, _ = judged_world()
    plan = plan_for("lavender")
    asyncio.run(world.applied(plan, phases=frozenset({"prepare"})))
    world.clock.world.advance(8 * 24 * 3_600)

    (outcome,) = asyncio.run(world.applied(plan))

    assert (outcome.state, outcome.closed_s, outcome.notes) == ("done", None, ())


def test_what_heroku_is_doing_in_its_own_window_is_waited_for_with_the_apps_open() -> None:
    plan = plan_for("lavender")
    world, judge = judged_world(plan)
    asyncio.run(world.applied(plan, phases=frozenset({"prepare"})))
    maintenance = until_it_runs(world, plan)
    world.wire.requests.clear()

    (outcome,) = asyncio.run(world.applied(plan))

    assert maintenance.status == "completed"
    assert (outcome.state, outcome.closed_s, outcome.notes) == ("done", None, ())
    assert {one.partition(" ")[0] for one in world.wire.requests} == {"GET"}
    assert judge.verdict(outcome) == []


def test_whoever_waits_for_herokus_own_window_can_be_stopped() -> None:
    world, _ = judged_world()
    plan = plan_for("lavender")
    asyncio.run(world.applied(plan, phases=frozenset({"prepare"})))
    world.stand_in.world.timing = replace(world.stand_in.world.timing, maintenance=3_600.0)
    until_it_runs(world, plan)
    world.control.until = world.clock.monotonic() + 60

    (outcome,) = asyncio.run(world.applied(plan))

    assert outcome.state == "pending"
    assert "maintenance running" in outcome.reason


def until_it_runs(world: World, plan: Plan) -> Maintenance:
    """Let time pass until Heroku carries out in its own window what was prepared of the one database of `plan`."""
    live = world.stand_in.world
    found = live.databases[live.index.addons[plan.databases[0].starting_point.addon]].maintenance
    assert found is not None
    assert found.scheduled_for is not None
    world.clock.world.advance(found.scheduled_for - live.now + 1)
    return found


async def _close(world: World, app: str) -> None:
    async with world.client() as client:
        account = HerokuAccount(client)
        await account.set_maintenance(AppName(app), on=True)
        await account.scale(AppName(app), {ProcessType("web"): 0})


def test_a_plan_that_was_carried_out_is_not_carried_out_again() -> None:
    world, _ = judged_world()
    plan = plan_for(*ALL)
    asyncio.run(world.applied(plan))
    before = world.end()
    world.wire.requests.clear()

    outcomes = asyncio.run(world.applied(plan))

    assert {one.state for one in outcomes} == {"done"}
    assert all(one.reason.startswith("done before, and still so: ") for one in outcomes)
    assert {one.partition(" ")[0] for one in world.wire.requests} == {"GET"}
    assert world.end() == before


def test_a_plan_whose_starting_point_is_gone_is_stale_and_nothing_is_touched() -> None:
    world, _ = judged_world()
    asyncio.run(world.applied(plan_for("lavender")))
    world.journal.lines.clear()
    world.wire.requests.clear()

    (outcome,) = asyncio.run(world.applied(plan_for("lavender")))

    assert outcome.state == "stale"
    assert "service_plan: planned from standard-0, is premium-4" in outcome.reason
    assert {one.partition(" ")[0] for one in world.wire.requests} == {"GET"}


def test_prepare_alone_closes_nothing_and_cutover_goes_on_from_there() -> None:
    world, judge = judged_world()
    plan = plan_for("orders", "lavender")

    first = asyncio.run(world.applied(plan, phases=frozenset({"prepare"})))

    assert {one.state for one in first} == {"pending"}
    assert world.requested("PATCH") == ["PATCH /apps/ledger/addons/postgresql-blue-10002"]
    second = asyncio.run(world.applied(plan))
    assert {one.state for one in second} == {"done"}
    assert judge.lost() == []
