"""pg:backups: captured, cancelled, restored, scheduled."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.slow

ORDERS = "postgresql-curved-53302"
STOCK = "postgresql-round-20001"
LEGACY = "postgresql-cubed-88041"
SHOP = ("--app", "shop")


def test_a_backup_is_captured_shown_restored_and_deleted(heroku):
    heroku.run("pg:backups:capture", "DATABASE", *SHOP)
    assert "b001" in heroku.run("pg:backups", *SHOP)
    assert "Completed" in heroku.run("pg:backups:info", "b001", *SHOP)
    assert "https://" in heroku.run("pg:backups:url", "b001", *SHOP)
    before = heroku.world.database(STOCK).num_tables
    heroku.run("pg:backups:restore", "b001", "STOCK", "--confirm", "shop", *SHOP)
    restored = heroku.world.database(STOCK)
    heroku.run("pg:backups:delete", "b001", "--confirm", "shop", *SHOP)

    backup, restore = heroku.world.world.transfers.values()

    assert (before, restored.num_tables, restored.num_bytes) == (20, 48, 2 * 2**30)
    assert [backup.succeeded, restore.succeeded] == [True, True]
    assert (backup.deleted_at is not None, restore.deleted_at) == (True, None)


def test_a_transfer_is_cancelled(heroku):
    heroku.break_(kind="transfer-hangs", percent=30.0)
    heroku.ask("POST", f"/client/v11/databases/{ORDERS}/backups")  # the CLI would wait for its end
    heroku.run("pg:backups:cancel", *SHOP)

    (transfer,) = heroku.world.world.transfers.values()

    assert (transfer.succeeded, transfer.canceled_at is not None) == (False, True)


def test_backups_are_scheduled_listed_and_unscheduled(heroku):
    blog = ("--app", "blog")
    heroku.run("pg:backups:schedule", "DATABASE", "--at", "02:00 America/Los_Angeles", *blog)
    (schedule,) = heroku.world.database(LEGACY).schedules
    assert "America/Los_Angeles" in heroku.run("pg:backups:schedules", *blog)
    heroku.run("pg:backups:unschedule", "DATABASE", *blog)

    assert (schedule.hour, schedule.timezone, schedule.name) == (
        2,
        "America/Los_Angeles",
        "DATABASE_URL",
    )
    assert heroku.world.database(LEGACY).schedules == []
