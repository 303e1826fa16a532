"""Where the stand-in's time comes from: a hand-moved clock for tests, a scaled one for serving."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """The only source of time."""

    def now(self) -> datetime:
        """The moment it is in the simulated world, with time zone UTC."""
        ...

    def advance(self, seconds: float) -> None:
        """Skip `seconds` of simulated time."""
        ...


class ManualClock:
    """Stands still until it is moved; for tests."""

    def __init__(self, start: datetime) -> None:
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        """Where it was last moved to."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Move on by `seconds` of simulated time."""
        if seconds < 0:
            raise ValueError("time does not run backwards")
        self._now += timedelta(seconds=seconds)


class ScaledClock:
    """Runs `speed` times as fast as the wall clock, from `start` on."""

    def __init__(self, start: datetime, speed: float) -> None:
        self._start = start.astimezone(UTC)
        self._speed = speed
        self._began = time.monotonic()

    def now(self) -> datetime:
        """`start` plus the wall time that has passed, times `speed`."""
        passed = (time.monotonic() - self._began) * self._speed
        return self._start + timedelta(seconds=passed)

    def advance(self, seconds: float) -> None:
        """Skip ahead by `seconds` of simulated time, and run on from there."""
        if seconds < 0:
            raise ValueError("time does not run backwards")
        self._start += timedelta(seconds=seconds)
