"""Which steps each method takes, in which order, and what a switch takes along."""

from __future__ import annotations

import pytest
from support.planning import (
    POOL,
    backup,
    follower,
    live,
    name,
    one_plan,
    plan_of,
    situation,
    wanted,
)

from reconciler.core.durations import parse_weekly_time
from reconciler.core.plan import Unlisted
from reconciler.core.planner.target import new_primary
from reconciler.core.steps import (
    Attach,
    ConfirmServing,
    MaintenanceOn,
    ProveUnattached,
    Provision,
    ScaleDown,
    ScheduleBackup,
    SetMaintenanceWindow,
)

SWITCH = {"method": "follower-switch"}
REPLICA = {"app": "shop", "plan": "standard-0", "attachments": ["shop::REPLICA"], "leader": "old"}
READER = (follower("shop", "REPLICA", "standard-0"),)


def steps(database: object, kind: type) -> list[object]:
    return [step for stage in database.stages for step in stage.steps if isinstance(step, kind)]


def kinds(database: object) -> list[tuple[str, list[str]]]:
    return [(stage.phase, [step.kind for step in stage.steps]) for stage in database.stages]


# --- the stages of each method


def test_a_change_through_a_maintenance() -> None:
    found = one_plan(live(), wanted())

    assert kinds(found) == [
        ("prepare", ["change-service-plan"]),
        ("prepare", ["await-maintenance-ready"]),
        ("cutover", ["maintenance-on"]),
        ("cutover", ["run-maintenance"]),
        ("cutover", ["maintenance-off"]),
        ("cutover", ["confirm-serving"]),
    ]
    assert (found.point_of_no_return, found.undo_until) == (3, "changeover")
    assert found.keep_old_primary == ""


def test_a_change_at_once() -> None:
    found = one_plan(live("essential-0"), wanted("essential-1"))

    assert kinds(found) == [
        ("cutover", ["change-service-plan"]),
        ("cutover", ["confirm-serving"]),
    ]
    assert (found.point_of_no_return, found.undo_until) == (0, "never")


def test_a_follower_switch() -> None:
    found = one_plan(live(attachments=["shop::DATABASE", "web::ORDERS"]), wanted(**SWITCH))

    assert kinds(found) == [
        ("prepare", ["provision"]),
        ("prepare", ["await-follower"]),
        ("cutover", ["maintenance-on", "maintenance-on", "scale-down", "scale-down"]),
        ("cutover", ["await-no-lag"]),
        ("cutover", ["unfollow", "attach"]),
        ("cutover", ["attach", "attach", "compare-contents"]),
        ("cutover", ["await-release", "await-release", "prove-unattached", "confirm-serving"]),
        ("cutover", ["scale-up", "scale-up", "maintenance-off", "maintenance-off"]),
        ("cutover", ["compare-rest"]),
    ]
    assert (found.point_of_no_return, found.undo_until) == (7, "first write")
    assert found.keep_old_primary == "72h"


def test_a_copy() -> None:
    found = one_plan(live("essential-1"), wanted())

    assert kinds(found)[:4] == [
        ("prepare", ["provision"]),
        ("cutover", ["maintenance-on", "scale-down"]),
        ("cutover", ["copy", "attach"]),
        ("cutover", ["attach", "compare-contents"]),
    ]
    (made,) = steps(found, Provision)
    assert (made.version, made.follow) == (17, None)


def test_a_copy_to_a_wanted_version() -> None:
    found = one_plan(live("essential-1", version=16), wanted(version=18))

    (made,) = steps(found, Provision)
    assert made.version == 18


def test_names_and_followers_without_a_method() -> None:
    desired = wanted("standard-0", followers=READER, attach=(name("web", "ORDERS"),))

    found = one_plan(live(), desired)

    assert kinds(found) == [
        ("prepare", ["provision"]),
        ("prepare", ["await-follower"]),
        ("cutover", ["attach"]),
        ("cutover", ["await-release"]),
        ("cutover", ["confirm-serving"]),
        ("cutover", ["attach"]),
        ("cutover", ["await-release"]),
        ("cutover", ["confirm-serving"]),
    ]
    assert (found.method, found.point_of_no_return) == (None, None)
    assert found.blast_radius.restarts == ("shop", "web")


# --- what a switch takes along


def test_all_names_of_one_app_follow_one_another_its_own_first() -> None:
    names = [f"shop::A_POOL {POOL}", "shop::DATABASE", "shop::HEROKU_POSTGRESQL_RED", "web::ORDERS"]

    found = one_plan(live(attachments=names), wanted(**SWITCH))

    order = [f"{step.app}::{step.name}" for step in steps(found, Attach) if step.addon != "old"]
    assert order == [
        "shop::DATABASE",
        "shop::A_POOL",
        "shop::HEROKU_POSTGRESQL_RED",
        "web::ORDERS",
    ]
    pool = next(step for step in steps(found, Attach) if step.name == "A_POOL")
    assert (pool.namespace, pool.replaces) == (POOL, "old")


def test_marks_of_earlier_plans_stay_where_they_are() -> None:
    names = ["shop::DATABASE", "shop::ORDERS_NEXT_0A1B2C"]

    found = one_plan(live(attachments=names), wanted(**SWITCH))

    (proof,) = steps(found, ProveUnattached)
    (alias,) = [step.name for step in steps(found, Attach) if step.addon == "old"]
    assert proof.aliases == (("shop", "ORDERS_NEXT_0A1B2C"), ("shop", alias))
    assert "ORDERS_NEXT_0A1B2C" not in {step.name for step in steps(found, Attach)}


def test_only_the_wanted_process_types_are_stopped() -> None:
    found = one_plan(live(), wanted(scale_down=("worker",), **SWITCH))

    assert [step.process_types for step in steps(found, ScaleDown)] == [("worker",)]


def test_an_app_without_dynos_is_closed_all_the_same() -> None:
    found = one_plan(live(apps={"shop": {"formation": {}}}), wanted(**SWITCH))

    assert [step.app for step in steps(found, MaintenanceOn)] == ["shop"]


def test_schedules_and_the_window_come_along() -> None:
    world = live(
        schedules=[["DATABASE_URL", 3, "Europe/Paris"]],
        maintenance={"status": "none", "window": "Fridays 01:30 to 05:30 UTC"},
    )

    found = one_plan(world, wanted(**SWITCH))

    (made,) = steps(found, Provision)
    assert steps(found, ScheduleBackup) == [
        ScheduleBackup(addon=made.addon, name="DATABASE_URL", hour=3, timezone="Europe/Paris")
    ]
    assert steps(found, SetMaintenanceWindow) == [
        SetMaintenanceWindow(addon=made.addon, day="Friday", time="01:30")
    ]


@pytest.mark.parametrize("plan", ["standard-0", "standard-2", "essential-1"])
def test_a_wanted_backup_is_scheduled_without_a_method_and_after_one(plan: str) -> None:
    desired = wanted(plan, backups=(backup("DATABASE_URL", 5, "UTC"),))

    found = one_plan(live(schedules=[["DATABASE_URL", 3, "UTC"]]), desired)

    (target,) = {one.addon for one in steps(found, Provision)} or {"old"}
    assert steps(found, ScheduleBackup) == [
        ScheduleBackup(addon=target, name="DATABASE_URL", hour=5, timezone="UTC")
    ]
    assert (found.method is None) == (plan == "standard-0")
    assert [type(stage.steps[0]) for stage in found.stages[-2:]].count(ScheduleBackup) == 1


def test_a_new_primary_has_the_wanted_backups_and_the_present_ones() -> None:
    world = live(schedules=[["DATABASE_URL", 3, "UTC"], ["OTHER_URL", 7, "UTC"]])
    desired = wanted(backups=(backup("DATABASE_URL", 5, "UTC"),), **SWITCH)

    found = one_plan(world, desired)

    scheduled = [(one.name, one.hour) for one in steps(found, ScheduleBackup)]
    assert scheduled == [("DATABASE_URL", 5), ("OTHER_URL", 7)]


def test_the_wanted_window_wins_over_the_present_one() -> None:
    world = live(maintenance={"status": "none", "window": "Fridays 01:30 to 05:30 UTC"})
    desired = wanted(maintenance_window=parse_weekly_time("Sunday 02:00"), **SWITCH)

    found = one_plan(world, desired)

    assert [(one.day, one.time) for one in steps(found, SetMaintenanceWindow)] == [
        ("Sunday", "02:00")
    ]


def test_followers_are_made_anew_behind_the_new_primary_with_all_their_names() -> None:
    replica = REPLICA | {"attachments": ["shop::REPLICA", "dash::SALES", "shop::OLD_NEXT_0A1B2C"]}
    world = live(followers=["replica"], others={"replica": replica})

    found = one_plan(world, wanted(followers=READER, **SWITCH))

    primary, second = steps(found, Provision)
    assert (second.follow, second.service_plan) == (primary.addon, "standard-0")
    moved = {(one.app, one.name) for one in steps(found, Attach) if one.addon == second.addon}
    assert moved == {("shop", "REPLICA"), ("dash", "SALES")}
    assert steps(found, ConfirmServing)[-1].leader == primary.addon


def test_a_follower_that_is_not_listed_is_left_alone_and_named() -> None:
    world = live(followers=["replica"], others={"replica": REPLICA})

    plan = plan_of(world, wanted(**SWITCH))

    (found,) = plan.databases
    assert [step.addon for step in steps(found, Attach) if step.addon == "replica"] == []
    assert plan.unlisted == (Unlisted(name="orders", what="follower replica"),)
    assert any("replica" in warning and "[R069]" in warning for warning in found.warnings)


# --- adopting and leftovers


def test_an_adopted_follower_is_not_created() -> None:
    made = REPLICA | {"plan": "standard-2"}
    plan = plan_of(live(followers=["made"], others={"made": made}), wanted())

    (found,) = plan.databases
    assert steps(found, Provision) == []
    assert steps(found, ConfirmServing)[0].addon == "made"
    assert plan.unlisted == ()


def planned_name(attempt: int) -> str:
    """What the switch of `old` to standard-2 calls its target at the given attempt."""
    taken: list[str] = []
    for _ in range(attempt - 1):
        taken.append(_target(taken))
    return _target(taken)


def _target(taken: list[str]) -> str:
    world = live(addon_names=taken)
    return new_primary(situation(wanted(**SWITCH), world, "follower-switch")).addon


def test_a_leftover_of_an_earlier_attempt_is_named_and_another_name_is_chosen() -> None:
    unfollowed = {"app": "shop", "plan": "standard-2"}
    world = live(others={planned_name(1): unfollowed})

    found = one_plan(world, wanted(**SWITCH))

    assert steps(found, Provision)[0].addon == planned_name(2)
    assert any(planned_name(1) in warning for warning in found.warnings)


def test_what_is_being_made_under_the_planned_name_is_used() -> None:
    coming = {"app": "shop", "plan": "standard-2", "state": "provisioning"}

    found = one_plan(live(others={planned_name(1): coming}), wanted(**SWITCH))

    assert steps(found, Provision)[0].addon == planned_name(1)


@pytest.mark.parametrize(
    ("attachments", "is_used"),
    [(["shop::{mark}"], True), (["shop::{mark}", "web::ORDERS"], False)],
)
def test_a_copys_target_is_used_again_while_nobody_reads_it(
    attachments: list[str],
    is_used: bool,  # noqa: FBT001  # a column of the table
) -> None:
    asked = situation(wanted(), live("essential-1"), "pg-copy")
    target = new_primary(asked)
    names = [one.format(mark=target.names.next_attachment) for one in attachments]
    there = {target.addon: {"app": "shop", "plan": "standard-2", "attachments": names}}

    read = new_primary(situation(wanted(), live("essential-1", others=there), "pg-copy"))
    unread_world = live(
        "essential-1",
        addon_names=[target.addon],
        attachments_elsewhere=dict.fromkeys(names, target.addon),
    )
    unread = new_primary(situation(wanted(), unread_world, "pg-copy"))

    assert [(one.addon == target.addon) for one in (read, unread)] == [is_used, is_used]
