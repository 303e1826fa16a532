"""Whether the day and hour allow what is to be done next: windows and freezes, by the operator's clock.

A cutover begins only inside its window and outside every freeze; one that has begun always comes to its end.
A change of service plan that Heroku prepares is handed over with the request for it: once it is ready, Heroku
carries it out in its own weekly window unless we do so before. Therefore it is not even asked for in a freeze.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from reconciler.core.windows import freeze_at, next_moment

if TYPE_CHECKING:
    from reconciler.core.limits import Freeze
    from reconciler.core.windows import CutoverWindow

Freezes = tuple["Freeze", ...]


def why_no_cutover(now: dt.datetime, *, window: CutoverWindow | None, freezes: Freezes) -> str:
    """Why a cutover may not begin now, and when it may; empty when it may."""
    moment = next_moment(now, window=window, freezes=freezes)
    if moment == now:
        return ""
    freeze = freeze_at(now, freezes)
    reason = _frozen(freeze) if freeze else f"its window is {window} UTC"
    return f"prepared; {reason}: the cutover may begin from {_words(moment)} on"


def why_no_handing_over(now: dt.datetime, *, freezes: Freezes) -> str:
    """Why Heroku may not be asked now to prepare a change, and when it may; empty when it may."""
    freeze = freeze_at(now, freezes)
    if freeze is None:
        return ""
    moment = next_moment(now, window=None, freezes=freezes)
    return (
        f"{_frozen(freeze)}: Heroku would carry the change out in its own window, "
        f"so it is asked for from {_words(moment)} on"
    )


def _frozen(freeze: Freeze) -> str:
    reason = f" ({freeze.reason})" if freeze.reason else ""
    return f"there is a freeze until {_words(freeze.ends)}{reason}"


def _words(moment: dt.datetime) -> str:
    """`Sunday 2026-11-29 02:00 UTC`, rounded up to the minute, so that then it is surely so."""
    whole = moment.astimezone(dt.UTC).replace(second=0, microsecond=0)
    if whole < moment:
        whole += dt.timedelta(minutes=1)
    return f"{whole:%A %Y-%m-%d %H:%M} UTC"
