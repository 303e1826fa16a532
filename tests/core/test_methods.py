from __future__ import annotations

import pytest
from support.planning import follower, live, situation, wanted

from reconciler.core.durations import parse_duration
from reconciler.core.methods import (
    Chosen,
    NotPossible,
    addons_upgrade,
    choose,
    follower_switch,
    pg_copy,
)

HAND_MADE = {
    "app": "shop",
    "plan": "standard-2",
    "attachments": ["shop::WHITE"],
    "leader": "old",
}


def rules(reasons: tuple[object, ...]) -> list[str]:
    return [one.rule for one in reasons]


def test_each_method_names_every_rule_against_it() -> None:
    asked = situation(wanted("essential-2"), live(size_gb=40, credential_count=2))

    assert rules(addons_upgrade(asked).violations) == ["R014", "R016", "R020"]
    assert rules(follower_switch(asked).violations) == ["R014", "R016", "R021"]
    assert rules(pg_copy(asked).violations) == ["R014", "R016", "R031", "R032"]


def test_herokus_order_of_preference_decides() -> None:
    chosen = choose(situation(wanted(), live()))

    assert isinstance(chosen, Chosen)
    assert chosen.method == "addons-upgrade"
    assert rules(chosen.because) == ["R052"]
    assert [(one.method, one.is_feasible) for one in chosen.rejected] == [
        ("follower-switch", True),
        ("pg-copy", True),
    ]


def test_a_newer_version_is_herokus_to_upgrade() -> None:
    chosen = choose(situation(wanted("standard-0", version=18), live()))

    assert isinstance(chosen, Chosen)
    assert (chosen.method, rules(chosen.because)) == ("pg-upgrade", ["R053"])
    assert [(one.method, rules(one.reasons)) for one in chosen.rejected] == [
        ("addons-upgrade", ["R002"]),
        ("follower-switch", ["R002"]),
        ("pg-copy", ["R003"]),
    ]


def test_a_newer_version_and_another_plan_take_two_plans() -> None:
    refused = choose(situation(wanted("premium-0", version=18), live()))

    assert isinstance(refused, NotPossible)
    assert refused.reason.endswith("leave `version` out, apply, then set it (17 to 18) [R042].")


@pytest.mark.parametrize(
    ("plan", "version", "method"),
    [("premium-0", None, "addons-upgrade"), ("standard-0", 18, "pg-upgrade")],
)
def test_each_of_the_two_plans_has_its_method(plan: str, version: int | None, method: str) -> None:
    chosen = choose(situation(wanted(plan, version=version), live()))

    assert isinstance(chosen, Chosen)
    assert chosen.method == method


@pytest.mark.parametrize("method", ["addons-upgrade", "follower-switch", "pg-copy"])
def test_the_desired_state_decides_where_it_says(method: str) -> None:
    chosen = choose(situation(wanted(method=method), live()))

    assert isinstance(chosen, Chosen)
    assert chosen.method == method
    assert rules(chosen.because) == ["R050"]


def test_a_method_that_is_asked_for_and_impossible_is_not_replaced() -> None:
    refused = choose(situation(wanted(method="addons-upgrade"), live("essential-0")))

    assert isinstance(refused, NotPossible)
    assert refused.reason == (
        "addons-upgrade, which the desired state asks for, is not possible: addons:upgrade stays within "
        "Essential, and does not lead there from another tier [R020]. Possible: pg-copy."
    )


def test_a_prepared_follower_is_adopted() -> None:
    world = live(followers=["made"], others={"made": HAND_MADE})

    chosen = choose(situation(wanted(), world))

    assert isinstance(chosen, Chosen)
    assert (chosen.method, rules(chosen.because)) == ("follower-switch", ["R051"])


@pytest.mark.parametrize(
    "unfit",
    [
        {"plan": "standard-3"},
        {"serving": "standard-0"},
        {"app": "elsewhere"},
        {"is_waiting": True},
        {"attachments": ["shop::ORDERS_NEXT_0A1B2C"]},
    ],
)
def test_a_follower_that_does_not_fit_is_not_adopted(unfit: dict[str, object]) -> None:
    world = live(followers=["made"], others={"made": HAND_MADE | unfit})

    chosen = choose(situation(wanted(), world))

    assert isinstance(chosen, Chosen)
    assert chosen.method == "addons-upgrade"


def test_a_follower_that_is_listed_stays_one() -> None:
    world = live(followers=["made"], others={"made": HAND_MADE})
    desired = wanted(followers=(follower("shop", "WHITE", "standard-2"),))

    chosen = choose(situation(desired, world))

    assert isinstance(chosen, Chosen)
    assert chosen.method == "addons-upgrade"


def test_the_first_method_within_the_downtime_limit_is_chosen() -> None:
    desired = wanted("essential-1", max_downtime=parse_duration("2m"))

    within = choose(situation(desired, live("essential-0", size_gb=0.6)))
    over = choose(situation(desired, live("essential-0", size_gb=0.7)))

    assert isinstance(within, Chosen)
    assert within.method == "addons-upgrade"
    assert isinstance(over, NotPossible)
    assert [rules(one.reasons) for one in over.rejected] == [["R040"], ["R021"], ["R040"]]


def test_an_unknown_size_is_over_any_limit() -> None:
    desired = wanted("standard-0", max_downtime=parse_duration("30d"))

    refused = choose(situation(desired, live("essential-0", size_gb=None)))

    assert isinstance(refused, NotPossible)
    assert (
        refused.reason
        == "No method is possible: addons-upgrade [R020], follower-switch [R021], pg-copy [R040]."
    )


def test_a_rule_that_stops_all_methods_is_the_reason() -> None:
    refused = choose(situation(wanted("standard-0", version=16), live()))

    assert isinstance(refused, NotPossible)
    assert (
        refused.reason == "PostgreSQL cannot go back to an older major version (17 to 16) [R001]."
    )


def test_the_last_resort_says_what_excludes_the_others() -> None:
    chosen = choose(situation(wanted(), live("essential-0")))

    assert isinstance(chosen, Chosen)
    assert (chosen.method, rules(chosen.because)) == ("pg-copy", ["R020", "R021"])


def test_what_needs_no_method_has_none() -> None:
    missing = (follower("shop", "REPLICA", "standard-0"),)

    chosen = choose(situation(wanted("standard-0", followers=missing), live()))

    assert isinstance(chosen, Chosen)
    assert chosen.method is None


def test_a_follower_that_cannot_be_made_blocks() -> None:
    missing = (follower("shop", "REPLICA", "standard-0"),)
    world = live(fork_follow="Temporarily Unavailable")

    refused = choose(situation(wanted("standard-0", followers=missing), world))

    assert isinstance(refused, NotPossible)
    assert "[R025]" in refused.reason
