from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.durations import (
    Duration,
    parse_duration,
    parse_retention,
    parse_weekly_time,
)


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("5m", "5m"),
        ("300s", "5m"),
        ("90s", "90s"),
        ("1h30m", "90m"),
        ("72h", "72h"),
        ("3d", "72h"),
        ("7d", "7d"),
        ("168h", "7d"),
        ("0m", "0s"),
    ],
)
def test_spans_print_in_one_form(written: str, canonical: str) -> None:
    assert str(parse_duration(written)) == canonical


@given(st.integers(0, 10**8))
def test_a_span_survives_being_printed(seconds: int) -> None:
    assert parse_duration(str(Duration(seconds))) == Duration(seconds)


@pytest.mark.parametrize("text", ["", "5", "m", "5 m", "-5m", "5m1h", "forever", "1.5h", 5, None])
def test_other_spans_are_refused(text: object) -> None:
    with pytest.raises(ValueError, match="must be a span of time"):
        parse_duration(text)


def test_forever_is_a_retention() -> None:
    assert parse_retention("forever") == Duration(None)
    assert str(Duration(None)) == "forever"


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("Sunday 02:00", "Sunday 02:00"),
        ("sun 23:30", "Sunday 23:30"),
        ("TUESDAY 14:30", "Tuesday 14:30"),
    ],
)
def test_weekly_times_print_in_one_form(written: str, canonical: str) -> None:
    assert str(parse_weekly_time(written)) == canonical


@pytest.mark.parametrize(
    "text", ["", "Sunday", "02:00", "Sunday 2:00", "Sunday 24:00", "Sunday 02:10", "Su 02:00", 2]
)
def test_other_weekly_times_are_refused(text: object) -> None:
    with pytest.raises(ValueError, match="must be a weekday"):
        parse_weekly_time(text)
