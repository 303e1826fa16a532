"""A server that takes webhooks, and can be slow, or refuse."""

from __future__ import annotations

import contextlib
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from support.listening import listening

if TYPE_CHECKING:
    from collections.abc import Iterator


class Hooks:
    """What came, by path."""

    def __init__(self) -> None:
        self.url = ""
        self.status = 200
        self.taken: list[tuple[str, dict[str, Any]]] = []
        self.goes_on = threading.Event()
        """No answer is given before it is set."""
        self.goes_on.set()
        self.is_endless = False
        """Whether an answer has a body that never ends."""
        self.sent = 0
        """Bytes of such bodies."""

    def bodies(self, path: str) -> list[dict[str, Any]]:
        return [body for where, body in self.taken if where == path]


class Handler(BaseHTTPRequestHandler):
    """One request."""

    hooks: Hooks

    def do_POST(self) -> None:  # the base class calls it so
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.hooks.taken.append((self.path, body))
        self.hooks.goes_on.wait()
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # nobody waits any more
            self.send_response(self.hooks.status)
            self.send_header("Content-Length", "1000000000000" if self.hooks.is_endless else "0")
            self.end_headers()
            while self.hooks.is_endless:
                self.wfile.write(b"x" * 10_000)
                self.hooks.sent += 10_000

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the base class's name
        pass


@contextmanager
def hooks() -> Iterator[Hooks]:
    state = Hooks()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("One", (Handler,), {"hooks": state}))
    server.daemon_threads = True
    with listening(server) as state.url:
        try:
            yield state
        finally:
            state.is_endless = False
            state.goes_on.set()
