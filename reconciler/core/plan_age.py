"""Whether a plan file is too old to begin with: `[limits] plan_max_age`.

The plan itself knows no time, so that equal inputs give equal bytes. Its file says, beside the plan, when the look began
that it rests on, by Heroku's clock; the age is counted by the same clock. docs/decisions has why, and what it
does not protect from.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from reconciler.core.durations import Duration
from reconciler.core.moments import moment_text

if TYPE_CHECKING:
    from reconciler.core.limits import Limits
    from reconciler.core.plan_document import Made

AHEAD = dt.timedelta(minutes=5)
"""So far two answers of one service may be apart; a plan that is from later than this is from no past of ours."""


def strictest(*limits: Limits) -> Duration | None:
    """The shortest age that any of them allows; None: none of them speaks of it."""
    said = [one.plan_max_age.seconds for one in limits if one.plan_max_age is not None]
    shortest = min((one for one in said if one is not None), default=None)
    return None if shortest is None else Duration(shortest)


def too_old(made: Made | None, *, most: Duration | None, now: dt.datetime) -> str:
    """What is wrong with the age of a plan, after its name; empty when nothing is."""
    if most is None or most.seconds is None:
        return ""
    if made is None:
        return f"does not say when it was made; it may be at most {most} old (plan_max_age)"
    age = now - made.at
    if age < -AHEAD:
        return f"was made in the future, at {moment_text(made.at)}; it may be at most {most} old (plan_max_age)"
    if age > dt.timedelta(seconds=most.seconds):
        return f"was made {_since(age)} ago; it may be at most {most} old (plan_max_age)"
    return ""


def _since(age: dt.timedelta) -> str:
    """Rounded down, in one unit: `3 days`, `26 hours`, `90 minutes`."""
    hours = age // dt.timedelta(hours=1)
    if hours >= 72:  # noqa: PLR2004  # from three days on nobody counts in hours
        return f"{hours // 24} days"
    if hours >= 2:  # noqa: PLR2004  # as above, with minutes
        return f"{hours} hours"
    return f"{age // dt.timedelta(minutes=1)} minutes"
