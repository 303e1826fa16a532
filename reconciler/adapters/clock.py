"""The machine's clock: the only place of the product that reads it."""

from __future__ import annotations

import asyncio
import datetime as dt
import time


class SystemClock:
    """`apply.ports.Clock` over the machine's own clocks."""

    def now(self) -> dt.datetime:
        """The wall clock, UTC."""
        return dt.datetime.now(dt.UTC)  # noqa: TID251  # this is the Clock that everyone else takes

    def monotonic(self) -> float:
        """Seconds that only grow; their zero means nothing."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait; other tasks go on meanwhile."""
        await asyncio.sleep(seconds)
