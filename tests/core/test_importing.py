from __future__ import annotations

from typing import Any

import pytest
from support.live import snapshot_of
from support.planning import backup, catalogue, live

from reconciler.core.desired import DesiredAttachment, DesiredFollower
from reconciler.core.durations import WeeklyTime
from reconciler.core.importing import LeftOut, LiveDatabase, logical_name, survey_of
from reconciler.render.desired_toml import new_file


def surveyed(world: dict[str, Any], **more: Any):
    return survey_of(snapshot_of(world), catalogue(), **more)


def one(world: dict[str, Any], **more: Any) -> LiveDatabase:
    (found,) = surveyed(world, **more).databases
    return found


def test_everything_about_a_database_is_said() -> None:
    world = live(
        version=16,
        maintenance={"status": "none", "window": "Sundays 04:00 to 08:00 UTC"},
        follower_count=1,
        schedules=[["DATABASE_URL", 3, "Europe/Paris"]],
        attachments=[
            "shop::DATABASE",
            "shop::HEROKU_POSTGRESQL_RED",
            "shop::DATABASE_CONNECTION_POOL connection-pooling:default",
            "reports::ORDERS",
        ],
        others={
            "mirror": {
                "app": "reports",
                "plan": "standard-0",
                "leader": "old",
                "attachments": ["reports::HEROKU_POSTGRESQL_BLUE", "reports::ORDERS_REPLICA"],
            }
        },
    )

    assert one(world) == LiveDatabase(
        addon="old",
        owner="shop",
        app="shop",
        attachment="DATABASE",
        service_plan="standard-0",
        version=16,
        window=WeeklyTime("Sunday", 4, 0),
        has_window=True,
        followers=(
            DesiredFollower(app="reports", attachment="ORDERS_REPLICA", service_plan="standard-0"),
        ),
        attach=(DesiredAttachment(app="reports", name="ORDERS"),),
        poolers=(DesiredAttachment(app="shop", name="DATABASE_CONNECTION_POOL"),),
        backups=(backup("DATABASE_URL", 3, "Europe/Paris"),),
        addons_behind={("reports", "ORDERS_REPLICA"): "mirror"},
    )


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        (["shop::ORDERS", "shop::DATABASE"], "shop::DATABASE"),
        (["shop::HEROKU_POSTGRESQL_RED", "shop::ORDERS"], "shop::ORDERS"),
        (["reports::DATABASE", "shop::HEROKU_POSTGRESQL_RED"], "shop::HEROKU_POSTGRESQL_RED"),
        (["reports::DATABASE", "blog::ORDERS"], "reports::DATABASE"),
        (["shop::ORDERS_NEXT_9C1E77", "shop::ORDERS"], "shop::ORDERS"),
    ],
)
def test_it_is_known_by_the_name_that_is_used_most(names: list[str], chosen: str) -> None:
    found = one(live(attachments=names))

    assert f"{found.app}::{found.attachment}" == chosen


def test_a_name_by_which_it_is_listed_already_stays() -> None:
    world = live(attachments=["shop::DATABASE", "shop::ORDERS"])

    found = one(world, identities=frozenset({("shop", "ORDERS")}))

    assert found.attachment == "ORDERS"
    assert found.attach == (DesiredAttachment(app="shop", name="DATABASE"),)


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"state": "provisioning"}, "it is provisioning"),
        ({"serving": None}, "which plan serves could not be read"),
        ({"plan": "standard-yanari"}, '"standard-yanari" is not sold any more.'),
        (
            {"attachments": ["shop::ORDERS_REPLACED_9C1E77"]},
            "it was replaced earlier, and only an alias leads to it (shop::ORDERS_REPLACED_9C1E77)",
        ),
        ({"attachments": ["shop::ORDERS_NEXT_9C1E77"]}, "no app knows it by a name of its own"),
        ({"attachments": ["shop::X credential:analyst"]}, "no app knows it by a name of its own"),
        ({"leader": None}, "whom it follows could not be read"),
        ({"leader": "elsewhere"}, "it follows elsewhere, which was not looked at"),
    ],
)
def test_what_cannot_be_listed_is_left_out_with_its_reason(
    facts: dict[str, Any], reason: str
) -> None:
    found = surveyed(live(**facts))

    assert found.databases == ()
    (left_out,) = found.left_out
    assert (left_out.app, left_out.addon) == ("shop", "old")
    assert left_out.reason.startswith(reason)


@pytest.mark.parametrize(
    ("facts", "note"),
    [
        (
            {"plan": "standard-2", "serving": "standard-0"},
            "on its way from standard-0 to standard-2",
        ),
        ({"version": 12}, "PostgreSQL 12 is not supported any more, and so not wanted"),
        ({"version": None}, "its version of PostgreSQL could not be read"),
        ({"follower_count": 2}, "2 more of its followers could not be named"),
        (
            {"attachments": ["shop::DATABASE", "shop::ANALYST credential:analyst"]},
            "also shop::ANALYST, with credential:analyst",
        ),
        (
            {"attachments": ["shop::DATABASE", "shop::ORDERS_URL"]},
            "also shop::ORDERS_URL, a name that cannot be listed",
        ),
    ],
)
def test_what_cannot_be_said_is_noted(facts: dict[str, Any], note: str) -> None:
    assert one(live(**facts)).notes == (note,)


def test_only_the_asked_apps_count() -> None:
    world = live(
        others={"b": {"app": "blog", "plan": "standard-0", "attachments": ["blog::DATABASE"]}}
    )

    assert [each.app for each in surveyed(world, apps=frozenset({"blog"})).databases] == ["blog"]
    assert [each.app for each in surveyed(world).databases] == ["blog", "shop"]


def test_what_could_not_be_read_makes_it_incomplete() -> None:
    world = live() | {
        "attachments": {"blog::DATABASE": "silent"},
        "unread": [("blog", "DATABASE", "no answer")],
    }

    found = surveyed(world)

    assert not found.is_complete
    assert found.left_out == (LeftOut("blog", "silent", "no answer"),)


@pytest.mark.parametrize(
    ("app", "attachment", "taken", "name"),
    [
        ("shop", "DATABASE", (), "shop"),
        ("shop", "HEROKU_POSTGRESQL_RED", (), "shop-red"),
        ("shop", "ORDERS_EU", (), "shop-orders_eu"),
        ("shop", "DATABASE", ("shop", "shop-2"), "shop-3"),
        ("a" * 30, "B" * 30, (), f"{'a' * 30}-{'b' * 9}"),
        ("a" * 30, "B" * 30, (f"{'a' * 30}-{'b' * 9}",), f"{'a' * 30}-{'b' * 7}-2"),
    ],
)
def test_logical_names_are_short_and_free(
    app: str, attachment: str, taken: tuple[str, ...], name: str
) -> None:
    assert logical_name(app, attachment, taken=taken) == name
    assert len(name) <= 40


def test_the_file_reads_well() -> None:
    world = live(
        maintenance={"status": "none", "window": "Sundays 04:00 to 08:00 UTC"},
        attachments=["shop::ORDERS", "reports::ORDERS", "shop::A credential:analyst"],
    )

    text = new_file(
        "shop", [("orders", one(world))], [LeftOut("shop", "play", "it is provisioning")]
    )

    assert text == (
        "# What was live when `reconcile import` wrote this file: planning on it gives nothing to do.\n"
        "# docs/desired-state.md tells every key.\n"
        'app = "shop"\n'
        "\n"
        "# Heroku's name of it is old.\n"
        "# Note: also shop::A, with credential:analyst.\n"
        "[database.orders]\n"
        'attachment = "ORDERS"\n'
        'plan = "standard-0"\n'
        "version = 17                            # major version of PostgreSQL\n"
        'maintenance_window = "Sunday 04:00"     # UTC, Heroku\'s own weekly window\n'
        "\n"
        "[[database.orders.attach]]\n"
        'app = "reports"\n'
        'as = "ORDERS"\n'
        "\n"
        "# Left out: play, it is provisioning\n"
    )


def test_a_backup_that_has_no_words_is_left_alone_and_told() -> None:
    schedules = [["DATABASE_URL", 3, "PST"], ["ORDERS_URL", 4, "UTC"], ["backup", 5, "UTC"]]

    found = one(live(schedules=schedules))

    assert found.backups == (backup("ORDERS_URL", 4, "UTC"),)
    assert found.notes == (
        "also a daily backup as DATABASE_URL, 03:00 PST, which cannot be listed",
        "also a daily backup as backup, 05:00 UTC, which cannot be listed",
    )


def test_backups_that_could_not_be_read_are_not_none() -> None:
    found = one(live(schedules=None))

    assert found.backups is None
    assert found.notes == ("its daily backups could not be read",)


def test_a_backup_of_another_name_says_which() -> None:
    world = live(schedules=[["DATABASE_URL", 3, "UTC"], ["ORDERS_URL", 4, "Europe/Paris"]])

    text = new_file("shop", [("orders", one(world))])

    assert text.endswith(
        '[[database.orders.backup]]\nhour = 3\ntimezone = "UTC"\n\n'
        '[[database.orders.backup]]\nhour = 4\ntimezone = "Europe/Paris"\nattachment = "ORDERS"\n'
    )
