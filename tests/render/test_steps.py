from __future__ import annotations

import re
from typing import get_args

import pytest

from reconciler.core.names import AddonName, AppName, AttachmentName, ProcessType, ServicePlanName
from reconciler.core.observed import POOLER
from reconciler.core.steps import (
    Attach,
    AwaitFollower,
    AwaitMaintenanceReady,
    AwaitNoLag,
    AwaitRelease,
    AwaitUpgradeReady,
    ChangeServicePlan,
    CompareContents,
    CompareRest,
    ConfirmServing,
    Copy,
    Deprovision,
    EndFollowing,
    MaintenanceOff,
    MaintenanceOn,
    PrepareUpgrade,
    ProveUnattached,
    Provision,
    RunHook,
    RunMaintenance,
    RunUpgrade,
    ScaleDown,
    ScaleUp,
    ScheduleBackup,
    SetMaintenanceWindow,
    Step,
    Unfollow,
)
from reconciler.render.steps import describe

APP = AppName("shop")
OLD = AddonName("old-db")
NEW = AddonName("new-db")
NAME = AttachmentName("DATABASE")
SMALL = ServicePlanName("standard-0")
LARGE = ServicePlanName("standard-2")

SENTENCES: list[tuple[Step, str]] = [
    (
        Provision(
            addon=NEW,
            app=APP,
            service_plan=LARGE,
            attachment=AttachmentName("ORDERS_NEXT_9C1E77"),
            follow=OLD,
        ),
        "create new-db on standard-2 for shop, following old-db",
    ),
    (
        Provision(
            addon=NEW,
            app=APP,
            service_plan=LARGE,
            attachment=AttachmentName("ORDERS_NEXT_9C1E77"),
            version=17,
        ),
        "create new-db on standard-2 for shop, empty, PostgreSQL 17",
    ),
    (
        AwaitFollower(follower=NEW, leader=OLD, at_most_commits=200),
        "wait until new-db is at most 200 commits behind old-db",
    ),
    (
        ChangeServicePlan(addon=OLD, app=APP, before=SMALL, after=LARGE),
        "ask Heroku to move old-db from standard-0 to standard-2",
    ),
    (
        AwaitMaintenanceReady(addon=OLD, after=LARGE),
        "wait until Heroku has the standard-2 replacement of old-db ready",
    ),
    (MaintenanceOn(app=APP), "close shop (maintenance mode on)"),
    (ScaleDown(app=APP), "stop all dynos of shop and wait until they are gone"),
    (
        ScaleDown(app=APP, process_types=(ProcessType("clock"), ProcessType("worker"))),
        "stop the clock, worker dynos of shop and wait until they are gone",
    ),
    (
        AwaitNoLag(follower=NEW, leader=OLD),
        "wait until new-db is 0 commits behind old-db, twice in a row",
    ),
    (
        Unfollow(follower=NEW, leader=OLD),
        "unfollow new-db from old-db: it becomes writable, for good",
    ),
    (
        EndFollowing(follower=OLD, leader=NEW),
        "unfollow old-db from new-db: nobody reads it any more",
    ),
    (Copy(source=OLD, target=NEW, app=APP), "copy all data of old-db over new-db"),
    (
        CompareContents(old=OLD, new=NEW, way="pg-copy"),
        "compare what old-db and new-db hold",
    ),
    (
        CompareRest(old=OLD, new=NEW, way="follower-switch"),
        "compare the rest of what old-db and new-db held while nobody wrote",
    ),
    (
        Attach(app=APP, name=NAME, addon=NEW, replaces=OLD),
        "attach new-db to shop as DATABASE, in place of old-db",
    ),
    (
        Attach(app=APP, name=AttachmentName("POOL"), addon=NEW, namespace=POOLER),
        "attach new-db to shop as POOL (connection pool)",
    ),
    (
        Attach(app=APP, name=AttachmentName("RO"), addon=NEW, namespace="credential:reader"),
        "attach new-db to shop as RO (credential reader)",
    ),
    (
        AwaitRelease(app=APP, name=NAME, addon=NEW),
        "wait until the releases of shop that attach DATABASE have succeeded",
    ),
    (
        ProveUnattached(addon=OLD, aliases=((APP, AttachmentName("ORDERS_REPLACED_9C1E77")),)),
        "prove that no app reads old-db any more but as shop::ORDERS_REPLACED_9C1E77",
    ),
    (
        RunMaintenance(addon=OLD, app=APP, after=LARGE),
        "run the maintenance of old-db now, until standard-2 serves",
    ),
    (ScaleUp(app=APP), "start all dynos of shop again, as many as ran before"),
    (MaintenanceOff(app=APP), "open shop again (maintenance mode off, if it was off before)"),
    (
        ScheduleBackup(addon=NEW, name="DATABASE_URL", hour=3, timezone="America/New_York"),
        "schedule a backup of new-db daily at 03:00 America/New_York",
    ),
    (
        SetMaintenanceWindow(addon=NEW, day="Sunday", time="02:00"),
        "set the maintenance window of new-db to Sunday 02:00 UTC",
    ),
    (
        ConfirmServing(app=APP, name=NAME, addon=NEW, service_plan=LARGE),
        "confirm that shop has new-db as DATABASE, writable, on standard-2",
    ),
    (
        PrepareUpgrade(addon=OLD, before=16, after=18),
        "ask Heroku to prepare old-db for PostgreSQL 18",
    ),
    (
        AwaitUpgradeReady(addon=OLD, after=18),
        "wait until the upgrade of old-db to PostgreSQL 18 can be run",
    ),
    (
        RunUpgrade(addon=OLD, before=16, after=18, is_prepared=True),
        "upgrade old-db from PostgreSQL 16 to 18 now, until 18 serves",
    ),
    (
        ConfirmServing(app=APP, name=NAME, addon=OLD, service_plan=SMALL, version=18),
        "confirm that shop has old-db as DATABASE, writable, on standard-0, PostgreSQL 18",
    ),
    (
        ConfirmServing(app=APP, name=NAME, addon=NEW, service_plan=LARGE, leader=OLD),
        "confirm that shop has new-db as DATABASE, as a follower of old-db, on standard-2",
    ),
    (
        RunHook(
            when="before-writes-stop", command=("./hooks/pause", "all jobs", "*"), timeout_s=60
        ),
        "run ./hooks/pause 'all jobs' '*' before writes stop (at most 60 s)",
    ),
    (
        RunHook(when="after-writes-resume", command=("./hooks/resume",), timeout_s=90),
        "run ./hooks/resume after writes resume (at most 90 s)",
    ),
    (
        Deprovision(
            addon=OLD,
            app=APP,
            aliases=((APP, AttachmentName("ORDERS_REPLACED_9C1E77")),),
            not_before="2026-11-25T20:00:00Z",
        ),
        "destroy old-db and its data, not before 2026-11-25 20:00 UTC",
    ),
]


@pytest.mark.parametrize(("step", "sentence"), SENTENCES)
def test_each_step_has_a_plain_sentence(step: Step, sentence: str) -> None:
    assert describe(step) == sentence


def test_every_kind_of_step_is_shown_above() -> None:
    kinds = get_args(get_args(Step)[0])

    assert {type(step) for step, _ in SENTENCES} == set(kinds)


def test_sentences_are_one_line_and_name_no_address() -> None:
    for _, sentence in SENTENCES:
        assert re.fullmatch(r"[a-z][^\n]*[^.\s]", sentence)
        assert "://" not in sentence
