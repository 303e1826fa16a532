from __future__ import annotations

import base64

import pytest

from reconciler.simulator.http.paging import Range, parse_range
from reconciler.simulator.scenario import parse_world
from reconciler.simulator.standin import StandIn

GUARDED = """
[clock]
start = 2026-11-22T20:00:00Z
[account]
tokens = ["right"]
requests_per_hour = 3600
enforce_rate_limit = true
[app.shop]
"""


def guarded():
    world = parse_world(GUARDED, file="guarded.toml")
    standin = StandIn.from_scenario("example")
    return StandIn(world, type(standin.clock)(standin.clock.now()))


def test_a_request_without_a_token_is_unauthorized(heroku):
    answer = heroku.ask("GET", "/account", Authorization="")

    assert answer.status_code == 401
    assert answer.json()["id"] == "unauthorized"


def test_the_plan_list_needs_no_token(heroku):
    answer = heroku.ask("GET", "/addon-services/heroku-postgresql/plans", Authorization="")

    names = {plan["name"]: plan["price"]["cents"] for plan in answer.json()}
    assert names["heroku-postgresql:standard-0"] == 5000


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ("Bearer right", 200),
        ("Basic " + base64.b64encode(b"me@example.com:right").decode(), 200),
        ("Basic " + base64.b64encode(b":right").decode(), 200),
        ("Bearer wrong", 401),
        ("Basic ???", 401),
    ],
)
def test_only_the_tokens_of_the_scenario_are_let_in(speak, header, status):
    heroku = speak(guarded())

    assert heroku.ask("GET", "/account", Authorization=header).status_code == status


def test_requests_run_out_and_come_back_with_time(speak):
    heroku = speak(guarded())
    heroku.world.account.requests_left = 1.0

    first = heroku.ask("GET", "/apps", Authorization="Bearer right")
    second = heroku.ask("GET", "/apps", Authorization="Bearer right")
    free = heroku.ask("GET", "/account/rate-limits", Authorization="Bearer right")
    heroku.wait(1)
    third = heroku.ask("GET", "/apps", Authorization="Bearer right")

    assert [first.status_code, second.status_code, third.status_code] == [200, 429, 200]
    assert second.json()["id"] == "rate_limit"
    assert free.json() == {"remaining": 0}


def test_every_answer_says_what_is_left_and_carries_a_request_id(heroku):
    answer = heroku.ask("GET", "/apps", Request_Id="mine")
    unknown = heroku.ask("GET", "/nowhere")

    assert answer.headers["RateLimit-Remaining"] == "4499"
    assert answer.headers["Request-Id"].endswith(",mine")
    assert unknown.headers["Request-Id"]


def test_unknown_paths_and_methods_are_refused_and_counted(heroku):
    assert heroku.refused("GET", "/nowhere") == (404, "not_found")
    assert heroku.refused("DELETE", "/apps") == (404, "not_found")

    counted = heroku.get("/sim/unknown-routes")
    assert counted == {"total": 2, "routes": {"GET /nowhere": 1, "DELETE /apps": 1}}


def test_served_paths_are_counted_by_template(heroku):
    heroku.get("/apps/shop")
    heroku.get("/apps/blog")

    assert heroku.get("/sim/requests")["routes"] == {"GET /apps/{app}": 2}


@pytest.mark.parametrize("body", ["{", "[]", '"x"'])
def test_a_body_that_is_no_json_object_is_a_bad_request(heroku, body):
    answer = heroku.ask_raw("PATCH", "/apps/shop", body)

    assert (answer.status_code, answer.json()["id"]) == (400, "bad_request")


def test_expansion_inclusion_and_sdk_change_the_shape(heroku):
    plain = heroku.get("/addons/postgresql-curved-53302")
    whole = heroku.get(
        "/addons/postgresql-curved-53302",
        Accept="application/vnd.heroku+json; version=3.sdk",
        Accept_Expansion="addon_service,plan",
    )
    attachments = heroku.get(
        "/apps/shop/addon-attachments", Accept_Inclusion="addon:plan,config_vars"
    )

    assert set(plain["plan"]) == {"id", "name"}
    assert whole["plan"]["price"] == {
        "cents": 5000,
        "contract": False,
        "unit": "month",
        "metered": False,
    }
    assert whole["addon_service"]["human_name"] == "Heroku Postgres"
    assert attachments[0]["addon"]["plan"]["name"].startswith("heroku-postgresql:")
    assert attachments[0]["config_vars"] == [attachments[0]["name"] + "_URL"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Range("id")),
        ("version ..; max=5, order=desc", Range("version", most=5, descending=True)),
        ("version ..; order=desc,max=1", Range("version", most=1, descending=True)),
        ("id ..; max=1000;", Range("id", most=1000)),
        ("name a..z; max=10,order=desc", Range("name", "a", last="z", most=10, descending=True)),
        ("id ]4f-2.. ; max=7", Range("id", "4f-2", exclusive=True, most=7)),
    ],
)
def test_all_spellings_of_range_are_read(text, expected):
    assert parse_range(text, "id") == expected


@pytest.mark.parametrize(
    "text", ["nonsense", "id ..; max=0", "id ..; max=1001", "id ..; order=up", "colour .."]
)
def test_a_range_that_makes_no_sense_is_refused(heroku, text):
    assert heroku.ask("GET", "/addons", Range=text).status_code == 400


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_pages_together_are_the_whole_list_once(heroku, order):
    found, wish = [], f"id ..; max=3, order={order}"
    statuses = []
    while wish:
        answer = heroku.ask("GET", "/addons", Range=wish)
        statuses.append(answer.status_code)
        found += [addon["id"] for addon in answer.json()]
        wish = answer.headers.get("Next-Range")

    assert statuses == [206, 206, 200]
    assert found == sorted(heroku.world.addons, reverse=order == "desc")
