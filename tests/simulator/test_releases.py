from __future__ import annotations

import pytest

from reconciler.simulator.scenario import parse_world
from reconciler.simulator.standin import StandIn

WITH_PHASE = """
[clock]
start = 2026-11-22T20:00:00Z
[app.shop]
release_phase = "{outcome}"
[app.shop.database.one]
name = "one-database"
plan = "standard-0"
attachments = ["DATABASE"]
"""


@pytest.fixture
def with_phase(speak, heroku):
    def make(outcome):
        world = parse_world(WITH_PHASE.format(outcome=outcome), file="phase.toml")
        return speak(StandIn(world, type(heroku.standin.clock)(heroku.standin.clock.now())))

    return make


def set_var(heroku):
    heroku.do("PATCH", "/apps/shop/config-vars", {"A": "1"})
    return heroku.get("/apps/shop/releases")[-1]


def test_without_a_release_phase_a_release_succeeds_at_once(heroku):
    release = set_var(heroku)

    assert (release["status"], release["current"]) == ("succeeded", True)


@pytest.mark.parametrize(
    ("outcome", "status", "current"),
    [("succeeds", "succeeded", True), ("fails", "failed", False), ("hangs", "pending", False)],
)
def test_with_one_it_is_pending_first(with_phase, outcome, status, current):
    heroku = with_phase(outcome)
    release = set_var(heroku)
    heroku.wait(31)
    later = heroku.get(f"/apps/shop/releases/{release['id']}")

    assert (release["status"], release["current"]) == ("pending", False)
    assert (later["status"], later["current"]) == (status, current)


def test_the_formation_shows_the_release_process(with_phase):
    types = {
        each["type"]: each["quantity"] for each in with_phase("fails").get("/apps/shop/formation")
    }

    assert types == {"web": 1, "release": 0}


def test_newest_releases_come_first_when_asked_so(heroku):
    for number in range(6):
        heroku.do("PATCH", "/apps/shop/config-vars", {"A": str(number)})

    answer = heroku.ask("GET", "/apps/shop/releases", Range="version ..; max=5, order=desc")
    versions = [each["version"] for each in answer.json()]

    assert versions == [8, 7, 6, 5, 4]
    assert answer.status_code == 206
    assert heroku.get("/apps/shop/releases/8")["version"] == 8


def test_an_unknown_release_is_not_found(heroku):
    assert heroku.refused("GET", "/apps/shop/releases/99") == (404, "not_found")


def test_dynos_restart_with_a_release(heroku):
    set_var(heroku)

    assert {each["state"] for each in heroku.get("/apps/shop/dynos")} == {"starting"}
