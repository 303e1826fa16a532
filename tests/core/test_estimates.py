from __future__ import annotations

from typing import Any

import pytest
from support.planning import POOL, follower, live, situation, wanted

from reconciler.core.estimates import cutover_limit_s, downtime, interval, preparation, span
from reconciler.core.plan import Estimate

RELEASING: Any = {"shop": {"formation": {"web": 1, "release": 0}}}


def bounds(estimate: Estimate) -> tuple[float, float | None]:
    return estimate.lower_s, estimate.upper_s


def test_a_maintenance_takes_seconds_and_its_preparation_hours_without_a_bound() -> None:
    asked = situation(wanted(), live(), "addons-upgrade")

    assert bounds(downtime(asked)) == (10, 60)
    assert bounds(preparation(asked)) == (0, None)
    assert cutover_limit_s(asked) == 600


@pytest.mark.parametrize(
    ("size_gb", "upper_s"), [(0.5, 90), (None, 180)], ids=["by data", "by disk"]
)
def test_essential_is_read_only_at_most_as_long_as_a_copy(
    size_gb: float | None, upper_s: float
) -> None:
    asked = situation(wanted("essential-1"), live("essential-0", size_gb=size_gb), "addons-upgrade")

    assert bounds(downtime(asked)) == (0, upper_s)
    assert bounds(preparation(asked)) == (0, 0)


def test_an_upgrade_takes_minutes_and_its_preparation_up_to_a_day() -> None:
    asked = situation(wanted("standard-0", version=18), live(), "pg-upgrade")

    assert bounds(downtime(asked)) == (300, 1230)
    assert bounds(preparation(asked)) == (0, 86_400)
    assert cutover_limit_s(asked) == 2460


def test_essential_is_upgraded_without_preparation() -> None:
    asked = situation(wanted("essential-0", version=18), live("essential-0"), "pg-upgrade")

    assert bounds(downtime(asked)) == (300, 1230)
    assert bounds(preparation(asked)) == (0, 0)


def test_a_follower_switch_grows_with_the_names_of_one_app() -> None:
    names = ["shop::DATABASE", f"shop::POOL {POOL}", "web::ORDERS", "shop::ORDERS_NEXT_0A1B2C"]
    asked = situation(wanted(), live(attachments=names), "follower-switch")

    assert bounds(downtime(asked)) == (15, 95)
    assert bounds(preparation(asked)) == (180, None)
    assert cutover_limit_s(asked) == 300


def test_release_commands_take_as_long_as_the_cutover_may() -> None:
    asked = situation(wanted(), live(apps=RELEASING), "follower-switch")

    assert bounds(downtime(asked)) == (15, 300)
    assert "the release commands of shop" in downtime(asked).formula


def test_a_copy_takes_half_to_twice_three_minutes_a_gigabyte() -> None:
    asked = situation(wanted(), live(size_gb=4), "pg-copy")

    assert bounds(downtime(asked)) == (15 + 360, 90 + 1440)
    assert "3 min x 4 GB" in downtime(asked).formula
    assert bounds(preparation(asked)) == (180, 300)
    assert cutover_limit_s(asked) == 2 * (90 + 1440)


def test_a_copy_of_unknown_size_has_no_upper_bound_but_a_limit() -> None:
    asked = situation(wanted(), live("essential-1", size_gb=None), "pg-copy")

    assert downtime(asked).upper_s is None
    assert cutover_limit_s(asked) == 2 * (10 * 180 * 2)


def test_a_limit_is_never_below_five_minutes() -> None:
    asked = situation(wanted("essential-1"), live("essential-0", size_gb=0.1), "addons-upgrade")

    assert cutover_limit_s(asked) == 300


def test_what_needs_no_method_has_no_downtime() -> None:
    missing = (follower("shop", "REPLICA", "standard-0"),)

    alone = situation(wanted("standard-0"), live())
    with_follower = situation(wanted("standard-0", followers=missing), live())

    assert bounds(downtime(with_follower)) == (0, 0)
    assert bounds(preparation(alone)) == (0, 0)
    assert bounds(preparation(with_follower)) == (180, None)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (45, "45 s"),
        (45.2, "46 s"),
        (119, "119 s"),
        (120, "2 min"),
        (121, "3 min"),
        (7140, "119 min"),
        (7200, "2 h"),
        (7201, "2.1 h"),
        (90_000, "25 h"),
    ],
)
def test_spans_are_rounded_up(seconds: float, text: str) -> None:
    assert span(seconds) == text


@pytest.mark.parametrize(
    ("lower_s", "upper_s", "text"),
    [
        (0, 0, "none"),
        (0, None, "hours?"),
        (180, None, "3 min-?"),
        (10, 60, "10-60 s"),
        (15, 300, "15 s-5 min"),
        (0, 300, "0-5 min"),
        (300, 300, "5 min"),
    ],
)
def test_intervals_fit_a_column(lower_s: float, upper_s: float | None, text: str) -> None:
    assert interval(Estimate(lower_s=lower_s, upper_s=upper_s, formula="", source="")) == text
