"""Faults of the service itself: what is accepted and then does not come about."""

from __future__ import annotations

import pytest

from reconciler.simulator.clock import ManualClock
from reconciler.simulator.moments import moment
from reconciler.simulator.scenario import parse_world
from reconciler.simulator.standin import StandIn

ORDERS = "postgresql-curved-53302"
REPLICA = "postgresql-tapered-12984"
CATALOG = "postgresql-parallel-64419"
LEGACY = "postgresql-cubed-88041"
WITH_PHASE = """
[clock]
start = 2026-11-22T20:00:00Z
[app.shop]
release_phase = "succeeds"
[app.shop.database.old]
name = "postgresql-old-10000"
plan = "standard-0"
attachments = ["DATABASE"]
[app.shop.database.new]
name = "postgresql-new-20000"
plan = "standard-0"
attachments = ["HEROKU_POSTGRESQL_GOLD"]
"""
PROMOTE = {
    "addon": {"name": "postgresql-new-20000"},
    "app": {"name": "shop"},
    "confirm": "shop",
    "name": "DATABASE",
}


def break_(heroku, **rule):
    heroku.do("POST", "/sim/faults", rule)


@pytest.fixture
def phased(speak):
    world = parse_world(WITH_PHASE, file="phase.toml")
    return speak(StandIn(world, ManualClock(moment(world.now))))


def statuses(heroku):
    return [each["status"] for each in heroku.get("/apps/shop/releases")[-2:]]


def writing_to(heroku):
    """Names of the databases that get commits."""
    heroku.get("/sim/clock")  # the world catches up with the clock
    world = heroku.world
    return [
        world.addons[each.id].name
        for each in world.databases.values()
        if each.commits.per_second > 0
    ]


def test_a_promotion_takes_effect_when_its_release_phase_has_succeeded(phased):
    before = writing_to(phased)
    phased.do("POST", "/addon-attachments", PROMOTE)
    meanwhile = writing_to(phased)
    phased.wait(31)

    assert statuses(phased) == ["succeeded", "succeeded"]
    assert (before, meanwhile) == (["postgresql-old-10000"], ["postgresql-old-10000"])
    assert writing_to(phased) == ["postgresql-new-20000"]


@pytest.mark.parametrize(
    ("kind", "after"), [("release-phase-fails", 31), ("release-phase-hangs", 31)]
)
def test_dynos_stay_on_the_old_database_when_no_release_is_deployed(phased, kind, after):
    break_(phased, kind=kind, app="shop")
    phased.do("POST", "/addon-attachments", PROMOTE)
    phased.wait(after)

    shown = phased.get("/apps/shop/config-vars")["DATABASE_URL"]
    new = phased.world.databases[phased.world.addon("postgresql-new-20000").id]

    assert new.host in shown
    assert writing_to(phased) == ["postgresql-old-10000"]
    assert set(statuses(phased)) == {"failed" if kind == "release-phase-fails" else "pending"}


def test_a_hanging_release_phase_is_ended_after_an_hour(phased):
    break_(phased, kind="release-phase-hangs")
    phased.do("POST", "/addon-attachments", PROMOTE)
    phased.wait(3601)

    assert statuses(phased) == ["failed", "failed"]


def test_an_app_runs_without_a_database_when_only_the_detach_was_deployed(phased):
    break_(phased, kind="release-phase-fails", release="Attach DATABASE*")
    phased.do("POST", "/addon-attachments", PROMOTE)
    phased.wait(31)

    detach = phased.get("/apps/shop/releases")[-2]["version"]

    assert statuses(phased) == ["succeeded", "failed"]
    assert writing_to(phased) == []
    assert "DATABASE_URL" not in phased.get(f"/apps/shop/releases/{detach}/config-vars")


def test_the_next_release_that_succeeds_brings_the_config_of_a_failed_one(phased):
    break_(phased, kind="release-phase-fails", times=2)
    phased.do("POST", "/addon-attachments", PROMOTE)
    phased.wait(31)
    phased.do("PATCH", "/apps/shop/config-vars", {"A": "1"})
    phased.wait(31)

    assert writing_to(phased) == ["postgresql-new-20000"]


def test_a_release_by_the_provider_runs_no_release_phase(phased):
    break_(phased, kind="release-phase-fails")
    url = "/postgres/v0/databases/postgresql-old-10000/credentials_rotation"
    phased.do("POST", url)

    release = phased.get("/apps/shop/releases")[-1]

    assert (release["description"].split()[0], release["status"]) == ("Update", "succeeded")
    assert writing_to(phased) == ["postgresql-old-10000"]


def test_without_a_release_phase_none_can_fail(heroku):
    break_(heroku, kind="release-phase-fails")
    heroku.do("PATCH", "/apps/shop/config-vars", {"A": "1"})

    assert heroku.get("/apps/shop/releases")[-1]["status"] == "succeeded"


def provision(heroku):
    name = "postgresql-new-10000"
    heroku.do("POST", "/apps/shop/addons", {"plan": "standard-0", "name": name})
    heroku.wait(240)
    return name


def test_provisioning_that_fails_ends_deprovisioned(heroku):
    break_(heroku, kind="provisioning-fails", app="shop")
    name = provision(heroku)

    assert heroku.get(f"/addons/{name}")["state"] == "deprovisioned"
    assert heroku.ask("GET", f"/client/v11/databases/{name}").status_code == 404


def test_provisioning_that_hangs_never_ends(heroku):
    break_(heroku, kind="provisioning-hangs", database="postgresql-new-*")
    name = provision(heroku)
    heroku.wait(86400)

    assert heroku.get(f"/addons/{name}")["state"] == "provisioning"
    assert heroku.get(f"/client/v11/databases/{name}/wait_status")["waiting?"] is True


def close_shop(heroku):
    for app in ("shop", "reports"):
        heroku.do("PATCH", f"/apps/{app}", {"maintenance": True})
    for kind in ("worker", "clock"):
        heroku.do("PATCH", f"/apps/shop/formation/{kind}", {"quantity": 0})
    heroku.wait(30)


def test_a_stuck_follower_falls_behind_and_does_not_come_back(heroku):
    heroku.wait(60)
    break_(heroku, kind="follower-stuck", database=REPLICA)
    first = heroku.behind(REPLICA)
    heroku.wait(60)
    later = heroku.behind(REPLICA)
    close_shop(heroku)

    assert later > first + 1000
    assert heroku.behind(REPLICA) >= later
    heroku.do("DELETE", "/sim/faults")
    assert heroku.behind(REPLICA) == 0


def test_lag_that_never_ends_does_not_fall_below_its_commits(heroku):
    break_(heroku, kind="lag-never-ends", database=REPLICA, commits=7)
    close_shop(heroku)

    assert heroku.behind(REPLICA) == 7


def test_lag_jumps_back_once_it_has_been_seen_at_zero(heroku):
    break_(heroku, kind="lag-jumps-back", commits=40, lasts="60s")
    close_shop(heroku)

    seen = [heroku.behind(REPLICA), heroku.behind(REPLICA)]
    heroku.wait(61)

    assert [*seen, heroku.behind(REPLICA)] == [0, 40, 0]


def test_what_is_shown_as_missing_is_missing_after_an_unfollow(heroku):
    break_(heroku, kind="lag-never-ends", commits=7)
    close_shop(heroku)
    leader = heroku.info(ORDERS)["current_transaction"]
    heroku.do("PUT", f"/client/v11/databases/{REPLICA}/unfollow")
    heroku.wait(10)

    assert heroku.get("/sim/state")["databases"][REPLICA]["missing_commits"] == 7
    assert heroku.info(REPLICA)["current_transaction"] == leader - 7


def copy(heroku):
    """Starts copying 4.2 GB, which takes 756 s; the path of the transfer."""
    made = heroku.do(
        "POST", "/apps/blog/addons", {"plan": "standard-0", "name": "postgresql-new-10000"}
    )
    heroku.wait(240)
    names = {"from_name": "OLD", "to_name": "NEW"}
    config = heroku.get("/apps/blog/config-vars")
    (variable,) = heroku.get(f"/addons/{made['id']}")["config_vars"]
    urls = {"from_url": config["DATABASE_URL"], "to_url": config[variable]}
    transfer = heroku.do("POST", f"/client/v11/databases/{made['id']}/transfers", names | urls)
    return f"/client/v11/apps/blog/transfers/{transfer['uuid']}"


def test_a_transfer_fails_at_its_percent(heroku):
    break_(heroku, kind="transfer-fails", percent=40.0)
    path = copy(heroku)
    heroku.wait(756 * 0.39)
    running = heroku.get(path)
    heroku.wait(756 * 0.02)
    failed = heroku.get(path)

    assert (running["finished_at"], running["succeeded"]) == (None, None)
    assert (failed["succeeded"], failed["processed_bytes"]) == (False, int(4.2 * 2**30 * 0.4))
    assert heroku.info("postgresql-new-10000")["num_tables"] == 0


def test_a_transfer_hangs_at_its_percent_until_it_is_cancelled(heroku):
    break_(heroku, kind="transfer-hangs", percent=75.0)
    path = copy(heroku)
    heroku.wait(86400)
    hanging = heroku.get(path)
    heroku.do("POST", f"{path}/actions/cancel")

    assert (hanging["finished_at"], hanging["processed_bytes"]) == (None, int(4.2 * 2**30 * 0.75))
    assert heroku.get(path)["succeeded"] is False


def test_a_maintenance_slips_by_a_week_though_run_was_accepted(heroku):
    before = heroku.get(f"/data/maintenances/v1/{heroku.world.addon(CATALOG).id}")
    break_(heroku, kind="maintenance-slips", times=1)
    path = f"/data/maintenances/v1/{CATALOG}"

    accepted = heroku.ask("POST", f"{path}/run").status_code
    heroku.wait(60)
    slipped = heroku.get(path)
    heroku.do("POST", f"{path}/run")
    heroku.wait(60)

    assert (accepted, slipped["status"]) == (200, "ready")
    assert slipped["previously_scheduled_for"] == before["scheduled_for"]
    assert slipped["scheduled_for"] == "2026-12-05 02:00:00 +0000"
    assert heroku.get(path)["status"] == "completed"


def test_skipping_ahead_is_as_good_as_waiting(heroku):
    before = heroku.get("/sim/clock")
    after = heroku.do("POST", "/sim/clock", {"advance": "2h"})

    assert (before, after) == ({"now": "2026-11-22T20:00:00Z"}, {"now": "2026-11-22T22:00:00Z"})


@pytest.mark.parametrize("body", [{"advance": "soon"}, {"advance": "9000d"}, {}])
def test_nonsense_skips_are_refused(heroku, body):
    assert heroku.refused("POST", "/sim/clock", body) == (400, "bad_request")
    assert heroku.get("/sim/clock") == {"now": "2026-11-22T20:00:00Z"}
