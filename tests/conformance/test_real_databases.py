"""The vendor's CLI alone switches a real database under write load: done right it loses nothing, done wrong it does."""

from __future__ import annotations

import contextlib

import pytest
from support.real_world import WRITING_SHOP, served
from support.waiting import until

pytestmark = pytest.mark.slow

ENOUGH = 5000


@pytest.fixture
def real(make_cli, tmp_path):
    """A CLI, and the served stand-in with a real server for each database."""

    @contextlib.contextmanager
    def both():
        with served(WRITING_SHOP.replace("CATCH_UP", "10s"), tmp_path) as sim:
            yield make_cli(sim.port), sim

    return both


def follow(cli, sim):
    plan = "heroku-postgresql:standard-2"
    arguments = ["--app", "shop", "--name", "orders-new", "--as", "NEXT", "--wait"]
    cli.run("addons:create", plan, *arguments, "--", "--follow", "DATABASE_URL")
    cli.run("pg:wait", "NEXT", "--app", "shop", "--wait-interval", "1")
    until(lambda: sim.behind("orders-new") < 200)


def switch(cli):
    cli.run("pg:unfollow", "NEXT", "--app", "shop", "--confirm", "shop")
    cli.run("pg:wait", "NEXT", "--app", "shop", "--wait-interval", "1")
    cli.run("pg:promote", "NEXT", "--app", "shop")


def test_a_follower_switch_by_the_vendors_commands_alone_loses_no_acknowledged_write(
    real, record_property
):
    with real() as (cli, sim):
        follow(cli, sim)
        until(lambda: sim.ledger("shop")["acknowledged"] >= ENOUGH)
        cli.run("maintenance:on", "--app", "shop")
        cli.run("ps:scale", "web=0", "worker=0", "--app", "shop")
        until(lambda: not sim.get("/apps/shop/dynos"))
        until(lambda: sim.behind("orders-new") == 0)
        switch(cli)
        cli.run("ps:scale", "web=3", "worker=2", "--app", "shop")
        cli.run("maintenance:off", "--app", "shop")
        sim.acknowledged("shop", 300)
        ledger = sim.ledger("shop")

    assert ledger["primary"] == "orders-new"
    assert ledger["acknowledged"] >= ENOUGH + 300
    assert (ledger["missing"], ledger["missing_rows"]) == (0, [])
    figure = f"{ledger['acknowledged']} writes acknowledged, 0 missing, outage {ledger['longest_gap']:.1f} s"
    record_property("figure", f"switch by the vendor's CLI: {figure}")


def test_the_same_commands_without_stopping_the_workers_lose_writes_and_the_ledger_says_which(real):
    with real() as (cli, sim):
        follow(cli, sim)
        cli.run("maintenance:on", "--app", "shop")
        switch(cli)
        cli.run("maintenance:off", "--app", "shop")
        sim.acknowledged("shop", 300)
        ledger = sim.ledger("shop")

    lost = sum(last - first + 1 for first, last in ledger["missing_rows"])
    assert ledger["missing"] > 0
    assert 0 < lost <= ledger["missing"]
    assert ledger["present_elsewhere"] == {"orders-old": ledger["missing"]}
