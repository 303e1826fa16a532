"""The way from one process to the shared state's server, which can be cut, go dead, or lose answers at a known moment."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from reconciler.adapters.state.link import ANSWER_S, Link

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from reconciler.adapters.state.link import Connection

T = TypeVar("T")
AT_ONCE = struct.pack("ii", 1, 0)
"""SO_LINGER so that closing resets the connection."""


class QuickLink(Link):
    """A real link with less patience where it is refused; an answer is waited for as long as ever."""

    def run(
        self,
        work: Callable[[Connection], T],
        *,
        patience_s: float = 0,
        answer_s: float = ANSWER_S,
    ) -> T:
        return super().run(work, patience_s=patience_s / 50, answer_s=answer_s)


class StateWire:
    """One port that leads to the server for as long as nothing is wrong with it."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._server = (parts.hostname, parts.port)
        self._listening = socket.create_server(("127.0.0.1", 0))
        port = self._listening.getsockname()[1]
        self.url = url.replace(f":{parts.port}/", f":{port}/")
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._sends, self._answers = threading.Event(), threading.Event()
        self._is_away = self._resets = False
        self._is_over = False
        self.mend()
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def mend(self) -> None:
        """Lead to the server again; what was held back is gone."""
        self._is_away = self._resets = False
        self._sends.set()
        self._answers.set()

    def reset(self) -> None:
        """Reset every connection; new ones are led to the server."""
        with self._lock:
            gone, self._open = self._open, set()
        for one in gone:
            with contextlib.suppress(OSError):
                one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def go_away(self) -> None:
        """Reset every connection, and every new one."""
        self._is_away = True
        self.reset()

    def go_dead(self) -> None:
        """Take what is sent and say nothing, as a machine does whose network is gone behind a balancer."""
        self._sends.clear()
        self._answers.clear()

    def lose_answers(self) -> None:
        """Bring to the server what is sent, and keep what it answers."""
        self._answers.clear()

    def answer_by_reset(self) -> None:
        """Bring to the server what is sent, and reset every connection once it answers."""
        self._resets = True

    def close(self) -> None:
        self._is_over = True
        # Woken up: else it goes on at whoever gets the same file descriptor.
        with contextlib.suppress(OSError):
            socket.create_connection(self._listening.getsockname()).close()
        self._accepting.join()
        self._listening.close()
        self.reset()
        self.mend()

    def _accept(self) -> None:
        while True:
            here, _ = self._listening.accept()
            if self._is_over:
                here.close()
                return
            self._lead(here)

    def _lead(self, here: socket.socket) -> None:
        if self._is_away:
            here.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
            here.close()
            return
        there = socket.create_connection(self._server)
        with self._lock:
            self._open |= {here, there}
        for one, other, may in ((here, there, self._sends), (there, here, self._answers)):
            threading.Thread(target=self._pump, args=(one, other, may), daemon=True).start()

    def _pump(self, one: socket.socket, other: socket.socket, may: threading.Event) -> None:
        with contextlib.suppress(OSError):
            while some := one.recv(65_536):
                if not may.is_set():
                    may.wait()
                    break  # it came while the wire was dead, and is lost
                if self._resets and may is self._answers:
                    self._resets = False
                    self.reset()
                    break
                other.sendall(some)
        for end in (one, other):
            with self._lock:
                self._open.discard(end)
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


@contextmanager
def state_wire(url: str) -> Iterator[StateWire]:
    made = StateWire(url)
    try:
        yield made
    finally:
        made.close()
