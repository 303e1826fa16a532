"""Databases outside a space's network for an app inside it, on the stand-in."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from support.apply_world import Judge, make_world

from reconciler.adapters.toml_files import read_desired
from reconciler.catalogue import load_catalogue

SPACES = Path(__file__).parent.parent / "support" / "spaces.toml"
FOLLOWER = """
[[database.boxes.follower]]
attachment = "BOXES_REPLICA"
plan = "standard-0"
"""


@pytest.mark.parametrize(
    ("plan", "more", "method", "region"),
    [
        ("standard-0", "", "follower-switch", None),
        ("essential-1", "", "pg-copy", "us"),
        ("private-0", FOLLOWER, None, None),
    ],
    ids=["by a follower", "by a copy", "a follower"],
)
def test_it_is_created_where_the_app_is_and_nothing_is_left_to_do(
    tmp_path: Path, plan: str, more: str, method: str | None, region: str | None
) -> None:
    file = tmp_path / "desired.toml"
    file.write_text(f'app = "attic"\n[database.boxes]\nplan = "{plan}"\n{more}', encoding="utf-8")
    desired = read_desired([file], catalogue=load_catalogue())
    world = make_world(SPACES)
    judge = Judge(world)
    world.wire.after = judge.watch
    made = asyncio.run(world.planned(desired))

    (outcome,) = asyncio.run(world.applied(made))

    assert (made.databases[0].method, outcome.state) == (method, "done")
    steps = [step for stage in made.databases[0].stages for step in stage.steps]
    assert [one.region for one in steps if one.kind == "provision"] == [region]
    assert any("[R101]" in one for one in made.databases[0].warnings)
    assert judge.lost() == []
    again = asyncio.run(world.planned(desired))
    assert (again.databases, again.blocked, again.unchanged) == ((), (), ("boxes",))
