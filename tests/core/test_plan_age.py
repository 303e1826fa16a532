from __future__ import annotations

import datetime as dt

import pytest
from support.planning import live, plan_of, wanted

from reconciler.core.durations import Duration
from reconciler.core.limits import Limits
from reconciler.core.plan_age import strictest, too_old
from reconciler.core.plan_document import made

NOON = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
DAY = Duration(86_400)


@pytest.mark.parametrize(
    ("passed", "told"),
    [
        (dt.timedelta(0), ""),
        (dt.timedelta(hours=24), ""),
        (dt.timedelta(hours=24, seconds=1), "was made 24 hours ago; it may be"),
        (dt.timedelta(hours=71, minutes=59), "was made 71 hours ago"),
        (dt.timedelta(days=3), "was made 3 days ago"),
        (dt.timedelta(minutes=-5), ""),
        (dt.timedelta(minutes=-5, seconds=-1), "was made in the future, at 2026-11-22 12:00 UTC"),
    ],
)
def test_the_age_is_judged_to_the_second(passed: dt.timedelta, told: str) -> None:
    found = too_old(made(plan_of(live(), wanted()), NOON), most=DAY, now=NOON + passed)

    assert found.startswith(told)
    assert bool(found) == bool(told)


def test_minutes_are_told_where_they_matter() -> None:
    found = too_old(
        made(plan_of(live(), wanted()), NOON),
        most=Duration(3600),
        now=NOON + dt.timedelta(minutes=90),
    )

    assert found == "was made 90 minutes ago; it may be at most 1h old (plan_max_age)"


def test_without_a_limit_the_age_is_not_asked() -> None:
    assert too_old(None, most=None, now=NOON) == ""


def test_the_stricter_limit_counts() -> None:
    loose, none = Limits(plan_max_age=Duration(7 * 86_400)), Limits()

    assert strictest(loose, none, Limits(plan_max_age=DAY)) == DAY
    assert strictest(none, none) is None
