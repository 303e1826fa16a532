from __future__ import annotations

import httpx
import pytest

from reconciler.apply.ports import ObservedRelease
from reconciler.core.observed import (
    ObservedApp,
    ObservedMaintenance,
    ObservedSchedule,
)
from reconciler.errors import HerokuRefusedError

ORDERS = "postgresql-curved-53302"
REPLICA = "postgresql-tapered-12984"
CATALOG = "postgresql-parallel-64419"


def test_an_addon_is_told_by_both_apis(bench):
    database = bench.account(lambda account: account.addon(ORDERS))

    assert (database.addon, database.app, database.state) == (ORDERS, "shop", "provisioned")
    assert (database.service_plan, database.serving_plan) == ("standard-0", "standard-0")
    assert (database.follower_count, database.is_following) == (1, False)
    assert database.attachments == ()


def test_a_follower_names_its_leader_and_its_lag(bench):
    database = bench.account(lambda account: account.addon(REPLICA))

    assert (database.is_following, database.leader) == (True, ORDERS)
    assert database.lag_commits >= 0


def test_what_is_not_there_is_none(bench):
    async def piece(account):
        return [
            await account.addon("ghost"),
            await account.attachments_of("ghost"),
            await account.attachment("shop", "GHOST"),
            await account.attachment("ghost", "DATABASE"),
            await account.app("ghost"),
        ]

    assert bench.account(piece) == [None, (), None, None, None]


def test_a_second_look_asks_both_apis_at_once_and_is_fresh(bench, stand_in):
    async def piece(account):
        before = await account.addon(REPLICA)
        await account.unfollow(REPLICA)
        await bench.clock.sleep(60)
        return before, await account.addon(REPLICA)

    before, after = bench.account(piece)

    assert (before.is_following, after.is_following) == (True, False)
    assert stand_in.requests["GET /addons/{addon}"] == 2


def test_an_addon_that_was_replaced_under_the_same_name_is_not_mixed_up(scripted):
    ids = ["old", "new"]

    async def handle(request):
        path = request.url.path
        if path == "/addons/db":
            row = {
                "id": ids[0],
                "name": "db",
                "app": {"name": "shop"},
                "plan": "heroku-postgresql:x",
            }
            return httpx.Response(200, json=row)
        return httpx.Response(200, json={"plan": f"plan-of-{path.rpartition('/')[2]}"})

    bench = scripted(httpx.Response(200))
    bench.transport = httpx.MockTransport(handle)

    async def piece(account):
        first = await account.addon("db")
        ids.pop(0)
        return first, await account.addon("db")

    first, second = bench.account(piece)

    assert (first.serving_plan, second.serving_plan) == ("plan-of-old", "plan-of-new")


def test_names_of_an_addon_on_every_app(bench):
    held = bench.account(lambda account: account.attachments_of(ORDERS))

    assert [(one.app, one.name, one.is_pooler) for one in held] == [
        ("reports", "ORDERS", False),
        ("shop", "DATABASE", False),
        ("shop", "DATABASE_CONNECTION_POOL", True),
        ("shop", "WORKER_POOL", True),
    ]


def test_what_an_app_knows_under_a_name(bench):
    held = bench.account(lambda account: account.attachment("reports", "ORDERS"))

    assert (held.app, held.name, held.addon, held.namespace) == ("reports", "ORDERS", ORDERS, "")


def test_an_app_with_its_formation(bench):
    app = bench.account(lambda account: account.app("shop"))

    assert app == ObservedApp(
        name="shop",
        region="us",
        formation=(("clock", 1), ("web", 3), ("worker", 2)),
        changed_at=tuple((kind, "2026-11-22T20:00:00Z") for kind in ("clock", "web", "worker")),
        is_seen_closely=True,
    )


def test_an_app_in_a_private_space(scripted):
    async def handle(request):
        if request.url.path.endswith("/formation"):
            return httpx.Response(200, json=[])
        space = {"name": "vault", "shield": request.url.path == "/apps/secret"}
        name = request.url.path.rpartition("/")[2]
        return httpx.Response(
            200,
            json={"name": name, "maintenance": True, "space": space, "region": {"name": "dublin"}},
        )

    bench = scripted(httpx.Response(200))
    bench.transport = httpx.MockTransport(handle)

    async def piece(account):
        return await account.app("secret"), await account.app("inner")

    secret, inner = bench.account(piece)

    assert (secret.space, inner.space) == ("shield", "private")
    assert (inner.region, inner.in_maintenance) == ("dublin", True)


def test_dynos_that_are_still_there(bench):
    running = bench.account(lambda account: account.running("shop"))

    assert running == ("clock", "web", "web", "web", "worker", "worker")


def test_the_newest_releases_come_first(bench):
    async def piece(account):
        await account.attach(app="blog", name="EXTRA", addon=ORDERS, namespace="")
        await account.attach(app="blog", name="EXTRA", addon=REPLICA, namespace="")
        return await account.newest_releases("blog", 2)

    newest, older = bench.account(piece)

    assert isinstance(newest, ObservedRelease)
    assert newest.version == older.version + 1
    assert {newest.description.split()[0], older.description.split()[0]} == {"Attach", "Detach"}


def test_names_of_config_vars_come_without_their_values(bench, passwords):
    names = bench.account(lambda account: account.config_var_names("shop"))

    assert "DATABASE_URL" in names
    assert list(names) == sorted(names)
    assert not [password for password in passwords if password in repr(names)]


def test_a_prepared_maintenance(bench):
    async def piece(account):
        return await account.maintenance(CATALOG), await account.maintenance_window(CATALOG)

    maintenance, window = bench.account(piece)

    assert maintenance == ObservedMaintenance(
        "ready",
        scheduled_for="2026-11-28 02:00:00 +0000",
        window="Saturdays 02:00 to 06:00 UTC",
    )
    assert window == "Saturdays 02:00 to 06:00 UTC"


def test_no_maintenance_is_none(bench):
    assert bench.account(lambda account: account.maintenance(ORDERS)) is None


def test_schedules(bench):
    schedules = bench.account(lambda account: account.schedules(ORDERS))

    assert schedules == (ObservedSchedule("DATABASE_URL", 3, "America/New_York"),)


def test_no_transfers(bench):
    assert bench.account(lambda account: account.transfers("blog")) == ()


@pytest.mark.parametrize("what", ["maintenance", "maintenance_window", "schedules"])
def test_reads_about_an_addon_that_is_not_there_are_refused(bench, what):
    with pytest.raises(HerokuRefusedError, match="no add-on ghost") as caught:
        bench.account(lambda account: getattr(account, what)("ghost"))

    assert caught.value.status == 404


@pytest.mark.parametrize("what", ["running", "config_var_names", "transfers"])
def test_reads_about_an_app_that_is_not_there_are_refused(bench, what):
    with pytest.raises(HerokuRefusedError):
        bench.account(lambda account: getattr(account, what)("ghost"))
