from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.durations import DAYS
from reconciler.core.limits import Freeze
from reconciler.core.windows import (
    CutoverWindow,
    freeze_at,
    next_moment,
    parse_cutover_window,
)

MINUTE = dt.timedelta(minutes=1)


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def freeze(begins: str, ends: str, reason: str = "") -> Freeze:
    return Freeze(begins=at(begins), ends=at(ends), reason=reason)


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("Sun 02:00-06:00", "Sunday 02:00-06:00"),
        ("sunday  02:00-06:00", "Sunday 02:00-06:00"),
        ("Sat 22:00-02:00", "Saturday 22:00-02:00"),
        ("Mon-Thu 22:30-24:00", "Monday-Thursday 22:30-24:00"),
        ("Fri-Mon 00:00-24:00", "Friday-Monday 00:00-24:00"),
        ("Sat 22:00-00:00", "Saturday 22:00-24:00"),
        ("daily 03:00-05:00", "daily 03:00-05:00"),
        ("Wed-Tue 03:00-05:00", "daily 03:00-05:00"),
    ],
)
def test_a_window_prints_back_in_one_form(written: str, canonical: str) -> None:
    window = parse_cutover_window(written)

    assert str(window) == canonical
    assert str(parse_cutover_window(canonical)) == canonical


@pytest.mark.parametrize(
    "written",
    [
        "Sun 02:00",
        "Sun",
        "Caturday 02:00-06:00",
        "Sun 2:00-6:00",
        "Sun 02:00-25:00",
        "02:00-06:00",
        "daily-Sun 02:00-06:00",
        "Sun 24:00-06:00",
        "",
        7,
        "Sun 02:00 - 06:00",
    ],
)
def test_what_is_no_window_is_refused_with_examples(written: object) -> None:
    with pytest.raises(
        ValueError, match='must be days and times in UTC, such as "Sun 02:00-06:00"'
    ):
        parse_cutover_window(written)


def test_a_window_without_length_is_refused() -> None:
    with pytest.raises(ValueError, match='a whole day is "00:00-24:00"'):
        parse_cutover_window("Sun 02:00-02:00")


@pytest.mark.parametrize(
    ("window", "moment", "holds"),
    [
        ("Sun 02:00-06:00", "2026-11-29T01:59:59", False),
        ("Sun 02:00-06:00", "2026-11-29T02:00:00", True),
        ("Sun 02:00-06:00", "2026-11-29T05:59:59", True),
        ("Sun 02:00-06:00", "2026-11-29T06:00:00", False),
        ("Sun 02:00-06:00", "2026-11-30T03:00:00", False),
        ("Sat 22:00-02:00", "2026-11-29T01:00:00", True),
        ("Sat 22:00-02:00", "2026-11-28T01:00:00", False),
        ("Sun 22:00-02:00", "2026-11-30T01:00:00", True),
        ("Fri-Mon 00:00-24:00", "2026-11-30T23:59:59", True),
        ("Fri-Mon 00:00-24:00", "2026-12-01T00:00:00", False),
        ("daily 03:00-05:00", "2026-12-01T04:00:00", True),
    ],
)
def test_a_window_holds_from_its_beginning_to_before_its_end(
    window: str, moment: str, *, holds: bool
) -> None:
    assert parse_cutover_window(window).holds(at(moment)) is holds


CHRISTMAS = freeze("2026-12-20T00:00", "2027-01-04T00:00", "Christmas")


@pytest.mark.parametrize(
    ("now", "window", "freezes", "expected"),
    [
        ("2026-11-25T12:00", None, [], "2026-11-25T12:00"),
        ("2026-11-25T12:00", "Sun 02:00-06:00", [], "2026-11-29T02:00"),
        ("2026-11-29T03:00", "Sun 02:00-06:00", [], "2026-11-29T03:00"),
        ("2026-11-29T06:00", "Sun 02:00-06:00", [], "2026-12-06T02:00"),
        ("2026-12-24T12:00", None, [CHRISTMAS], "2027-01-04T00:00"),
        ("2026-12-17T12:00", "Sun 02:00-06:00", [CHRISTMAS], "2027-01-10T02:00"),
        (
            "2026-12-24T12:00",
            None,
            [CHRISTMAS, freeze("2027-01-03T00:00", "2027-01-05T00:00")],
            "2027-01-05T00:00",
        ),
        (
            "2026-11-29T01:00",
            "Sun 02:00-06:00",
            [freeze("2026-11-29T00:00", "2026-11-29T05:00")],
            "2026-11-29T05:00",
        ),
    ],
)
def test_the_next_moment_is_in_the_window_and_in_no_freeze(
    now: str, window: str | None, freezes: list[Freeze], expected: str
) -> None:
    parsed = parse_cutover_window(window) if window else None

    assert next_moment(at(now), window=parsed, freezes=freezes) == at(expected)


def test_of_several_freezes_the_one_that_ends_last_is_named() -> None:
    longer = freeze("2026-12-31T00:00", "2027-01-08T00:00", "audit")

    assert freeze_at(at("2027-01-01T00:00"), [longer, CHRISTMAS]) == longer
    assert freeze_at(at("2027-01-08T00:00"), [longer, CHRISTMAS]) is None


WEEK_MIN = 7 * 24 * 60
MINUTES = st.integers(0, 3 * WEEK_MIN).map(
    lambda minutes: at("2026-11-22T00:00") + minutes * MINUTE
)
FREEZES = st.builds(
    lambda begins, length: Freeze(begins=begins, ends=begins + length * MINUTE, reason=""),
    MINUTES,
    st.integers(1, WEEK_MIN),
)
WINDOWS = st.builds(
    CutoverWindow,
    st.sampled_from(DAYS),
    st.sampled_from(DAYS),
    st.integers(0, 24 * 60 - 1),
    st.integers(1, 24 * 60),
).filter(lambda one: one.length_min < 24 * 60 or one.begins_min == 0)  # as the parser allows


@given(MINUTES, st.none() | WINDOWS, st.lists(FREEZES, max_size=5))
def test_no_earlier_moment_would_do(
    now: dt.datetime, window: CutoverWindow | None, freezes: list[Freeze]
) -> None:
    def would_do(moment: dt.datetime) -> bool:
        return freeze_at(moment, freezes) is None and (window is None or window.holds(moment))

    moment = next_moment(now, window=window, freezes=freezes)

    assert would_do(moment)
    edges = [now, *(one.ends for one in freezes)]
    edges += [window.next_begin(edge) for edge in edges] if window else []
    assert [edge for edge in edges if now <= edge < moment and would_do(edge)] == []


@given(WINDOWS)
def test_every_window_is_read_as_it_is_printed(window: CutoverWindow) -> None:
    read = parse_cutover_window(str(window))

    assert str(read) == str(window)
    weekday_hours = [at("2026-11-22T00:00") + hour * 60 * MINUTE for hour in range(7 * 24)]
    assert [read.holds(one) for one in weekday_hours] == [
        window.holds(one) for one in weekday_hours
    ]
