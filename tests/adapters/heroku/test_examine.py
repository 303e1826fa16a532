"""Who asks, and with which rights, as the stand-in tells it."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import TYPE_CHECKING

from support.apply_world import World, make_world

from reconciler.adapters.heroku.examine import Asker, asker, rights
from reconciler.core.health import Rights, of_clock
from reconciler.core.names import AppName

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SCENARIO = """\
[clock]
start = 2026-11-22T20:00:00Z

[account]
scope = "read write"
requests_per_hour = 700

[app.own]
[app.operated]
permissions = ["view", "operate"]
[app.looked-at]
permissions = ["view"]
"""


def examined(world: World, *apps: str) -> tuple[Asker, tuple[Rights, ...]]:
    async def look() -> tuple[Asker, tuple[Rights, ...]]:
        async with world.client() as client:
            asked = await asker(client)
            return asked, await rights(client, asked, names(apps))

    return asyncio.run(look())


def names(apps: Sequence[str]) -> list[AppName]:
    return [AppName(app) for app in apps]


def world_of(folder: Path) -> World:
    (folder / "world.toml").write_text(SCENARIO)
    return make_world(folder / "world.toml")


def test_the_account_is_told_with_scope_time_and_budget(tmp_path: Path) -> None:
    asked, _ = examined(world_of(tmp_path))

    assert (asked.email, asked.scope) == ("operator@example.com", "read write")
    assert asked.time == dt.datetime(2026, 11, 22, 20, tzinfo=dt.UTC)
    assert asked.left == 699


def test_a_machine_whose_clock_is_off_is_seen_by_the_date_of_an_answer(tmp_path: Path) -> None:
    world = world_of(tmp_path)
    asked, _ = examined(world)

    off = of_clock(world.clock.now() - dt.timedelta(minutes=7), asked.time, is_simulated=False)
    right = of_clock(world.clock.now(), asked.time, is_simulated=False)

    assert (off.verdict, right.verdict) == ("problem", "ok")
    assert off.text == "this machine is 7 min behind Heroku"


def test_rights_are_those_that_the_app_lists(tmp_path: Path) -> None:
    _, found = examined(world_of(tmp_path), "looked-at", "operated", "own", "gone")

    assert found == (
        Rights(AppName("looked-at"), "member", ("view",), team="team"),
        Rights(AppName("operated"), "member", ("operate", "view"), team="team"),
        Rights(AppName("own"), "owner"),
        Rights(AppName("gone"), "", trouble="it does not exist, or is not visible with this token"),
    )


def test_it_takes_one_list_and_one_request_for_each_app_of_others(tmp_path: Path) -> None:
    world = world_of(tmp_path)

    examined(world, "looked-at", "operated", "own")

    assert sorted(world.wire.requests) == [
        "GET /account",
        "GET /account/rate-limits",
        "GET /apps",
        "GET /apps/looked-at/collaborators",
        "GET /apps/operated/collaborators",
    ]
