from __future__ import annotations

import pytest

LAVENDER = "postgresql-rugged-70215"
CRIMSON = "postgresql-concave-41876"
ORDERS = "postgresql-curved-53302"
CATALOG = "postgresql-parallel-64419"


def change(heroku, app, name, plan):
    body = {"plan": {"name": f"heroku-postgresql:{plan}"}}
    return heroku.do("PATCH", f"/apps/{app}/addons/{name}", body)


def status(heroku, name):
    return heroku.get(f"/data/maintenances/v1/{name}")["status"]


def test_the_platform_shows_the_target_at_once_and_the_data_api_what_serves(heroku):
    answer = change(heroku, "example-app", LAVENDER, "premium-4")

    assert answer["plan"]["name"] == "heroku-postgresql:premium-4"
    assert "data:maintenances:run" in answer["provision_message"]
    assert heroku.info(LAVENDER)["plan"] == "standard-0"
    assert heroku.row(LAVENDER, "Status") == "Upgrading Plan: Replacing Primary"
    assert status(heroku, LAVENDER) == "preparing"


def test_it_becomes_ready_and_runs_by_hand(heroku):
    change(heroku, "example-app", LAVENDER, "premium-4")
    early = heroku.ask("POST", f"/data/maintenances/v1/{LAVENDER}/run")
    before = heroku.get("/apps/example-app/config-vars")["DATABASE_URL"]
    heroku.wait(7201)
    ready = (status(heroku, LAVENDER), heroku.row(LAVENDER, "Status"))
    heroku.do("POST", f"/data/maintenances/v1/{LAVENDER}/run")
    running = status(heroku, LAVENDER)
    heroku.wait(41)

    assert early.status_code == 422
    assert ready == ("ready", "Upgrading Plan: Replacing Primary, Maintenance Scheduled")
    assert running == "running"
    assert status(heroku, LAVENDER) == "completed"
    assert heroku.info(LAVENDER)["plan"] == "premium-4"
    assert heroku.row(LAVENDER, "Status") == "Available"
    assert heroku.row(LAVENDER, "Maintenance") == "not required"
    assert heroku.get("/apps/example-app/config-vars")["DATABASE_URL"] != before
    assert "DATABASE" in heroku.get("/apps/example-app/releases")[-1]["description"]


def test_or_it_runs_in_its_window(heroku):
    before = heroku.get(f"/data/maintenances/v1/{CATALOG}")
    heroku.wait(5 * 86400 + 6 * 3600 - 1)  # Saturday 01:59:59
    waiting = status(heroku, CATALOG)
    heroku.wait(2)
    running = status(heroku, CATALOG)
    heroku.wait(60)

    assert before["scheduled_for"] == "2026-11-28 02:00:00 +0000"
    assert before["addon"]["plan"] == "standard-2"
    assert (waiting, running) == ("ready", "running")
    assert heroku.info(CATALOG)["plan"] == "standard-3"
    history = heroku.get(f"/data/maintenances/v1/{CATALOG}/history/?limit=5")["maintenances"]
    assert [each["duration_seconds"] for each in history] == [40.0]


def test_nothing_is_written_while_the_maintenance_runs(heroku):
    heroku.do("POST", f"/data/maintenances/v1/{CATALOG}/run")
    before = heroku.info(CATALOG)["current_transaction"]
    heroku.wait(30)

    assert heroku.info(CATALOG)["current_transaction"] == before


def test_followers_follow_the_replacement(heroku):
    change(heroku, "shop", ORDERS, "standard-2")
    heroku.wait(7201)
    heroku.do("POST", f"/data/maintenances/v1/{ORDERS}/run")
    heroku.wait(60)
    leader, replica = heroku.info(ORDERS), heroku.info("postgresql-tapered-12984")

    assert replica["following"].split("//")[1] == leader["resource_url"].split("@")[1]
    assert replica["plan"] == "standard-0"


def test_essential_is_read_only_at_once_and_then_somewhere_else(heroku):
    before = heroku.get("/apps/example-app/config-vars")["HEROKU_POSTGRESQL_CRIMSON_URL"]
    answer = change(heroku, "example-app", CRIMSON, "essential-1")
    commits = heroku.info(CRIMSON)["current_transaction"]
    heroku.wait(100)
    during = heroku.info(CRIMSON)
    heroku.wait(100)
    after = heroku.get("/apps/example-app/config-vars")["HEROKU_POSTGRESQL_CRIMSON_URL"]

    assert answer["provision_message"].endswith("from essential-0 to essential-1.")
    assert (during["plan"], during["waiting?"]) == ("essential-0", True)
    assert during["current_transaction"] == commits
    assert heroku.info(CRIMSON)["plan"] == "essential-1"
    assert after != before
    assert before.split("@")[1] != after.split("@")[1]


@pytest.mark.parametrize(
    ("app", "name", "plan"),
    [
        ("blog", "postgresql-cubed-88041", "standard-0"),  # Essential to another tier
        ("blog", "postgresql-cubed-88041", "essential-0"),  # does not fit
        ("shop", ORDERS, "essential-2"),
        ("shop", ORDERS, "private-0"),
        ("search", CATALOG, "standard-4"),  # another change is pending
        ("shop", ORDERS, "advanced"),
    ],
)
def test_what_cannot_be_changed_in_place_is_refused_and_stays(heroku, app, name, plan):
    before = heroku.get("/sim/state")
    path, body = f"/apps/{app}/addons/{name}", {"plan": f"heroku-postgresql:{plan}"}

    assert heroku.refused("PATCH", path, body) == (422, "unprocessable_entity")
    assert heroku.get("/sim/state") == before


def test_the_current_plan_again_changes_nothing(heroku):
    change(heroku, "shop", ORDERS, "standard-0")

    assert heroku.ask("GET", f"/data/maintenances/v1/{ORDERS}").status_code == 404


def test_a_maintenance_moves_by_weeks_and_with_its_window(heroku):
    path = f"/data/maintenances/v1/{CATALOG}"
    moved = heroku.do("POST", f"{path}/schedule", {"delay_weeks": "2"})
    back = heroku.do("POST", f"{path}/schedule", {"delay_weeks": "-2"})
    past = heroku.ask("POST", f"{path}/schedule", {"delay_weeks": "-1"})
    window = heroku.do("POST", f"{path}/window", {"day_of_week": "sunday", "time_of_day": "1:30PM"})

    assert moved["scheduled_for"] == "2026-12-12 02:00:00 +0000"
    assert moved["previously_scheduled_for"] == "2026-11-28 02:00:00 +0000"
    assert back["scheduled_for"] == "2026-11-28 02:00:00 +0000"
    assert past.status_code == 422
    assert window["window"] == "Sundays 13:30 to 17:30 UTC"
    assert window["previous_window"] == "Saturdays 02:00 to 06:00 UTC"
    assert window["scheduled_for"] == "2026-11-29 13:30:00 +0000"


def test_a_moved_maintenance_does_not_run_at_its_old_time(heroku):
    heroku.do("POST", f"/data/maintenances/v1/{CATALOG}/schedule", {"delay_weeks": "1"})
    heroku.wait(6 * 86400)
    waiting = status(heroku, CATALOG)
    heroku.wait(7 * 86400)

    assert waiting == "ready"
    assert status(heroku, CATALOG) == "completed"


def test_essential_has_no_window(heroku):
    assert heroku.ask("GET", f"/data/maintenances/v1/{CRIMSON}/window").status_code == 400


def test_no_maintenance_is_a_404_with_a_message_alone(heroku):
    answer = heroku.ask("GET", f"/data/maintenances/v1/{ORDERS}")

    assert (answer.status_code, answer.json()) == (404, {"message": "not found"})


def test_an_app_lists_the_maintenances_of_its_databases(heroku):
    app = heroku.get("/apps/search")["id"]

    found = heroku.get(f"/data/maintenances/v1/apps/{app}")["maintenances"]
    assert [each["addon"]["name"] for each in found] == [CATALOG]
