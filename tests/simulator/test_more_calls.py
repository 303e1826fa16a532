"""The smaller calls: single dynos, config of a release, reset, restores, teams, tier facts."""

from __future__ import annotations

import pytest

from reconciler.simulator.clock import ManualClock
from reconciler.simulator.moments import moment
from reconciler.simulator.scenario import parse_world
from reconciler.simulator.standin import StandIn
from reconciler.simulator.world.world import World

ORDERS = "postgresql-curved-53302"
USERS = "postgresql-spherical-26650"
DATA = "/client/v11/databases"
SHIELDED = """
[clock]
start = 2026-11-22T20:00:00Z
[spaces]
vault = "virginia"
[app.secrets]
space = "vault"
[app.secrets.database.one]
name = "postgresql-one-10000"
plan = "shield-0"
attachments = ["DATABASE"]
[app.outside]
"""


@pytest.fixture
def vault(speak):
    world = parse_world(SHIELDED, file="vault.toml")
    return speak(StandIn(world, ManualClock(moment(world.now))))


def starting(heroku):
    return {d["name"] for d in heroku.get("/apps/shop/dynos") if d["state"] == "starting"}


@pytest.mark.parametrize(
    ("method", "path", "restarted"),
    [
        ("DELETE", "dynos/web.2", {"web.2"}),
        ("POST", "dynos/web.1/actions/stop", {"web.1"}),
        ("DELETE", "formations/worker", {"worker.1", "worker.2"}),
        ("POST", "formations/clock/actions/stop", {"clock.1"}),
    ],
)
def test_dynos_are_restarted_one_by_one_or_by_type(heroku, method, path, restarted):
    answer = heroku.ask(method, f"/apps/shop/{path}")

    assert (answer.status_code, answer.json(), starting(heroku)) == (202, {}, restarted)
    heroku.wait(7)
    assert starting(heroku) == set()


@pytest.mark.parametrize("path", ["dynos/web.9", "formations/clerk"])
def test_what_does_not_run_cannot_be_restarted(heroku, path):
    assert heroku.refused("DELETE", f"/apps/shop/{path}") == (404, "not_found")


def test_a_release_remembers_its_config(heroku):
    heroku.do("PATCH", "/apps/shop/config-vars", {"A": "1"})
    heroku.do("PATCH", "/apps/shop/config-vars", {"A": "2"})

    shown = [
        heroku.get(f"/apps/shop/releases/{version}/config-vars").get("A") for version in (2, 3, 4)
    ]

    assert shown == [None, "1", "2"]
    assert heroku.get("/apps/shop/releases/4/config-vars") == heroku.get("/apps/shop/config-vars")


def test_a_reset_database_is_empty(heroku):
    heroku.do("PUT", f"{DATA}/{ORDERS}/reset", {"extensions": ["postgis"]})

    assert (heroku.info(ORDERS)["num_tables"], heroku.info(ORDERS)["num_bytes"]) == (0, 8_000_000)


def test_a_follower_cannot_be_reset(heroku):
    path = f"{DATA}/postgresql-tapered-12984/reset"

    assert heroku.refused("PUT", path) == (422, "unprocessable_entity")


def test_connections_and_statistics_are_reset(heroku):
    user = heroku.info(ORDERS)["database_user"]

    assert "message" in heroku.do("POST", f"{DATA}/{ORDERS}/connection_reset")
    assert "message" in heroku.do("PUT", f"{DATA}/{ORDERS}/stats_reset")
    assert heroku.get(f"{DATA}/{ORDERS}/user_connections") == {
        "connections": {user: heroku.info(ORDERS)["num_connections"]}
    }
    assert heroku.refused("POST", f"{DATA}/nothing/connection_reset") == (404, "not_found")


def backup(heroku):
    made = heroku.do("POST", f"{DATA}/{ORDERS}/backups")
    path = f"/client/v11/apps/shop/transfers/{made['num']}"
    heroku.wait(6.2 * 180 + 1)
    return path


def test_a_backup_is_restored_as_it_was_taken(heroku):
    path = backup(heroku)
    url = heroku.do("POST", f"{path}/actions/public-url")["url"]
    heroku.do("PUT", f"{DATA}/{ORDERS}/reset")
    restore = heroku.do("POST", f"{DATA}/{USERS}/restores", {"backup_url": url})
    heroku.wait(6.2 * 180 + 1)

    ended = heroku.get(f"/client/v11/apps/accounts/transfers/{restore['uuid']}")

    assert (ended["succeeded"], ended["from_type"]) == (True, "gof3r")
    assert heroku.info(USERS)["num_tables"] == 48
    assert heroku.info(USERS)["num_bytes"] == int(6.2 * 2**30)


def test_a_backup_that_is_not_finished_has_no_url(heroku):
    made = heroku.do("POST", f"{DATA}/{ORDERS}/backups")
    path = f"/client/v11/apps/shop/transfers/{made['num']}/actions/public-url"

    assert heroku.refused("POST", path) == (404, "not_found")


def test_a_foreign_dump_cannot_be_fetched(heroku):
    before = heroku.info(USERS)["num_tables"]
    body = {"backup_url": "https://dumps.example.com/latest.dump"}
    restore = heroku.do("POST", f"{DATA}/{USERS}/restores", body)
    heroku.wait(11)

    ended = heroku.get(f"/client/v11/apps/accounts/transfers/{restore['uuid']}?verbose=true")

    assert ended["succeeded"] is False
    assert "could not fetch" in ended["logs"][-1]["message"]
    assert heroku.info(USERS)["num_tables"] == before


def test_a_restore_needs_a_backup(heroku):
    assert heroku.refused("POST", f"{DATA}/{USERS}/restores", {}) == (400, "bad_request")


def test_the_owner_is_the_only_collaborator_and_there_is_no_pipeline(heroku):
    (owner,) = heroku.get("/apps/shop/collaborators")

    assert (owner["role"], owner["user"]["email"]) == ("owner", "operator@example.com")
    assert heroku.refused("GET", "/apps/shop/pipeline-couplings") == (404, "not_found")


def with_permissions(speak, held):
    text = (
        '[clock]\nstart = 2026-11-22T20:00:00Z\n[account]\nscope = "read write"\n'
        f"[app.shop]\npermissions = {held}\n"
    )
    world = World.from_json(parse_world(text, file="team.toml").to_json())  # kept and read again
    return speak(StandIn(world, ManualClock(moment(world.now))))


def test_an_app_of_a_team_tells_the_permissions_that_the_account_has(speak):
    heroku = with_permissions(speak, '["view", "deploy"]')

    (member,) = heroku.get("/apps/shop/collaborators")

    assert heroku.get("/apps/shop")["owner"]["email"] == "team@herokumanager.com"
    assert heroku.get("/apps/shop")["team"]["name"] == "team"
    assert member["role"] == "member"
    assert [one["name"] for one in member["permissions"]] == ["view", "deploy"]
    assert heroku.ask("GET", "/apps/shop").headers["Oauth-Scope"] == "read write"


def test_it_is_changed_with_the_permission_to_operate_only(speak):
    few, enough = (with_permissions(speak, held) for held in ('["view", "deploy"]', '["operate"]'))

    assert few.refused("PATCH", "/apps/shop", {"maintenance": True}) == (403, "forbidden")
    assert enough.do("PATCH", "/apps/shop", {"maintenance": True})["maintenance"] is True


def test_the_team_has_the_apps_in_the_spaces(vault):
    (team,) = vault.get("/teams")

    assert vault.get("/teams/team") == team
    assert [app["name"] for app in vault.get("/teams/team/apps")] == ["secrets"]
    assert [held["name"] for held in vault.get("/teams/team/addons")] == ["postgresql-one-10000"]
    assert vault.get("/apps/secrets")["team"]["id"] == team["id"]
    assert vault.get("/apps/outside")["team"] is None


@pytest.mark.parametrize("path", ["/teams/team", "/teams/team/apps", "/teams/team/addons"])
def test_without_spaces_there_is_no_team(heroku, path):
    assert heroku.refused("GET", path) == (404, "not_found")


def test_shield_databases_have_no_logical_backups(vault):
    path = f"{DATA}/postgresql-one-10000/backups"

    assert vault.refused("POST", path) == (422, "unprocessable_entity")


@pytest.mark.parametrize(
    ("plan", "earliest"),
    [("standard-0", "2026-11-18"), ("premium-0", "2026-11-15")],
)
def test_rollback_goes_back_as_far_as_the_tier_does(heroku, plan, earliest):
    name = {"standard-0": ORDERS, "premium-0": USERS}[plan]

    assert heroku.row(name, "Rollback") == f"earliest from {earliest} 00:00 UTC"
    assert heroku.row(name, "HA Status") == ("Available" if plan == "premium-0" else None)
