"""A database that moves to another app: what is planned, and what is not guessed."""

from __future__ import annotations

from typing import Any

import pytest
from support.planning import follower, live, name, plan_of, wanted

from reconciler.core.desired import Origin
from reconciler.core.plan import Plan, Stage
from reconciler.core.soundness import dangers
from reconciler.core.steps import MaintenanceOff, MaintenanceOn, ScaleUp

HERE = Origin(app="shop", attachment="DATABASE")
VAULT: Any = {"vault": {"space": "private", "region": "virginia"}}


def moved(plan: str = "standard-0", **more: Any) -> Any:
    return wanted(plan, app="vault", moved_from=HERE, **more)


def steps(plan: Plan) -> list[Any]:
    return [step for stage in plan.databases[0].stages for step in stage.steps]


def test_both_apps_are_closed_and_the_new_one_alone_is_opened() -> None:
    plan = plan_of(live(apps=VAULT), moved("private-0"))

    done = steps(plan)
    assert {one.app for one in done if isinstance(one, MaintenanceOn)} == {"shop", "vault"}
    assert {one.app for one in done if isinstance(one, MaintenanceOff | ScaleUp)} == {"vault"}
    assert dangers(plan) == ()


def test_no_name_of_the_app_that_is_left_is_moved() -> None:
    world = live(apps=VAULT, attachments=["shop::DATABASE", "shop::BLUE", "vault::OLD_ORDERS"])

    done = steps(plan_of(world, moved("private-0")))

    attached = {(one.app, one.name, one.replaces) for one in done if one.kind == "attach"}
    assert {one for one in attached if "_REPLACED_" not in one[1]} == {
        ("vault", "DATABASE", None),
        ("vault", "OLD_ORDERS", "old"),
    }


def test_an_app_that_is_listed_goes_on_reading_the_database_and_is_opened() -> None:
    asked = moved(attach=(name("shop", "DATABASE"),))

    done = steps(plan_of(live(), asked))

    assert {one.app for one in done if isinstance(one, MaintenanceOff)} == {"shop", "vault"}
    assert ("shop", "DATABASE", "old") in {
        (one.app, one.name, one.replaces) for one in done if one.kind == "attach"
    }


def test_followers_are_made_on_the_apps_that_they_are_wanted_on() -> None:
    asked = moved("private-0", followers=(follower("vault", "REPLICA", "private-0"),))

    made = [one for one in steps(plan_of(live(apps=VAULT), asked)) if one.kind == "provision"]

    assert [one.app for one in made] == ["vault", "vault"]
    assert made[1].follow == made[0].addon


def test_a_follower_on_the_new_app_that_is_there_already_is_adopted() -> None:
    made = {"app": "vault", "plan": "private-0", "leader": "old", "attachments": ["vault::WHITE"]}
    world = live(apps=VAULT, followers=["made"], others={"made": made})

    done = steps(plan_of(world, moved("private-0")))

    assert not any(one.kind == "provision" for one in done)
    assert {one.follower for one in done if one.kind == "unfollow"} == {"made"}


NEW = {"app": "vault", "plan": "standard-0", "attachments": ["vault::DATABASE"]}


@pytest.mark.parametrize(
    ("world", "reason"),
    [
        (
            live(others={"new": NEW}),
            (
                "vault::DATABASE leads to new and shop::DATABASE to old: "
                "detach the one that it is not, or take moved_from away"
            ),
        ),
        (
            live(app="owner"),
            "shop::DATABASE leads to old, which belongs to owner: move it from there",
        ),
        (live(attachments=["shop::ORDERS"]), "shop knows no database as DATABASE; it knows ORDERS"),
        (
            live() | {"missing_apps": ["vault"]},
            "the app vault does not exist, or is not visible with this token",
        ),
        (
            {"databases": {}, "missing_apps": ["shop"]},
            "the app shop does not exist, or is not visible with this token",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_not_clear_is_not_planned(world: Any, reason: str) -> None:
    plan = plan_of(world, moved())

    assert (plan.databases, plan.unchanged) == ((), ())
    assert [one.reason for one in plan.unknown] == [reason]


def test_what_has_moved_stays_unchanged_when_the_app_that_it_left_is_gone() -> None:
    world = {"databases": {"new": NEW}, "missing_apps": ["shop"]}

    assert plan_of(world, moved()).unchanged == ("orders",)


def test_opening_the_app_that_was_left_would_be_a_danger() -> None:
    plan = plan_of(live(), moved())
    planned = plan.databases[0]
    open_it = Stage(phase="cutover", steps=(ScaleUp(app="shop"), MaintenanceOff(app="shop")))
    worse = planned.model_copy(update={"stages": (*planned.stages, open_it)})

    found = dangers(plan.model_copy(update={"databases": (worse,)}))

    assert [one.text for one in found] == ["shop is opened while its names lead to old"] * 2
