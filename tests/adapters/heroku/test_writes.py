from __future__ import annotations

import pytest

from reconciler.apply.ports import Heroku, ObservedTransfer
from reconciler.core.observed import POOLER, ObservedSchedule
from reconciler.errors import (
    HerokuRefusedError,
    HerokuUnavailableError,
    ReconcileError,
)

ORDERS = "postgresql-curved-53302"
REPLICA = "postgresql-tapered-12984"
LEGACY = "postgresql-cubed-88041"
CATALOG = "postgresql-parallel-64419"


async def provision(account, *, addon="orders-next", follow=ORDERS, version=None, region=None):
    await account.provision(
        addon=addon,
        app="shop",
        service_plan="standard-2",
        attachment="ORDERS_NEXT",
        follow=follow,
        version=version,
        region=region,
    )


def test_the_account_is_all_that_applying_a_plan_needs(bench):
    async def piece(account):
        heroku: Heroku = account
        wanted = {name for name in dir(Heroku) if not name.startswith("_")}
        return wanted - {name for name in dir(heroku) if callable(getattr(heroku, name))}

    assert bench.account(piece) == set()


def test_a_follower_is_provisioned_under_the_name_given(bench):
    async def piece(account):
        await provision(account)
        early = await account.addon("orders-next")
        await bench.clock.sleep(3600)
        return (
            early,
            await account.addon("orders-next"),
            await account.attachments_of("orders-next"),
        )

    early, late, held = bench.account(piece)

    assert (early.state, early.serving_plan) == ("provisioning", None)
    assert (late.state, late.service_plan, late.leader) == ("provisioned", "standard-2", ORDERS)
    assert late.version == 16
    assert [(one.app, one.name) for one in held] == [("shop", "ORDERS_NEXT")]


def test_a_database_is_provisioned_on_the_version_given(bench):
    async def piece(account):
        await provision(account, follow=None, version=17)
        await bench.clock.sleep(3600)
        return await account.addon("orders-next")

    database = bench.account(piece)

    assert (database.version, database.is_following) == (17, False)


def test_a_second_add_on_of_that_name_is_refused(bench, stand_in):
    async def piece(account):
        await provision(account)
        await provision(account)

    with pytest.raises(HerokuRefusedError):
        bench.account(piece)

    assert sum(addon.name == "orders-next" for addon in stand_in.world.addons.values()) == 1


def test_another_service_plan_is_asked_for(bench):
    async def piece(account):
        await account.change_service_plan(addon=ORDERS, app="shop", service_plan="standard-2")
        return await account.addon(ORDERS)

    database = bench.account(piece)

    assert (database.service_plan, database.serving_plan) == ("standard-2", "standard-0")


def test_a_service_plan_that_there_is_not_is_refused_in_herokus_words(bench):
    with pytest.raises(HerokuRefusedError, match="Couldn't find either the add-on"):
        bench.account(
            lambda account: account.change_service_plan(
                addon=ORDERS, app="shop", service_plan="standard-99"
            )
        )


@pytest.mark.parametrize("on", [True, False])
def test_the_maintenance_flag_is_set(bench, on):
    async def piece(account):
        await account.set_maintenance("shop", on=not on)
        await account.set_maintenance("shop", on=on)
        return (await account.app("shop")).in_maintenance

    assert bench.account(piece) is on


def test_dynos_are_scaled_in_one_request_and_leave_in_their_time(bench, stand_in):
    async def piece(account):
        await account.scale("shop", {"worker": 0, "web": 0})
        formation = (await account.app("shop")).formation
        at_once = await account.running("shop")
        await bench.clock.sleep(60)
        return formation, at_once, await account.running("shop")

    formation, at_once, later = bench.account(piece)

    assert formation == (("clock", 1), ("web", 0), ("worker", 0))
    assert at_once == ("clock", "web", "web", "web", "worker", "worker")
    assert later == ("clock",)
    assert stand_in.requests["PATCH /apps/{app}/formation"] == 1


def test_following_ends(bench):
    async def piece(account):
        await account.unfollow(REPLICA)
        at_once = await account.addon(REPLICA)
        await bench.clock.sleep(60)
        return at_once, await account.addon(REPLICA)

    at_once, later = bench.account(piece)

    assert at_once.is_waiting
    assert (later.is_waiting, later.is_following, later.leader) == (False, False, None)


@pytest.mark.parametrize("namespace", ["", POOLER])
def test_a_name_is_moved_in_one_request(bench, stand_in, namespace):
    name = "WORKER_POOL" if namespace else "DATABASE"

    async def piece(account):
        await account.attach(app="shop", name=name, addon=REPLICA, namespace=namespace)
        return await account.attachment("shop", name)

    held = bench.account(piece)

    assert (held.addon, held.namespace) == (REPLICA, namespace)
    assert stand_in.requests["POST /addon-attachments"] == 1


def test_a_credential_that_there_is_not_is_refused(bench):
    with pytest.raises(HerokuRefusedError):
        bench.account(
            lambda account: account.attach(
                app="shop", name="ANALYST", addon=ORDERS, namespace="credential:analyst"
            )
        )


def test_a_name_is_taken_away_and_the_addon_stays(bench):
    async def piece(account):
        await account.detach(app="reports", name="ORDERS")
        await account.detach(app="reports", name="ORDERS")
        return await account.attachment("reports", "ORDERS"), await account.addon(ORDERS)

    held, addon = bench.account(piece)

    assert held is None
    assert addon.state == "provisioned"


def test_a_copy_runs_on_herokus_side(bench):
    async def piece(account):
        await provision(account, follow=None, version=17)
        await bench.clock.sleep(3600)
        await account.copy(
            source=LEGACY, target="orders-next", from_name="LEGACY", to_name="ORDERS_NEXT"
        )
        await bench.clock.sleep(60)
        running = await account.transfers("shop")
        await bench.clock.sleep(3600)
        return running, await account.transfers("shop"), await account.addon("orders-next")

    (running,), (ended,), target = bench.account(piece)

    assert (running.from_name, running.to_name) == ("LEGACY", "ORDERS_NEXT")
    assert (running.is_finished, running.has_succeeded) == (False, None)
    assert 0 < running.processed_bytes < running.source_bytes == int(4.2 * 2**30)
    assert ended == ObservedTransfer(
        id=running.id,
        from_name="LEGACY",
        to_name="ORDERS_NEXT",
        is_finished=True,
        has_succeeded=True,
        processed_bytes=ended.processed_bytes,
        source_bytes=int(4.2 * 2**30),
    )
    assert (target.data_size_bytes, target.table_count) == (int(4.2 * 2**30), 33)


def test_a_copy_is_stopped(bench):
    async def piece(account):
        await provision(account, follow=None, version=17)
        await bench.clock.sleep(3600)
        await account.copy(source=LEGACY, target="orders-next", from_name="A", to_name="B")
        await bench.clock.sleep(30)
        (running,) = await account.transfers("shop")
        await account.cancel_transfer("shop", running.id)
        return await account.transfers("shop")

    (stopped,) = bench.account(piece)

    assert (stopped.is_finished, stopped.has_succeeded) == (True, False)


def test_a_copy_onto_itself_is_not_sent(bench, stand_in):
    with pytest.raises(ReconcileError, match="same database"):
        bench.account(
            lambda account: account.copy(source=LEGACY, target=LEGACY, from_name="A", to_name="B")
        )

    assert not [route for route in stand_in.requests if route.startswith("POST")]


def test_a_copy_to_a_database_without_an_address_yet_is_without_effect(bench, stand_in):
    async def piece(account):
        await account.detach(app="blog", name="DATABASE")
        await account.copy(source=ORDERS, target=LEGACY, from_name="A", to_name="B")

    with pytest.raises(HerokuUnavailableError, match="address of postgresql-cubed-88041"):
        bench.account(piece)

    assert not [route for route in stand_in.requests if route.endswith("/transfers")]


def test_a_prepared_maintenance_is_run(bench):
    async def piece(account):
        await account.set_maintenance("search", on=True)
        await account.run_maintenance(CATALOG)
        await bench.clock.sleep(3600)
        return await account.addon(CATALOG)

    assert bench.account(piece).serving_plan == "standard-3"


def test_a_version_upgrade_is_prepared_cancelled_prepared_and_run(bench):
    async def piece(account):
        seen = [await account.version_upgrade(ORDERS)]
        await account.prepare_upgrade(ORDERS, version=17)
        seen.append(await account.version_upgrade(ORDERS))
        await account.cancel_upgrade(ORDERS)
        seen.append(await account.version_upgrade(ORDERS))
        await account.prepare_upgrade(ORDERS, version=17)
        await bench.clock.sleep(3 * 3600)
        seen.append(await account.version_upgrade(ORDERS))
        await account.run_upgrade(ORDERS, version=17)
        seen.append(await account.version_upgrade(ORDERS))
        await bench.clock.sleep(3600)
        return [one.status for one in seen], await account.addon(ORDERS)

    seen, upgraded = bench.account(piece)

    assert seen == ["none", "at-work", "none", "scheduled", "at-work"]
    assert upgraded.version == 17


def test_a_cancelled_upgrade_that_runs_is_refused(bench):
    async def piece(account):
        await account.cancel_upgrade(ORDERS)

    with pytest.raises(HerokuRefusedError, match="422"):
        bench.account(piece)


def test_a_backup_is_scheduled_and_changed_by_its_name(bench):
    wanted = ObservedSchedule("DATABASE_URL", 4, "UTC")

    async def piece(account):
        await account.schedule_backup(REPLICA, ObservedSchedule("DATABASE_URL", 3, "UTC"))
        await account.schedule_backup(REPLICA, wanted)
        return await account.schedules(REPLICA)

    assert bench.account(piece) == (wanted,)


def test_the_maintenance_window_is_set(bench):
    async def piece(account):
        await account.set_maintenance_window(ORDERS, day="Sunday", time="02:00")
        return await account.maintenance_window(ORDERS)

    assert bench.account(piece) == "Sundays 02:00 to 06:00 UTC"


def test_no_request_of_ours_is_unknown_to_heroku(bench, stand_in):
    async def piece(account):
        await provision(account)
        await account.scale("shop", {"web": 1})
        await account.run_maintenance(CATALOG)

    bench.account(piece)

    assert not stand_in.unknown_routes
