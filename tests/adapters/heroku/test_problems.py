from __future__ import annotations

import httpx
import pytest

from reconciler.adapters.heroku.client import Call, platform
from reconciler.adapters.heroku.wire import AppRow
from reconciler.errors import HerokuError, HerokuUnavailableError, HerokuUnclearError

ALL = sorted(
    (
        kind
        for kind in vars(httpx).values()
        if isinstance(kind, type) and issubclass(kind, Exception)
    ),
    key=lambda kind: kind.__name__,
)
NO_CONNECTION = {"ConnectError", "ConnectTimeout", "PoolTimeout", "ProxyError"}
OUR_MISTAKE = {
    "CookieConflict",
    "InvalidURL",
    "LocalProtocolError",
    "TooManyRedirects",
    "UnsupportedProtocol",
}


def made(kind):
    if kind is httpx.HTTPStatusError:
        request = httpx.Request("GET", "http://127.0.0.1/")
        return kind("canary-text", request=request, response=httpx.Response(500))
    if kind in {
        httpx.StreamConsumed,
        httpx.StreamClosed,
        httpx.ResponseNotRead,
        httpx.RequestNotRead,
    }:
        return kind()
    return kind("canary-text")


def test_all_kinds_of_failure_are_known_to_this_test():
    assert len(ALL) >= 25
    assert {kind.__name__ for kind in ALL} > NO_CONNECTION | OUR_MISTAKE


@pytest.mark.parametrize("kind", ALL)
def test_no_failure_of_a_read_is_left_unmapped(scripted, kind):
    bench = scripted(made(kind))

    with pytest.raises(HerokuError) as caught:
        bench.client(lambda client: client.one(AppRow, platform("apps", "shop")))

    is_passing = isinstance(caught.value, HerokuUnavailableError)
    assert is_passing == (kind.__name__ not in OUR_MISTAKE)
    assert not isinstance(caught.value, HerokuUnclearError)
    assert kind.__name__ in str(caught.value)
    assert "canary-text" not in str(caught.value)
    assert caught.value.request_id == "request-of-ours"


@pytest.mark.parametrize("kind", ALL)
def test_no_failure_of_a_write_is_taken_for_without_effect_unless_it_surely_was(scripted, kind):
    bench = scripted(made(kind))

    with pytest.raises(HerokuError) as caught:
        bench.client(lambda client: client.send(Call("POST", "/apps/shop/addons")))

    expected = HerokuUnavailableError if kind.__name__ in NO_CONNECTION else HerokuUnclearError
    assert type(caught.value) is expected


def test_a_bug_of_ours_is_not_dressed_up(scripted):
    bench = scripted(ZeroDivisionError("bug"))

    with pytest.raises(ZeroDivisionError):
        bench.client(lambda client: client.one(AppRow, platform("apps", "shop")))
