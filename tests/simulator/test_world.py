from __future__ import annotations

import pytest

from reconciler.simulator.clock import ManualClock
from reconciler.simulator.moments import moment, next_window, parse_time_of_day, window_text
from reconciler.simulator.scenario import load_world
from reconciler.simulator.standin import StandIn
from reconciler.simulator.world.world import World

FOLLOW = {"plan": "heroku-postgresql:standard-2", "config": {"follow": "DATABASE"}, "name": "next"}


def busy(heroku):
    """Sets much in motion."""
    heroku.do("POST", "/apps/shop/addons", FOLLOW)
    heroku.do("PATCH", "/apps/shop/formation/worker", {"quantity": 0})
    heroku.do(
        "PATCH",
        "/apps/accounts/addons/postgresql-spherical-26650",
        {"plan": "heroku-postgresql:standard-2"},
    )
    heroku.do(
        "PATCH",
        "/apps/example-app/addons/postgresql-concave-41876",
        {"plan": "heroku-postgresql:essential-1"},
    )
    heroku.do(
        "POST", "/postgres/v0/databases/postgresql-curved-53302/credentials", {"name": "analyst"}
    )
    heroku.do("POST", "/client/v11/databases/postgresql-curved-53302/backups")


def test_a_world_survives_a_round_trip_through_json(heroku):
    busy(heroku)
    heroku.wait(200)
    heroku.get("/apps")

    again = World.from_json(heroku.world.to_json())

    assert again == heroku.world
    assert again.index == heroku.world.index


def test_a_world_read_from_json_goes_on_as_if_it_had_never_stopped(speak, heroku):
    busy(heroku)
    copy = World.from_json(heroku.world.to_json())
    other = speak(StandIn(copy, ManualClock(moment(copy.now))))
    heroku.wait(30_000)
    other.wait(30_000)
    ours, theirs = heroku.get("/sim/state"), other.get("/sim/state")

    assert ours == theirs
    assert heroku.world.to_json() == other.world.to_json()


@pytest.mark.parametrize("step", [7, 100, 3600])
def test_what_happens_does_not_depend_on_how_often_one_looks(speak, heroku, step):
    other = speak(StandIn.from_scenario("example"))
    busy(heroku)
    busy(other)
    for _ in range(25_200 // step):
        other.wait(step)
        other.get("/sim/state")
    heroku.wait(25_200 // step * step)

    assert heroku.get("/sim/state") == other.get("/sim/state")
    assert [event.due for event in heroku.world.agenda] == [
        event.due for event in other.world.agenda
    ]


def test_the_same_scenario_gives_the_same_world():
    assert load_world("example").to_json() == load_world("example").to_json()


def test_reading_changes_no_name_that_is_made_later(speak, heroku):
    other = speak(StandIn.from_scenario("example"))
    for _ in range(5):
        other.get("/apps")

    body = {"plan": "heroku-postgresql:essential-0"}
    assert heroku.do("POST", "/apps/blog/addons", body) == other.do(
        "POST", "/apps/blog/addons", body
    )


def test_every_password_is_a_canary(heroku):
    held = [
        each
        for database in heroku.world.databases.values()
        for each in database.credentials.values()
    ]

    assert len({each.password for each in held}) == len(held)
    assert all(each.password.startswith("canary-") for each in held)


def test_the_state_page_holds_no_password(heroku):
    assert "canary" not in heroku.ask("GET", "/sim/state").text


def test_a_clock_does_not_run_backwards(heroku):
    with pytest.raises(ValueError, match="backwards"):
        heroku.standin.clock.advance(-1)


@pytest.mark.parametrize(
    ("day", "minute", "text"),
    [
        (5, 120, "Saturdays 02:00 to 06:00 UTC"),
        (3, 1290, "Thursdays 21:30 to Fridays 01:30 UTC"),
        (6, 1200, "Sundays 20:00 to Mondays 00:00 UTC"),
    ],
)
def test_windows_as_text(day, minute, text):
    assert window_text(day, minute) == text


def test_the_next_window_is_never_now():
    saturday = next_window(5, 120, 0.0)

    assert moment(saturday).strftime("%a %H:%M") == "Sat 02:00"
    assert next_window(5, 120, saturday) == saturday + 7 * 86400


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("13:30", 810),
        ("1:30PM", 810),
        ("12:00am", 0),
        ("12:00PM", 720),
        ("24:00", None),
        ("x", None),
    ],
)
def test_times_of_day(text, expected):
    assert parse_time_of_day(text) == expected
