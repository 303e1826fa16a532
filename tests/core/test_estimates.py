from __future__ import annotations

from typing import Any

import pytest
from support.planning import POOL, follower, live, situation, wanted

from reconciler.core.estimates import (
    cutover_limit_s,
    downtime,
    interval,
    interval_and_likely,
    preparation,
    span,
)
from reconciler.core.plan import Estimate

RELEASING: Any = {"shop": {"formation": {"web": 1, "release": 0}}}


def bounds(estimate: Estimate) -> tuple[float, float | None]:
    return estimate.lower_s, estimate.upper_s


def test_a_maintenance_takes_seconds_and_its_preparation_hours_without_a_bound() -> None:
    asked = situation(wanted(), live(), "addons-upgrade")

    assert bounds(downtime(asked)) == (10, 180)
    assert bounds(preparation(asked)) == (0, None)
    assert cutover_limit_s(asked) == 600


@pytest.mark.parametrize(
    ("size_gb", "upper_s"), [(0.5, 180), (None, 360)], ids=["by data", "by disk"]
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

    assert bounds(downtime(asked)) == (15, 96)
    assert bounds(preparation(asked)) == (180, None)
    assert cutover_limit_s(asked) == 300


def test_release_commands_take_as_long_as_the_cutover_may() -> None:
    asked = situation(wanted(), live(apps=RELEASING), "follower-switch")

    assert bounds(downtime(asked)) == (15, 300)
    assert "the release commands of shop" in downtime(asked).formula


def test_a_copy_takes_half_to_twice_three_minutes_a_gigabyte() -> None:
    asked = situation(wanted(), live(size_gb=4), "pg-copy")

    assert bounds(downtime(asked)) == (15 + 360, 95 + 1440)
    assert "3 min x 4 GB" in downtime(asked).formula
    assert bounds(preparation(asked)) == (180, 300)
    assert cutover_limit_s(asked) == 2 * (95 + 1440)


HOOKS: Any = {"before_writes_stop": (("./a",), ("./b",)), "after_writes_resume": (("./c",),)}


@pytest.mark.parametrize("way", ["addons-upgrade", "pg-upgrade", "follower-switch", "pg-copy"])
def test_hooks_before_writes_stop_add_their_time_to_downtime_and_limit(way: Any) -> None:
    plan = "standard-0" if way == "pg-upgrade" else "standard-2"
    version = 18 if way == "pg-upgrade" else None
    plain = situation(wanted(plan, version=version), live(), way)
    asked = situation(wanted(plan, version=version, **HOOKS), live(), way)

    before, after = downtime(plain), downtime(asked)
    assert (before.upper_s, before.lower_s) == ((after.upper_s or 0) - 120, after.lower_s)
    assert after.formula.endswith("at most 60 s (hook_timeout) for each of 2 hooks")
    assert cutover_limit_s(asked) >= cutover_limit_s(plain) + 120


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
        (393, 1573, "6-27 min"),
        (45.9, 46, "45-46 s"),
        (119.5, 7201, "119 s-2.1 h"),
        (7199, 7201, "119 min-2.1 h"),
        (7550, 7600, "2-2.2 h"),
        (0.5, 300, "0-5 min"),
        (179, None, "2 min-?"),
    ],
)
def test_intervals_fit_a_column(lower_s: float, upper_s: float | None, text: str) -> None:
    assert interval(Estimate(lower_s=lower_s, upper_s=upper_s, formula="", source="")) == text


@pytest.mark.parametrize(
    ("size_gb", "likely_s"),
    [(4, 720), (0.5, 90), (0.1, None), (None, None)],
    ids=["3 min a GB", "half a GB", "the switch outweighs it", "size unknown"],
)
def test_a_copy_likely_takes_three_minutes_a_gigabyte(
    size_gb: float | None, likely_s: float | None
) -> None:
    asked = situation(wanted(), live("essential-1", size_gb=size_gb), "pg-copy")

    assert downtime(asked).likely_s == likely_s


def test_an_upgrade_likely_takes_ten_minutes() -> None:
    asked = situation(wanted("standard-0", version=18), live(), "pg-upgrade")

    assert downtime(asked).likely_s == 600


@pytest.mark.parametrize("way", ["addons-upgrade", "follower-switch"])
def test_where_no_source_says_what_is_likely_nothing_is(way: Any) -> None:
    asked = situation(wanted(), live(), way)

    assert downtime(asked).likely_s is preparation(asked).likely_s is None
    assert "likely_s" not in downtime(asked).model_dump()


@pytest.mark.parametrize("more", [HOOKS, {}], ids=["hooks", "release commands"])
def test_what_is_likely_is_not_said_where_commands_of_ones_own_run_meanwhile(more: Any) -> None:
    apps = {} if more else RELEASING
    asked = situation(wanted(**more), live(size_gb=4, apps=apps), "pg-copy")

    assert downtime(asked).likely_s is None


@pytest.mark.parametrize(
    ("likely_s", "text"),
    [
        (None, "6-27 min"),
        (756, "6-27 min, likely 13 min"),
        (45.4, "6-27 min, likely 45 s"),
        (7560, "6-27 min, likely 2.1 h"),
    ],
)
def test_what_is_likely_stands_beside_the_interval(likely_s: float | None, text: str) -> None:
    estimate = Estimate(lower_s=393, upper_s=1573, likely_s=likely_s, formula="", source="")

    assert interval_and_likely(estimate) == text
