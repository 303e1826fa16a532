from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from reconciler.catalogue import load_catalogue
from reconciler.core.desired import (
    DesiredAttachment,
    DesiredBackup,
    DesiredDatabase,
    DesiredFollower,
    DesiredState,
    HerokuSettings,
    Place,
)
from reconciler.core.desired_checks import desired_state
from reconciler.core.desired_files import DesiredFile, FleetFile
from reconciler.core.desired_sources import FileInFleet
from reconciler.core.durations import Duration, WeeklyTime
from reconciler.core.windows import CutoverWindow
from reconciler.errors import DesiredStateError
from reconciler.toml_text import load_located

if TYPE_CHECKING:
    from reconciler.core.catalogue import Catalogue


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


def state_of(catalogue: Catalogue, *texts: str, fleet: str | None = None) -> DesiredState:
    """The state of files called `0.toml`, `1.toml` and so on, under a `reconcile.toml`."""
    above = (
        None
        if fleet is None
        else load_located(fleet, file="reconcile.toml", model=FleetFile, error=DesiredStateError)
    )
    files = [
        FileInFleet(
            load_located(text, file=f"{number}.toml", model=DesiredFile, error=DesiredStateError),
            above,
        )
        for number, text in enumerate(texts)
    ]
    return desired_state(files, heroku=HerokuSettings(), catalogue=catalogue)


def problems_of(catalogue: Catalogue, *texts: str, fleet: str | None = None) -> list[str]:
    with pytest.raises(DesiredStateError) as caught:
        state_of(catalogue, *texts, fleet=fleet)
    return [str(problem) for problem in caught.value.problems]


FULL = """\
app = "shop"
[database.orders]
attachment = "ORDERS"
plan = "heroku-postgresql:standard-4"
version = 17
method = "pg-copy"
not_older_than = 2026-06-01
max_downtime = "300s"
keep_old_primary = "forever"
maintenance_window = "sun 02:30"
cutover_window = "sat-sun 22:00-02:00"
scale_down = ["worker", "clock"]
before_writes_stop = ["./hooks/pause 'all jobs'", ["./hooks/notify", "it's | now"]]
after_writes_resume = []
hook_timeout = "2m"
labels = { tier = "1", team = "payments" }
[[database.orders.follower]]
attachment = "REPLICA"
app = "reports"
plan = "heroku-postgresql:standard-3"
[[database.orders.follower]]
attachment = "A_REPLICA"
plan = "standard-4"
[[database.orders.attach]]
app = "reports"
as = "ORDERS"
[[database.orders.pooler]]
as = "WORKER_POOL"
[[database.orders.pooler]]
as = "DATABASE_CONNECTION_POOL"
[[database.orders.backup]]
hour = 3
timezone = "America/Argentina/Buenos_Aires"
[[database.orders.backup]]
hour = 15
attachment = "HEROKU_POSTGRESQL_AQUA"
"""


def test_every_key_is_read(catalogue: Catalogue) -> None:
    state = state_of(catalogue, FULL)

    orders = DesiredDatabase(
        name="orders",
        app="shop",
        attachment="ORDERS",
        service_plan="standard-4",
        version=17,
        method="pg-copy",
        not_older_than=date(2026, 6, 1),
        max_downtime=Duration(300),
        keep_old_primary=Duration(None),
        cutover_window=CutoverWindow("Saturday", "Sunday", 22 * 60, 4 * 60),
        maintenance_window=WeeklyTime("Sunday", 2, 30),
        scale_down=("worker", "clock"),
        before_writes_stop=(("./hooks/pause", "all jobs"), ("./hooks/notify", "it's | now")),
        hook_timeout=Duration(120),
        labels={"team": "payments", "tier": "1"},
        followers=(
            DesiredFollower(app="reports", attachment="REPLICA", service_plan="standard-3"),
            DesiredFollower(app="shop", attachment="A_REPLICA", service_plan="standard-4"),
        ),
        attach=(DesiredAttachment(app="reports", name="ORDERS"),),
        poolers=(
            DesiredAttachment(app="shop", name="DATABASE_CONNECTION_POOL"),
            DesiredAttachment(app="shop", name="WORKER_POOL"),
        ),
        backups=(
            DesiredBackup(name="HEROKU_POSTGRESQL_AQUA_URL", hour=15, timezone="UTC"),
            DesiredBackup(name="ORDERS_URL", hour=3, timezone="America/Argentina/Buenos_Aires"),
        ),
    )
    assert state == DesiredState((orders,))
    assert state.places == {"orders": Place("0.toml", 2, 1)}
    assert state.place_of(orders.name) == "0.toml:2:1"
    assert state.file_count == 1


def test_what_is_left_out_is_built_in(catalogue: Catalogue) -> None:
    state = state_of(catalogue, "[database.a]\napp = 'shop'\nplan = 'standard-0'")

    (database,) = state.databases
    assert database.model_dump(mode="json") == {
        "name": "a",
        "app": "shop",
        "attachment": "DATABASE",
        "service_plan": "standard-0",
        "version": None,
        "method": "auto",
        "not_older_than": None,
        "max_downtime": None,
        "keep_old_primary": "72h",
        "maintenance_window": None,
        "scale_down": [],
        "labels": {},
        "followers": [],
        "attach": [],
        "poolers": [],
    }


def test_the_nearest_default_wins_and_labels_are_joined(catalogue: Catalogue) -> None:
    fleet = """
[defaults]
app = "fleet"
plan = "premium-0"
method = "pg-copy"
max_downtime = "1h"
labels = { a = "fleet", b = "fleet", c = "fleet" }
"""
    file = """
app = "file"
[defaults]
app = "default"
plan = "standard-0"
method = "addons-upgrade"
labels = { b = "file", c = "file" }
[database.one]
method = "follower-switch"
labels = { c = "one" }
[database.two]
app = "own"
"""

    one, two = state_of(catalogue, file, fleet=fleet).databases

    assert (one.app, one.service_plan, one.method) == ("file", "standard-0", "follower-switch")
    assert (one.max_downtime, one.labels) == (
        Duration(3_600),
        {"a": "fleet", "b": "file", "c": "one"},
    )
    assert (two.app, two.service_plan, two.method) == ("own", "standard-0", "addons-upgrade")
    assert two.labels == {"a": "fleet", "b": "file", "c": "file"}


def test_a_window_by_default_does_not_reach_essential(catalogue: Catalogue) -> None:
    fleet = "[defaults]\nmaintenance_window = 'Sunday 02:00'\napp = 'shop'"
    file = "[database.a]\nplan = 'essential-0'\n[database.b]\nplan = 'standard-0'\nattachment = 'B'"

    a, b = state_of(catalogue, file, fleet=fleet).databases

    assert (a.maintenance_window, b.maintenance_window) == (None, WeeklyTime("Sunday", 2, 0))


def test_the_order_of_files_and_tables_changes_nothing(catalogue: Catalogue) -> None:
    a = "[database.a]\napp = 'one'\nplan = 'standard-0'\n"
    b = "[database.b]\napp = 'two'\nplan = 'standard-0'\n"

    states = [
        state_of(catalogue, *texts) for texts in ([a, b], [b, a], [a + b], [b + a], ["", b + a])
    ]

    assert all(state == states[0] for state in states)
    assert len({state.digest for state in states}) == 1
    assert states[0].names() == (("one", "DATABASE"), ("two", "DATABASE"))
    assert states[0].apps() == ("one", "two")


def test_the_digest_changes_with_any_wish(catalogue: Catalogue) -> None:
    before = state_of(catalogue, FULL)
    after = state_of(catalogue, FULL.replace('"WORKER_POOL"', '"JOB_POOL"'))

    assert before.digest != after.digest


A = "[database.a]\napp = 'shop'\n"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "[database.a]\nplan = 'standard-0'",
            (
                "0.toml:1:1: database.a: no app is named, neither here nor above for the whole file."
                ' Add app = "NAME".'
            ),
        ),
        (
            A,
            (
                '0.toml:1:1: database.a.plan: the key "plan" is missing here.'
                ' Add the plan wanted, such as plan = "standard-0".'
            ),
        ),
        (
            A + "plan = 'standrd-2'",
            (
                '0.toml:3:1: database.a.plan: there is no plan "standrd-2".'
                " Nearest: standard-2, standard-0, standard-3."
            ),
        ),
        (
            A + "plan = 'gold'",
            (
                '0.toml:3:1: database.a.plan: there is no plan "gold". Plans are named like essential-0,'
                " standard-2, premium-4, private-0, shield-0."
            ),
        ),
        (
            A + "plan = 'heroku-redis:mini'",
            (
                '0.toml:3:1: database.a.plan: "heroku-redis:mini" is not a Heroku Postgres plan. Plans are'
                ' named like "standard-0" or "heroku-postgresql:standard-0".'
            ),
        ),
        (
            A + "plan = 'mini'",
            '0.toml:3:1: database.a.plan: "mini" is not sold any more. Its successor is "essential-0".',
        ),
        (
            A + "plan = 'standard-tengu'",
            (
                '0.toml:3:1: database.a.plan: "standard-tengu" is not sold any more.'
                " Nearest: standard-0, standard-2, standard-3."
            ),
        ),
        (
            A + "plan = 'heroku-postgresql:in-dyno'",
            (
                '0.toml:3:1: database.a.plan: "in-dyno" is not a plan: it is the ephemeral database of a'
                " Heroku CI test run, set in app.json, never of an app. Leave it out."
            ),
        ),
        (
            A + "plan = 'hpg:s0'",
            (
                '0.toml:3:1: database.a.plan: "hpg:s0" is not a plan: short forms were expanded by the old'
                ' command line only. Write "standard-0".'
            ),
        ),
        (
            A + "plan = 'hpg:p4'",
            (
                '0.toml:3:1: database.a.plan: "hpg:p4" is not a plan: short forms were expanded by the old'
                ' command line only. Write "premium-4".'
            ),
        ),
        (
            A + "plan = 'advanced-private'",
            (
                '0.toml:3:1: database.a.plan: "advanced-private" is of the Advanced tier, which has levels'
                " instead of plans and a migration of its own; that is not supported yet."
                " Name a Standard, Premium, Private or Shield plan."
            ),
        ),
        (
            A + "plan = 'standard-0'\nversion = 19",
            (
                "0.toml:4:1: database.a.version: there is no PostgreSQL 19 on Heroku."
                " Supported: 18, 17, 16."
            ),
        ),
        (
            A + "plan = 'standard-0'\nversion = 14",
            (
                "0.toml:4:1: database.a.version: PostgreSQL 14 reached its end of life on 2025-11-28."
                " Supported: 18, 17, 16."
            ),
        ),
        (
            A + "plan = 'essential-0'\nmaintenance_window = 'Sunday 02:00'",
            (
                "0.toml:4:1: database.a.maintenance_window: essential-0 is maintained without a window."
                " Leave it out, or choose Standard or above."
            ),
        ),
        (
            A + "plan = 'essential-0'\npooler = [{ as = 'POOL' }]",
            (
                "0.toml:4:11: database.a.pooler[0]: essential-0 has no connection pool."
                " Leave the pooler out, or choose Standard or above."
            ),
        ),
        (
            A + "plan = 'shield-0'\nbackup = [{ hour = 3 }]",
            (
                "0.toml:4:11: database.a.backup[0]: shield-0 has no logical backups."
                " Leave the backup out; Heroku's own continuous protection stays."
            ),
        ),
        (
            A
            + "plan = 'standard-0'\nbackup = [{ hour = 3 }, { hour = 4, attachment = 'DATABASE' }]",
            (
                "0.toml:4:25: database.a.backup[1]: a backup of DATABASE is already listed above."
                " Heroku keeps one a name: give this one another attachment."
            ),
        ),
        (
            A + "plan = 'standard-0'\nbackup = [{ hour = 24 }]",
            "0.toml:4:13: database.a.backup[0].hour: must be 23 or less.",
        ),
        (
            A + "plan = 'standard-0'\nbackup = [{ hour = 3, timezone = 'PST' }]",
            (
                "0.toml:4:23: database.a.backup[0].timezone: must be a time zone such as "
                '"UTC" or "Europe/Paris".'
            ),
        ),
        (
            A
            + "plan = 'essential-0'\n[[database.a.follower]]\nattachment = 'R'\nplan = 'standard-0'",
            (
                "0.toml:6:1: database.a.follower[0].plan: essential-0 cannot be followed."
                " Leave the follower out, or choose Standard or above for the database."
            ),
        ),
        (
            A
            + "plan = 'standard-0'\n[[database.a.follower]]\nattachment = 'R'\nplan = 'essential-2'",
            (
                "0.toml:6:1: database.a.follower[0].plan: essential-2 cannot follow another database."
                " Choose Standard or above for the follower."
            ),
        ),
        (
            A
            + "plan = 'premium-4'\n[[database.a.follower]]\nattachment = 'R'\nplan = 'standard-2'",
            (
                "0.toml:6:1: database.a.follower[0].plan: standard-2 is too small to follow premium-4."
                " The smallest that may is standard-3."
            ),
        ),
        (
            A + "plan = 'standard-0'\nattach = [{ as = 'DATABASE' }]",
            (
                '0.toml:4:13: database.a.attach[0].as: shop::DATABASE is already listed, for "a" at'
                " 0.toml:1:1. An app can know only one database by a name."
            ),
        ),
        (
            "[database.A]\n",
            (
                "0.toml:1:1: database.A: a database's name must be 1 to 40 of a-z, 0-9, _ and -,"
                " a letter first."
            ),
        ),
        (
            "[database.a]\nplan = 'standard-0'\napp = 'Shop'",
            (
                "0.toml:3:1: database.a.app: must be an app's name: 3 to 30 of a-z, 0-9 and -,"
                " a letter first and no - at the end."
            ),
        ),
        (
            A + "plan = 'standard-0'\nattachment = 'DATABASE_URL'",
            (
                '0.toml:4:1: database.a.attachment: must be the attachment, "DATABASE"; DATABASE_URL is its'
                " config var."
            ),
        ),
        (
            A + "plan = 'standard-0'\nattachment = 'orders'",
            (
                "0.toml:4:1: database.a.attachment: must be an attachment's name such as DATABASE: A-Z,"
                " 0-9 and _ only."
            ),
        ),
        (
            A + "plan = 'standard-0'\nmax_downtime = 5",
            (
                "0.toml:4:1: database.a.max_downtime: must be a span of time such as"
                ' "5m", "72h" or "7d".'
            ),
        ),
        (
            A + "plan = 'standard-0'\nkeep_old_primary = '3 days'",
            (
                "0.toml:4:1: database.a.keep_old_primary: must be a span of time such as"
                ' "5m", "72h" or "7d", or "forever".'
            ),
        ),
        (
            A + "plan = 'standard-0'\nmaintenance_window = 'Sunday 02:15'",
            (
                "0.toml:4:1: database.a.maintenance_window: must be a weekday and a time in UTC, on the"
                ' hour or half past, such as "Sunday 02:00".'
            ),
        ),
        (
            A + "plan = 'standard-0'\nbefore_writes_stop = ['a', '--b']",
            (
                "0.toml:4:28: database.a.before_writes_stop[1]: must begin with a program, not with --b; "
                "each entry is a command of its own, with its arguments."
            ),
        ),
        (
            A + "plan = 'standard-0'\nafter_writes_resume = ['a', ['a']]",
            "0.toml:4:1: database.a.after_writes_resume: must not name the same command twice.",
        ),
        (
            A + "plan = 'standard-0'\nhook_timeout = '2h'",
            (
                "0.toml:4:1: database.a.hook_timeout: "
                'must be from "1s" to "1h"; the apps are closed meanwhile.'
            ),
        ),
        (
            A + "plan = 'standard-0'\nmoved_from = { app = 'shop', attachment = 'OLD' }",
            (
                "0.toml:4:16: database.a.moved_from.app: shop::OLD is a name of the database's own app."
                " Leave it out; a database moves from one app to another."
            ),
        ),
        (
            A
            + "plan = 'standard-0'\nmoved_from = { app = 'web' }\n"
            + "[database.b]\nplan = 'standard-0'\napp = 'web'",
            (
                '0.toml:4:1: database.a.moved_from: web::DATABASE is already listed, for "b" at 0.toml:5:1.'
                " What a database is moved from can be no other's name."
            ),
        ),
        (
            A
            + "plan = 'standard-0'\nmoved_from = { app = 'old' }\n"
            + "[database.b]\nplan = 'standard-0'\napp = 'web'\nmoved_from = { app = 'old' }",
            (
                '0.toml:8:1: database.b.moved_from: old::DATABASE is already listed, for "a" at 0.toml:4:1.'
                " What a database is moved from can be no other's name."
            ),
        ),
        (
            A
            + "plan = 'standard-0'\nmoved_from = { app = 'old', attachment = 'R' }\n"
            + "follower = [{ attachment = 'R', app = 'old', plan = 'standard-0' }]",
            (
                '0.toml:4:1: database.a.moved_from: old::R is already listed, for "a" at 0.toml:5:15.'
                " What a database is moved from can be no other's name."
            ),
        ),
        (
            A + "plan = 'standard-0'\nscale_down = []",
            "0.toml:4:1: database.a.scale_down: must have 1 or more entries.",
        ),
    ],
)
def test_each_mistake_has_its_place_and_its_sentence(
    catalogue: Catalogue, text: str, problem: str
) -> None:
    assert problems_of(catalogue, text) == [problem]


@pytest.mark.parametrize(
    "key",
    ["hooks", "freeze", "waiver", "retire"],
)
def test_a_key_that_nothing_carries_out_is_unknown(catalogue: Catalogue, key: str) -> None:
    (problem,) = problems_of(catalogue, f"{A}plan = 'standard-0'\n{key} = 'x'")

    assert problem.startswith(f"0.toml:4:1: database.a.{key}: unknown key.")


@pytest.mark.parametrize("table", ["[ledger]", "[engine]"])
def test_a_fleet_table_that_nothing_carries_out_is_unknown(
    catalogue: Catalogue, table: str
) -> None:
    (problem,) = problems_of(catalogue, fleet=f"{table}\nx = 1")

    allowed = "defaults, limits, waiver, freeze, heroku, state, notify"
    assert problem.endswith(f"unknown key. Allowed here: {allowed}.")


def test_names_are_unique_across_files(catalogue: Catalogue) -> None:
    first = "[database.a]\napp = 'one'\nplan = 'standard-0'"
    second = "\n[database.a]\napp = 'two'\nplan = 'standard-0'"

    assert problems_of(catalogue, first, second) == [
        (
            '1.toml:2:1: database.a: the name "a" is already taken at 0.toml:1:1.'
            " Names are unique across all files; choose another."
        )
    ]


def test_an_app_knows_one_database_by_a_name_across_files(catalogue: Catalogue) -> None:
    first = """
[database.a]
app = "one"
plan = "standard-0"
[[database.a.follower]]
app = "two"
attachment = "REPLICA"
plan = "standard-0"
[[database.a.pooler]]
as = "POOL"
"""
    second = """
[database.b]
app = "two"
attachment = "REPLICA"
plan = "standard-0"
[[database.b.attach]]
app = "one"
as = "POOL"
"""

    assert problems_of(catalogue, first, second) == [
        (
            '1.toml:4:1: database.b.attachment: two::REPLICA is already listed, for "a" at 0.toml:7:1.'
            " An app can know only one database by a name."
        ),
        (
            '1.toml:8:1: database.b.attach[0].as: one::POOL is already listed, for "a" at 0.toml:10:1.'
            " An app can know only one database by a name."
        ),
    ]


def test_a_wrong_default_is_named_once_where_it_stands(catalogue: Catalogue) -> None:
    file = "[database.a]\n[database.b]\nattachment = 'B'"

    assert problems_of(catalogue, file, fleet="[defaults]\napp = 'shop'\nplan = 'standard-1'") == [
        (
            'reconcile.toml:3:1: defaults.plan: there is no plan "standard-1".'
            " Nearest: standard-10, standard-0, standard-2."
        )
    ]


def test_a_deprecated_version_may_be_kept(catalogue: Catalogue) -> None:
    (database,) = state_of(catalogue, A + "plan = 'standard-0'\nversion = 15").databases

    assert database.version == 15


def test_a_follower_size_that_no_source_lists_is_not_refused(catalogue: Catalogue) -> None:
    text = A + "plan = 'standard-9'\nfollower = [{ attachment = 'R', plan = 'standard-3' }]"

    (database,) = state_of(catalogue, text).databases

    assert database.followers[0].service_plan == "standard-3"
