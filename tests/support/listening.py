"""A small HTTP server of the standard library, served from a thread for as long as a test needs it."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from http.server import HTTPServer

POLL_S = 0.01
"""How soon the thread sees that it shall end; by default it looks twice a second."""


@contextmanager
def listening(server: HTTPServer) -> Iterator[str]:
    """The server's address; it answers until the context ends."""
    thread = threading.Thread(target=server.serve_forever, args=(POLL_S,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
