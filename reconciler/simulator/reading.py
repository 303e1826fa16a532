"""Values as people write them in a scenario: durations, sizes, weekly windows."""

from __future__ import annotations

import re

from reconciler.simulator.moments import parse_day, parse_time_of_day

UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
SIZES = {"B": 1, "KB": 2**10, "MB": 2**20, "GB": 2**30, "TB": 2**40}
"""Powers of 1,024, as Heroku counts."""


def duration_text(text: str) -> str:
    """`text`, when `seconds` can read it."""
    seconds(text)
    return text


def seconds(text: str) -> float:
    """Seconds of `4m`, `2h`, `40s`, `1.5h`, `50ms`.

    Raises:
        ValueError: it is none of these.
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|w)", text.strip())
    if match is None:
        raise ValueError('must be a duration like "40s", "4m" or "2h"')
    return float(match[1]) * UNITS[match[2]]


def size_text(text: str) -> str:
    """`text`, when `size_bytes` can read it."""
    size_bytes(text)
    return text


def size_bytes(text: str) -> int:
    """Bytes of `4.2GB`, `300 MB`.

    Raises:
        ValueError: it is none of these.
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(B|KB|MB|GB|TB)", text.strip())
    if match is None:
        raise ValueError('must be a size like "4.2GB" or "300MB"')
    return int(float(match[1]) * SIZES[match[2]])


def window_text(text: str) -> str:
    """`text`, when `window_parts` can read it."""
    window_parts(text)
    return text


def window_parts(text: str) -> tuple[int, int]:
    """Day (Monday is 0) and minute of `Saturday 02:00`.

    Raises:
        ValueError: it is no such window.
    """
    day_text, _, time_text = text.strip().partition(" ")
    day, minute = parse_day(day_text), parse_time_of_day(time_text)
    if day is None or minute is None or minute % 30:
        raise ValueError('must be a day and a UTC time on the half hour, like "Saturday 02:00"')
    return day, minute
