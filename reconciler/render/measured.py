"""What was measured, beside what the plan has predicted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.core.estimates import HOUR_S, MINUTE_S, interval

if TYPE_CHECKING:
    from reconciler.core.plan import Estimate


def took(seconds: float) -> str:
    """`3.2 s`, `4.5 min`, `1.3 h`: to the tenth, as it was."""
    if seconds < 2 * MINUTE_S:
        return f"{seconds:.1f} s"
    if seconds < 2 * HOUR_S:
        return f"{seconds / MINUTE_S:.1f} min"
    return f"{seconds / HOUR_S:.1f} h"


def is_as_predicted(seconds: float, estimate: Estimate) -> bool:
    """Whether it lies inside the interval; where no source gives a bound, nothing is above it."""
    upper_s = float("inf") if estimate.upper_s is None else estimate.upper_s
    return estimate.lower_s <= seconds <= upper_s


def beside(seconds: float, estimate: Estimate, *, is_stand_in: bool) -> str:
    """`3.2 s; predicted 15-60 s, so shorter than predicted`.

    `is_stand_in`: whether it was measured at one. Its time may run faster than Heroku's, of which the prediction is, so
    nothing is said of how they compare: `3.2 s; predicted 15-60 s of Heroku's time`.
    """
    if estimate.upper_s is None and not estimate.lower_s:
        return f"{took(seconds)}; no bound predicted"
    text = f"{took(seconds)}; predicted {interval(estimate)}"
    if is_stand_in:
        return text if estimate.upper_s == 0 else f"{text} of Heroku's time"
    if is_as_predicted(seconds, estimate):
        return text
    return f"{text}, so {'shorter' if seconds < estimate.lower_s else 'longer'} than predicted"
