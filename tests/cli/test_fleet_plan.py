"""What planning a fleet costs in requests, as the stand-in counts them."""

from __future__ import annotations

import json
import urllib.request
from typing import TYPE_CHECKING

import pytest
from support.processes import Place
from support.serving import serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DATABASES = 30
LISTS = 3
"""Add-ons, attachments, plans."""


class Fleet:
    """Thirty unchanged databases of as many apps, and the stand-in that serves them.

    Its time hardly runs: the request budget grows with it, and is not to fill while a slow machine starts a command.
    """

    def __init__(self, place: Place, url: str) -> None:
        self.place = place
        self.url = url

    def requests(self) -> int:
        with urllib.request.urlopen(f"{self.url}/sim/requests") as answer:  # noqa: S310  # loopback
            return int(json.load(answer)["total"])

    def post(self, what: str, body: dict[str, object]) -> None:
        """Change something about the stand-in."""
        request = urllib.request.Request(f"{self.url}/sim/{what}", json.dumps(body).encode())  # noqa: S310  # loopback
        urllib.request.urlopen(request).close()  # noqa: S310  # the same


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    world = ["[clock]\nstart = 2026-11-22T20:00:00Z\nspeed = 0.05\n"]
    for number in range(DATABASES):
        world.append(
            f'[app.app-{number}.database.d{number}]\nplan = "standard-0"\n'
            'attachments = ["DATABASE"]\n'
        )
        file = tmp_path / "desired" / ("eu" if number < 10 else "us") / f"{number}.toml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(
            f'app = "app-{number}"\n\n[database.{file.parent.name}-{number}]\nplan = "standard-0"\n'
        )
    (tmp_path / "world.toml").write_text("\n".join(world))
    place = Place(tmp_path)
    with serving(place, "--scenario", "world.toml") as url:
        place.settings["RECONCILE_ENDPOINT"] = url
        yield Fleet(place, url)


@pytest.mark.parametrize(
    ("words", "listed"),
    [
        ((), DATABASES),
        (("--only", "eu-*"), 10),
        (("--only", "us-12", "--only", "eu-3"), 2),
        (("desired/eu",), 10),
        (("desired/us/12.toml", "desired/us/13.toml"), 2),
    ],
)
def test_a_plan_asks_once_for_each_database_in_its_scope_and_for_the_lists(
    fleet: Fleet, words: tuple[str, ...], listed: int
) -> None:
    done = fleet.place.run("plan", *words)

    assert done.code == 0, done.err
    assert f"{listed} databases: {listed} unchanged" in done.out
    assert fleet.requests() == listed + LISTS


def test_a_plan_that_the_budget_slows_down_says_so_before_it_waits(fleet: Fleet) -> None:
    fleet.post("faults", {"kind": "quota", "requests": 510})
    plan = fleet.place.start("plan")

    said = plan.until("requests to come")
    fleet.post("clock", {"advance": "2h"})  # and the bucket is full again
    done = plan.end()

    assert said.startswith(f"{DATABASES} requests to come, which takes up to ")
    assert "500 of them stay for others" in said
    assert f"{DATABASES} databases: {DATABASES} unchanged" in done.out
