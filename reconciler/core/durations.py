"""Spans of time, weekly times and moments as people write them in TOML: `5m`, `72h`, `7d`, `Sun 02:00`.

Each is a value that prints back in one canonical form, so that equal wishes give equal bytes.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema

_UNITS_S = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
_SPAN = re.compile(r"(?:(\d{1,5})d)?(?:(\d{1,6})h)?(?:(\d{1,7})m)?(?:(\d{1,9})s)?")
_WEEK_S = 7 * 86_400

Day = Literal["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
DAYS: tuple[Day, ...] = (
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
)
_WEEKLY = re.compile(r"(?P<day>[A-Za-z]{3,9})s? +(?P<hour>[01]\d|2[0-3]):(?P<minute>00|30)")


@dataclass(frozen=True, slots=True)
class Duration:
    """A span of time in whole seconds; None is for ever."""

    seconds: int | None

    def __str__(self) -> str:
        """Whole days from a week on, else whole hours, minutes or seconds: `7d`, `72h`, `5m`, `forever`."""
        if self.seconds is None:
            return "forever"
        if self.seconds >= _WEEK_S and self.seconds % 86_400 == 0:
            return f"{self.seconds // 86_400}d"
        if self.seconds and self.seconds % 3_600 == 0:
            return f"{self.seconds // 3_600}h"
        if self.seconds and self.seconds % 60 == 0:
            return f"{self.seconds // 60}m"
        return f"{self.seconds}s"


def parse_duration(text: object) -> Duration:
    """The span written as `7d`, `72h`, `5m`, `90s` or `1h30m`.

    Raises:
        ValueError: it is written otherwise; the message is for the writer.
    """
    match = _SPAN.fullmatch(text) if isinstance(text, str) and text else None
    if match is None:
        raise ValueError('must be a span of time such as "5m", "72h" or "7d".')
    amounts = zip(match.groups(), _UNITS_S.values(), strict=True)
    return Duration(sum(int(amount) * size for amount, size in amounts if amount))


def parse_retention(text: object) -> Duration:
    """As `parse_duration`, or `forever`.

    Raises:
        ValueError: it is neither; the message is for the writer.
    """
    if text == "forever":
        return Duration(None)
    try:
        return parse_duration(text)
    except ValueError as error:
        raise ValueError(f'{str(error).rstrip(".")}, or "forever".') from None


@dataclass(frozen=True, slots=True)
class WeeklyTime:
    """A weekday and a time of day in UTC, as Heroku's maintenance windows begin: on the hour or half past."""

    day: Day
    hour: int
    minute: int

    def __str__(self) -> str:
        """`Sunday 02:00`."""
        return f"{self.day} {self.hour:02}:{self.minute:02}"


def parse_weekly_time(text: object) -> WeeklyTime:
    """The time written as `Sunday 02:00` or `Sun 02:00`.

    Raises:
        ValueError: it is written otherwise; the message is for the writer.
    """
    match = _WEEKLY.fullmatch(text) if isinstance(text, str) else None
    day = day_named(match["day"]) if match else None
    if match is None or day is None:
        raise ValueError(
            'must be a weekday and a time in UTC, on the hour or half past, such as "Sunday 02:00".'
        )
    return WeeklyTime(day, int(match["hour"]), int(match["minute"]))


def day_named(written: str) -> Day | None:
    """The day called `Sunday` or `Sun`, in whatever case."""
    return next((day for day in DAYS if written.lower() in (day.lower(), day[:3].lower())), None)


def parse_moment(value: object) -> dt.date:
    """A day, or a moment in UTC, from the ISO text of either; `datetime` is a `date` too.

    Raises:
        ValueError: it is neither; the message is for the writer.
    """
    text = value if isinstance(value, str) else ""
    try:
        if len(text) == len("2026-12-20"):
            return dt.date.fromisoformat(text)
        moment = dt.datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            return moment.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        pass
    raise ValueError(
        "must be a day such as 2026-12-20, or a moment with its offset such as 2026-12-20T18:00:00Z."
    )


def moment_of(value: dt.date) -> dt.datetime:
    """The moment itself, or the beginning of the day in UTC."""
    if isinstance(value, dt.datetime):
        return value
    return dt.datetime(value.year, value.month, value.day, tzinfo=dt.UTC)


def _duration(value: object) -> Duration:
    return value if isinstance(value, Duration) else parse_duration(value)


def _retention(value: object) -> Duration:
    return value if isinstance(value, Duration) else parse_retention(value)


def _weekly_time(value: object) -> WeeklyTime:
    return value if isinstance(value, WeeklyTime) else parse_weekly_time(value)


_AS_TEXT = PlainSerializer(str, return_type=str)

DurationField = Annotated[
    Duration,
    PlainValidator(_duration),
    _AS_TEXT,
    WithJsonSchema(
        {"type": "string", "pattern": r"^(\d+d)?(\d+h)?(\d+m)?(\d+s)?$", "minLength": 2}
    ),
]
RetentionField = Annotated[
    Duration,
    PlainValidator(_retention),
    _AS_TEXT,
    WithJsonSchema(
        {"type": "string", "pattern": r"^(forever|(\d+d)?(\d+h)?(\d+m)?(\d+s)?)$", "minLength": 2}
    ),
]
WeeklyTimeField = Annotated[
    WeeklyTime,
    PlainValidator(_weekly_time),
    _AS_TEXT,
    WithJsonSchema({"type": "string", "pattern": r"^[A-Za-z]+ +([01]\d|2[0-3]):(00|30)$"}),
]
MomentField = Annotated[
    dt.date,
    PlainValidator(parse_moment),
    PlainSerializer(lambda value: value.isoformat(), return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^\d{4}-\d\d-\d\d([T ].+(Z|[+-]\d\d:\d\d))?$"}),
]
