"""How many connections are opened, as a server sees it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import pytest
from pydantic import SecretStr

from reconciler.adapters.heroku.client import platform
from reconciler.adapters.heroku.opening import open_heroku
from reconciler.adapters.heroku.wire import AppRow

BODY = b'{"id":"1","name":"shop","maintenance":false}'
ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nSet-Cookie: session=canary\r\n"
    b"Content-Length: %d\r\n\r\n%s" % (len(BODY), BODY)
)


class Server:
    """Answers everything alike; one request at a time on each connection."""

    def __init__(self):
        self.connections = 0
        self.serving = []
        self.heads = []

    async def serve(self, reader, writer):
        self.connections += 1
        self.serving.append(asyncio.current_task())
        try:
            while True:
                self.heads.append(await reader.readuntil(b"\r\n\r\n"))
                writer.write(ANSWER)
        except asyncio.IncompleteReadError:
            writer.close()


@asynccontextmanager
async def opened(clock, **options):
    server = Server()
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    async with listening:
        async with open_heroku(
            f"http://127.0.0.1:{port}", SecretStr("x"), clock=clock, **options
        ) as client:
            yield server, client
        await asyncio.gather(*server.serving)  # they end when the client has hung up


def test_one_request_after_the_other_takes_one_connection(bench):
    async def whole():
        async with opened(bench.clock) as (server, client):
            for _ in range(20):
                await client.one(AppRow, platform("apps", "shop"))
            return server.connections

    assert asyncio.run(whole()) == 1


@pytest.mark.parametrize("concurrency", [3, 20])
def test_there_are_never_more_connections_than_requests_at_once(bench, concurrency):
    async def whole():
        async with opened(bench.clock, concurrency=concurrency) as (server, client):
            await asyncio.gather(
                *(client.one(AppRow, platform("apps", "shop")) for _ in range(200))
            )
            return server.connections, len(server.heads)

    connections, answered = asyncio.run(whole())

    assert 2 <= connections <= concurrency
    assert answered == 200


def test_cookies_are_not_kept(bench):
    async def whole():
        async with opened(bench.clock) as (server, client):
            for _ in range(2):
                await client.one(AppRow, platform("apps", "shop"))
            return server.heads

    assert [head for head in asyncio.run(whole()) if b"cookie" in head.lower()] == []
