"""Writing that nobody waits for: a thread of its own, so that a reader who stands still prolongs no downtime."""

from __future__ import annotations

import contextlib
import os
import queue
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Unhurried:
    """Hands texts to a file descriptor in their order; `close` waits until the last is written."""

    def __init__(self, descriptor: int, *, on_gone: Callable[[], None]) -> None:
        """`on_gone` is called once, in the thread, when nobody reads any more; the rest is then dropped."""
        self._descriptor = os.dup(descriptor)
        self._on_gone = on_gone
        self._texts: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._write_all, name="events", daemon=True)
        self._thread.start()

    def write(self, text: str) -> None:
        """Take `text`; returns at once."""
        self._texts.put(text)

    def close(self) -> None:
        """Write what is left and let go."""
        self._texts.put(None)
        self._thread.join()
        os.close(self._descriptor)

    def _write_all(self) -> None:
        is_gone = False
        while (text := self._texts.get()) is not None:
            if is_gone:
                continue
            try:
                self._write(text.encode())
            except OSError:
                is_gone = True
                with contextlib.suppress(OSError):
                    self._on_gone()

    def _write(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]
