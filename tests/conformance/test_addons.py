"""Add-ons: listed, created, waited for, changed, attached, destroyed."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.slow

ORDERS = "postgresql-curved-53302"
REPLICA = "postgresql-tapered-12984"
LEGACY = "postgresql-cubed-88041"


def test_add_ons_and_plans_are_listed(heroku):
    assert ORDERS in heroku.run("addons", "--app", "shop")
    assert LEGACY in heroku.run("addons", "--all")
    assert "standard-0" in heroku.run("addons:info", ORDERS)
    assert "essential-0" in heroku.run("addons:plans", "heroku-postgresql")
    assert "heroku-postgresql" in heroku.run("addons:services")


def test_a_follower_is_created_and_waited_for(heroku):
    plan = "heroku-postgresql:standard-2"
    names = ["--name", "postgresql-new-10000", "--as", "NEXT", "--app", "shop"]
    heroku.run("addons:create", plan, *names, "--", "--follow", "DATABASE_URL")
    begun = heroku.world.addon("postgresql-new-10000").state
    heroku.run("addons:wait", "postgresql-new-10000", "--app", "shop")
    heroku.run("pg:wait", "NEXT", "--wait-interval", "1", "--app", "shop")

    world = heroku.world
    made = world.database("postgresql-new-10000")

    assert begun == "provisioning"
    assert world.addon("postgresql-new-10000").state == "provisioned"
    assert made.leader_id == world.addon(ORDERS).id
    assert (made.plan, made.version, made.num_tables) == ("standard-2", "16.10", 48)
    assert world.names("shop")["NEXT"] == "postgresql-new-10000"


def test_a_fork_is_created_while_the_command_waits(heroku):
    plan = "heroku-postgresql:standard-0"
    names = ["--name", "postgresql-fork-10000", "--wait", "--app", "shop"]
    heroku.run("addons:create", plan, *names, "--", "--fork", "DATABASE_URL")

    made = heroku.world.database("postgresql-fork-10000")

    assert heroku.world.addon("postgresql-fork-10000").state == "provisioned"
    assert (made.leader_id, made.num_tables) == (None, 48)
    assert made.forked_from == heroku.world.addon(ORDERS).id


def test_a_plan_change_is_accepted_and_not_waited_for(heroku):
    heroku.run("addons:upgrade", ORDERS, "standard-2")

    accepted, served = heroku.world.addon(ORDERS).plan, heroku.world.database(ORDERS).plan

    assert (accepted, served) == ("standard-2", "standard-0")


def test_a_plan_change_within_essential_comes_about_by_itself(heroku):
    host = heroku.world.database(LEGACY).host
    heroku.run("addons:upgrade", "DATABASE", "heroku-postgresql:essential-2", "--app", "blog")
    heroku.skip("3s")

    changed = heroku.world.database(LEGACY)

    assert (changed.plan, changed.read_only, changed.host != host) == ("essential-2", False, True)


def test_plan_changes_that_cannot_be_are_refused(heroku):
    before = heroku.world.addon(LEGACY).plan
    unknown = heroku.run("addons:upgrade", ORDERS, "standard-77", code=1)
    heroku.run("addons:upgrade", LEGACY, "standard-0", code=2)

    assert "standard-2" in unknown  # the list of plans that the CLI then asks for
    assert heroku.world.addon(LEGACY).plan == before
    assert heroku.world.addon(ORDERS).plan == "standard-0"


def test_a_database_is_attached_to_another_app_and_detached(heroku):
    heroku.run("addons:attach", ORDERS, "--as", "ORDERS", "--app", "blog")
    attached = heroku.world
    heroku.run("addons:detach", "ORDERS", "--app", "blog")
    detached = heroku.world

    assert attached.names("blog") == {"DATABASE": LEGACY, "ORDERS": ORDERS}
    assert attached.releases("blog")[-1] == ("succeeded", "Attach ORDERS")
    assert detached.names("blog") == {"DATABASE": LEGACY}
    assert detached.releases("blog")[-1] == ("succeeded", "Detach ORDERS")


def test_a_taken_name_needs_confirmation(heroku):
    arguments = ("addons:attach", ORDERS, "--as", "DATABASE", "--app", "blog")
    heroku.run(*arguments, "--confirm", "wrong", code=1)
    refused = heroku.world.names("blog")
    heroku.run(*arguments, "--confirm", "blog")

    assert refused == {"DATABASE": LEGACY}
    assert heroku.world.names("blog") == {"DATABASE": ORDERS}


def test_an_add_on_is_renamed(heroku):
    heroku.run("addons:rename", REPLICA, "postgresql-renamed-1")

    assert heroku.world.addon(REPLICA) is None
    assert heroku.world.names("shop")["HEROKU_POSTGRESQL_GOLD"] == "postgresql-renamed-1"


def test_a_destroyed_add_on_is_gone_with_its_attachments(heroku):
    heroku.run("addons:destroy", REPLICA, "--app", "shop", "--confirm", "shop", "--wait")

    assert heroku.world.addon(REPLICA) is None
    assert "HEROKU_POSTGRESQL_GOLD" not in heroku.world.names("shop")
