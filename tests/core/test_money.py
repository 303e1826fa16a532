from __future__ import annotations

import pytest
from support.planning import follower, live, situation, wanted

from reconciler.core.durations import parse_retention
from reconciler.core.money import money, prorated_cents
from reconciler.core.plan import Money

REPLICA = {"app": "shop", "plan": "standard-0", "attachments": ["shop::REPLICA"], "leader": "old"}
READER = (follower("shop", "REPLICA", "standard-0"),)


def test_a_change_in_place_leaves_nothing_over() -> None:
    asked = situation(wanted("standard-2"), live(), "addons-upgrade")

    assert money(asked) == Money(before_cents=5000, after_cents=20000, overlap_cents=0)


def test_a_switch_goes_on_paying_for_what_was_replaced() -> None:
    world = live(followers=["replica"], others={"replica": REPLICA})
    asked = situation(wanted("standard-2", followers=READER), world, "follower-switch")

    assert money(asked) == Money(
        before_cents=10000, after_cents=25000, overlap_cents=10000, overlap_once_cents=1002
    )


def test_followers_stay_in_a_change_in_place() -> None:
    world = live(followers=["replica"], others={"replica": REPLICA | {"price_cents_month": 4000}})
    asked = situation(wanted("standard-2", followers=READER), world, "addons-upgrade")

    assert money(asked) == Money(before_cents=9000, after_cents=24000, overlap_cents=0)


def test_what_is_billed_counts_before_the_list_price() -> None:
    asked = situation(wanted("standard-2"), live(price_cents_month=4500), "follower-switch")

    assert money(asked) == Money(
        before_cents=4500, after_cents=20000, overlap_cents=4500, overlap_once_cents=452
    )


def test_a_price_that_is_not_known_stays_unknown() -> None:
    world = live("premium-0", size_gb=1)
    asked = situation(wanted("premium-10"), world, "addons-upgrade")

    assert money(asked) == Money(before_cents=20000, after_cents=None, overlap_cents=0)


def test_a_new_follower_is_paid_beside_the_one_it_replaces() -> None:
    world = live(followers=["replica"], others={"replica": REPLICA})
    desired = wanted("standard-0", followers=(follower("shop", "REPLICA", "standard-2"),))

    assert money(situation(desired, world)) == Money(
        before_cents=10000, after_cents=25000, overlap_cents=5000, overlap_once_cents=502
    )


def test_names_cost_nothing() -> None:
    world = live(attachments=["shop::DATABASE"])

    assert money(situation(wanted("standard-0"), world)) == Money(
        before_cents=5000, after_cents=5000, overlap_cents=0
    )


@pytest.mark.parametrize(
    ("hours", "cents"),
    [
        (0, 0),
        (1, 10),
        (72, 720),
        (719, 7190),
        (720, 7200),
        (744, 7200),
        (745, 7210),
        (2 * 744, 14400),
    ],
)
def test_an_hour_costs_a_720th_of_a_month_and_no_month_more_than_its_price(
    hours: int, cents: int
) -> None:
    assert prorated_cents(7200, hours * 3_600) == cents


@pytest.mark.parametrize(
    ("keep", "cents"),
    [("0s", 2), ("1h", 9), ("72h", 502), ("30d", 5002), ("31d", 5002), ("forever", None)],
)
def test_the_overlap_is_the_new_while_it_is_made_and_the_old_while_it_is_kept(
    keep: str, cents: int | None
) -> None:
    """A standard-2 at $200 for 195 s, a standard-0 at $50 for as long as it is kept."""
    desired = wanted("standard-2", keep_old_primary=parse_retention(keep))
    asked = situation(desired, live(), "follower-switch")

    assert money(asked).overlap_once_cents == cents


@pytest.mark.parametrize(
    ("now", "then"), [("premium-0", "premium-10"), ("premium-10", "premium-0")]
)
def test_an_overlap_with_a_price_that_is_not_known_is_unknown(now: str, then: str) -> None:
    asked = situation(wanted(then), live(now, size_gb=1), "pg-copy")

    assert money(asked).overlap_once_cents is None
