"""When to stop: the operator's wish and the time that apply may take."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reconciler.apply.ports import Clock


@dataclass
class Control:
    """Read between any two looks. A cutover is never stopped by it, only kept from beginning."""

    until: float | None = None
    """Monotonic second at which to stop waiting (`--wait`)."""
    _stop: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def stop_wanted(self) -> bool:
        """Whether the operator asked to stop: the first Ctrl-C, SIGTERM or the like."""
        return self._stop.is_set()

    def stop(self) -> None:
        """Ask to stop at the next safe point."""
        self._stop.set()

    def why_stop(self, now: float) -> str:
        """Why to stop at this safe point, in words; empty to go on."""
        if self.stop_wanted:
            return "stopped on request"
        if self.until is not None and now >= self.until:
            return "the time to wait is up"
        return ""

    def check(self, now: float) -> None:
        """Return to go on.

        Raises:
            StoppedError: there is a reason to stop at this safe point.
        """
        why = self.why_stop(now)
        if why:
            raise StoppedError(why)

    async def pause(self, clock: Clock, seconds: float) -> None:
        """Wait so long, or until there is a reason to stop."""
        if self.until is not None:
            seconds = max(0.0, min(seconds, self.until - clock.monotonic()))
        waits = [
            asyncio.ensure_future(clock.sleep(seconds)),
            asyncio.ensure_future(self._stop.wait()),
        ]
        try:
            ended, _ = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            for one in ended:
                one.result()  # what could not wait must not pass for having waited
        finally:
            for one in waits:
                one.cancel()
            await asyncio.gather(*waits, return_exceptions=True)


class StoppedError(Exception):
    """Stopped at a safe point; running again goes on. Never leaves the executor."""
