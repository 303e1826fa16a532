from __future__ import annotations

import pytest

ORDERS = "postgresql-curved-53302"
LAVENDER = "postgresql-rugged-70215"
CRIMSON = "postgresql-concave-41876"


def attach(heroku, addon, app, **more):
    body = {"addon": {"name": addon}, "app": {"name": app}, **more}
    return heroku.do("POST", "/addon-attachments", body)


def owner_of(heroku, app, name):
    return heroku.get(f"/apps/{app}/addon-attachments/{name}")["addon"]["name"]


def descriptions(heroku, app):
    return [each["description"] for each in heroku.get(f"/apps/{app}/releases")]


def test_attaching_sets_a_config_var_and_makes_a_release(heroku):
    attach(heroku, ORDERS, "blog", name="SHOP")

    mine = heroku.get("/apps/blog/config-vars")["SHOP_URL"]
    assert mine == heroku.get("/apps/shop/config-vars")["DATABASE_URL"]
    assert descriptions(heroku, "blog")[-1] == f"Attach SHOP (@ref:{ORDERS})"


def test_addon_and_app_may_be_texts(heroku):
    body = {"addon": ORDERS, "app": "blog", "name": "SHOP"}

    assert heroku.do("POST", "/addon-attachments", body)["app"]["name"] == "blog"


def test_without_a_name_a_colour_is_chosen_that_is_free(heroku):
    names = [attach(heroku, ORDERS, "shop")["name"] for _ in range(40)]

    assert len(set(names)) == 40
    assert all(name.startswith("HEROKU_POSTGRESQL_") for name in names)


def test_a_taken_name_needs_confirmation(heroku):
    body = {"addon": CRIMSON, "app": "example-app", "name": "DATABASE"}

    assert heroku.refused("POST", "/addon-attachments", body) == (423, "confirmation_required")
    wrong = {**body, "confirm": "another-app"}
    assert heroku.refused("POST", "/addon-attachments", wrong) == (423, "confirmation_required")
    assert owner_of(heroku, "example-app", "DATABASE") == LAVENDER


def test_a_confirmed_name_is_replaced_in_one_call_with_two_releases(heroku):
    before = heroku.get("/apps/example-app/addon-attachments/DATABASE")["id"]
    attach(heroku, CRIMSON, "example-app", name="DATABASE", confirm="example-app")

    assert owner_of(heroku, "example-app", "DATABASE") == CRIMSON
    assert descriptions(heroku, "example-app")[-2:] == [
        f"Detach DATABASE (@ref:{LAVENDER})",
        f"Attach DATABASE (@ref:{CRIMSON})",
    ]
    found = heroku.get("/apps/example-app/config-vars")
    assert found["DATABASE_URL"] == found["HEROKU_POSTGRESQL_CRIMSON_URL"]
    assert heroku.refused("GET", f"/addon-attachments/{before}") == (404, "not_found")


def test_detaching_removes_the_config_var(heroku):
    attachment = heroku.get("/apps/reports/addon-attachments/ORDERS")
    heroku.do("DELETE", f"/addon-attachments/{attachment['id']}")

    assert list(heroku.get("/apps/reports/config-vars")) == ["ORDERS_REPLICA_URL"]
    assert descriptions(heroku, "reports")[-1] == f"Detach ORDERS (@ref:{ORDERS})"


@pytest.mark.parametrize(
    ("addon", "namespace"),
    [
        (ORDERS, "credential:nobody"),
        (ORDERS, "role:owner|proxy:false"),
        (CRIMSON, "connection-pooling:default"),  # Essential
    ],
)
def test_a_namespace_that_cannot_be_is_refused(heroku, addon, namespace):
    body = {"addon": addon, "app": "blog", "name": "ODD", "namespace": namespace}

    assert heroku.refused("POST", "/addon-attachments", body) == (422, "unprocessable_entity")


def test_pools_are_attached_in_both_ways(heroku):
    body = {"app": "shop", "credential": "default", "name": "MORE_POOL"}
    made = heroku.ask("POST", f"/client/v11/databases/{ORDERS}/connection-pooling", body)
    other = attach(
        heroku, ORDERS, "shop", name="OTHER_POOL", namespace="connection-pooling:default"
    )

    assert (made.status_code, made.json()["name"]) == (201, "MORE_POOL")
    assert made.json()["namespace"] == other["namespace"] == "connection-pooling:default"
    assert "MORE_POOL_URL" in heroku.get("/apps/shop/config-vars")
    status = heroku.get(f"/client/v11/databases/{ORDERS}/connection-pooling")["status"]
    assert status == "enabled"


@pytest.mark.parametrize(
    ("text", "app", "expected"),
    [
        ("DATABASE_URL", "shop", ["DATABASE"]),
        ("WORKER_POOL", "shop", ["WORKER_POOL"]),
        (ORDERS, "reports", ["ORDERS"]),
        (ORDERS, None, ["DATABASE", "DATABASE_CONNECTION_POOL", "WORKER_POOL", "ORDERS"]),
    ],
)
def test_attachments_resolve_by_name_var_and_addon(heroku, text, app, expected):
    found = heroku.do(
        "POST", "/actions/addon-attachments/resolve", {"addon_attachment": text, "app": app}
    )

    assert [each["name"] for each in found] == expected


def test_what_does_not_resolve_is_not_found(heroku):
    body = {"addon_attachment": "NOTHING_URL", "app": "shop"}
    answer = heroku.ask("POST", "/actions/addon-attachments/resolve", body)

    assert (answer.status_code, answer.json()["resource"]) == (404, "add_on attachment")


def test_an_app_lists_what_it_is_attached_to_and_an_addon_all_its_apps(heroku):
    on_app = {each["name"] for each in heroku.get("/apps/reports/addon-attachments")}
    of_addon = {each["app"]["name"] for each in heroku.get(f"/addons/{ORDERS}/addon-attachments")}

    assert on_app == {"ORDERS", "ORDERS_REPLICA"}
    assert of_addon == {"shop", "reports"}
    assert len(heroku.get("/addon-attachments")) == 12
