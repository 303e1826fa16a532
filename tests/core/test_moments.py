from __future__ import annotations

import datetime as dt

import pytest

from reconciler.core.moments import moment_text, with_ends, with_moments


def test_a_moment_is_told_to_the_minute_and_in_utc() -> None:
    zone = dt.timezone(dt.timedelta(hours=2))

    assert moment_text(dt.datetime(2026, 11, 28, 2, 0, 59, tzinfo=zone)) == "2026-11-28 00:00 UTC"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("2026-11-28 02:00:00 +0000", "2026-11-28 02:00 UTC"),
        ("2026-11-28 02:00:00 UTC", "2026-11-28 02:00 UTC"),
        ("2026-11-28T02:00:00Z", "2026-11-28 02:00 UTC"),
        ("2026-11-28T04:00:36+02:00", "2026-11-28 02:00 UTC"),
        ("2026-11-28T02:00:00", "2026-11-28T02:00:00"),
        ("2026-02-30T02:00:00Z", "2026-02-30T02:00:00Z"),
        ("from 2026-11-28 02:00:00 +0000 on, say", "from 2026-11-28 02:00 UTC on, say"),
        ("tomorrow", "tomorrow"),
        ("", ""),
    ],
)
def test_what_somebody_else_wrote_is_told_alike_where_it_is_a_moment(text: str, told: str) -> None:
    assert with_moments(text) == told


def test_an_end_is_never_told_too_early() -> None:
    ends = [with_ends(f"2026-11-28T02:00:{second:02}Z") for second in (0, 1, 59)]

    assert ends == ["2026-11-28 02:00 UTC", "2026-11-28 02:01 UTC", "2026-11-28 02:01 UTC"]
