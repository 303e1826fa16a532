from __future__ import annotations

import httpx
import pytest

from reconciler.adapters.heroku.closer import look_closer
from reconciler.adapters.heroku.observe import observe
from reconciler.adapters.heroku.writes import HerokuAccount
from reconciler.catalogue import load_catalogue
from reconciler.core.desired import DesiredDatabase, DesiredState
from reconciler.core.observed import ObservedMaintenance, ObservedSchedule, Unread
from reconciler.core.planner import plan

ORDERS = "postgresql-curved-53302"
REPLICA = "postgresql-tapered-12984"
LEGACY = "postgresql-cubed-88041"


def looks(bench, names, addons, apps=()):
    async def piece(client):
        snapshot = await observe(client, names=names, apps=apps)
        return snapshot, await look_closer(client, snapshot, addons)

    return bench.client(piece)


def test_a_database_that_will_change_is_seen_closely(bench):
    _, closer = looks(bench, (("shop", "DATABASE"),), (ORDERS,))

    database = closer.database(ORDERS)
    assert database.followers == (REPLICA,)
    assert database.schedules == (ObservedSchedule("DATABASE_URL", 3, "America/New_York"),)
    assert database.maintenance == ObservedMaintenance("none", window="Sundays 04:00 to 08:00 UTC")
    assert database.credential_count == 1
    assert closer.unread == ()


def test_every_attached_app_is_seen_closely(bench):
    _, closer = looks(bench, (("shop", "DATABASE"), ("blog", "DATABASE")), (ORDERS,))

    assert closer.app("shop").formation == (("clock", 1), ("web", 3), ("worker", 2))
    assert closer.app("reports").formation == (("web", 1),)
    assert [app.name for app in closer.apps if app.is_seen_closely] == ["reports", "shop"]


def test_a_follower_that_nobody_lists_is_found_with_its_names(bench):
    first, closer = looks(bench, (("shop", "DATABASE"),), (ORDERS,))

    follower = closer.database(REPLICA)
    assert first.database(REPLICA) is None
    assert (follower.leader, follower.service_plan) == (ORDERS, "standard-0")
    assert [(held.app, held.name) for held in follower.attachments] == [
        ("reports", "ORDERS_REPLICA")
    ]


def test_a_follower_that_is_listed_too_stays_as_it_was_seen(bench):
    names = (("shop", "DATABASE"), ("reports", "ORDERS_REPLICA"))

    first, closer = looks(bench, names, (ORDERS,))

    assert closer.database(REPLICA) is first.database(REPLICA)


def test_a_listed_follower_is_one_also_where_its_app_has_no_other_name_of_the_leader(bench):
    names = (("shop", "DATABASE"), ("reports", "ORDERS_REPLICA"))
    bench.client(lambda client: HerokuAccount(client).detach(app="reports", name="ORDERS"))

    _, closer = looks(bench, names, (ORDERS,))

    assert closer.database(ORDERS).followers == (REPLICA,)


def test_an_essential_database_has_no_maintenance_and_no_followers(bench):
    _, closer = looks(bench, (("blog", "DATABASE"),), (LEGACY,))

    database = closer.database(LEGACY)
    assert (database.followers, database.credential_count) == ((), 1)
    assert closer.unread == ()


def test_databases_that_stay_as_they_are_cost_no_further_request(bench, stand_in):
    _, closer = looks(bench, (("shop", "DATABASE"), ("blog", "DATABASE")), ())

    assert sum(stand_in.requests.values()) == 2 + 2
    assert not [app for app in closer.apps if app.is_seen_closely]


def test_no_request_of_the_closer_look_is_unknown_to_heroku(bench, stand_in):
    looks(bench, (("shop", "DATABASE"), ("blog", "DATABASE")), (ORDERS, LEGACY, "ghost"))

    assert not stand_in.unknown_routes


def breaking(bench, path, answer):
    """The same transport, but for one path."""
    whole = bench.transport

    async def handle(request):
        if request.url.path == path:
            return answer
        return await whole.handle_async_request(request)

    bench.transport = httpx.MockTransport(handle)


def test_an_attached_app_that_cannot_be_seen_makes_the_database_unread(bench):
    breaking(bench, "/apps/reports", httpx.Response(404))

    _, closer = looks(bench, (("shop", "DATABASE"), ("blog", "DATABASE")), (ORDERS, LEGACY))

    why = f"The app reports, which has {ORDERS} attached, cannot be seen."
    assert closer.unread == (
        Unread("reports", "ORDERS", why),
        Unread("shop", "DATABASE", why),
        Unread("shop", "DATABASE_CONNECTION_POOL", why),
        Unread("shop", "WORKER_POOL", why),
    )
    assert closer.app("blog").is_seen_closely


def test_a_part_that_cannot_be_read_makes_the_database_unread(bench):
    first = bench.client(lambda client: observe(client, names=(("blog", "DATABASE"),), apps=()))
    database_id = first.database(LEGACY).addon_id
    breaking(
        bench,
        f"/client/v11/databases/{database_id}/transfer-schedules",
        httpx.Response(403, json={"id": "forbidden", "message": "No."}),
    )

    _, closer = looks(bench, (("blog", "DATABASE"),), (LEGACY,))

    assert [(one.app, one.attachment) for one in closer.unread] == [("blog", "DATABASE")]
    assert "No. (403 forbidden)" in closer.unread[0].reason


def test_no_password_is_in_a_closer_look(bench, passwords):
    _, closer = looks(bench, (("shop", "DATABASE"), ("blog", "DATABASE")), (ORDERS, LEGACY))

    shown = repr(closer)
    assert not [password for password in passwords if password in shown]
    assert "://" not in shown


def test_an_attached_app_that_fails_makes_the_database_unread(bench):
    breaking(bench, "/apps/reports", httpx.Response(403, json={"id": "forbidden"}))

    _, closer = looks(bench, (("shop", "DATABASE"),), (ORDERS,))

    assert {one.reason for one in closer.unread} == {
        "Heroku refused GET /apps/reports: Forbidden (403 forbidden)"
    }


def begun(bench, *, app="shop", mark="ORDERS_NEXT_9C1E77", follow=ORDERS):
    """A run was cut off right after it asked for an add-on."""

    async def piece(client):
        await HerokuAccount(client).provision(
            addon="begun",
            app=app,
            service_plan="standard-2",
            attachment=mark,
            follow=follow,
            version=None,
            region=None,
        )

    bench.client(piece)


@pytest.mark.parametrize("app", ["shop", "reports"])
def test_an_add_on_that_only_our_mark_knows_is_read_while_it_is_provisioned(bench, app):
    begun(bench, app=app)

    first, closer = looks(bench, (("shop", "DATABASE"),), (ORDERS,), apps=("reports",))

    assert first.database("begun") is None
    found = closer.database("begun")
    assert (found.state, found.service_plan) == ("provisioning", "standard-2")
    assert [(held.app, held.name) for held in found.attachments] == [(app, "ORDERS_NEXT_9C1E77")]
    assert closer.unread == ()


def test_an_add_on_with_a_name_that_an_app_reads_is_not_taken_for_ours(bench):
    begun(bench, mark="WHITE", follow=None)

    _, closer = looks(bench, (("shop", "DATABASE"),), (ORDERS,))

    assert closer.database("begun") is None


def test_marked_add_ons_cost_nothing_where_nothing_is_to_change(bench, stand_in):
    begun(bench)
    before = sum(stand_in.requests.values())

    looks(bench, (("shop", "DATABASE"),), ())

    assert sum(stand_in.requests.values()) - before == 2 + 1


def test_a_marked_add_on_that_cannot_be_read_makes_the_databases_of_its_app_unread(bench):
    begun(bench)
    breaking(bench, "/addons/begun", httpx.Response(403, json={"id": "forbidden"}))

    _, closer = looks(bench, (("shop", "DATABASE"), ("blog", "DATABASE")), (ORDERS, LEGACY))

    assert {one.app for one in closer.unread} == {"shop", "reports"}
    assert {one.reason for one in closer.unread} == {
        "Heroku refused GET /addons/begun: Forbidden (403 forbidden)"
    }


def test_what_a_run_began_is_gone_on_with_and_not_a_leftover(bench):
    desired = DesiredState(
        databases=(
            DesiredDatabase(
                name="orders", app="shop", service_plan="standard-2", method="follower-switch"
            ),
        )
    )

    def made():
        _, closer = looks(bench, desired.names(), (ORDERS,))
        return plan(desired, closer, load_catalogue(), endpoint="sim:test")

    first = made()
    (provision,) = first.databases[0].stages[0].steps

    async def piece(client):
        await HerokuAccount(client).provision(
            addon=provision.addon,
            app=provision.app,
            service_plan=provision.service_plan,
            attachment=provision.attachment,
            follow=provision.follow,
            version=provision.version,
            region=provision.region,
        )

    bench.client(piece)

    assert made() == first


def test_an_app_that_is_to_have_the_database_is_seen_closely_too(bench, stand_in):
    stand_in.world.app("blog").maintenance = True

    def look(more_apps):
        async def piece(client):
            snapshot = await observe(client, names=(("shop", "DATABASE"),), apps=("blog",))
            return await look_closer(client, snapshot, (ORDERS,), more_apps=more_apps)

        return bench.client(piece)

    assert not look({}).app("blog").is_seen_closely
    assert look({ORDERS: frozenset({"blog"})}).app("blog").in_maintenance


def test_an_app_that_is_to_have_it_and_cannot_be_seen_makes_it_unread(bench):
    breaking(bench, "/apps/blog", httpx.Response(404))

    async def piece(client):
        snapshot = await observe(client, names=(("shop", "DATABASE"),), apps=("blog",))
        return await look_closer(
            client, snapshot, (ORDERS,), more_apps={ORDERS: frozenset({"blog"})}
        )

    closer = bench.client(piece)

    assert {one.reason for one in closer.unread} == {
        f"The app blog, which is to have {ORDERS} attached, cannot be seen."
    }
