"""How often and how long a request is repeated: stamina decides how often, the injected clock waits."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import stamina

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
        stamina.instrumentation.set_on_retry_hooks([])  # or it logs by itself

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
        backoff_s = wait_s = 0.0

        def decide(error: Exception) -> float | bool:
            nonlocal wait_s
            if not isinstance(error, HerokuUnavailableError) or not may_pass(error):
                return False
            wait_s = error.retry_after_s or backoff_s * (0.5 + self._spread())
            return 0.0 if self._clock.monotonic() + wait_s <= until else False

        async for turn in stamina.retry_context(
            on=decide,
            attempts=attempts,
            timeout=None,
            wait_initial=FIRST_WAIT_S,
            wait_max=MOST_WAIT_S,
            wait_jitter=0,
        ):
            if wait_s:
                await self._clock.sleep(wait_s)
            backoff_s = turn.next_wait
            with turn:
                return await attempt()
        raise AssertionError("stamina ends with a result or an error")
