from __future__ import annotations

import pytest

ORDERS = "postgresql-curved-53302"
LEGACY = "postgresql-cubed-88041"
USERS = "postgresql-spherical-26650"
V0 = f"/postgres/v0/databases/{ORDERS}"
UPGRADE = f"/client/v11/databases/{ORDERS}/upgrade"


def rows(heroku, name):
    return [row["name"] for row in heroku.info(name)["info"]]


def test_essential_rows_are_those_of_a_shared_database(heroku):
    assert rows(heroku, LEGACY) == [
        "Plan",
        "Status",
        "Connections",
        "PG Version",
        "Created",
        "Data Size",
        "Tables",
        "Fork/Follow",
        "Rollback",
        "Continuous Protection",
    ]
    assert heroku.row(LEGACY, "Plan") == "essential-1"
    assert heroku.row(LEGACY, "Data Size") == "4.2 GB / 10 GB (In compliance)"
    assert heroku.row(LEGACY, "Fork/Follow") == "Unsupported"


def test_dedicated_rows_hold_integers_where_the_real_ones_do(heroku):
    assert heroku.row(USERS, "Plan") == "Premium 0"
    assert heroku.row(USERS, "HA Status") == "Available"
    assert heroku.row(USERS, "Tables") == 75
    assert heroku.row(USERS, "Credentials") == 1
    assert heroku.row(USERS, "Data Size") == "12.0 GB / 64 GB (18.75%)"
    assert heroku.row(USERS, "Maintenance") == "not required"
    assert "HA Status" not in rows(heroku, ORDERS)


def test_follower_rows(heroku):
    replica = "postgresql-tapered-12984"

    assert heroku.row(replica, "Following") == heroku.info(replica)["following"]
    assert heroku.row(replica, "Fork/Follow") == "Unavailable on followers"
    assert heroku.row(replica, "Behind By").endswith(" commits")
    assert "Behind By" not in rows(heroku, ORDERS)


def test_an_unknown_database_is_not_found_with_a_message(heroku):
    assert heroku.refused("GET", "/client/v11/databases/nobody") == (404, "not_found")


def test_credentials_come_and_go_with_some_delay(heroku):
    heroku.do("POST", f"{V0}/credentials", {"name": "analyst"})
    at_first = heroku.get(f"{V0}/credentials/analyst")["state"]
    heroku.wait(30)
    then = heroku.get(f"{V0}/credentials/analyst")["state"]
    heroku.do("DELETE", f"{V0}/credentials/analyst")
    leaving = [each["name"] for each in heroku.get(f"{V0}/credentials")]
    heroku.wait(30)

    assert (at_first, then) == ("wait_for_provisioning", "active")
    assert leaving == ["default", "analyst"]
    assert [each["name"] for each in heroku.get(f"{V0}/credentials")] == ["default"]


def test_a_credential_is_attached_by_its_namespace(heroku):
    heroku.do("POST", f"{V0}/credentials", {"name": "analyst"})
    body = {"addon": ORDERS, "app": "reports", "name": "READ", "namespace": "credential:analyst"}
    heroku.do("POST", "/addon-attachments", body)
    user = heroku.get(f"{V0}/credentials/analyst")["credentials"][0]["user"]

    assert f"//{user}:" in heroku.get("/apps/reports/config-vars")["READ_URL"]
    assert len(heroku.get(f"/addons/{ORDERS}/config/credential:analyst")) == 1
    assert heroku.get(f"/addons/{ORDERS}/config/credential:nobody") == []


def test_rotation_changes_the_url(heroku):
    before = heroku.get("/apps/shop/config-vars")["DATABASE_URL"]
    heroku.do("POST", f"{V0}/credentials/default/credentials_rotation", {"forced": True})

    assert heroku.get("/apps/shop/config-vars")["DATABASE_URL"] != before


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", f"/postgres/v0/databases/{LEGACY}/credentials", 400),  # Essential
        ("DELETE", f"{V0}/credentials/default", 400),
        ("GET", f"{V0}/credentials/nobody", 404),
        ("GET", f"/postgres/v0/databases/{LEGACY}/config", 400),
    ],
)
def test_errors_of_that_prefix_hold_a_message_alone(heroku, method, path, status):
    answer = heroku.ask(method, path, {"name": "analyst"} if method == "POST" else None)

    assert answer.status_code == status
    assert list(answer.json()) == ["message"]


def test_settings_change_and_show_their_defaults(heroku):
    changed = heroku.do("PATCH", f"{V0}/config", {"log_min_duration_statement": 500})

    assert changed["log_min_duration_statement"]["value"] == 500
    assert changed["log_min_duration_statement"]["default"] == 2000
    assert heroku.get(f"{V0}/config") == changed


@pytest.mark.parametrize(
    "body", [{}, {"nothing": 1}, {"log_statement": "some"}, {"auto_explain": 1}]
)
def test_wrong_settings_are_refused(heroku, body):
    assert heroku.ask("PATCH", f"{V0}/config", body).status_code == 400


def test_links_are_made_and_removed(heroku):
    path = f"/client/v11/databases/{ORDERS}/links"
    made = heroku.do("POST", path, {"target": USERS, "as": "users"})
    listed = heroku.get(path)
    heroku.do("DELETE", f"{path}/users")

    assert [link["remote"]["name"] for link in listed] == [USERS]
    assert made["name"] == "users"
    assert heroku.get(path) == []


def test_a_version_upgrade_is_prepared_and_run(heroku):
    early = heroku.refused("POST", f"{UPGRADE}/run", {})
    heroku.do("POST", f"{UPGRADE}/prepare", {"version": "17"})
    twice = heroku.refused("POST", f"{UPGRADE}/prepare", {"version": "17"})
    preparing = heroku.get(f"{UPGRADE}/wait_status")
    heroku.wait(7201)
    scheduled = heroku.get(f"{UPGRADE}/wait_status")
    heroku.do("POST", f"{UPGRADE}/run", {})
    too_late = heroku.refused("POST", f"{UPGRADE}/cancel", {})
    heroku.wait(60)

    assert (early, twice, too_late) == (
        (400, "bad_request"),
        (422, "unprocessable_entity"),
        (422, "bad_request"),
    )
    assert preparing["waiting?"] is True
    assert scheduled["waiting?"] is False
    assert scheduled["message"].startswith("upgrade is scheduled on 2026-")
    assert heroku.info(ORDERS)["postgres_version"] == "17.9"
    assert heroku.info("postgresql-tapered-12984")["postgres_version"] == "17.9"


def test_a_prepared_upgrade_can_be_canceled(heroku):
    heroku.do("POST", f"{UPGRADE}/prepare", {"version": "17"})
    heroku.do("POST", f"{UPGRADE}/cancel", {})
    heroku.wait(30 * 86400)

    assert heroku.info(ORDERS)["postgres_version"] == "16.10"
    assert heroku.refused("POST", f"{UPGRADE}/cancel", {}) == (422, "bad_request")


def test_essential_upgrades_at_once(heroku):
    path = f"/client/v11/databases/{LEGACY}/upgrade"
    refused = heroku.refused("POST", f"{path}/prepare", {"version": "18"})
    heroku.do("POST", f"{path}/run", {"version": "18"})
    heroku.wait(300)

    assert refused == (422, "bad_request")
    assert heroku.info(LEGACY)["postgres_version"] == "18.1"
    assert heroku.info(LEGACY)["plan"] == "essential-1"


def test_there_is_no_downgrade(heroku):
    path = f"/client/v11/databases/{USERS}/upgrade/prepare"

    assert heroku.refused("POST", path, {"version": "16"}) == (422, "unprocessable_entity")
