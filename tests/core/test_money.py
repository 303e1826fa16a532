from __future__ import annotations

from support.planning import follower, live, situation, wanted

from reconciler.core.money import money
from reconciler.core.plan import Money

REPLICA = {"app": "shop", "plan": "standard-0", "attachments": ["shop::REPLICA"], "leader": "old"}
READER = (follower("shop", "REPLICA", "standard-0"),)


def test_a_change_in_place_leaves_nothing_over() -> None:
    asked = situation(wanted("standard-2"), live(), "addons-upgrade")

    assert money(asked) == Money(before_cents=5000, after_cents=20000, overlap_cents=0)


def test_a_switch_goes_on_paying_for_what_was_replaced() -> None:
    world = live(followers=["replica"], others={"replica": REPLICA})
    asked = situation(wanted("standard-2", followers=READER), world, "follower-switch")

    assert money(asked) == Money(before_cents=10000, after_cents=25000, overlap_cents=10000)


def test_followers_stay_in_a_change_in_place() -> None:
    world = live(followers=["replica"], others={"replica": REPLICA | {"price_cents_month": 4000}})
    asked = situation(wanted("standard-2", followers=READER), world, "addons-upgrade")

    assert money(asked) == Money(before_cents=9000, after_cents=24000, overlap_cents=0)


def test_what_is_billed_counts_before_the_list_price() -> None:
    asked = situation(wanted("standard-2"), live(price_cents_month=4500), "follower-switch")

    assert money(asked) == Money(before_cents=4500, after_cents=20000, overlap_cents=4500)


def test_a_price_that_is_not_known_stays_unknown() -> None:
    world = live("premium-0", size_gb=1)
    asked = situation(wanted("premium-10"), world, "addons-upgrade")

    assert money(asked) == Money(before_cents=20000, after_cents=None, overlap_cents=0)


def test_a_new_follower_is_paid_beside_the_one_it_replaces() -> None:
    world = live(followers=["replica"], others={"replica": REPLICA})
    desired = wanted("standard-0", followers=(follower("shop", "REPLICA", "standard-2"),))

    assert money(situation(desired, world)) == Money(
        before_cents=10000, after_cents=25000, overlap_cents=5000
    )


def test_names_cost_nothing() -> None:
    world = live(attachments=["shop::DATABASE"])

    assert money(situation(wanted("standard-0"), world)) == Money(
        before_cents=5000, after_cents=5000, overlap_cents=0
    )
