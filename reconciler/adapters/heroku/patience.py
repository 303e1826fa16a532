"""How often and how long a request is repeated; the injected clock waits.

A library for this (stamina, with tenacity) took 40 ms at each start and some time at each request that went well.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, TypeVar

from reconciler.errors import HerokuUnavailableError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from reconciler.apply.ports import Clock

T = TypeVar("T")

READ_ATTEMPTS = 8
WRITE_ATTEMPTS = 3
"""Of a write that surely never left this machine."""
LONGEST_S = 60.0
"""No wait begins that would end later than this after the first attempt."""
FIRST_WAIT_S = 0.25
MOST_WAIT_S = 8.0


class Patience:
    """Repeats what failed for a passing reason: after `Retry-After`, or after growing waits with some spread."""

    def __init__(self, clock: Clock, spread: Callable[[], float]) -> None:
        self._clock = clock
        self._spread = spread

    async def read(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """Repeat a read on transport failures, 5xx and 429.

        Raises:
            HerokuUnavailableError: the last failure, when it did not pass.
        """
        return await self._repeat(attempt, READ_ATTEMPTS, lambda _: True)

    async def write(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """Repeat a write only where no connection was made; an answer, also 429, goes to the caller."""
        return await self._repeat(attempt, WRITE_ATTEMPTS, lambda error: error.status is None)

    async def _repeat(
        self,
        attempt: Callable[[], Awaitable[T]],
        attempts: int,
        may_pass: Callable[[HerokuUnavailableError], bool],
    ) -> T:
        until = self._clock.monotonic() + LONGEST_S
        for nth in itertools.count(1):
            try:
                return await attempt()
            except HerokuUnavailableError as error:
                wait_s = error.retry_after_s or backoff_s(nth) * (0.5 + self._spread())
                is_late = self._clock.monotonic() + wait_s > until
                if nth == attempts or is_late or not may_pass(error):
                    raise
            await self._clock.sleep(wait_s)
        raise AssertionError("the attempts end with a result or an error")


def backoff_s(nth: int) -> float:
    """The wait after the `nth` attempt, before it is spread."""
    return min(FIRST_WAIT_S * 2.0 ** (nth - 1), MOST_WAIT_S)
