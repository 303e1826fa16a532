"""data:maintenances and pg:upgrade."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.slow

ORDERS = "postgresql-curved-53302"
REPLICA = "postgresql-tapered-12984"
STOCK = "postgresql-round-20001"
SHOP = ("--app", "shop")
READING = "GET /data/maintenances/v1/{database}"


@pytest.mark.parametrize("timing", [{"maintenance": "1h"}], ids=["long"])
def test_a_maintenance_is_read_moved_and_run(heroku):
    assert STOCK in heroku.run("data:maintenances", *SHOP)
    assert "ready" in heroku.run("data:maintenances:info", STOCK, *SHOP)
    before = heroku.world.database(STOCK).maintenance.scheduled_for
    heroku.run("data:maintenances:schedule", STOCK, "--weeks", "1", *SHOP)
    moved = heroku.world.database(STOCK).maintenance.scheduled_for
    heroku.run("data:maintenances:run", STOCK, "--confirm", "shop", *SHOP)
    heroku.run_and_skip("1h", READING, "data:maintenances:wait", STOCK, *SHOP)
    done = heroku.world.database(STOCK)
    history = heroku.run("data:maintenances:history", STOCK, *SHOP)

    assert moved - before == 7 * 86400
    assert (done.maintenance.status, done.plan) == ("completed", "standard-3")
    assert "completed" in history


def test_run_waits_for_the_end(heroku):
    host = heroku.world.database(STOCK).host
    heroku.run("data:maintenances:run", STOCK, "--wait", *SHOP, code=2)
    refused = heroku.world.database(STOCK).maintenance.status
    heroku.run("maintenance:on", *SHOP)
    heroku.run("data:maintenances:run", STOCK, "--wait", *SHOP)

    done = heroku.world.database(STOCK)

    assert refused == "ready"
    assert (done.maintenance.status, done.plan) == ("completed", "standard-3")
    assert done.host != host


def test_the_window_is_read_and_changed(heroku):
    assert "Sundays 04:00" in heroku.run("data:maintenances:window", ORDERS, *SHOP)
    heroku.run("data:maintenances:window:update", ORDERS, "Tuesday", "2:30PM", *SHOP)

    changed = heroku.world.database(ORDERS)

    assert (changed.window_day, changed.window_minute) == (1, 14 * 60 + 30)


def test_a_version_upgrade_is_prepared_cancelled_prepared_and_run(heroku):
    confirmed = ("--confirm", "shop", *SHOP)
    heroku.run("pg:upgrade:prepare", "DATABASE", "--version", "17", *confirmed)
    prepared = heroku.world.database(ORDERS).upgrade
    heroku.run("pg:upgrade:cancel", "DATABASE", *confirmed)
    cancelled = heroku.world.database(ORDERS).upgrade
    heroku.run("pg:upgrade:dryrun", "DATABASE", "--version", "17", *confirmed)
    heroku.run("pg:upgrade:prepare", "DATABASE", "--version", "17", *confirmed)
    heroku.run("pg:upgrade:wait", "DATABASE", "--wait-interval", "1", *SHOP)
    scheduled = heroku.world.database(ORDERS).upgrade
    heroku.run("pg:upgrade:run", "DATABASE", *confirmed)
    heroku.run("pg:upgrade:wait", "DATABASE", "--wait-interval", "1", *SHOP)

    assert (prepared.version, cancelled) == (17, None)
    assert scheduled.status == "scheduled"
    assert heroku.world.database(ORDERS).version == "17.9"
    assert heroku.world.database(REPLICA).version == "17.9"


def test_an_essential_database_is_upgraded_at_once(heroku):
    blog = ("--confirm", "blog", "--app", "blog")
    heroku.run("pg:upgrade:prepare", "DATABASE", *blog, code=2)
    heroku.run("pg:upgrade:run", "DATABASE", "--version", "17", *blog)
    heroku.skip("3s")

    assert heroku.world.database("postgresql-cubed-88041").version == "17.9"
