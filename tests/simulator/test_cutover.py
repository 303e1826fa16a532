"""The vendor's own recipes, request by request, from end to end on the stand-in."""

from __future__ import annotations

import pytest

ORDERS = "postgresql-curved-53302"


def prepare(heroku):
    body = {
        "plan": {"name": "heroku-postgresql:standard-2"},
        "config": {"follow": "DATABASE_URL"},
        "name": "orders-next",
        "attachment": {"name": "NEXT"},
    }
    heroku.do("POST", "/apps/shop/addons", body)
    heroku.wait(3600)
    assert heroku.behind("orders-next") <= 200


def close(heroku, *apps):
    for app in apps:
        heroku.do("PATCH", f"/apps/{app}", {"maintenance": True})
    updates = [{"type": kind, "quantity": "0"} for kind in ("worker", "clock")]
    heroku.do("PATCH", "/apps/shop/formation", {"updates": updates})
    heroku.wait(60)


def promote(heroku, app, name, namespace=None):
    body = {"addon": {"name": "orders-next"}, "app": {"name": app}, "confirm": app, "name": name}
    heroku.do("POST", "/addon-attachments", {**body, "namespace": namespace})


def move_everything(heroku):
    promote(heroku, "shop", "DATABASE")
    for pool in ("DATABASE_CONNECTION_POOL", "WORKER_POOL"):
        promote(heroku, "shop", pool, "connection-pooling:default")
    promote(heroku, "reports", "ORDERS")


def test_a_follower_switch_done_right_loses_nothing(heroku):
    prepare(heroku)
    close(heroku, "shop", "reports")
    lag = heroku.behind("orders-next")
    heroku.do("PUT", "/client/v11/databases/orders-next/unfollow")
    heroku.wait(10)
    move_everything(heroku)
    frozen = heroku.info("orders-next")["current_transaction"]
    for app in ("shop", "reports"):
        heroku.do("PATCH", f"/apps/{app}", {"maintenance": False})
    heroku.wait(60)

    assert lag == 0
    state = heroku.get("/sim/state")["databases"]["orders-next"]
    assert (state["missing_commits"], state["writable"]) == (0, True)
    assert heroku.info("orders-next")["current_transaction"] == frozen + 1200 + 60
    assert heroku.info(ORDERS)["current_transaction"] == frozen
    assert state["attached"] == [
        "reports::ORDERS",
        "shop::DATABASE",
        "shop::DATABASE_CONNECTION_POOL",
        "shop::NEXT",
        "shop::WORKER_POOL",
    ]


def test_forgetting_the_second_app_is_seen_in_the_lag_and_in_the_loss(heroku):
    prepare(heroku)
    close(heroku, "shop")
    lag = heroku.behind("orders-next")
    heroku.do("PUT", "/client/v11/databases/orders-next/unfollow")
    heroku.wait(10)
    at_switch = heroku.info(ORDERS)["current_transaction"]
    heroku.wait(60)

    assert lag > 0
    assert heroku.get("/sim/state")["databases"]["orders-next"]["missing_commits"] > 0
    assert heroku.info(ORDERS)["current_transaction"] > at_switch


def test_promoting_without_unfollowing_leaves_the_app_on_a_read_only_database(heroku):
    prepare(heroku)
    close(heroku, "shop", "reports")
    move_everything(heroku)
    before = heroku.info("orders-next")["current_transaction"]
    heroku.do("PATCH", "/apps/shop", {"maintenance": False})
    heroku.wait(60)

    assert heroku.info("orders-next")["following"]
    assert heroku.info("orders-next")["current_transaction"] == before


@pytest.mark.parametrize("gone", ["follower", "old primary"])
def test_what_was_replaced_can_be_destroyed_and_leaves_no_trace(heroku, gone):
    prepare(heroku)
    close(heroku, "shop", "reports")
    heroku.do("PUT", "/client/v11/databases/orders-next/unfollow")
    heroku.wait(10)
    move_everything(heroku)
    replica = heroku.get("/addons/postgresql-tapered-12984")["id"]
    heroku.do("DELETE", f"/apps/reports/addons/{replica}", {"force": False})
    heroku.wait(60)
    if gone == "old primary":
        heroku.do("DELETE", f"/apps/shop/addons/{ORDERS}", {"force": False})
        heroku.wait(60)
        assert heroku.info("orders-next")["forked_from"] is None
        assert heroku.refused("GET", f"/addons/{ORDERS}") == (404, "not_found")
    else:
        assert heroku.get(f"/client/v11/databases/{ORDERS}/followers") == []
        assert list(heroku.get("/apps/reports/config-vars")) == ["ORDERS_URL"]


def test_a_follower_of_what_is_being_destroyed_fails(heroku):
    name = "postgresql-spherical-26650"
    body = {"plan": "heroku-postgresql:standard-0", "config": {"follow": name}, "name": "late"}
    heroku.do("POST", "/apps/accounts/addons", body)
    heroku.wait(230)
    heroku.do("DELETE", f"/apps/accounts/addons/{name}")
    refused = heroku.refused("POST", "/apps/accounts/addons", {**body, "name": "later"})
    heroku.wait(60)

    assert refused == (404, "not_found")
    assert heroku.get("/addons/late")["state"] == "deprovisioned"
    attach = {"addon": "late", "app": "blog", "name": "LATE"}
    assert heroku.refused("POST", "/addon-attachments", attach) == (404, "not_found")
