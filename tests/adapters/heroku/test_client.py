from __future__ import annotations

import asyncio

import httpx
import pytest
from pydantic import SecretStr

from reconciler.adapters.heroku.client import Call, path, platform
from reconciler.adapters.heroku.opening import open_heroku
from reconciler.adapters.heroku.wire import AppRow, Ref
from reconciler.errors import (
    HerokuError,
    HerokuRefusedError,
    HerokuUnavailableError,
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


def test_a_request_says_who_asks_and_for_which_version(scripted):
    bench = scripted(ok())

    read(bench)

    (request,) = bench.transport.requests
    assert str(request.url) == "http://127.0.0.1:5780/apps/shop"
    assert request.headers["Accept"] == "application/vnd.heroku+json; version=3"
    assert request.headers["Request-Id"] == "request-of-ours"
    assert request.headers["User-Agent"].startswith("reconcile/")


def test_a_stand_in_gets_a_dummy_instead_of_the_token(scripted):
    bench = scripted(ok())

    read(bench)

    (request,) = bench.transport.requests
    assert request.headers["Authorization"] == "Bearer stand-in"


def test_heroku_gets_the_token_and_each_api_its_own_host(scripted):
    bench = scripted(ok())
    bench.endpoint = "https://api.heroku.com/"

    read(bench)
    bench.client(lambda client: client.one(AppRow, Call("GET", "/client", "data")))

    platform_request, data_request = bench.transport.requests
    assert platform_request.headers["Authorization"] == "Bearer HRKU-canary-token"
    assert str(platform_request.url) == "https://api.heroku.com/apps/shop"
    assert str(data_request.url) == "https://api.data.heroku.com/client"


def test_names_stay_one_segment_of_the_path():
    assert path("apps", "a/../b?c=d#e", "formation") == "/apps/a%2F..%2Fb%3Fc%3Dd%23e/formation"


def test_a_list_is_read_to_its_end(scripted):
    bench = scripted(
        httpx.Response(206, json=[{"name": "a"}], headers={"Next-Range": "id ]1..; max=1000"}),
        httpx.Response(206, json=[{"name": "b"}], headers={"Next-Range": "id ]2..; max=1000"}),
        httpx.Response(200, json=[{"name": "c"}]),
    )

    found = bench.client(lambda client: client.list_of(Ref, platform("apps")))

    assert [one.name for one in found] == ["a", "b", "c"]
    assert [request.headers["Range"] for request in bench.transport.requests] == [
        "id ..; max=1000;",
        "id ]1..; max=1000",
        "id ]2..; max=1000",
    ]


def test_a_list_that_does_not_move_on_is_an_error(scripted):
    bench = scripted(httpx.Response(206, json=[], headers={"Next-Range": "id ]1.."}))

    with pytest.raises(HerokuError, match="GET /apps do not come to an end"):
        bench.client(lambda client: client.list_of(Ref, platform("apps")))


def test_a_page_that_fails_is_repeated_alone(scripted):
    bench = scripted(
        httpx.Response(206, json=[{"name": "a"}], headers={"Next-Range": "id ]1.."}),
        httpx.Response(502),
        httpx.Response(200, json=[{"name": "b"}]),
    )

    found = bench.client(lambda client: client.list_of(Ref, platform("apps")))

    assert [one.name for one in found] == ["a", "b"]


def test_what_is_not_there_is_none(scripted):
    bench = scripted(httpx.Response(404, json={"id": "not_found", "message": "Not there."}))

    assert read(bench) is None
    assert len(bench.transport.requests) == 1


def test_an_empty_404_is_none_too(scripted):
    assert read(scripted(httpx.Response(404))) is None


def test_a_404_in_the_words_of_somebody_else_is_not_believed(scripted):
    bench = scripted(httpx.Response(404, html="<h1>canary-page</h1>"))

    with pytest.raises(HerokuRefusedError) as caught:
        read(bench)

    assert str(caught.value) == "Heroku refused GET /apps/shop: Not Found (404)"


def test_a_list_that_has_to_be_there_is_refused_when_it_is_not(scripted):
    bench = scripted(httpx.Response(404))

    with pytest.raises(HerokuRefusedError, match=r"does not know GET /apps \(404\)"):
        bench.client(lambda client: client.list_of(Ref, platform("apps")))


def test_a_refusal_carries_herokus_words_and_ids(scripted):
    bench = scripted(
        httpx.Response(
            422,
            json={"id": "invalid_params", "message": "No such plan."},
            headers={"Request-Id": "theirs,request-of-ours"},
        )
    )

    with pytest.raises(HerokuRefusedError) as caught:
        write(bench)

    error = caught.value
    assert str(error) == "Heroku refused PATCH /apps/shop: No such plan. (422 invalid_params)"
    assert (error.status, error.error_id, error.request_id) == (422, "invalid_params", "theirs")


def test_a_refused_token_is_said_with_the_way_on(scripted):
    bench = scripted(httpx.Response(401, json={"id": "unauthorized", "message": "Invalid."}))

    with pytest.raises(HerokuRefusedError) as caught:
        read(bench)

    assert str(caught.value).startswith("Heroku does not accept the token in HEROKU_API_KEY")
    assert "HEROKU_API_KEY" in caught.value.hint


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"<html>canary-page</html>", "with something that is not JSON"),
        (b'{"name": "canary-', "with something that is not JSON"),
        (b"", "with something that is not JSON"),
        (b'{"name": ["canary-"], "maintenance": 1}', "in a form that we do not know, at name"),
        (b'["canary-"]', "in a form that we do not know"),
    ],
)
def test_an_answer_that_is_not_understood_is_never_shown(scripted, content, said):
    bench = scripted(httpx.Response(200, content=content))

    with pytest.raises(HerokuError) as caught:
        read(bench)

    assert said in str(caught.value)
    chain = [caught.value, caught.value.__cause__, caught.value.__context__]
    assert "canary" not in repr(chain)
    assert len(bench.transport.requests) == 1


def test_a_redirect_is_not_followed(scripted):
    bench = scripted(httpx.Response(302, headers={"Location": "https://example.com/"}))

    with pytest.raises(HerokuError, match="not followed"):
        read(bench)

    assert len(bench.transport.requests) == 1


def test_passwords_in_herokus_words_are_taken_out(scripted):
    message = "Cannot reach postgres://u1:canary-secret@host:5432/db from here."
    bench = scripted(httpx.Response(422, json={"id": "bad", "message": message}))

    with pytest.raises(HerokuRefusedError) as caught:
        write(bench)

    assert "canary-secret" not in str(caught.value)
    assert "postgres://…@host:5432/db" in str(caught.value)


def test_what_a_call_sends_is_not_in_its_repr():
    call = Call("POST", "/transfers", "data", body={"from_url": "postgres://u:canary@h/d"})

    assert "canary" not in repr(call)


def test_over_a_real_connection_an_endpoint_that_nobody_serves_is_unavailable(bench):
    async def whole():
        async with open_heroku(
            "http://127.0.0.1:1", SecretStr("x"), clock=bench.clock, spread=lambda: 0.5
        ) as client:
            return await client.one(AppRow, READ)

    with pytest.raises(HerokuUnavailableError, match="could not be reached for GET /apps/shop"):
        asyncio.run(whole())


def test_opening_the_way_to_heroku_sends_nothing(bench):
    async def whole():
        async with open_heroku(
            "https://api.heroku.com", SecretStr("x"), clock=bench.clock, concurrency=3
        ) as client:
            return client.concurrency

    assert asyncio.run(whole()) == 3
