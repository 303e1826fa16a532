from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from support.planning import follower, live, situation, wanted

from reconciler.core.catalogue import LivePlan
from reconciler.core.durations import parse_duration
from reconciler.core.methods import (
    Chosen,
    NotPossible,
    addons_upgrade,
    choose,
    follower_switch,
    pg_copy,
)
from reconciler.core.plan import VersionChange
from reconciler.core.two_jobs import first_job

if TYPE_CHECKING:
    from support.live import Live

    from reconciler.core.desired import DesiredDatabase
    from reconciler.core.rules import Situation

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


def test_a_newer_version_waits_for_another_plan() -> None:
    first = first_job(situation(wanted("premium-0", version=18), live()))

    chosen = choose(first)

    assert isinstance(chosen, Chosen)
    assert chosen.method == "addons-upgrade"
    assert [one.kind for one in first.changes] == ["service-plan"]
    assert first.later_version == VersionChange(before=17, after=18)


@pytest.mark.parametrize(
    ("before", "wish"),
    [
        ("standard-0", {"version": 18, "method": "pg-copy"}),
        ("essential-0", {"version": 18}),
        ("standard-0", {"version": 16}),
    ],
    ids=["a copy asked for", "a copy the only way", "an older version"],
)
def test_nothing_waits_where_one_copy_does_both_nor_for_an_older_version(
    before: str, wish: dict[str, Any]
) -> None:
    asked = situation(wanted("standard-2", **wish), live(before))

    assert first_job(asked) is asked


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
    desired = wanted("essential-1", max_downtime=parse_duration("4m"))

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


def with_new_plans(desired: DesiredDatabase, world: Live) -> Situation:
    """As asked of Heroku, which lists two plans that the shipped catalogue does not."""
    asked = situation(desired, world)
    plans = [
        LivePlan(name, 1, is_negotiated=False, state="ga")
        for name in ("standard-l-9", "standard-11")
    ]
    return replace(asked, catalogue=asked.catalogue.with_live(plans))


def test_a_new_plan_of_a_known_size_is_usable() -> None:
    chosen = choose(with_new_plans(wanted("standard-l-9"), live("standard-9", size_gb=900)))

    assert isinstance(chosen, Chosen)
    assert chosen.method == "addons-upgrade"


def test_a_new_plan_of_a_new_size_is_refused_for_the_fact_that_is_missing() -> None:
    refused = choose(with_new_plans(wanted("standard-11"), live("standard-9")))

    assert isinstance(refused, NotPossible)
    assert refused.reason == (
        "How much the wanted plan holds is not known, so whether the data fits is not either (standard-11) [R049]."
    )


def test_a_database_on_a_new_plan_can_leave_it_by_addons_upgrade() -> None:
    asked = with_new_plans(wanted("standard-9"), live("standard-11", size_gb=900))

    assert addons_upgrade(asked).is_feasible
    assert rules(follower_switch(asked).violations) == ["R027"]


def test_a_plan_that_heroku_does_not_list_either_is_refused() -> None:
    refused = choose(situation(wanted("standard-11"), live("standard-9")))

    assert isinstance(refused, NotPossible)
    assert (
        "neither in this tool's catalogue nor in Heroku's list of plans) [R008]" in refused.reason
    )
