"""Which client a request gets, and what it carries."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from reconciler.adapters.heroku.connections import Connections


class Hub:
    """Makes clients and remembers them."""

    def __init__(self):
        self.made = []

    def __call__(self):
        self.made.append(httpx.AsyncClient(headers={"Authorization": "Bearer x"}))
        return self.made[-1]


def test_a_client_is_made_only_when_all_others_are_busy():
    hub = Hub()
    connections = Connections(hub, most=3)

    with connections.one() as first:
        pass
    with connections.one() as again, connections.one() as second:
        assert (again, second) == (first, hub.made[1])

    assert len(hub.made) == 2


def test_beyond_the_most_a_request_waits_for_the_first_client():
    hub = Hub()
    connections = Connections(hub, most=2)

    with (
        connections.one() as first,
        connections.one(),
        connections.one() as third,
        connections.one() as fourth,
    ):
        assert third is first
        assert fourth is first

    assert len(hub.made) == 2
    with connections.one() as used_last, connections.one() as other:
        assert {used_last, other} == set(hub.made)


def test_all_that_were_made_are_closed():
    async def whole():
        hub = Hub()
        connections = Connections(hub, most=3)
        with connections.one(), connections.one():
            pass
        await connections.close()
        return [one.is_closed for one in hub.made]

    assert asyncio.run(whole()) == [True, True]


def test_one_that_fails_to_close_keeps_no_other_from_it():
    class Stuck(httpx.AsyncClient):
        async def aclose(self):
            raise httpx.CloseError("stuck")

    async def whole():
        made = [httpx.AsyncClient(), Stuck(), httpx.AsyncClient()]
        waiting = iter(made)
        connections = Connections(lambda: next(waiting), most=3)
        with connections.one(), connections.one(), connections.one():
            pass
        with pytest.raises(httpx.CloseError):
            await connections.close()
        return made[0].is_closed, made[2].is_closed

    assert asyncio.run(whole()) == (True, True)


def test_what_every_request_carries_is_what_its_client_would_say():
    hub = Hub()

    carried = Connections(hub, most=1).headers

    assert httpx.Headers(carried) == hub.made[0].headers
