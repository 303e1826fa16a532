"""Opening the connections to Heroku, with the right token for the right host."""

from __future__ import annotations

import asyncio
import random
import uuid
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

import httpx
from pydantic import SecretStr

from reconciler import __version__
from reconciler.adapters.heroku.client import HerokuClient
from reconciler.adapters.heroku.endpoint import read_endpoint

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Callable

    from reconciler.apply.ports import Clock

CLIENTS = 8
"""One client gets slower as its pool grows: 1,220 requests a second at 4 connections, 520 at 32."""
DUMMY_TOKEN = "stand-in"  # noqa: S105  # a word for the stand-in on this machine, which lets anybody in
RESERVE_REQUESTS = 500
TIMEOUT = httpx.Timeout(30, connect=5, pool=None)
"""Seconds."""


def new_uuid() -> str:
    """A fresh `Request-Id`."""
    return str(uuid.uuid4())


@asynccontextmanager
async def open_heroku(
    endpoint: str,
    token: SecretStr,
    *,
    clock: Clock,
    concurrency: int = 32,
    reserve_requests: int = RESERVE_REQUESTS,
    transport: httpx.AsyncBaseTransport | None = None,
    spread: Callable[[], float] = random.random,
    new_id: Callable[[], str] = new_uuid,
) -> AsyncIterator[HerokuClient]:
    """A client for `endpoint`, closed at the end. `token` is sent to Heroku only: loopback gets a dummy.

    `spread` gives numbers from 0 to 1 that keep waits from ending all at once. `transport` stands in for the
    network, such as `httpx.ASGITransport` over the stand-in in this process.

    Raises:
        UsageError: the endpoint is neither Heroku nor this machine.
    """
    place = read_endpoint(endpoint)
    sent = SecretStr(DUMMY_TOKEN) if place.is_loopback else token
    verify: ssl.SSLContext | bool = False
    if transport is None and place.platform.startswith("https:"):
        verify = await asyncio.to_thread(httpx.create_ssl_context)
    count = 1 if transport is not None else CLIENTS
    share = max(1, -(-concurrency // count))
    async with AsyncExitStack() as stack:
        clients = [
            await stack.enter_async_context(
                httpx.AsyncClient(
                    headers={
                        "Authorization": f"Bearer {sent.get_secret_value()}",
                        "User-Agent": f"reconcile/{__version__}",
                    },
                    limits=httpx.Limits(max_connections=share, max_keepalive_connections=share),
                    timeout=TIMEOUT,
                    transport=transport,
                    trust_env=not place.is_loopback,
                    verify=verify,
                )
            )
            for _ in range(count)
        ]
        yield HerokuClient(
            place,
            clients,
            clock=clock,
            concurrency=concurrency,
            reserve_requests=reserve_requests,
            spread=spread,
            new_id=new_id,
        )
