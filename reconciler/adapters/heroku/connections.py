"""The HTTP clients under `HerokuClient`: one connection each, opened when it is needed.

A client of many connections gets slower as their number grows, so there are many clients of one. The one used last
goes first: as few connections are opened as will do.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ONE_CONNECTION = httpx.Limits(max_connections=1, max_keepalive_connections=1)
TIMEOUT = httpx.Timeout(30, connect=5, pool=None)
"""Seconds."""


class NoCookies(httpx.Cookies):
    """Keeps none."""

    def extract_cookies(self, response: httpx.Response) -> None:
        """Leave them."""


class CookielessClient(httpx.AsyncClient):
    """Never looks for cookies: the APIs need none, and that took a fifteenth of each request."""

    @property
    def cookies(self) -> httpx.Cookies:
        """None, ever."""
        return NoCookies()

    @cookies.setter
    def cookies(self, cookies: object) -> None:
        """Leave them."""


class Connections:
    """Up to `most` clients, each made by `new` when all others are busy."""

    def __init__(self, new: Callable[[], httpx.AsyncClient], *, most: int) -> None:
        self._new = new
        self._most = most
        first = new()
        self.headers = {name.decode(): value.decode() for name, value in first.headers.raw}
        """What every request has to carry, the token too: for Heroku's hosts only."""
        self._opened = [first]
        self._idle = [first]

    @contextlib.contextmanager
    def one(self) -> Iterator[httpx.AsyncClient]:
        """A client for one request; when all are busy, the first, whose connection the request then waits for."""
        if not self._idle and len(self._opened) == self._most:
            yield self._opened[0]
            return
        http = self._idle.pop() if self._idle else self._open()
        try:
            yield http
        finally:
            self._idle.append(http)

    def _open(self) -> httpx.AsyncClient:
        self._opened.append(self._new())
        return self._opened[-1]

    async def close(self) -> None:
        """Hang up all of them, also when one of them fails at it."""
        async with contextlib.AsyncExitStack() as stack:
            for http in self._opened:
                stack.push_async_callback(http.aclose)
