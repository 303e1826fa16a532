"""The judge can tell right from wrong: operators of every kind, by plain HTTP, while the app writes real rows."""

from __future__ import annotations

import pytest
from support.real_world import WRITING_SHOP, served
from support.waiting import until

SOON, NEVER = "10s", "7d"
ENOUGH = 5000
OTHERS = 20
"""Commits that a server may make by itself meanwhile, such as those of its autovacuum."""
NEW = "/client/v11/databases/orders-new"

pytestmark = pytest.mark.slow


@pytest.fixture
def world(tmp_path):
    def of(catch_up):
        return served(WRITING_SHOP.replace("CATCH_UP", catch_up), tmp_path)

    return of


def prepare(sim):
    body = {
        "plan": "heroku-postgresql:standard-2",
        "config": {"follow": "DATABASE_URL"},
        "name": "orders-new",
        "attachment": {"name": "NEXT"},
    }
    sim.do("POST", "/apps/shop/addons", body)
    until(lambda: sim.get("/addons/orders-new")["state"] == "provisioned")


def maintenance(sim, *, on):
    sim.do("PATCH", "/apps/shop", {"maintenance": on})


def scale_workers(sim, quantity):
    updates = [{"type": "worker", "quantity": quantity}]
    sim.do("PATCH", "/apps/shop/formation", {"updates": updates})
    if not quantity:
        until(lambda: all(dyno["type"] != "worker" for dyno in sim.get("/apps/shop/dynos")))


def unfollow(sim):
    sim.do("PUT", f"{NEW}/unfollow")
    until(lambda: not sim.get(f"{NEW}/wait_status")["waiting?"])


def promote(sim):
    body = {"addon": "orders-new", "app": "shop", "confirm": "shop", "name": "DATABASE"}
    sim.do("POST", "/addon-attachments", body)


def reopen(sim):
    scale_workers(sim, 2)
    maintenance(sim, on=False)


def test_a_follower_switch_done_right_loses_nothing_and_its_outage_is_measured(world):
    with world(SOON) as sim:
        prepare(sim)
        until(lambda: sim.ledger("shop")["acknowledged"] >= ENOUGH)
        maintenance(sim, on=True)
        scale_workers(sim, 0)
        until(lambda: sim.behind("orders-new") == 0)
        closed = sim.ledger("shop")
        unfollow(sim)
        promote(sim)
        reopen(sim)
        sim.acknowledged("shop", 500)
        ledger = sim.ledger("shop")

    assert closed["primary"] == "orders-old"
    assert ledger["primary"] == "orders-new"
    assert ledger["acknowledged"] >= ENOUGH + 500
    assert (ledger["missing"], ledger["missing_rows"], ledger["present_elsewhere"]) == (0, [], {})
    assert ledger["present"] == ledger["acknowledged"]
    assert ledger["refused"] == {}
    (outage,) = (
        gap for gap in ledger["gaps"] if gap["after"] <= closed["acknowledged"] < gap["before"]
    )
    longest = max(gap["seconds"] for gap in ledger["gaps"])
    assert 0.25 < outage["seconds"] <= ledger["longest_gap"] == longest < 30


def test_promoting_without_stopping_the_workers_is_seen_as_lost_rows(world):
    with world(SOON) as sim:
        prepare(sim)
        sim.acknowledged("shop", 500)
        until(lambda: sim.behind("orders-new") < 200)
        maintenance(sim, on=True)
        unfollow(sim)
        sim.acknowledged("shop", 20)
        promote(sim)
        maintenance(sim, on=False)
        sim.acknowledged("shop", 500)
        ledger = sim.ledger("shop")

    assert ledger["primary"] == "orders-new"
    assert ledger["missing"] >= 20
    assert ledger["present_elsewhere"] == {"orders-old": ledger["missing"]}
    assert ledger["nowhere"] == 0
    assert sum(last - first + 1 for first, last in ledger["missing_rows"]) <= ledger["missing"]


def test_promoting_at_a_lag_is_seen_as_lost_rows_though_all_writers_were_stopped(world):
    with world(NEVER) as sim:
        prepare(sim)
        sim.acknowledged("shop", 500)
        maintenance(sim, on=True)
        scale_workers(sim, 0)
        lag = sim.behind("orders-new")
        unfollow(sim)
        promote(sim)
        reopen(sim)
        sim.acknowledged("shop", 300)
        ledger = sim.ledger("shop")
        state = sim.get("/sim/state")["databases"]["orders-new"]

    assert lag >= 500
    assert lag - OTHERS <= ledger["missing"] <= lag
    assert lag <= state["missing_commits"] <= lag + OTHERS
    assert ledger["present_elsewhere"] == {"orders-old": ledger["missing"]}


def test_promoting_without_unfollowing_is_seen_as_refused_writes(world):
    with world(SOON) as sim:
        prepare(sim)
        sim.acknowledged("shop", 300)
        maintenance(sim, on=True)
        scale_workers(sim, 0)
        until(lambda: sim.behind("orders-new") == 0)
        promote(sim)
        reopen(sim)
        before = sim.ledger("shop")
        until(lambda: sum(sim.ledger("shop")["refused"].values()) >= 50)
        ledger = sim.ledger("shop")

    assert list(ledger["refused"]) == ["ReadOnlySqlTransaction"]
    assert ledger["acknowledged"] == before["acknowledged"]
    assert ledger["missing"] == 0
    assert ledger["gaps"][-1]["before"] is None
    assert ledger["since_last_write"] == pytest.approx(ledger["gaps"][-1]["seconds"], abs=0.01)


def test_an_empty_database_in_its_place_refuses_and_lacks_everything(world):
    with world(SOON) as sim:
        body = {"plan": "standard-0", "name": "orders-new", "attachment": {"name": "NEXT"}}
        sim.do("POST", "/apps/shop/addons", body)
        until(lambda: sim.get("/addons/orders-new")["state"] == "provisioned")
        sim.acknowledged("shop", 100)
        promote(sim)
        until(lambda: "UndefinedTable" in sim.ledger("shop")["refused"])
        ledger = sim.ledger("shop")

    assert ledger["present"] == 0
    assert ledger["missing"] == ledger["acknowledged"] >= 100
    assert ledger["present_elsewhere"] == {"orders-old": ledger["missing"]}


def test_dynos_read_their_url_when_they_boot_and_a_failed_release_boots_none(tmp_path):
    failing = WRITING_SHOP.replace("[app.shop]", '[app.shop]\nrelease_phase = "fails"')
    with served(failing.replace("CATCH_UP", SOON), tmp_path) as sim:
        prepare(sim)
        until(lambda: sim.behind("orders-new") < 200)
        unfollow(sim)
        promote(sim)
        until(lambda: sim.get("/apps/shop/releases")[-1]["status"] == "failed")
        before = sim.ledger("shop")
        sim.do("PATCH", "/apps/shop/formation/worker", {"quantity": 3})
        sim.acknowledged("shop", 200)
        after = sim.ledger("shop")

    assert before["primary"] == after["primary"] == "orders-new"
    assert after["missing"] - before["missing"] == after["acknowledged"] - before["acknowledged"]
    assert after["present_elsewhere"] == {"orders-old": after["missing"]}
