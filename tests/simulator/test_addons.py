from __future__ import annotations

import pytest

ORDERS = "postgresql-curved-53302"
REPLICA = "postgresql-tapered-12984"
FOLLOW = {"plan": {"name": "heroku-postgresql:standard-2"}, "config": {"follow": "DATABASE_URL"}}


def create(heroku, app="shop", **body):
    return heroku.do("POST", f"/apps/{app}/addons", {**FOLLOW, **body})


def test_a_new_database_comes_into_being_in_stages(heroku):
    made = create(heroku, name="orders-next", attachment={"name": "NEXT"})
    early = heroku.ask("GET", "/client/v11/databases/orders-next")
    heroku.wait(130)
    waiting = heroku.get("/client/v11/databases/orders-next/wait_status")
    state = heroku.get("/addons/orders-next")["state"]
    heroku.wait(120)

    assert made["state"] == "provisioning"
    assert (early.status_code, early.content) == (404, b"")
    assert (waiting, state) == ({"waiting?": True, "message": "preparing"}, "provisioning")
    assert heroku.get("/addons/orders-next")["state"] == "provisioned"
    assert heroku.get("/client/v11/databases/orders-next/wait_status") == {
        "waiting?": False,
        "message": "available",
    }


def test_its_config_var_appears_when_it_is_there_with_a_release(heroku):
    create(heroku, name="orders-next", attachment={"name": "NEXT"})
    early = heroku.get("/apps/shop/config-vars")
    heroku.wait(300)

    assert "NEXT_URL" not in early
    assert "NEXT_URL" in heroku.get("/apps/shop/config-vars")
    assert "Attach NEXT" in heroku.get("/apps/shop/releases")[-1]["description"]


def test_a_follower_says_whom_it_follows(heroku):
    create(heroku, name="orders-next")
    heroku.wait(300)
    info = heroku.info("orders-next")
    leader = heroku.info(ORDERS)

    assert info["following"] == f"postgres://{leader['resource_url'].partition('@')[2]}"
    assert info["leader"]["name"] == ORDERS
    assert info["plan"] == "standard-2"
    assert info["num_bytes"] == leader["num_bytes"]
    assert {each["name"] for each in heroku.get(f"/client/v11/databases/{ORDERS}/followers")} == {
        "orders-next",
        REPLICA,
    }
    assert len(next(row for row in leader["info"] if row["name"] == "Followers")["values"]) == 2


@pytest.mark.parametrize(
    "text", ["DATABASE", "DATABASE_URL", ORDERS, "shop::DATABASE_URL", "reports::ORDERS", "URL"]
)
def test_the_leader_can_be_named_in_every_way(heroku, text):
    if text == "URL":
        text = heroku.get("/apps/shop/config-vars")["DATABASE_URL"]
    create(heroku, name="orders-next", config={"follow": text})
    heroku.wait(300)

    assert heroku.info("orders-next")["leader"]["name"] == ORDERS


def test_a_plan_may_be_a_text_too(heroku):
    made = create(heroku, plan="heroku-postgresql:standard-2", attachment={})

    assert made["plan"]["name"] == "heroku-postgresql:standard-2"


def test_without_a_name_it_gets_a_colour(heroku):
    made = create(heroku, attachment={})

    (attachment,) = heroku.get(f"/addons/{made['id']}/addon-attachments")
    assert attachment["name"].startswith("HEROKU_POSTGRESQL_")


def test_the_first_database_of_an_app_is_its_database(heroku):
    made = create(heroku, app="reports", plan="heroku-postgresql:essential-0", config={})

    attached = {each["name"] for each in heroku.get(f"/addons/{made['id']}/addon-attachments")}
    assert "DATABASE" in attached
    assert len(attached) == 2


@pytest.mark.parametrize(
    ("app", "body", "expected"),
    [
        ("blog", {}, (422, "unprocessable_entity")),  # follower of an Essential database
        ("shop", {"plan": "heroku-postgresql:essential-0"}, (422, "unprocessable_entity")),
        (
            "reports",
            {"config": {"follow": "ORDERS_REPLICA"}},
            (422, "unprocessable_entity"),
        ),  # chained
        ("search", {"plan": "heroku-postgresql:standard-99"}, (422, "unprocessable_entity")),
        (
            "shop",
            {"plan": "heroku-postgresql:mini"},
            (422, "unprocessable_entity"),
        ),  # no longer sold
        (
            "shop",
            {"plan": "heroku-postgresql:private-0"},
            (422, "unprocessable_entity"),
        ),  # no space
        ("shop", {"name": ORDERS}, (422, "unprocessable_entity")),  # taken
        ("shop", {"name": "no spaces please"}, (422, "unprocessable_entity")),
        ("shop", {"config": {"follow": "NOBODY_URL"}}, (404, "not_found")),
        ("shop", {"config": {"version": "15"}}, (422, "unprocessable_entity")),
        ("shop", {"attachment": {"name": "DATABASE"}}, (423, "confirmation_required")),
        ("shop", {"attachment": {"name": "lower"}}, (422, "unprocessable_entity")),
        ("shop", {"plan": None}, (400, "bad_request")),
    ],
)
def test_what_heroku_refuses_to_create_leaves_nothing_behind(heroku, app, body, expected):
    before = heroku.get("/sim/state")

    assert heroku.refused("POST", f"/apps/{app}/addons", {**FOLLOW, **body}) == expected
    assert heroku.get("/sim/state") == before


def test_a_follower_may_not_be_too_small_for_its_leader(heroku):
    create(heroku, app="search", name="big", plan="heroku-postgresql:standard-4", config={})
    heroku.wait(300)
    body = {"plan": "heroku-postgresql:standard-2", "config": {"follow": "big"}}

    answer = heroku.ask("POST", "/apps/search/addons", body)

    assert answer.status_code == 422
    assert "at least a standard-3 plan" in answer.json()["message"]


def test_an_unknown_plan_is_refused_in_the_words_that_the_cli_looks_for(heroku):
    answer = heroku.ask(
        "PATCH", f"/apps/shop/addons/{ORDERS}", {"plan": "heroku-postgresql:standard-1"}
    )

    assert answer.status_code == 422
    assert answer.json()["message"].startswith("Couldn't find either the add-on")


def test_destroying_goes_through_deprovisioning_to_not_found(heroku):
    name = "postgresql-cubed-88041"
    answer = heroku.ask("DELETE", f"/apps/blog/addons/{name}", {"force": False})
    vars_then = heroku.get("/apps/blog/config-vars")
    heroku.wait(60)

    assert (answer.status_code, answer.json()["state"]) == (202, "deprovisioning")
    assert vars_then == {}
    assert heroku.refused("GET", f"/addons/{name}") == (404, "not_found")
    assert heroku.refused("GET", f"/client/v11/databases/{name}") == (404, "not_found")
    assert heroku.get("/apps/blog/addon-attachments") == []


def test_what_other_apps_use_or_follow_is_not_destroyed_just_so(heroku):
    assert heroku.refused("DELETE", f"/apps/shop/addons/{ORDERS}") == (422, "unprocessable_entity")
    forced = heroku.refused("DELETE", f"/apps/shop/addons/{ORDERS}", {"force": True})

    assert forced == (422, "unprocessable_entity")
    assert heroku.get(f"/addons/{ORDERS}")["state"] == "provisioned"


def test_an_addon_is_only_found_below_the_app_that_owns_it(heroku):
    assert heroku.refused("GET", f"/apps/reports/addons/{ORDERS}") == (404, "not_found")
    assert heroku.get(f"/apps/shop/addons/{ORDERS}")["name"] == ORDERS


def test_renaming_keeps_the_id(heroku):
    before = heroku.get(f"/addons/{ORDERS}")["id"]
    heroku.do("PATCH", f"/apps/shop/addons/{ORDERS}", {"name": "orders-old"})

    assert heroku.get("/addons/orders-old")["id"] == before
    assert heroku.refused("GET", f"/addons/{ORDERS}") == (404, "not_found")


@pytest.mark.parametrize("text", ["DATABASE", "DATABASE_URL", ORDERS, "heroku-postgresql"])
def test_addons_resolve_by_every_name(heroku, text):
    found = heroku.do("POST", "/actions/addons/resolve", {"addon": text, "app": "shop"})

    assert [addon["name"] for addon in found] == [ORDERS]


def test_what_does_not_resolve_is_not_found(heroku):
    answer = heroku.ask("POST", "/actions/addons/resolve", {"addon": "NOTHING", "app": "shop"})

    assert answer.status_code == 404
    assert answer.json() == {
        "id": "not_found",
        "message": "Couldn't find that add-on.",
        "resource": "add_on",
    }


def test_a_follower_whose_leader_vanishes_meanwhile_fails_to_provision(heroku):
    name = "postgresql-spherical-26650"
    create(heroku, app="accounts", name="lost", config={"follow": name})
    heroku.do("DELETE", f"/apps/accounts/addons/{name}")
    heroku.wait(300)

    assert heroku.get("/addons/lost")["state"] == "deprovisioned"
    assert heroku.refused("GET", "/client/v11/databases/lost") == (404, "not_found")
