from __future__ import annotations

import asyncio

import httpx
import pytest

from reconciler.adapters.heroku.budget import MOST, REFILL_PER_S
from reconciler.adapters.heroku.client import Call, platform
from reconciler.adapters.heroku.wire import AppRow
from reconciler.errors import HerokuUnavailableError

APP = {"id": "1", "name": "shop", "maintenance": False}
RATE_LIMITS = "/account/rate-limits"
RESERVE = 500


class Account(httpx.AsyncBaseTransport):
    """An account's request budget as Heroku keeps it: a bucket that refills with the clock."""

    def __init__(self, clock, left, *, counts_data=True, takes_s=0.0):
        self.clock = clock
        self.left = float(left)
        self.as_of = clock.monotonic()
        self.lowest = float(left)
        self.counts_data = counts_data
        self.takes_s = takes_s
        self.paths = []
        self.refill = REFILL_PER_S

    async def handle_async_request(self, request):
        path = request.url.path
        self.paths.append(path)
        now = self.clock.monotonic()
        self.left = min(MOST, self.left + (now - self.as_of) * self.refill)
        self.as_of = now
        self.clock.advance(self.takes_s)
        await asyncio.sleep(0)
        if path == RATE_LIMITS:
            return httpx.Response(200, json={"remaining": int(self.left)})
        if path.startswith("/client") and not self.counts_data:
            return httpx.Response(200, json=APP)
        self.left -= 1
        self.lowest = min(self.lowest, self.left)
        return httpx.Response(200, json=APP, headers={"RateLimit-Remaining": str(int(self.left))})


@pytest.fixture
def account(scripted):
    def make(left, **options):
        bench = scripted(httpx.Response(200))
        bench.transport = Account(bench.clock, left, **options)
        return bench

    return make


def read_many(bench, count, api="platform"):
    async def piece(client):
        call = Call("GET", "/apps/shop" if api == "platform" else "/client/x", api)
        await asyncio.gather(*(client.one(AppRow, call) for _ in range(count)))

    bench.client(piece)


def test_a_full_budget_makes_nobody_wait(account):
    bench = account(4500)

    read_many(bench, 300)

    assert bench.clock.slept == []
    assert RATE_LIMITS not in bench.transport.paths


@pytest.mark.parametrize("left", [500, 501, 520, 600])
def test_the_reserve_is_left_to_others(account, left):
    bench = account(left)

    read_many(bench, 200)

    assert bench.transport.lowest >= 500 - 2  # the first two go out before anything is known
    assert len(bench.transport.paths) - bench.transport.paths.count(RATE_LIMITS) == 200
    assert sum(bench.clock.slept) > 0


def test_the_size_of_the_reserve_is_the_users_choice(account):
    bench = account(600)
    bench.reserve_requests = 10

    read_many(bench, 200)

    assert bench.clock.slept == []


def test_only_two_requests_go_out_before_the_first_answer(scripted):
    under_way, most = 0, 0

    async def handle(_request):
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.01)
        under_way -= 1
        return httpx.Response(429, headers={"Retry-After": "1000"})

    bench = scripted(httpx.Response(200))
    bench.transport = httpx.MockTransport(handle)

    async def piece(client):
        first = [client.one(AppRow, platform("apps", "shop")) for _ in range(2)]
        await asyncio.gather(*first, return_exceptions=True)

    bench.client(piece)

    assert most == 2


def test_requests_that_do_not_count_stop_nobody_for_long(account):
    bench = account(800, counts_data=False, takes_s=0.01)

    async def piece(client):
        await client.one(AppRow, platform("apps", "shop"))
        for _ in range(1000):
            await client.one(AppRow, Call("GET", "/client/x", "data"))

    bench.client(piece)

    assert bench.transport.paths.count(RATE_LIMITS) >= 3
    assert bench.clock.slept == []


def test_a_write_goes_before_reads_that_wait(account):
    bench = account(510)
    done = []

    async def piece(client):
        async def read():
            await client.one(AppRow, platform("apps", "shop"))
            done.append("read")

        async def write():
            await client.send(Call("PATCH", "/apps/shop"))
            done.append("write")

        async with asyncio.TaskGroup() as group:
            for _ in range(60):
                group.create_task(read())
            await asyncio.sleep(0)  # now all of them wait for their turn
            group.create_task(write())

    bench.client(piece)

    assert done.index("write") < 20
    assert done.count("read") == 60
    assert bench.clock.slept


def test_a_budget_that_does_not_recover_is_said_without_sending_anything(account):
    bench = account(400)
    bench.transport.refill = 0.0

    async def piece(client):
        await client.one(AppRow, platform("apps", "shop"))
        await client.one(AppRow, platform("apps", "shop"))

    with pytest.raises(HerokuUnavailableError, match="stayed at its reserve of 500 requests"):
        bench.client(piece)

    assert bench.transport.paths.count("/apps/shop") == 1


def test_a_heroku_that_says_nothing_about_a_budget_is_not_waited_for(scripted):
    bench = scripted(httpx.Response(200, json=APP))

    read_many(bench, 100)

    assert bench.clock.slept == []
    assert len(bench.transport.requests) == 100


def test_when_even_asking_fails_the_estimate_has_to_do(scripted):
    async def handle(request):
        if request.url.path == RATE_LIMITS:
            return httpx.Response(503)
        return httpx.Response(200, json=APP, headers={"RateLimit-Remaining": "500"})

    bench = scripted(httpx.Response(200))
    bench.transport = httpx.MockTransport(handle)

    read_many(bench, 4)

    assert sum(bench.clock.slept) >= 2 / REFILL_PER_S


class Closing:
    """A run whose apps are closed, or are not."""

    def __init__(self, *, is_urgent):
        self.is_urgent = is_urgent

    def before_write(self):
        pass

    def answered(self, answer):
        pass


@pytest.mark.parametrize("method", ["GET", "PATCH"])
def test_while_an_app_is_closed_the_reserve_may_be_used(account, method):
    bench = account(RESERVE)

    async def piece(client):
        closing = client.watched_by(Closing(is_urgent=True))
        await closing.one(AppRow, platform("apps", "shop"))  # learns that only the reserve is left
        for _ in range(20):
            if method == "GET":
                await closing.one(AppRow, platform("apps", "shop"))
            else:
                await closing.send(Call("PATCH", "/apps/shop"))

    bench.client(piece)

    assert bench.clock.slept == []
    assert bench.transport.lowest == RESERVE - 21


def test_with_all_apps_open_it_may_not(account):
    bench = account(RESERVE)

    async def piece(client):
        open_ = client.watched_by(Closing(is_urgent=False))
        for _ in range(3):
            await open_.send(Call("PATCH", "/apps/shop"))

    bench.client(piece)

    assert bench.clock.slept
    assert bench.transport.lowest >= RESERVE - 1


def test_no_request_goes_out_when_nothing_is_left_at_all(account):
    bench = account(1)

    async def piece(client):
        closing = client.watched_by(Closing(is_urgent=True))
        for _ in range(3):
            await closing.send(Call("PATCH", "/apps/shop"))

    bench.client(piece)

    assert bench.clock.slept
    assert bench.transport.lowest >= -1
