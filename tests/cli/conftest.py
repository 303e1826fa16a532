"""Folders to run `reconcile` in, and a stand-in that serves all tests which change nothing."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.processes import Place
from support.serving import serving

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "reconciler" / "simulator" / "scenarios" / "example.toml"

SMALL = """\
seed = 5

[clock]
start = 2026-11-22T20:00:00Z
speed = 600

[timing]                # one second of ours is 600 of these
provision = "10m"
catch_up = "5m"
dyno_stop = "10m"

[app.shop]
formation = { web = 2, worker = 1 }

[app.shop.database.orders]
name = "postgresql-solid-10001"
plan = "standard-0"
attachments = ["DATABASE"]
also_on = { reports = ["ORDERS"] }

[app.reports]
formation = { web = 1 }
writes_through = ["ORDERS"]
"""
SMALL_FLEET = """\
[heroku]
endpoint = "sim:../world.toml"
"""
SMALL_SHOP = """\
app = "shop"

[database.orders]
plan = "standard-2"
method = "follower-switch"

[[database.orders.attach]]
app = "reports"
as = "ORDERS"
"""


@pytest.hookimpl(tryfirst=True)  # before `-m` chooses
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A command in a folder of its own starts a stand-in of its own: slow, unless it speaks to the one all share."""
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        is_here = item.path.is_relative_to(Path(__file__).parent)
        if is_here and fixtures & {"folder", "place", "small"} and "served" not in fixtures:
            item.add_marker(pytest.mark.slow)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A copy of the example estate, whose stand-in is started by each command."""
    shutil.copytree(ROOT / "desired", tmp_path / "desired")
    return Place(tmp_path)


@pytest.fixture
def hasty(place: Place) -> Place:
    """The example estate in a world where nothing takes hours."""
    short = '[timing]\nprovision = "1m"\ncatch_up = "1m"\nreplacement = "5m"\nfollow_pause = "1m"\n'
    world = EXAMPLE.read_text(encoding="utf-8").replace("\n[app.", f"\n{short}\n[app.", 1)
    (place.folder / "world.toml").write_text(world, encoding="utf-8")
    fleet = place.folder / "desired" / "reconcile.toml"
    fleet.write_text(fleet.read_text().replace("sim:example", "sim:../world.toml"))
    return place


@pytest.fixture
def small(tmp_path: Path) -> Place:
    """One database to be switched over, in two apps that take a second to stop."""
    (tmp_path / "desired").mkdir()
    (tmp_path / "world.toml").write_text(SMALL)
    (tmp_path / "desired" / "reconcile.toml").write_text(SMALL_FLEET)
    (tmp_path / "desired" / "shop.toml").write_text(SMALL_SHOP)
    return Place(tmp_path)


@pytest.fixture
def unhurried(small: Place) -> Place:
    """The same, with ten seconds of preparation: enough for a slow machine to act in it."""
    world = small.folder / "world.toml"
    world.write_text(SMALL.replace('provision = "10m"', 'provision = "100m"'))
    return small


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a stand-in with the example estate; only for tests that change nothing in it.

    Its time runs no faster than ours: at the scenario's own speed the maintenance that one test reads as still to
    come would be over a quarter of an hour into the run.
    """
    with serving(Place(tmp_path_factory.mktemp("served")), "--speed", "1") as url:
        yield url


@pytest.fixture
def reader(place: Place, served: str) -> Place:
    """The example estate against the stand-in that all share; for commands that only look."""
    place.settings["RECONCILE_ENDPOINT"] = served
    return place
