"""Opening the connections to Heroku, with the right token for the right host."""

from __future__ import annotations

import asyncio
import random
import ssl
import uuid
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import httpx
from pydantic import SecretStr

from reconciler import __version__
from reconciler.adapters.heroku.client import HerokuClient
from reconciler.adapters.heroku.connections import (
    ONE_CONNECTION,
    TIMEOUT,
    Connections,
    CookielessClient,
)
from reconciler.adapters.heroku.endpoint import read_endpoint

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from reconciler.apply.ports import Clock

DUMMY_TOKEN = "stand-in"  # noqa: S105  # a word for the stand-in on this machine, which lets anybody in
RESERVE_REQUESTS = 500


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
    say: Callable[[str], None] = lambda _: None,
) -> AsyncIterator[HerokuClient]:
    """A client for `endpoint`, closed at the end. `token` is sent to Heroku only: loopback gets a dummy.

    `say` gets a sentence for people, when requests will have to wait for long. `spread` gives numbers from 0 to 1
    that keep waits from ending all at once. `transport` stands in for the network, such as `httpx.ASGITransport`
    over the stand-in in this process.

    Raises:
        UsageError: the endpoint is neither Heroku nor this machine.
    """
    place = read_endpoint(endpoint)
    sent = SecretStr(DUMMY_TOKEN) if place.is_loopback else token
    verify = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # trusts nobody, which does for plain http
    if transport is None and place.platform.startswith("https:"):
        verify = await asyncio.to_thread(httpx.create_ssl_context)

    def new() -> httpx.AsyncClient:
        return CookielessClient(
            headers={
                "Authorization": f"Bearer {sent.get_secret_value()}",
                "User-Agent": f"reconcile/{__version__}",
            },
            limits=ONE_CONNECTION,
            timeout=TIMEOUT,
            transport=transport,
            trust_env=not place.is_loopback,
            verify=verify,
        )

    connections = Connections(new, most=1 if transport is not None else concurrency)
    try:
        yield HerokuClient(
            place,
            connections,
            clock=clock,
            concurrency=concurrency,
            reserve_requests=reserve_requests,
            spread=spread,
            new_id=new_id,
            say=say,
        )
    finally:
        await connections.close()
