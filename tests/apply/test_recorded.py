"""A scenario recorded from what is live is a world on which planning says the same."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from support.apply_world import ESTATE, World, desired_for, make_world

from reconciler.adapters.heroku.closer import look_closer
from reconciler.adapters.heroku.survey import survey
from reconciler.adapters.toml_files import read_desired
from reconciler.catalogue import load_catalogue
from reconciler.render.scenario import scenario_text

if TYPE_CHECKING:
    from reconciler.core.desired import DesiredState
    from reconciler.core.plan import DatabasePlan, Plan

EXAMPLE = Path(__file__).parents[2] / "reconciler" / "simulator" / "scenarios" / "example.toml"


async def recorded(world: World) -> str:
    async with world.client() as client:
        snapshot = await survey(client, apps=frozenset())
        names = tuple(one.addon for one in snapshot.databases)
        closer = await look_closer(client, snapshot, names)
        return scenario_text(closer, start=await client.time())


def assert_plans_alike(world: World, desired: DesiredState, folder: Path) -> None:
    before = asyncio.run(world.planned(desired))
    path = folder / "recorded.toml"
    path.write_text(asyncio.run(recorded(world)))
    after = asyncio.run(make_world(path).planned(desired))

    assert _without_ids(after) == _without_ids(before)
    assert after.converging == before.converging
    assert after.unchanged == before.unchanged


def _without_ids(plan: Plan) -> list[DatabasePlan]:
    """What is to happen; the ids of add-ons, and what is reckoned from them, are another world's."""
    return [
        one.model_copy(
            update={
                "starting_point": one.starting_point.model_copy(update={"addon_id": ""}),
                "from_fingerprint": "",
                "to_fingerprint": "",
            }
        )
        for one in plan.databases
    ]


def test_planning_on_a_recorded_estate_gives_the_same_plan(tmp_path: Path) -> None:
    desired = desired_for("crimson", "lavender", "legacy", "orders")

    assert_plans_alike(make_world(ESTATE), desired, tmp_path)


def test_planning_on_the_recorded_example_gives_the_same_plan(tmp_path: Path) -> None:
    desired = read_desired([EXAMPLE.parents[3] / "desired"], catalogue=load_catalogue())

    assert_plans_alike(make_world(EXAMPLE), desired, tmp_path)


def test_a_recording_holds_no_password_and_no_address() -> None:
    world = make_world(EXAMPLE)

    text = asyncio.run(recorded(world))

    for database in world.stand_in.world.databases.values():
        assert database.host not in text
        for credential in database.credentials.values():
            assert credential.password not in text
    assert "postgres://" not in text
