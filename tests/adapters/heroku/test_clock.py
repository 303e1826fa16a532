from __future__ import annotations

import asyncio
import datetime as dt

from reconciler.adapters.clock import SystemClock


def test_the_wall_clock_is_in_utc_and_the_other_one_only_grows():
    clock = SystemClock()

    before = clock.monotonic()
    asyncio.run(clock.sleep(0.01))

    assert clock.monotonic() - before >= 0.01
    assert clock.now().tzinfo is dt.UTC
