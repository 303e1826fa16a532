"""Moments for people, all in one form: `2026-11-28 02:00 UTC`. What machines read is ISO 8601, with seconds."""

from __future__ import annotations

import datetime as dt
import re

_MOMENT = re.compile(
    r"(?P<day>[12]\d{3}-\d\d-\d\d)[ T](?P<time>\d\d:\d\d:\d\d) ?(?P<offset>Z|UTC|[+-]\d\d:?\d\d)"
)
_NONE = dt.timedelta(0)
_ALMOST_A_MINUTE = dt.timedelta(seconds=59)


def moment_text(at: dt.datetime) -> str:
    """The minute of `at`."""
    return f"{at.astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC"


def with_moments(text: str) -> str:
    """`text` with each moment in it told so, whether it is in ISO 8601 or Heroku's `2026-11-28 02:00:00 +0000`."""
    return _MOMENT.sub(lambda found: _told(found, _NONE), text)


def with_ends(text: str) -> str:
    """The same where the moments are ends: each is the first minute that is not before it."""
    return _MOMENT.sub(lambda found: _told(found, _ALMOST_A_MINUTE), text)


def _told(found: re.Match[str], more: dt.timedelta) -> str:
    offset = found["offset"].replace("UTC", "Z")
    try:
        at = dt.datetime.fromisoformat(f"{found['day']}T{found['time']}{offset}")
    except ValueError:  # no such day
        return found[0]
    return moment_text(at + more)
