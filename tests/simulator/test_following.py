from __future__ import annotations

import pytest

FOLLOW = {
    "plan": "heroku-postgresql:standard-2",
    "config": {"follow": "DATABASE_URL"},
    "name": "next",
    "attachment": {"name": "NEXT"},
}
ORDERS = "postgresql-curved-53302"


@pytest.fixture
def follower(heroku):
    heroku.do("POST", "/apps/shop/addons", FOLLOW)
    heroku.wait(241)
    return heroku


def stop_shop(heroku):
    heroku.do("PATCH", "/apps/shop", {"maintenance": True})
    updates = [{"type": kind, "quantity": 0} for kind in ("worker", "clock")]
    heroku.do("PATCH", "/apps/shop/formation", {"updates": updates})


def test_lag_starts_in_thousands_and_shrinks_to_what_is_usual(follower):
    seen = []
    for _ in range(30):
        seen.append(follower.behind("next"))
        follower.wait(60)

    assert seen[0] > 3000
    assert seen[:19] == sorted(seen[:19], reverse=True)
    assert all(90 <= lag <= 200 for lag in seen[21:])


def test_lag_never_reaches_zero_while_anybody_writes(follower):
    follower.wait(3600)
    stop_shop(follower)  # but reports still writes through ORDERS
    seen = []
    for _ in range(60):
        follower.wait(5)
        seen.append(follower.behind("next"))

    assert min(seen) > 0


@pytest.mark.parametrize("how", ["maintenance", "scale"])
def test_lag_reaches_zero_when_every_writer_has_stopped(follower, how):
    follower.wait(3600)
    stop_shop(follower)
    if how == "maintenance":
        follower.do("PATCH", "/apps/reports", {"maintenance": True})
    else:
        follower.do("PATCH", "/apps/reports/formation/web", {"quantity": 0})
    at_once = follower.behind("next")
    follower.wait(30)

    assert at_once > 0
    assert follower.behind("next") == 0
    leader, copy = follower.info(ORDERS), follower.info("next")
    assert copy["current_transaction"] == leader["current_transaction"]


def test_workers_write_behind_the_maintenance_page(follower):
    follower.wait(3600)
    for app in ("shop", "reports"):
        follower.do("PATCH", f"/apps/{app}", {"maintenance": True})
    follower.wait(600)

    assert follower.behind("next") > 0


def test_a_closed_app_commits_nothing(heroku):
    stop_shop(heroku)
    heroku.wait(30)
    heroku.do("PATCH", "/apps/reports", {"maintenance": True})
    before = heroku.info(ORDERS)["current_transaction"]
    heroku.wait(3600)
    after = heroku.info(ORDERS)["current_transaction"]
    heroku.do("PATCH", "/apps/shop", {"maintenance": False})
    heroku.wait(60)

    assert after == before
    assert heroku.info(ORDERS)["current_transaction"] == after + 1200


def test_unfollow_takes_some_seconds_and_then_it_is_a_writable_fork(follower):
    stop_shop(follower)
    follower.do("PATCH", "/apps/reports", {"maintenance": True})
    follower.wait(3600)
    follower.do("PUT", "/client/v11/databases/next/unfollow")
    during = follower.get("/client/v11/databases/next/wait_status")
    still = "following" in follower.info("next")
    follower.wait(10)
    info = follower.info("next")

    assert during == {"waiting?": True, "message": "unfollowing"}
    assert still
    assert "following" not in info
    assert info["leader"] is None
    assert follower.row("next", "Forked From") == follower.info("next")["forked_from"]
    assert follower.get("/client/v11/databases/next/wait_status")["waiting?"] is False
    state = follower.get("/sim/state")["databases"]["next"]
    assert (state["writable"], state["missing_commits"]) == (True, 0)


def test_unfollowing_too_early_loses_commits_for_good(follower):
    follower.wait(3600)
    follower.do("PUT", "/client/v11/databases/next/unfollow")
    follower.wait(10)

    assert follower.get("/sim/state")["databases"]["next"]["missing_commits"] >= 90


def test_a_leader_cannot_be_unfollowed(heroku):
    path = f"/client/v11/databases/{ORDERS}/unfollow"

    assert heroku.refused("PUT", path) == (422, "unprocessable_entity")


def test_a_freshly_unfollowed_database_cannot_be_followed_for_a_while(follower):
    follower.do("PUT", "/client/v11/databases/next/unfollow")
    follower.wait(10)
    body = {"plan": "heroku-postgresql:standard-2", "config": {"follow": "NEXT_URL"}}
    early = follower.refused("POST", "/apps/shop/addons", body)
    row = follower.row("next", "Fork/Follow")
    follower.wait(300)

    assert early == (422, "unprocessable_entity")
    assert row == "Temporarily Unavailable"
    assert follower.row("next", "Fork/Follow") == "Available"
    follower.do("POST", "/apps/shop/addons", body)


def test_a_fork_is_independent_of_its_source(heroku):
    body = {"plan": "heroku-postgresql:standard-0", "config": {"fork": "DATABASE"}, "name": "copy"}
    heroku.do("POST", "/apps/shop/addons", body)
    heroku.wait(300)

    assert "following" not in heroku.info("copy")
    assert heroku.info("copy")["num_tables"] == heroku.info(ORDERS)["num_tables"]
    assert heroku.info("copy")["postgres_version"] == "16.10"
