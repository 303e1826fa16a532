"""Where the vendor's CLI says that it is done, ends with exit code 0, and it is not so.

Reproduced with faults of the stand-in. A client of ours must get each of these right.
"""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.slow

ORDERS = "postgresql-curved-53302"
FIGURES, SPARE = "postgresql-solid-30001", "postgresql-solid-30002"


def test_upgrade_says_done_though_every_request_for_it_was_reset(heroku):
    heroku.break_(kind="reset", method="PATCH", path="/apps/*/addons/*")

    said = heroku.run("addons:upgrade", ORDERS, "standard-2")

    assert "done" in said
    assert heroku.struck() == 6
    assert heroku.world.addon(ORDERS).plan == "standard-0"
    assert heroku.world.database(ORDERS).maintenance is None


@pytest.mark.parametrize(("release", "runs_with"), [("*", FIGURES), ("Attach DATABASE*", None)])
def test_promote_succeeds_though_its_release_phase_failed(heroku, release, runs_with):
    heroku.break_(kind="release-phase-fails", app="reports", release=release)

    heroku.run("pg:promote", SPARE, "--app", "reports")

    world = heroku.world
    host = world.database(runs_with).host if runs_with else ""
    assert world.releases("reports")[-1] == ("failed", "Attach DATABASE")
    assert world.names("reports")["DATABASE"] == SPARE
    assert world.running_host("reports") == host


def test_copy_succeeds_though_nobody_knows_how_it_went(heroku):
    heroku.break_(kind="transfer-fails", percent=10.0)
    polls = "/client/v11/apps/*/transfers/*"
    heroku.break_(kind="status", status=500, method="GET", path=polls)

    target = ("HEROKU_POSTGRESQL_JADE", "--confirm", "JADE", "--app", "reports")
    heroku.run("pg:copy", "DATABASE", *target)

    (transfer,) = heroku.world.world.transfers.values()
    assert transfer.succeeded is False
    assert heroku.struck() == 1 + 21
