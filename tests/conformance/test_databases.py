"""pg: info, unfollow, promote, copy, credentials, poolers, links, settings."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.slow

ORDERS = "postgresql-curved-53302"
REPLICA = "postgresql-tapered-12984"
GOLD = "HEROKU_POSTGRESQL_GOLD"
FIGURES, SPARE = "postgresql-solid-30001", "postgresql-solid-30002"


def test_info_of_all_databases_and_of_a_follower(heroku):
    everything = heroku.run("pg:info", "--app", "shop")
    follower = heroku.run("pg:info", GOLD, "--app", "shop")

    assert everything.count("Add-on:") == 3
    assert "Following:" in follower
    assert "DATABASE" in follower.partition("Following:")[2].splitlines()[0]
    assert "Behind By:" in follower


def test_a_follower_switch_by_hand(heroku):
    heroku.run("maintenance:on", "--app", "shop")
    heroku.run("ps:scale", "worker=0", "--app", "shop")
    heroku.skip("20s")
    heroku.run("pg:unfollow", GOLD, "--app", "shop", "--confirm", "shop")
    heroku.run("pg:wait", "--wait-interval", "1", "--app", "shop")
    heroku.run("pg:promote", GOLD, "--app", "shop")
    heroku.run("maintenance:off", "--app", "shop")

    world = heroku.world
    new = world.database(REPLICA)
    names = world.names("shop")
    aliases = [name for name, addon in names.items() if addon == ORDERS]

    assert (new.leader_id, new.missing_commits) == (None, 0)
    assert (names["DATABASE"], names["DATABASE_CONNECTION_POOL"]) == (REPLICA, REPLICA)
    assert [name.startswith("HEROKU_POSTGRESQL_") for name in aliases] == [True]
    assert world.on("shop", "DATABASE_CONNECTION_POOL") == "connection-pooling:default"
    assert world.running_host("shop") == new.host
    assert ("succeeded", "Attach DATABASE") in world.releases("shop")


def test_a_leader_cannot_be_unfollowed(heroku):
    heroku.run("pg:unfollow", "DATABASE", "--app", "shop", "--confirm", "shop", code=2)

    assert heroku.world.database(REPLICA).leader_id is not None


def test_a_promotion_waits_for_the_release_phase(heroku):
    heroku.run("pg:promote", SPARE, "--app", "reports")

    world = heroku.world

    assert world.names("reports")["DATABASE"] == SPARE
    assert set(world.releases("reports")[-2:]) == {
        ("succeeded", "Detach DATABASE"),
        ("succeeded", "Attach DATABASE"),
    }
    assert world.running_host("reports") == world.database(SPARE).host


def test_what_is_promoted_cannot_be_promoted_again(heroku):
    heroku.run("pg:promote", "DATABASE", "--app", "shop", code=2)

    assert heroku.world.names("shop")["DATABASE"] == ORDERS


def test_a_copy_replaces_what_the_target_held(heroku):
    arguments = ("DATABASE", "HEROKU_POSTGRESQL_JADE", "--app", "reports", "--confirm", "JADE")
    before = heroku.world.database(SPARE).commits.count
    heroku.run("pg:copy", *arguments)

    world = heroku.world
    (transfer,) = world.world.transfers.values()

    assert (transfer.succeeded, transfer.from_type, transfer.to_type) == (
        True,
        "pg_dump",
        "pg_restore",
    )
    assert (transfer.from_id, transfer.to_id) == (
        world.addon(FIGURES).id,
        world.addon(SPARE).id,
    )
    assert world.database(SPARE).commits.count != before


def test_a_pooler_is_attached(heroku):
    heroku.run("pg:connection-pooling:attach", FIGURES, "--as", "POOL", "--app", "reports")

    assert heroku.world.names("reports")["POOL"] == FIGURES
    assert heroku.world.on("reports", "POOL") == "connection-pooling:default"


def test_credentials_are_made_used_rotated_and_destroyed(heroku):
    shop = ("--app", "shop")
    heroku.run("pg:credentials:create", "DATABASE", "--name", "analyst", *shop)
    heroku.skip("2s")
    made = heroku.world.database(ORDERS).credentials["analyst"]
    assert "analyst" in heroku.run("pg:credentials", "DATABASE", *shop)
    assert made.password in heroku.run("pg:credentials:url", "DATABASE", "--name", "analyst", *shop)
    heroku.run("addons:attach", ORDERS, "--credential", "analyst", "--as", "ANALYST", *shop)
    attached = heroku.world.on("shop", "ANALYST")
    rotate = ("pg:credentials:rotate", "DATABASE", "--name", "analyst", "--confirm", "shop")
    heroku.run(*rotate, *shop)
    rotated = heroku.world.database(ORDERS).credentials["analyst"]
    heroku.run("addons:detach", "ANALYST", *shop)
    destroy = ("pg:credentials:destroy", "DATABASE", "--name", "analyst", "--confirm", "shop")
    heroku.run(*destroy, *shop)
    heroku.skip("2s")

    assert (made.state, attached) == ("active", "credential:analyst")
    assert rotated.password != made.password
    assert list(heroku.world.database(ORDERS).credentials) == ["default"]


def test_links_are_made_listed_and_destroyed(heroku):
    names = ("DATABASE", "STOCK", "--app", "shop")
    heroku.run("pg:links:create", *names, "--as", "warehouse")
    (link,) = heroku.world.database("postgresql-round-20001").links
    assert "warehouse" in heroku.run("pg:links", "--app", "shop")
    heroku.run("pg:links:destroy", "STOCK", "warehouse", "--app", "shop", "--confirm", "shop")

    assert (link.name, link.remote_id) == ("warehouse", heroku.world.addon(ORDERS).id)
    assert heroku.world.database("postgresql-round-20001").links == []


def test_settings_are_read_and_changed(heroku):
    shop = ("--app", "shop")
    assert "log-min-duration-statement" in heroku.run("pg:settings", "DATABASE", *shop)
    heroku.run("pg:settings:log-min-duration-statement", "DATABASE", "1500", *shop)
    heroku.run("pg:settings:log-lock-waits", "DATABASE", "off", *shop)

    assert heroku.world.database(ORDERS).settings == {
        "log_min_duration_statement": 1500,
        "log_lock_waits": False,
    }


def test_small_services_of_a_database(heroku):
    shop = ("--app", "shop")
    heroku.run("pg:killall", "DATABASE", *shop)
    heroku.run("pg:reset", "STOCK", "--confirm", "shop", *shop)

    assert heroku.world.database("postgresql-round-20001").num_tables == 0
