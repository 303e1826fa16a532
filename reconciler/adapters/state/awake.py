"""How long this process has been running, without the time in which it was paused.

Whoever waits for an answer and is paused meanwhile has not waited for so long as the clock says: the answer may lie
there unread. Whether somebody is silent goes by this clock; whether a lease still holds never does.
"""

from __future__ import annotations

import contextlib
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TICK_S = 0.25
MOST_S = 1.0
"""What one tick counts at most: when more has passed since the one before, the process was paused."""


class AwakeClock:
    """Seconds since it was made, up to the last tick; may be read from several threads."""

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._ticked_at = now_s()
        self._awake_s = 0.0

    def seconds(self) -> float:
        """How long the process was running until the last tick."""
        return self._awake_s

    def tick(self) -> None:
        """Count what has passed since the last one."""
        now = self._now_s()
        self._awake_s += min(now - self._ticked_at, MOST_S)
        self._ticked_at = now


@contextlib.contextmanager
def running() -> Iterator[AwakeClock]:
    """One that ticks by itself until the context ends."""
    clock = AwakeClock()
    ending = threading.Event()

    def ticks() -> None:
        while not ending.wait(TICK_S):
            clock.tick()

    thread = threading.Thread(target=ticks, name="awake", daemon=True)
    thread.start()
    try:
        yield clock
    finally:
        ending.set()
        thread.join()
