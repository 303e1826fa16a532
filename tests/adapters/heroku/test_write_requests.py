from __future__ import annotations

import json

import httpx
import pytest

from reconciler.core.observed import POOLER
from reconciler.errors import HerokuUnclearError

ORDERS = "postgresql-curved-53302"


async def provision(account):
    await account.provision(
        addon="orders-next",
        app="shop",
        service_plan="standard-2",
        attachment="ORDERS_NEXT",
        follow=ORDERS,
        version=17,
        region="eu",
    )


BODIES = {
    "provision": (
        provision,
        "POST",
        "/apps/shop/addons",
        {
            "attachment": {"name": "ORDERS_NEXT"},
            "config": {"follow": ORDERS, "version": "17", "region": "eu"},
            "confirm": "shop",
            "name": "orders-next",
            "plan": {"name": "heroku-postgresql:standard-2"},
        },
    ),
    "change_service_plan": (
        lambda account: account.change_service_plan(
            addon="a", app="shop", service_plan="standard-2"
        ),
        "PATCH",
        "/apps/shop/addons/a",
        {"plan": {"name": "heroku-postgresql:standard-2"}},
    ),
    "set_maintenance": (
        lambda account: account.set_maintenance("shop", on=True),
        "PATCH",
        "/apps/shop",
        {"maintenance": True},
    ),
    "scale": (
        lambda account: account.scale("shop", {"worker": 2, "web": 0}),
        "PATCH",
        "/apps/shop/formation",
        {"updates": [{"type": "web", "quantity": 0}, {"type": "worker", "quantity": 2}]},
    ),
    "attach": (
        lambda account: account.attach(app="shop", name="DATABASE", addon="a", namespace=""),
        "POST",
        "/addon-attachments",
        {
            "addon": {"name": "a"},
            "app": {"name": "shop"},
            "confirm": "shop",
            "name": "DATABASE",
            "namespace": None,
        },
    ),
    "cancel_transfer": (
        lambda account: account.cancel_transfer("shop", "t-1"),
        "POST",
        "/client/v11/apps/shop/transfers/t-1/actions/cancel",
        None,
    ),
}


UPGRADES = {
    "prepare": (lambda account: account.prepare_upgrade("a", version=18), {"version": "18"}),
    "run": (lambda account: account.run_upgrade("a", version=18), {"version": "18"}),
    "cancel": (lambda account: account.cancel_upgrade("a"), {}),
}


@pytest.mark.parametrize("name", UPGRADES)
def test_a_version_upgrade_is_asked_for_by_id_and_with_its_version(scripted, name):
    act, body = UPGRADES[name]
    sent = []

    async def handle(request):
        if request.method == "POST":
            sent.append((request.url.path, json.loads(request.content)))
            return httpx.Response(200, json={"message": "Started."})
        row = {"id": "id-of-a", "name": "a", "app": {"name": "shop"}, "plan": "x"}
        return httpx.Response(200, json=row)

    bench = scripted(httpx.Response(200))
    bench.transport = httpx.MockTransport(handle)

    bench.account(act)

    assert sent == [(f"/client/v11/databases/id-of-a/upgrade/{name}", body)]


@pytest.mark.parametrize("name", BODIES)
def test_a_write_is_one_request_as_the_vendors_cli_forms_it(scripted, name):
    act, method, path, body = BODIES[name]
    bench = scripted(httpx.Response(200, json={}))

    bench.account(act)

    (request,) = bench.transport.requests
    assert (request.method, request.url.path) == (method, path)
    assert (json.loads(request.content) if request.content else None) == body


@pytest.mark.parametrize("name", BODIES)
@pytest.mark.parametrize("failure", [httpx.ReadError("reset"), httpx.Response(500)])
def test_a_write_that_may_have_been_done_is_unclear_and_not_repeated(scripted, name, failure):
    bench = scripted(failure)

    with pytest.raises(HerokuUnclearError):
        bench.account(BODIES[name][0])

    assert len(bench.transport.requests) == 1


def test_a_copy_takes_the_address_of_the_default_credential(scripted):
    sent = []
    held = {
        "source": [{"name": "A_POOL", "namespace": POOLER}, {"name": "ONLY_LATER"}, {"name": "A"}],
        "target": [{"name": "B"}],
    }
    config = {"A_POOL_URL": "pooled", "A_URL": "from-here", "B_URL": "to-there", "OTHER": None}

    async def handle(request):
        path = request.url.path
        _, kind, name, *rest = path.split("/")
        if request.method == "POST":
            sent.append((path, json.loads(request.content)))
            return httpx.Response(201, json={})
        if rest == ["addon-attachments"]:
            whose = {"app": {"name": "shop"}, "addon": {"name": name}}
            return httpx.Response(200, json=[one | whose for one in held[name]])
        if rest == ["config-vars"]:
            return httpx.Response(200, json=config)
        assert kind == "addons"
        row = {"id": f"id-of-{name}", "name": name, "app": {"name": "shop"}, "plan": "x"}
        return httpx.Response(200, json=row)

    bench = scripted(httpx.Response(200))
    bench.transport = httpx.MockTransport(handle)

    bench.account(
        lambda account: account.copy(source="source", target="target", from_name="A", to_name="B")
    )

    assert sent == [
        (
            "/client/v11/databases/id-of-target/transfers",
            {"from_name": "A", "from_url": "from-here", "to_name": "B", "to_url": "to-there"},
        )
    ]
