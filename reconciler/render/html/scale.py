"""Scales: seconds to percent of a drawing, and the round numbers to write beside it."""

from __future__ import annotations

import math

_STEPS_S = (1, 2, 5, 10, 15, 30)
_ROUND_S = (
    *_STEPS_S,
    *(60 * step for step in _STEPS_S),
    *(3_600 * step for step in (1, 2, 3, 6, 12)),
    *(86_400 * step for step in (1, 2, 5, 7, 14, 30, 90, 365)),
)
_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))

SHORTEST_S, LONGEST_S = 1, 86_400
"""The ends of the logarithmic scale on which the downtimes of all databases are compared."""


def ticks(end_s: float, *, most: int = 5) -> list[float]:
    """Round seconds from 0 to at most `end_s`, at most `most` of them besides the 0."""
    for step in _ROUND_S:
        if end_s / step <= most:
            return [float(step * number) for number in range(int(end_s / step) + 1)]
    return [0.0]


def tick_text(seconds: float) -> str:
    """`0`, `90 s`, `5 min`, `12 h`, `3 d`: in the largest unit that it is a whole number of."""
    if not seconds:
        return "0"
    return next(f"{seconds / unit:g} {name}" for unit, name in _UNITS if not seconds % unit)


def percent(seconds: float, end_s: float) -> float:
    """Where `seconds` lies on a linear scale from 0 to `end_s`, 0 to 100."""
    return round(min(max(100 * seconds / end_s, 0), 100), 2) if end_s else 0


def log_percent(seconds: float) -> float:
    """Where `seconds` lies on the logarithmic scale from a second to a day, 0 to 100."""
    if seconds <= SHORTEST_S:
        return 0
    return round(min(100 * math.log(seconds) / math.log(LONGEST_S), 100), 2)
