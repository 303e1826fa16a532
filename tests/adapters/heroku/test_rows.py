from __future__ import annotations

import datetime as dt

import pytest

from reconciler.adapters.heroku import rows

UNKNOWN = ["", "unknown", "Available", "soon (12 commits)"]


@pytest.mark.parametrize(
    ("text", "commits"), [("0 commits", 0), ("1 commit", 1), ("12,345 commits", 12345)]
)
def test_lag(text, commits):
    assert rows.commits_behind(text) == commits


@pytest.mark.parametrize("text", [*UNKNOWN, "12", "12 minutes"])
def test_lag_in_another_form_is_unknown(text):
    assert rows.commits_behind(text) is None


@pytest.mark.parametrize(
    ("text", "used", "limit"),
    [("12/200", 12, 200), ("unknown/20", None, 20), ("3/unknown", 3, None), ("", None, None)],
)
def test_connections(text, used, limit):
    assert (rows.connection_count(text), rows.connection_limit(text)) == (used, limit)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("66.1 GB / 64 GB (103.28%)", 70974334566),
        ("9.2 MB/1.00 GB (In compliance)", 9646899),
        ("144.6 GB", 155263067750),
        ("512 bytes", 512),
        ("2 TB", 2199023255552),
        ("unknown usage / 1 GB (In compliance)", None),
        ("1 PB", None),
        ("", None),
    ],
)
def test_size(text, size):
    assert rows.size_bytes(text) == size


@pytest.mark.parametrize(
    ("text", "count"), [("45", 45), ("0/4000 (In compliance)", 0), ("unknown", None), ("", None)]
)
def test_tables(text, count):
    assert rows.table_count(text) == count


@pytest.mark.parametrize(
    ("text", "version"), [("17.5", 17), ("9.6.24", 9), ("16", 16), ("17devel", None), ("", None)]
)
def test_version(text, version):
    assert rows.major_version(text) == version


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2025-01-01 12:00:00 +0000", dt.date(2025, 1, 1)),
        ("2026-06-21 19:18", dt.date(2026, 6, 21)),
        ("2024-01-15 10:05 ", dt.date(2024, 1, 15)),
        ("yesterday", None),
        ("", None),
    ],
)
def test_day(text, day):
    assert rows.day(text) == day
