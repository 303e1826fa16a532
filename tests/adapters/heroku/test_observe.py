from __future__ import annotations

import datetime as dt

import httpx
import pytest

from reconciler.adapters.heroku.observe import observe
from reconciler.core.observed import (
    ObservedApp,
    ObservedAttachment,
    ObservedDatabase,
    ObservedMaintenance,
    ObservedSchedule,
    Unread,
)
from reconciler.errors import HerokuRefusedError

START_DAY = dt.date(2026, 11, 22)
LISTED = (
    ("example-app", "HEROKU_POSTGRESQL_CRIMSON"),
    ("example-app", "DATABASE"),
    ("shop", "DATABASE"),
    ("reports", "ORDERS_REPLICA"),
    ("blog", "DATABASE"),
    ("accounts", "DATABASE"),
    ("search", "DATABASE"),
)
APPS = ("example-app", "shop", "reports", "blog", "accounts", "search")


def look(bench, names=LISTED, apps=APPS):
    return bench.client(lambda client: observe(client, names=names, apps=apps))


def fleet(count):
    """A Heroku with that many databases, `db-N` on `app-N`, and a Data API that `answer` plays."""
    addons = [
        {
            "id": f"id-{n}",
            "name": f"db-{n}",
            "app": {"name": f"app-{n}"},
            "plan": {"name": "heroku-postgresql:standard-0"},
            "state": "provisioned",
        }
        for n in range(count)
    ]
    attachments = [
        {
            "id": f"at-{n}",
            "name": "DATABASE",
            "app": {"name": f"app-{n}"},
            "addon": {"name": f"db-{n}"},
        }
        for n in range(count)
    ]
    return {"/addons": addons, "/addon-attachments": attachments}


def serving(lists, answer, seen=None):
    """A transport over those lists, paged by 1,000; other paths are `answer`'s."""

    async def handle(request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if seen is not None:
            seen.append(path)
        if path not in lists:
            return answer(path)
        wanted = request.headers["Range"]
        start = int(wanted.removeprefix("page ")) if wanted.startswith("page ") else 0
        page = lists[path][start : start + 1000]
        more = {"Next-Range": f"page {start + 1000}"} if len(lists[path]) > start + 1000 else {}
        return httpx.Response(206 if more else 200, headers=more, json=page)

    return httpx.MockTransport(handle)


def info(_path):
    return httpx.Response(200, json={"plan": "standard-0", "info": []})


def test_a_database_is_told_by_both_apis(bench):
    snapshot = look(bench)

    created_at = dt.datetime(2026, 11, 22, 20, tzinfo=dt.UTC)
    database = snapshot.database("postgresql-tapered-12984")
    assert database == ObservedDatabase(
        addon="postgresql-tapered-12984",
        addon_id=database.addon_id,
        app="reports",
        state="provisioned",
        service_plan="standard-0",
        serving_plan="standard-0",
        version=16,
        data_size_bytes=int(6.2 * 2**30),
        table_count=48,
        connection_count=2,
        connection_limit=120,
        credential_count=1,
        created_on=database.created_on,
        status="Available",
        leader="postgresql-curved-53302",
        is_following=True,
        lag_commits=database.lag_commits,
        fork_follow="Unavailable on followers",
        follower_count=0,
        maintenance=ObservedMaintenance("none", window=database.maintenance.window),
        attachments=(
            ObservedAttachment(
                app="reports",
                name="ORDERS_REPLICA",
                addon="postgresql-tapered-12984",
                id=database.attachments[0].id,
                created_at=created_at,
            ),
        ),
        price_cents_month=5000,
    )
    assert isinstance(database.lag_commits, int)
    assert database.created_on < START_DAY


def test_a_pending_plan_change_shows_the_plan_asked_for_and_the_plan_that_serves(bench):
    database = look(bench).database("postgresql-parallel-64419")

    assert (database.service_plan, database.serving_plan) == ("standard-3", "standard-2")
    assert database.is_converging
    assert database.maintenance.window == "Saturdays 02:00 to 06:00 UTC"


def test_attachments_are_those_on_named_apps_and_all_of_listed_databases(bench):
    snapshot = look(bench, names=(("shop", "DATABASE"),), apps=("shop",))

    assert [(held.app, held.name, held.namespace) for held in snapshot.attachments] == [
        ("reports", "ORDERS", ""),
        ("shop", "DATABASE", ""),
        ("shop", "DATABASE_CONNECTION_POOL", "connection-pooling:default"),
        ("shop", "WORKER_POOL", "connection-pooling:default"),
    ]
    assert snapshot.apps == (ObservedApp("reports"), ObservedApp("shop"))
    assert "postgresql-flat-31337" in snapshot.addon_names


def test_what_is_not_listed_is_not_read(bench, stand_in):
    snapshot = look(bench)

    assert snapshot.database("postgresql-flat-31337") is None
    assert not stand_in.unknown_routes
    assert sum(stand_in.requests.values()) == len(LISTED) + 2


def test_two_looks_at_the_same_world_are_equal(bench):
    assert look(bench) == look(bench)


def test_an_app_that_is_not_visible_is_missing_and_costs_one_request(bench, stand_in):
    snapshot = look(bench, names=(*LISTED, ("ghost", "DATABASE")), apps=(*APPS, "ghost"))

    assert snapshot.missing_apps == ("ghost",)
    assert snapshot.unread == ()
    assert snapshot.app("ghost") is None
    assert sum(stand_in.requests.values()) == len(LISTED) + 2 + 1


def test_a_database_that_is_still_provisioned_is_known_by_the_platform_api_alone(bench):
    async def create(account):
        await account.provision(
            addon="fresh-1",
            app="blog",
            service_plan="standard-0",
            attachment="FRESH",
            follow=None,
            version=None,
            region=None,
        )

    bench.account(create)
    snapshot = look(bench, names=(("blog", "FRESH"),), apps=("blog",))

    database = snapshot.database("fresh-1")
    assert (database.state, database.serving_plan, database.version) == ("provisioning", None, None)
    assert snapshot.unread == ()


@pytest.mark.parametrize("count", [1, 2500])
def test_an_unchanged_fleet_costs_one_request_a_database_and_one_a_page(scripted, count):
    seen: list[str] = []
    bench = scripted(httpx.Response(200))
    bench.transport = serving(fleet(count), info, seen)
    names = tuple((f"app-{n}", "DATABASE") for n in range(count))

    snapshot = look(bench, names=names, apps=tuple(app for app, _ in names))

    pages = 2 * (1 + (count - 1) // 1000)
    assert len(snapshot.databases) == count
    assert len(seen) == count + pages


def test_one_unreadable_database_does_not_stop_the_others(scripted):
    def answer(path):
        if path.endswith("id-1"):
            return httpx.Response(403, json={"id": "forbidden", "message": "You may not."})
        return info(path)

    bench = scripted(httpx.Response(200))
    bench.transport = serving(fleet(3), answer)
    names = tuple((f"app-{n}", "DATABASE") for n in range(3))

    snapshot = look(bench, names=names, apps=())

    assert [database.addon for database in snapshot.databases] == ["db-0", "db-2"]
    assert snapshot.unread == (
        Unread(
            "app-1",
            "DATABASE",
            "Heroku refused GET /client/v11/databases/id-1: You may not. (403 forbidden)",
        ),
    )


def test_a_provisioned_database_that_the_data_api_does_not_know_is_unread(scripted):
    bench = scripted(httpx.Response(200))
    bench.transport = serving(fleet(1), lambda _: httpx.Response(404))

    snapshot = look(bench, names=(("app-0", "DATABASE"),), apps=())

    assert snapshot.databases == ()
    assert [one.reason for one in snapshot.unread] == [
        "The Data API does not know db-0, although it is provisioned."
    ]


def test_a_dead_data_api_is_not_asked_for_each_of_thousands(scripted):
    seen: list[str] = []
    bench = scripted(httpx.Response(200))
    bench.transport = serving(fleet(500), lambda _: httpx.Response(503), seen)
    names = tuple((f"app-{n}", "DATABASE") for n in range(500))

    snapshot = look(bench, names=names, apps=())

    assert len(snapshot.unread) == 500
    assert len({path for path in seen if "databases" in path}) < 500 / 2
    assert sum("in a row" in one.reason for one in snapshot.unread) > 500 / 2


def test_a_name_that_leads_to_another_service_is_unread(scripted):
    lists = fleet(1)
    lists["/addons"][0]["plan"] = "heroku-redis:mini"
    bench = scripted(httpx.Response(200))
    bench.transport = serving(lists, info)

    snapshot = look(bench, names=(("app-0", "DATABASE"),), apps=())

    assert [one.reason for one in snapshot.unread] == ["db-0 is not a Heroku Postgres database."]
    assert snapshot.attachments == ()


def test_a_database_of_an_app_that_is_not_visible_is_unread(scripted):
    lists = fleet(1)
    lists["/addons"] = []
    lists["/addon-attachments"][0]["addon"] |= {
        "app": {"name": "owner"},
        "plan": {"name": "heroku-postgresql:standard-0"},
    }
    bench = scripted(httpx.Response(200))
    bench.transport = serving(lists, info)

    snapshot = look(bench, names=(("app-0", "DATABASE"),), apps=())

    assert [one.reason for one in snapshot.unread] == [
        "db-0 belongs to owner, which this token cannot see."
    ]


def test_lists_that_cannot_be_read_end_the_look(scripted):
    bench = scripted(httpx.Response(403, json={"id": "forbidden", "message": "No."}))

    with pytest.raises(HerokuRefusedError, match="refused GET /addon"):
        look(bench)


def test_no_password_is_in_a_snapshot(bench, passwords):
    snapshot = look(bench)

    shown = repr(snapshot)
    assert len(passwords) >= len(LISTED)
    assert not [password for password in passwords if password in shown]
    assert "://" not in shown


def test_an_app_that_could_not_be_asked_for_leaves_its_databases_unread(scripted):
    bench = scripted(httpx.Response(200))
    bench.transport = serving(
        fleet(1), lambda path: httpx.Response(503) if "ghost" in path else info(path)
    )

    snapshot = look(bench, names=(("app-0", "DATABASE"), ("ghost", "DATABASE")), apps=())

    assert snapshot.missing_apps == ()
    assert snapshot.unread == (
        Unread("ghost", "DATABASE", "Heroku failed at GET /apps/ghost: Service Unavailable (503)"),
    )
    assert [database.addon for database in snapshot.databases] == ["db-0"]


def test_an_app_that_may_not_be_seen_is_missing(scripted):
    bench = scripted(httpx.Response(200))
    bench.transport = serving(fleet(0), lambda _: httpx.Response(403, json={"id": "forbidden"}))

    assert look(bench, names=(("ghost", "DATABASE"),), apps=()).missing_apps == ("ghost",)


def test_schedules_are_read_only_where_they_are_asked_for(bench, stand_in):
    names = (("shop", "DATABASE"), ("blog", "DATABASE"))

    def piece(client):
        return observe(client, names=names, apps=(), backed_up=(("shop", "DATABASE"),))

    snapshot = bench.client(piece)

    schedules = {one.app: one.schedules for one in snapshot.databases}
    assert schedules == {
        "shop": (ObservedSchedule("DATABASE_URL", 3, "America/New_York"),),
        "blog": None,
    }
    assert sum(stand_in.requests.values()) == 2 + 2 + 1


def test_schedules_that_cannot_be_read_make_the_database_unread(bench):
    def answer(path):
        if path.endswith("/transfer-schedules"):
            return httpx.Response(403, json={"id": "forbidden", "message": "No."})
        return info(path)

    bench.transport = serving(fleet(1), answer)
    place = (("app-0", "DATABASE"),)

    snapshot = bench.client(lambda client: observe(client, names=place, apps=(), backed_up=place))

    (unread,) = snapshot.unread
    assert "No. (403 forbidden)" in unread.reason
