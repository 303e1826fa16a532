"""Moments as the two APIs write them. The world itself counts in Unix seconds.

Platform API: ISO 8601 with Z. Data API: `2016-10-08 00:43:00 +0000`, sorted by the vendor's CLI as text.
Source: heroku/platform-api schema.json; heroku/cli v11.9.0 test/unit/commands/pg/backups.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
WINDOW_HOURS = 4


def moment(seconds: float) -> datetime:
    """`seconds` since 1970 as a datetime in UTC."""
    return datetime.fromtimestamp(seconds, UTC)


def platform_time(seconds: float) -> str:
    """`2025-01-01T12:00:00Z`."""
    return moment(seconds).strftime("%Y-%m-%dT%H:%M:%SZ")


def data_time(seconds: float) -> str:
    """`2025-01-01 12:00:00 +0000`."""
    return moment(seconds).strftime("%Y-%m-%d %H:%M:%S +0000")


def row_time(seconds: float) -> str:
    """`2025-01-01 12:00 UTC`, as in the info rows."""
    return moment(seconds).strftime("%Y-%m-%d %H:%M UTC")


def window_text(day: int, minute: int) -> str:
    """`Saturdays 02:00 to 06:00 UTC`; day 0 is Monday, `minute` counts from midnight UTC."""
    end = minute + WINDOW_HOURS * 60
    later = "" if end < 24 * 60 else f"{DAYS[(day + 1) % 7].capitalize()}s "
    return f"{DAYS[day].capitalize()}s {clock_text(minute)} to {later}{clock_text(end)} UTC"


def clock_text(minute: int) -> str:
    """`02:00` for 120; beyond midnight it starts again."""
    return f"{minute // 60 % 24:02d}:{minute % 60:02d}"


def next_window(day: int, minute: int, after: float) -> float:
    """When the next weekly window that has not begun at `after` begins."""
    midnight = moment(after).replace(hour=0, minute=0, second=0, microsecond=0)
    begins = midnight + timedelta(days=(day - midnight.weekday()) % 7, minutes=minute)
    if begins.timestamp() <= after:
        begins += timedelta(days=7)
    return begins.timestamp()


def parse_day(text: str) -> int | None:
    """0 for Monday or monday, Mondays; None for no day."""
    name = text.strip().lower().removesuffix("s")
    return DAYS.index(name) if name in DAYS else None


def parse_time_of_day(text: str) -> int | None:
    """Minutes since midnight of `13:30` or `1:30PM`; None when it is no time."""
    match = re.fullmatch(r"(\d{1,2}):(\d{2}) *([AaPp][Mm])?", text.strip())
    if match is None:
        return None
    hour, minute, half = int(match[1]), int(match[2]), (match[3] or "").lower()
    if half and not 1 <= hour <= 12:  # noqa: PLR2004  # hours of a clock face
        return None
    hour = hour % 12 + (12 if half == "pm" else 0) if half else hour
    return hour * 60 + minute if hour < 24 and minute < 60 else None  # noqa: PLR2004  # a day's clock
