"""A fleet that is larger than what is left of the account's requests."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import httpx
import pytest

from reconciler.adapters.heroku.budget import FIRST_REQUESTS, REFILL_PER_S
from reconciler.adapters.heroku.observe import observe
from reconciler.simulator.clock import ManualClock
from reconciler.simulator.scenario import parse_world
from reconciler.simulator.standin import StandIn

if TYPE_CHECKING:
    from collections.abc import Callable

DATABASES = 300
RESERVE = 500
LISTS = 2
START = dt.datetime(2026, 11, 22, 20, tzinfo=dt.UTC)
PLACES = tuple((f"app-{number}", "DATABASE") for number in range(DATABASES))


@pytest.fixture
def fleet() -> StandIn:
    """One database an app; an empty bucket of requests means 429."""
    tables = [
        f'[app.app-{number}.database.d{number}]\nplan = "standard-0"\nattachments = ["DATABASE"]\n'
        for number in range(DATABASES)
    ]
    account = "[account]\nrequests_per_hour = 4500\nenforce_rate_limit = true\n"
    clock = "[clock]\nstart = 2026-11-22T20:00:00Z\nspeed = 1\n"
    world = parse_world("\n".join([clock, account, *tables]), file="fleet.toml")
    return StandIn(world, ManualClock(START))


class Listener:
    """What was said, and how many requests the stand-in had answered by then."""

    def __init__(self, fleet: StandIn) -> None:
        self._fleet = fleet
        self.heard: list[tuple[str, int]] = []

    def __call__(self, text: str) -> None:
        self.heard.append((text, sum(self._fleet.requests.values())))


@pytest.fixture
def bench_of(fleet: StandIn, make_bench: Callable[..., object]) -> Callable[[int], object]:
    def made(left: int) -> object:
        fleet.world.account.requests_left = float(left)
        bench = make_bench(
            httpx.ASGITransport(app=fleet.app, raise_app_exceptions=False), fleet.clock
        )
        bench.say = Listener(fleet)
        return bench

    return made


def look(bench):
    apps = tuple(app for app, _ in PLACES)
    return bench.client(lambda client: observe(client, names=PLACES, apps=apps))


def test_how_long_it_takes_is_said_before_the_reads_begin(bench_of):
    bench = bench_of(600)

    look(bench)

    ((text, answered),) = bench.say.heard
    assert answered == LISTS
    assert text == (
        "300 requests to come, which takes up to 3 min: the account has 598 left, 500 of them stay for others, "
        "and Heroku grants 75 a minute."
    )


def test_the_wait_is_as_long_as_was_said_and_everything_is_read(bench_of, fleet):
    bench = bench_of(600)

    snapshot = look(bench)

    assert len(snapshot.databases) == DATABASES
    assert snapshot.unread == ()
    waited_s = sum(bench.clock.slept)
    assert 2 * 60 < waited_s <= 3 * 60
    assert waited_s == pytest.approx((DATABASES + LISTS - 100) / REFILL_PER_S, abs=5)
    assert fleet.world.account.requests_left >= RESERVE - FIRST_REQUESTS


def test_nothing_is_said_where_nothing_has_to_wait(bench_of):
    bench = bench_of(4500)

    look(bench)

    assert bench.say.heard == []
    assert bench.clock.slept == []


@pytest.mark.parametrize("listed", [1, 40, DATABASES])
def test_an_unchanged_fleet_costs_one_request_a_listed_database_and_the_lists(
    bench_of, fleet, listed
):
    bench = bench_of(4500)

    bench.client(
        lambda client: observe(
            client, names=PLACES[:listed], apps=tuple(app for app, _ in PLACES[:listed])
        )
    )

    assert sum(fleet.requests.values()) == listed + LISTS


def test_an_account_that_is_granted_more_than_usual_has_more(bench_of, fleet):
    fleet.world.account.requests_per_hour = 100_000
    bench = bench_of(100_000)

    async def piece(client):
        await observe(client, names=PLACES[:1], apps=("app-0",))
        client.announce(50_000)

    bench.client(piece)

    assert bench.say.heard == []
