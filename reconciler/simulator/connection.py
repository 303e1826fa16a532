"""A connection that breaks: what a client sees when a server goes away in the middle.

When served, the server's transport is closed hard (the client sees a reset). In process there is no connection,
so `ConnectionCut` is raised out of the ASGI app; `Wire` around a client's in-process transport turns it into
the exceptions that the client's own library raises.
"""

from __future__ import annotations

import contextlib
import socket
import struct
from typing import TYPE_CHECKING, Any, Literal, Self

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from starlette.types import Scope

    How = Literal["refused", "reset", "truncated"]

EXTENSION = "sim.connection"
AT_ONCE = struct.pack("ii", 1, 0)
"""SO_LINGER: throw away what is unsent and send RST instead of FIN."""


class ConnectionCut(ConnectionError):  # noqa: N818  # what happened, not a mistake of ours
    """The connection is gone; `how` says at which point: before, without an answer, or within one."""

    def __init__(self, how: How) -> None:
        super().__init__(f"connection {how} by a fault of the stand-in")
        self.how = how


def cut(scope: Scope, how: How) -> None:
    """Break the connection that `scope` came in on.

    Raises:
        ConnectionCut: there is none, because the app is used in process.
    """
    transport = scope.get("extensions", {}).get(EXTENSION, {}).get("transport")
    if transport is None:
        raise ConnectionCut(how)
    abort(transport)


def abort(transport: asyncio.Transport) -> None:
    """Close with a reset."""
    held = transport.get_extra_info("socket")
    if held is not None:
        with contextlib.suppress(OSError):
            held.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
    transport.abort()


class Wire:
    """Stands around an in-process transport of an HTTP client and maps `ConnectionCut`.

    For httpx: `Wire(ASGITransport(standin.app), refused=ConnectError, reset=ReadError,
    truncated=RemoteProtocolError)`, given to `AsyncClient(transport=...)`.
    """

    def __init__(
        self,
        transport: Any,
        *,
        refused: Callable[[str], Exception],
        reset: Callable[[str], Exception],
        truncated: Callable[[str], Exception],
    ) -> None:
        self._transport = transport
        self._errors = {"refused": refused, "reset": reset, "truncated": truncated}

    async def handle_async_request(self, request: Any) -> Any:
        """Pass the request on."""
        try:
            return await self._transport.handle_async_request(request)
        except ConnectionCut as gone:
            raise self._errors[gone.how](str(gone)) from gone

    async def __aenter__(self) -> Self:
        await self._transport.__aenter__()
        return self

    async def __aexit__(self, *details: object) -> None:
        await self._transport.__aexit__(*details)

    async def aclose(self) -> None:
        """Close the transport."""
        await self._transport.aclose()
