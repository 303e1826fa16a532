from __future__ import annotations

import pytest

from reconciler.simulator.clock import ManualClock
from reconciler.simulator.http.routes import all_routes
from reconciler.simulator.moments import moment
from reconciler.simulator.scenario import parse_world
from reconciler.simulator.standin import StandIn

ORDERS = "postgresql-curved-53302"
REPLICA = "postgresql-tapered-12984"
IN_A_SPACE = """
[clock]
start = 2026-11-22T20:00:00Z
[spaces]
vault = "tokyo"
[app.inside]
space = "vault"
[app.inside.database.one]
name = "one"
plan = "private-0"
attachments = ["DATABASE"]
[app.outside]
"""


@pytest.fixture
def inside(speak):
    world = parse_world(IN_A_SPACE, file="space.toml")
    return speak(StandIn(world, ManualClock(moment(world.now))))


def test_every_path_that_can_be_read_is_readable(heroku):
    catalog = "postgresql-parallel-64419"
    search = heroku.get("/apps/search")["id"]
    attachment = heroku.get("/apps/search/addon-attachments/DATABASE")["id"]
    app_url = heroku.get("/apps/search/config-vars")["DATABASE_URL"]
    copied = {"from_url": app_url, "to_url": None, "from_name": "A", "to_name": "B"}
    users = heroku.get("/addons/postgresql-spherical-26650")["id"]
    heroku.do("POST", f"/client/v11/databases/{users}/transfers", copied)
    values = {
        "app": "accounts",
        "addon": "postgresql-spherical-26650",
        "attachment": "DATABASE",
        "type": "web",
        "release": "2",
        "service": "heroku-postgresql",
        "plan": "heroku-postgresql:premium-0",
        "database": catalog,
        "credential": "default",
        "namespace": "credential:default",
        "transfer": "1",
        "space": "",
        "dyno": "web.1",
        "link": "search",
    }
    heroku.do("POST", f"/client/v11/databases/{catalog}/links", {"target": ORDERS, "as": "search"})
    read = 0
    for path, methods in all_routes().items():
        if "GET" not in methods or "{space}" in path or "{team}" in path or "pipeline" in path:
            continue
        filled = path.format_map(values)
        if path == "/addon-attachments/{attachment}":
            filled = f"/addon-attachments/{attachment}"
        if path == "/data/maintenances/v1/apps/{app}":
            filled = f"/data/maintenances/v1/apps/{search}"
        assert heroku.get(filled) is not None, filled
        read += 1

    assert read > 35


def test_the_account_is_the_caller(heroku):
    assert heroku.get("/account") == heroku.get("/users/~")
    assert heroku.get("/account")["email"] == "operator@example.com"
    assert heroku.get("/teams") == []


def test_spaces_and_their_regions_are_listed(inside):
    (space,) = inside.get("/spaces")

    assert space == inside.get("/spaces/vault")
    assert {region["name"] for region in inside.get("/regions")} == {"us", "eu", "tokyo"}
    assert inside.get("/apps/inside")["space"]["name"] == "vault"
    assert inside.refused("GET", "/spaces/other") == (404, "not_found")


@pytest.mark.parametrize(
    ("app", "plan", "status"),
    [
        ("inside", "private-2", 201),
        ("inside", "essential-0", 422),
        ("outside", "private-0", 422),
        ("outside", "standard-0", 201),
    ],
)
def test_private_plans_live_in_spaces_and_essential_ones_do_not(inside, app, plan, status):
    body = {"plan": f"heroku-postgresql:{plan}"}

    assert inside.ask("POST", f"/apps/{app}/addons", body).status_code == status


def test_plans_are_found_by_name_and_id_and_withdrawn_ones_are_not_listed(heroku):
    listed = {plan["name"]: plan for plan in heroku.get("/addon-services/heroku-postgresql/plans")}
    one = listed["heroku-postgresql:essential-1"]

    assert heroku.get(f"/plans/{one['id']}") == one
    assert heroku.get("/plans/heroku-postgresql:essential-1") == one
    assert "heroku-postgresql:mini" not in listed
    assert heroku.refused("GET", "/plans/heroku-postgresql:none") == (404, "not_found")
    assert heroku.refused("GET", "/addon-services/heroku-redis") == (404, "not_found")


def test_apps_are_filtered_by_id_and_unknown_ids_left_out(heroku):
    shop = heroku.get("/apps/shop")["id"]

    found = heroku.do("POST", "/filters/apps", {"in": {"id": [shop, "nobody"]}})
    assert [app["name"] for app in found] == ["shop"]


def test_restarting_an_app_starts_its_dynos_anew(heroku):
    heroku.do("DELETE", "/apps/shop/dynos")

    assert {dyno["state"] for dyno in heroku.get("/apps/shop/dynos")} == {"starting"}


def test_a_pool_gets_its_conventional_name(heroku):
    path = "/client/v11/databases/postgresql-spherical-26650/connection-pooling"

    made = heroku.do("POST", path, {"app": "accounts", "credential": "default"})
    assert made["name"] == "DATABASE_CONNECTION_POOL"


def test_upgrading_a_follower_unfollows_it(heroku):
    heroku.do("POST", f"/client/v11/databases/{REPLICA}/upgrade/run", {"version": "17"})
    heroku.wait(60)

    assert "following" not in heroku.info(REPLICA)
    assert heroku.info(REPLICA)["postgres_version"] == "17.9"
    assert heroku.info(ORDERS)["postgres_version"] == "16.10"


def test_a_prepared_upgrade_runs_in_its_window(heroku):
    path = f"/client/v11/databases/{ORDERS}/upgrade"
    heroku.do("POST", f"{path}/dry_run", {"version": "17"})
    heroku.do("POST", f"{path}/prepare", {"version": "17"})
    heroku.wait(8 * 86400)

    assert heroku.info(ORDERS)["postgres_version"] == "17.9"
    assert heroku.get(f"{path}/wait_status") == {"waiting?": False, "message": "available"}


def test_rotating_all_credentials_changes_them_all(heroku):
    path = f"/postgres/v0/databases/{ORDERS}"
    heroku.do("POST", f"{path}/credentials", {"name": "analyst"})
    before = heroku.get(f"{path}/credentials")
    heroku.do("POST", f"{path}/credentials_rotation", {})
    after = heroku.get(f"{path}/credentials")

    assert [each["name"] for each in after] == [each["name"] for each in before]
    assert all(
        new["credentials"][0]["password"] != old["credentials"][0]["password"]
        for old, new in zip(before, after, strict=True)
    )


def test_a_deleted_transfer_is_no_longer_listed(heroku):
    heroku.do("POST", f"/client/v11/databases/{ORDERS}/backups")
    heroku.do("DELETE", "/client/v11/apps/shop/transfers/1")

    assert heroku.get("/client/v11/apps/shop/transfers") == []
    assert heroku.refused("GET", "/client/v11/apps/shop/transfers/2") == (404, "not_found")


def test_a_follower_created_while_its_leader_is_closed_has_nothing_to_catch_up_in_the_end(heroku):
    for app in ("shop", "reports"):
        heroku.do("PATCH", f"/apps/{app}", {"maintenance": True})
    updates = [{"type": kind, "quantity": 0} for kind in ("worker", "clock")]
    heroku.do("PATCH", "/apps/shop/formation", {"updates": updates})
    body = {
        "plan": "heroku-postgresql:standard-0",
        "config": {"follow": "DATABASE"},
        "name": "next",
    }
    heroku.do("POST", "/apps/shop/addons", body)
    heroku.wait(300)
    early = heroku.behind("next")
    heroku.wait(1500)

    assert early > 200
    assert heroku.behind("next") == 0
