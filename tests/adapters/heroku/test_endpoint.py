from __future__ import annotations

import pytest

from reconciler.adapters.heroku.endpoint import Endpoint, read_endpoint
from reconciler.errors import UsageError


@pytest.mark.parametrize(
    "text", ["https://api.heroku.com", "https://api.heroku.com/", " https://api.heroku.com"]
)
def test_heroku_has_two_hosts(text):
    assert read_endpoint(text) == Endpoint(
        "https://api.heroku.com", "https://api.data.heroku.com", is_loopback=False
    )


@pytest.mark.parametrize(
    "text",
    [
        "http://127.0.0.1:5780",
        "http://127.0.0.2:1",
        "http://localhost:5780",
        "http://[::1]:5780",
        "https://127.0.0.1:8443",
    ],
)
def test_a_stand_in_has_both_apis_on_one_port(text):
    assert read_endpoint(text + "/") == Endpoint(text, text, is_loopback=True)


@pytest.mark.parametrize(
    "text",
    [
        "http://api.heroku.com",
        "https://api.heroku.com.example.com",
        "https://api.heroku.com@example.com",
        "https://example.com",
        "https://api.heroku.com:444",
        "http://localhost.example.com",
        "http://127.0.0.1.example.com",
        "http://user:canary@127.0.0.1:5780",
        "http://127.0.0.1:5780/path",
        "http://127.0.0.1:5780?q",
        "http://10.0.0.1:5780",
        "http://127.0.0.1:99999",
        "ftp://127.0.0.1",
        "127.0.0.1:5780",
        "api.heroku.com",
        "",
    ],
)
def test_nothing_else_is_ever_spoken_to(text):
    with pytest.raises(UsageError) as caught:
        read_endpoint(text)

    assert "is neither Heroku nor this machine" in str(caught.value)
    assert "canary" not in str(caught.value)
    assert "reconcile sim" in caught.value.hint
