"""What is said of databases that are not planned, and of what is around them; the same bytes each time."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.live import snapshot_of
from support.planning import (
    backup,
    catalogue,
    follower,
    live,
    name,
    plan_of,
    wanted,
)

from reconciler.core import planner
from reconciler.core.desired import DesiredState, Origin, Place
from reconciler.core.durations import parse_retention
from reconciler.core.plan import Replaced, Unlisted

REPLICA = {"app": "shop", "plan": "standard-0", "attachments": ["shop::REPLICA"], "leader": "old"}
READER = (follower("shop", "REPLICA", "standard-0"),)


# --- what is not planned


def reason_of(world: dict[str, object], **facts: object) -> str:
    (unknown,) = plan_of(world, wanted(**facts)).unknown
    return unknown.reason


@pytest.mark.parametrize(
    ("world", "facts", "reason"),
    [
        (
            live() | {"missing_apps": ["web"]},
            {"attach": (name("web", "ORDERS"),)},
            "the app web does not exist, or is not visible with this token",
        ),
        (
            live() | {"unread": [["shop", "DATABASE", "Timed out."]]},
            {},
            "shop::DATABASE could not be read: Timed out.",
        ),
        (
            live(),
            {"attachment": "DATABSE"},
            "shop knows no database as DATABSE; did you mean DATABASE?",
        ),
        (live(), {"attachment": "ZEBRA"}, "shop knows no database as ZEBRA; it knows DATABASE"),
        (live(), {"app": "web"}, "web knows no database as DATABASE"),
        (live(state="deprovisioning"), {}, "old is deprovisioning; plan again when it is there"),
        (live(serving=None), {}, "which plan serves old could not be read"),
        (
            live(version=None),
            {"version": 17},
            "the PostgreSQL version of old could not be read, and one is wanted",
        ),
        (
            live(),
            {"not_older_than": dt.date(2026, 1, 1)},
            "the age of old could not be read, and not_older_than asks for it",
        ),
        (
            live(others={"replica": REPLICA | {"leader": None}}),
            {"followers": READER},
            "whom replica follows could not be read",
        ),
        (
            live(attachments_elsewhere={"shop::REPLICA": "replica"}),
            {"followers": READER},
            "shop::REPLICA leads to replica, which could not be read",
        ),
    ],
)
def test_what_cannot_be_read_is_said_and_not_planned(
    world: dict[str, object], facts: dict[str, object], reason: str
) -> None:
    assert reason_of(world, **facts) == reason


def test_one_database_listed_under_two_names_is_not_planned() -> None:
    world = live(attachments=["shop::DATABASE", "shop::OTHER"])

    plan = plan_of(world, wanted(), wanted("standard-3", name="others", attachment="OTHER"))

    assert plan.databases == ()
    assert {one.reason for one in plan.unknown} == {
        "orders and others are the same database, old; list it once"
    }


@pytest.mark.parametrize(
    ("facts", "note"),
    [
        ({"status": "Upgrading Plan"}, "Upgrading Plan"),
        ({}, "under way"),
        (
            {"maintenance": {"status": "ready", "window": "Sundays 02:00 to 06:00 UTC"}},
            "maintenance ready, window Sunday 02:00 UTC",
        ),
        (
            {"maintenance": {"status": "pending", "scheduled_for": "tomorrow"}},
            "maintenance pending, scheduled for tomorrow",
        ),
    ],
)
def test_a_change_under_way_is_reported(facts: dict[str, object], note: str) -> None:
    plan = plan_of(live("standard-2", serving="standard-0", **facts), wanted())

    assert [(one.serving_plan, one.service_plan, one.note) for one in plan.converging] == [
        ("standard-0", "standard-2", note)
    ]
    assert plan.databases == ()


def test_a_blocked_database_says_where_it_is_asked_for() -> None:
    desired = wanted("standard-0", version=16)
    state = DesiredState(databases=(desired,), places={"orders": Place("a.toml", 3, 1)})

    plan = planner.plan(state, snapshot_of(live()), catalogue(), endpoint="sim:test")

    assert [one.where for one in plan.blocked] == ["a.toml:3:1"]


# --- what is around


def marked(moment: str | None) -> dict[str, object]:
    times = {"shop::ORDERS_REPLACED_0A1B2C": moment} if moment else {}
    before = {
        "app": "shop",
        "plan": "standard-0",
        "attachments": ["shop::ORDERS_REPLACED_0A1B2C", "shop::USERS_REPLACED_0A1B2C"],
        "attached_at": times,
    }
    return live("standard-2", others={"before": before})


@pytest.mark.parametrize(
    ("keep", "moment", "since", "until"),
    [
        ("72h", "2026-11-20T10:00:00+02:00", "2026-11-20T08:00:00Z", "2026-11-23T08:00:00Z"),
        ("forever", "2026-11-20T10:00:00+00:00", "2026-11-20T10:00:00Z", ""),
        ("72h", None, "", ""),
    ],
)
def test_what_was_replaced_is_found_by_its_alias(
    keep: str, moment: str | None, since: str, until: str
) -> None:
    desired = wanted(keep_old_primary=parse_retention(keep))

    plan = plan_of(marked(moment), desired)

    assert plan.replaced == (
        Replaced(
            name="orders",
            app="shop",
            addon="before",
            alias="ORDERS_REPLACED_0A1B2C",
            since=since,
            keep=keep,
            until=until,
        ),
    )


def test_an_alias_on_the_primary_itself_marks_nothing_replaced() -> None:
    names = ["shop::DATABASE", "shop::ORDERS_REPLACED_0A1B2C"]

    assert plan_of(live("standard-2", attachments=names), wanted()).replaced == ()


def replaced_before(app: str = "shop", alias: str = "ORDERS_REPLACED_0A1B2C") -> dict[str, object]:
    return {"before": {"app": app, "plan": "standard-0", "attachments": [f"{app}::{alias}"]}}


def test_what_was_replaced_under_another_logical_name_is_told() -> None:
    world = live("standard-2", others=replaced_before())

    made = plan_of(world, wanted(name="main"))

    assert made.replaced == ()
    assert made.unlisted == (
        Unlisted(
            name="before",
            what="replaced earlier, as shop::ORDERS_REPLACED_0A1B2C tells, for a database that is not listed by "
            "that name; nothing retires it: destroy it by hand, or give the database its old name again",
        ),
    )


@pytest.mark.parametrize(
    ("world", "facts"),
    [
        (live("standard-2", others=replaced_before()), {}),
        (
            live("standard-2", others=replaced_before("blog")),
            {"moved_from": Origin(app="blog", attachment="DATABASE")},
        ),
        (
            live("standard-2", others=replaced_before(alias="REPLICA_REPLACED_0A1B2C")),
            {"followers": READER},
        ),
        (live("standard-2", others=replaced_before()), {"attachment": "UNREAD"}),
        (
            live(attachments=["shop::DATABASE", "shop::ORDERS_REPLACED_0A1B2C"]),
            {"name": "main"},
        ),
    ],
)
def test_an_alias_of_a_listed_database_is_not_forgotten(
    world: dict[str, object], facts: dict[str, object]
) -> None:
    made = plan_of(world, wanted(**facts))

    assert [one.name for one in made.unlisted if one.name == "before"] == []
    assert all("replaced earlier" not in one.what for one in made.unlisted)


def test_where_only_some_databases_are_asked_about_no_alias_is_called_forgotten() -> None:
    state = DesiredState(databases=(wanted(name="main"),), fleet_size=2)
    world = live("standard-2", others=replaced_before())

    made = planner.plan(state, snapshot_of(world), catalogue(), endpoint="sim:test")

    assert made.unlisted == ()


def test_names_that_heroku_gave_need_not_be_listed() -> None:
    names = ["shop::DATABASE", "shop::HEROKU_POSTGRESQL_RED", "web::HEROKU_POSTGRESQL_RED"]

    plan = plan_of(live("standard-2", attachments=names), wanted())

    assert plan.unlisted == (Unlisted(name="orders", what="attachment web::HEROKU_POSTGRESQL_RED"),)


def test_followers_that_are_only_counted_are_reported() -> None:
    plan = plan_of(live("standard-2", follower_count=2), wanted())

    assert plan.unlisted == (Unlisted(name="orders", what="2 more of its followers"),)


def test_a_closer_look_is_needed_at_what_changes() -> None:
    other = {"app": "web", "plan": "standard-0", "attachments": ["web::DATABASE"]}
    world = live(others={"other": other})
    state = DesiredState(
        databases=(wanted("standard-0"), wanted("standard-2", name="web", app="web"))
    )

    assert planner.needs_closer_look(state, snapshot_of(world), catalogue()) == ("other",)


# --- the same bytes

PRINT_PLAN = """
import sys
sys.path.insert(0, sys.argv[1])
from support.planning import POOL, follower, live, name, plan_of, wanted
from reconciler.render.human import plan_text
replica = {"app": "web", "plan": "standard-0", "attachments": ["web::REPLICA", "dash::SALES"], "leader": "old"}
names = ["shop::DATABASE", f"shop::POOL {POOL}", "web::ORDERS", "dash::ORDERS"]
desired = wanted(
    method="follower-switch",
    version=17,
    labels={"b": "2", "a": "1"},
    followers=(follower("web", "REPLICA", "standard-2"), follower("lake", "REPLICA", "standard-0")),
    attach=(name("lake", "ORDERS"), name("dash", "ORDERS")),
)
plan = plan_of(live(attachments=names, followers=["replica"], others={"replica": replica}), desired)
print(plan.to_json() + plan_text(plan))
"""


def test_the_same_plan_has_the_same_bytes_in_every_process() -> None:
    tests = str(Path(__file__).parents[1])

    outputs = {
        subprocess.run(
            [sys.executable, "-c", PRINT_PLAN, tests],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "4711")
    }

    assert len(outputs) == 1
    assert b'"follower-switch"' in outputs.pop()


def test_backups_that_could_not_be_read_leave_the_database_unplanned() -> None:
    desired = wanted("standard-0", backups=(backup("DATABASE_URL", 5, "UTC"),))

    (unknown,) = plan_of(live(schedules=None), desired).unknown

    assert unknown.reason == "the backup schedules of old could not be read, and some are wanted"
    assert plan_of(live(schedules=None), wanted("standard-0")).unchanged == ("orders",)


def test_a_schedule_that_is_not_listed_is_told_where_some_are() -> None:
    world = live(schedules=[["DATABASE_URL", 5, "UTC"], ["OTHER_URL", 7, "Europe/Paris"]])
    desired = wanted("standard-0", backups=(backup("DATABASE_URL", 5, "UTC"),))

    made = plan_of(world, desired)

    assert [one.what for one in made.unlisted] == ["backup schedule OTHER_URL, 07:00 Europe/Paris"]
    assert plan_of(world, wanted("standard-0")).unlisted == ()
