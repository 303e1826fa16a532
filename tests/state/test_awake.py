"""A clock that counts only the time in which its process runs."""

from __future__ import annotations

import pytest
from support.waiting import until

from reconciler.adapters.state.awake import MOST_S, TICK_S, AwakeClock, running


def test_time_is_counted_from_tick_to_tick() -> None:
    now = [100.0]
    clock = AwakeClock(lambda: now[0])

    for _ in range(8):
        now[0] += TICK_S
        clock.tick()

    assert clock.seconds() == pytest.approx(8 * TICK_S)


def test_a_pause_counts_as_one_late_tick() -> None:
    now = [100.0]
    clock = AwakeClock(lambda: now[0])

    now[0] += 3600
    before_it_ticks = clock.seconds()
    clock.tick()

    assert (before_it_ticks, clock.seconds()) == (0.0, MOST_S)


def test_it_ticks_by_itself() -> None:
    with running() as clock:
        until(lambda: clock.seconds() > 0)
