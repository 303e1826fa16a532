from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reconciler.core.endpoint import LiveEndpoint, StandInEndpoint, parse_endpoint

if TYPE_CHECKING:
    from reconciler.core.endpoint import Endpoint


@pytest.mark.parametrize(
    ("text", "endpoint"),
    [
        ("https://api.heroku.com", LiveEndpoint(url="https://api.heroku.com")),
        ("https://api.heroku.com/", LiveEndpoint(url="https://api.heroku.com")),
        ("https://gate.example:8443", LiveEndpoint(url="https://gate.example:8443")),
        ("http://127.0.0.1:5780", LiveEndpoint(url="http://127.0.0.1:5780")),
        ("http://localhost:5780", LiveEndpoint(url="http://localhost:5780")),
        ("http://[::1]:5780", LiveEndpoint(url="http://[::1]:5780")),
        ("sim:example", StandInEndpoint(scenario="example")),
        ("sim:a/b.toml", StandInEndpoint(scenario="a/b.toml")),
    ],
)
def test_an_endpoint_is_read(text: str, endpoint: Endpoint) -> None:
    assert parse_endpoint(text) == endpoint


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "https address"),
        ("api.heroku.com", "https address"),
        ("ftp://api.heroku.com", "https address"),
        ("https://", "https address"),
        ("https://a:b:c", "https address"),
        ("https://[::1", "https address"),
        ("http://api.heroku.com", "loopback"),
        ("http://127.0.0.1.example.com", "loopback"),
        ("http://10.0.0.1", "loopback"),
        ("https://user:canary@api.heroku.com", "user or password"),
        ("https://api.heroku.com/apps", "after the host"),
        ("https://api.heroku.com?x=1", "after the host"),
        ("sim:", "scenario"),
        ("sim:Two Words", "scenario"),
        ("sim:../other", "scenario"),
    ],
)
def test_any_other_endpoint_is_refused_without_repeating_it(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason) as caught:
        parse_endpoint(text)

    assert "canary" not in str(caught.value)
