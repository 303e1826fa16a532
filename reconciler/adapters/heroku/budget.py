"""The account's request budget: what others need of it is left to them.

Heroku gives an account 4,500 requests, refilled at about 75 a minute, and tells in `RateLimit-Remaining` how many
are left (Dev Center, "Platform API Reference", Rate limits). Whether requests to the Data API count is not
established; here they count until a look at the free `GET /account/rate-limits` says otherwise.

The estimate between two answers is cautious: it counts what is under way as not yet counted by Heroku.
"""

from __future__ import annotations

import asyncio
import math
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from reconciler.errors import HerokuUnavailableError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from reconciler.apply.ports import Clock

REFILL_PER_S = 75 / 60
MOST = 4500
"""Unless Heroku tells of more, as it may grant some accounts."""
FIRST_REQUESTS = 2
"""So many go out before the first answer has told how much is left."""
PATIENCE_S = 900.0
ASK_EVERY_S = 1.0
MINUTE_S = 60
WORTH_SAYING_S = 10.0
"""A shorter wait is over before anybody wonders."""


class Budget:
    """Lets requests go while more than `reserve` are left; the others wait, writes before reads.

    What is urgent may use the reserve: an app that stays closed for want of a request costs more than one less for
    others.
    """

    def __init__(
        self, clock: Clock, *, reserve: int, ask: Callable[[], Awaitable[int | None]]
    ) -> None:
        self._clock = clock
        self._reserve = reserve
        self._ask = ask
        self._left: float | None = None
        self._most = float(MOST)
        self._as_of = 0.0
        self._asked_at: float | None = None
        self._under_way = 0
        self._first = 0
        """How many wait that go before others."""
        self._turn = asyncio.Lock()
        self._first_answer = asyncio.Event()

    @asynccontextmanager
    async def request(self, *, is_write: bool, is_urgent: bool = False) -> AsyncIterator[None]:
        """The time from permission to answer of one request; `is_urgent`: an app is closed because of us.

        Raises:
            HerokuUnavailableError: the budget did not recover within `PATIENCE_S`; nothing was sent.
        """
        await self._permission(is_write=is_write, is_urgent=is_urgent)
        try:
            yield
        finally:
            self._under_way -= 1
            self._first_answer.set()

    def learn(self, remaining: int | None) -> None:
        """Take in what an answer said; None when it said nothing."""
        if remaining is None:
            return
        cautious = float(remaining - self._under_way + 1)
        known = self._estimate()
        self._set(cautious if known is None else min(known, cautious))

    def forecast(self, requests: int) -> str:
        """What to tell people before so many reads that have to wait for the refill; empty when they need not.

        Cautious: should some of them turn out not to count, it takes less.
        """
        left = self._estimate()
        if left is None:
            return ""
        wait_s = (requests - max(0.0, left - self._reserve)) / REFILL_PER_S
        if wait_s < WORTH_SAYING_S:
            return ""
        return (
            f"{requests:,} requests to come, which takes up to {spoken(wait_s)}: the account has {left:,.0f} left, "
            f"{self._reserve:,} of them stay for others, and Heroku grants {REFILL_PER_S * 60:.0f} a minute."
        )

    def _set(self, left: float) -> None:
        self._left, self._as_of = left, self._clock.monotonic()
        self._most = max(self._most, left)

    def _estimate(self) -> float | None:
        """How many requests are left now; None when Heroku never said."""
        if self._left is None:
            return None
        passed = self._clock.monotonic() - self._as_of
        return min(self._most, self._left + passed * REFILL_PER_S)

    def _has_room(self, *, is_first: bool, is_urgent: bool) -> bool:
        left = self._estimate()
        ahead = 0 if is_first else self._first
        return left is None or left - ahead >= (1 if is_urgent else self._reserve + 1)

    async def _permission(self, *, is_write: bool, is_urgent: bool) -> None:
        while not self._first_answer.is_set() and self._under_way >= FIRST_REQUESTS:
            await self._first_answer.wait()
        if is_write or is_urgent:
            self._first += 1
            try:
                await self._until_room(is_first=True, is_urgent=is_urgent)
            finally:
                self._first -= 1
        else:
            async with self._turn:
                await self._until_room(is_first=False, is_urgent=False)
        left = self._estimate()
        if left is not None:
            self._set(left - 1)
        self._under_way += 1

    async def _until_room(self, *, is_first: bool, is_urgent: bool) -> None:
        began = self._clock.monotonic()
        while not self._has_room(is_first=is_first, is_urgent=is_urgent):
            if self._clock.monotonic() - began > PATIENCE_S:
                raise HerokuUnavailableError(
                    f"The account's request budget stayed at its reserve of {self._reserve} "
                    f"requests for {PATIENCE_S / 60:.0f} minutes.",
                    hint="Something else uses it up; wait for that, or lower `reserve_requests`.",
                )
            await self._look()
            if not self._has_room(is_first=is_first, is_urgent=is_urgent):
                await self._clock.sleep(1 / REFILL_PER_S)

    async def _look(self) -> None:
        """Ask Heroku itself, now and then: the estimate may be too cautious."""
        now = self._clock.monotonic()
        if self._asked_at is not None and now - self._asked_at < ASK_EVERY_S:
            return
        self._asked_at = now
        remaining = await self._ask()
        if remaining is not None:
            self._set(remaining - self._under_way)


def spoken(seconds: float) -> str:
    """`40 s`, `14 min`; rounded up."""
    return (
        f"{math.ceil(seconds)} s" if seconds < MINUTE_S else f"{math.ceil(seconds / MINUTE_S)} min"
    )
