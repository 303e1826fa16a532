from __future__ import annotations

import gzip

import httpx
import pytest

from reconciler.adapters.heroku.client import Call, platform
from reconciler.adapters.heroku.patience import READ_ATTEMPTS, WRITE_ATTEMPTS
from reconciler.adapters.heroku.wire import AppRow
from reconciler.errors import (
    HerokuUnavailableError,
    HerokuUnclearError,
)

SHOP = {"id": "1", "name": "shop", "maintenance": False}
READ = platform("apps", "shop")
WRITE = Call("PATCH", "/apps/shop", body={"maintenance": True})
RESET = httpx.ReadError("reset")


def read(bench):
    return bench.client(lambda client: client.one(AppRow, READ))


def write(bench):
    bench.client(lambda client: client.send(WRITE))


def ok(**headers):
    return httpx.Response(200, json=SHOP, headers=headers)


@pytest.mark.parametrize(
    "failure", [httpx.Response(500), httpx.Response(503), RESET, httpx.ReadTimeout("slow")]
)
def test_a_read_outlasts_a_passing_failure(scripted, failure):
    bench = scripted(failure, failure, ok())

    assert read(bench).name == "shop"
    assert bench.clock.slept == [0.25, 0.5]


def test_a_read_is_given_up_after_growing_waits(scripted):
    bench = scripted(httpx.Response(503, json={"id": "server_error", "message": "Oops."}))

    with pytest.raises(HerokuUnavailableError) as caught:
        read(bench)

    assert str(caught.value) == "Heroku failed at GET /apps/shop: Oops. (503 server_error)"
    assert len(bench.transport.requests) == READ_ATTEMPTS
    assert bench.clock.slept == [0.25, 0.5, 1, 2, 4, 8, 8]


def test_waits_are_as_long_as_heroku_asks(scripted):
    bench = scripted(httpx.Response(429, headers={"Retry-After": "17"}), ok())

    assert read(bench).name == "shop"
    assert bench.clock.slept == [17]


def test_a_wait_longer_than_our_patience_is_left_to_the_caller(scripted):
    limit = {"id": "rate_limit", "message": "Your account reached the API rate limit"}
    bench = scripted(httpx.Response(429, headers={"Retry-After": "600"}, json=limit))

    with pytest.raises(HerokuUnavailableError) as caught:
        read(bench)

    assert caught.value.retry_after_s == 600
    assert (caught.value.status, caught.value.error_id) == (429, "rate_limit")
    assert bench.clock.slept == []


def test_a_body_broken_on_the_way_is_read_again(scripted):
    bench = scripted(ok())
    bodies = [b"no gzip", gzip.compress(b'{"name":"shop","maintenance":false}')]

    async def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(
            200,
            headers={"Content-Encoding": "gzip"},
            stream=httpx.ByteStream(bodies.pop(0)),
        )

    bench.transport = httpx.MockTransport(answer)

    assert read(bench).name == "shop"


@pytest.mark.parametrize(
    "failure",
    [
        RESET,
        httpx.ReadTimeout("slow"),
        httpx.WriteError("pipe"),
        httpx.Response(500),
        httpx.Response(503),
    ],
)
def test_a_write_with_an_unclear_outcome_is_sent_once(scripted, failure):
    bench = scripted(failure)

    with pytest.raises(HerokuUnclearError) as caught:
        write(bench)

    assert "may" in str(caught.value)
    assert caught.value.hint
    assert len(bench.transport.requests) == 1


@pytest.mark.parametrize("failure", [httpx.ConnectError("refused"), httpx.ConnectTimeout("slow")])
def test_a_write_that_never_left_is_sent_again(scripted, failure):
    bench = scripted(failure, httpx.Response(202))

    write(bench)

    assert len(bench.transport.requests) == 2


def test_a_write_that_never_left_is_given_up_as_without_effect(scripted):
    bench = scripted(httpx.ConnectError("refused"))

    with pytest.raises(HerokuUnavailableError, match="could not be reached"):
        write(bench)

    assert len(bench.transport.requests) == WRITE_ATTEMPTS


def test_a_write_that_is_put_off_goes_to_the_caller_at_once(scripted):
    bench = scripted(httpx.Response(429, headers={"Retry-After": "5"}))

    with pytest.raises(HerokuUnavailableError) as caught:
        write(bench)

    assert caught.value.retry_after_s == 5
    assert len(bench.transport.requests) == 1


@pytest.mark.parametrize("content", [b"", b"<html>", b'{"id": 1'])
def test_what_a_write_answers_is_not_needed(scripted, content):
    write(scripted(httpx.Response(200, content=content)))
