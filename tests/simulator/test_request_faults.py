"""Faults of requests, in process: each kind, how often it strikes, and how rules are read."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from reconciler.errors import ScenarioError
from reconciler.simulator.clock import ManualClock
from reconciler.simulator.connection import Wire
from reconciler.simulator.moments import moment
from reconciler.simulator.scenario import parse_world
from reconciler.simulator.standin import StandIn

APP = "/apps/shop"
ADDONS = "/apps/shop/addons"
NEW = {"plan": "standard-0", "name": "postgresql-new-10000"}


def break_(heroku, **rule):
    return heroku.do("POST", "/sim/faults", rule)["faults"][0]


def maintenance(heroku):
    return heroku.world.app("shop").maintenance


def struck(heroku):
    return [rule["struck"] for rule in heroku.get("/sim/faults")["faults"]]


@pytest.mark.parametrize(
    ("rule", "error"),
    [
        ({"kind": "refuse"}, httpx.ConnectError),
        ({"kind": "reset"}, httpx.ReadError),
        ({"kind": "reset", "when": "after"}, httpx.ReadError),
        ({"kind": "truncate"}, httpx.RemoteProtocolError),
    ],
)
def test_a_cut_connection_is_the_clients_own_error(heroku, rule, error):
    break_(heroku, **rule, method="GET", path=APP)

    with pytest.raises(error):
        heroku.ask("GET", APP)
    assert struck(heroku) == [1]
    assert heroku.ask("GET", "/apps/blog").status_code == 200


@pytest.mark.parametrize(
    ("when", "closed"),
    [("before", False), ("after", True)],
)
def test_a_reset_comes_before_or_after_the_effect(heroku, when, closed):
    break_(heroku, kind="reset", when=when, method="PATCH")

    with pytest.raises(httpx.ReadError):
        heroku.ask("PATCH", APP, {"maintenance": True})

    assert maintenance(heroku) is closed


@pytest.mark.parametrize("status", [500, 502, 503])
@pytest.mark.parametrize(("when", "closed"), [("before", False), ("after", True)])
def test_a_failing_status_comes_before_or_after_the_effect(heroku, status, when, closed):
    break_(heroku, kind="status", status=status, when=when, method="PATCH")

    answer = heroku.ask("PATCH", APP, {"maintenance": True})

    assert answer.status_code == status
    assert set(answer.json()) == {"id", "message"}
    assert maintenance(heroku) is closed


def test_a_failing_status_can_have_any_body(heroku):
    break_(heroku, kind="status", status=502, body="<html>")

    assert heroku.ask("GET", APP).text == "<html>"


@pytest.mark.parametrize(("rule", "header"), [({}, None), ({"retry_after": 7}, "7")])
def test_429_with_and_without_retry_after(heroku, rule, header):
    break_(heroku, kind="rate-limit", **rule)

    answer = heroku.ask("PATCH", APP, {"maintenance": True})

    assert (answer.status_code, answer.json()["id"]) == (429, "rate_limit")
    assert answer.headers.get("retry-after") == header
    assert answer.headers["ratelimit-remaining"] == "0"
    assert not maintenance(heroku)


@pytest.mark.parametrize(("when", "closed"), [("before", False), ("after", True)])
def test_a_slow_answer_is_late_for_a_client_that_gives_up(heroku, when, closed):
    break_(heroku, kind="slow", delay="30s", when=when, method="PATCH")

    with pytest.raises(TimeoutError):
        heroku.ask_for("PATCH", APP, {"maintenance": True}, seconds=0.05)

    assert maintenance(heroku) is closed


def test_a_slow_answer_is_the_right_one_in_the_end(heroku):
    break_(heroku, kind="slow", delay="1ms")

    assert heroku.get(APP)["name"] == "shop"


def test_a_stale_read_does_not_show_what_was_just_written(heroku):
    break_(heroku, kind="stale", path=APP, age="30s")

    heroku.do("PATCH", APP, {"maintenance": True})
    first = heroku.get(APP)["maintenance"]
    heroku.wait(31)
    later = heroku.get(APP)["maintenance"]

    assert (first, later, maintenance(heroku)) == (False, True, True)


def test_a_write_is_never_stale(heroku):
    break_(heroku, kind="stale")

    assert heroku.do("PATCH", APP, {"maintenance": True})["maintenance"] is True
    assert struck(heroku) == [0]


def test_a_duplicate_delivery_acts_twice_and_answers_the_second_time(heroku):
    break_(heroku, kind="duplicate", method="POST", path=ADDONS)

    named = heroku.ask("POST", ADDONS, NEW)
    before = len(heroku.world.addons)
    unnamed = heroku.ask("POST", ADDONS, {"plan": "standard-0"})

    assert (named.status_code, heroku.world.addon(NEW["name"]) is not None) == (422, True)
    assert (unnamed.status_code, len(heroku.world.addons)) == (201, before + 2)


def test_a_rule_waits_and_then_strikes_so_often(heroku):
    break_(heroku, kind="status", skip=2, times=1, path=APP)

    statuses = [heroku.ask("GET", APP).status_code for _ in range(5)]

    assert statuses == [200, 200, 503, 200, 200]


def test_chance_is_the_same_for_the_same_seed(heroku, speak):
    def statuses(speaker):
        break_(speaker, kind="status", chance=0.4)
        return [speaker.ask("GET", APP).status_code for _ in range(40)]

    first = statuses(heroku)
    again = statuses(speak(StandIn.from_scenario("example")))

    assert first == again
    assert 8 <= first.count(503) <= 24


def test_any_draws_several_kinds(heroku):
    break_(heroku, kind="any", path=APP)

    seen = set()
    for _ in range(40):
        try:
            seen.add(heroku.ask("GET", APP).status_code)
        except httpx.TransportError as error:
            seen.add(type(error).__name__)

    assert seen == {200, 429, 503, "ReadError", "RemoteProtocolError"}


def test_the_first_rule_that_strikes_decides(heroku):
    break_(heroku, kind="status", status=500, times=1)
    break_(heroku, kind="status", status=502)

    assert [heroku.ask("GET", APP).status_code for _ in range(3)] == [500, 502, 502]


def test_faults_are_listed_and_taken_away(heroku):
    first, second = break_(heroku, kind="status"), break_(heroku, kind="truncate")

    gone = heroku.do("DELETE", f"/sim/faults/{first['id']}")
    left = [rule["id"] for rule in heroku.get("/sim/faults")["faults"]]
    all_gone = heroku.do("DELETE", "/sim/faults")

    assert (gone, left, all_gone) == ({"removed": 1}, [second["id"]], {"removed": 1})
    assert heroku.ask("DELETE", "/sim/faults/fault-99").status_code == 404
    assert heroku.ask("GET", APP).status_code == 200


def test_many_rules_in_one_request(heroku):
    made = heroku.do("POST", "/sim/faults", {"faults": [{"kind": "reset"}, {"kind": "slow"}]})

    assert [rule["kind"] for rule in made["faults"]] == ["reset", "slow"]


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"kind": "explode"}, "kind"),
        ({"kind": "reset", "percent": 20}, "reset has no percent"),
        ({"kind": "slow", "delay": "soon"}, "must be a duration"),
        ({"kind": "status", "status": 200}, "status"),
        ({"path": "/apps"}, "kind"),
    ],
)
def test_a_wrong_rule_is_refused(heroku, rule, words):
    answer = heroku.ask("POST", "/sim/faults", rule)

    assert answer.status_code == 400
    assert words in answer.json()["message"]
    assert heroku.get("/sim/faults") == {"faults": []}


SCENARIO = """
[clock]
start = 2026-11-22T20:00:00Z
[app.shop]
[[fault]]
kind = "status"
path = "/apps/*"
{more}
"""


def test_rules_stand_in_a_scenario(speak):
    world = parse_world(SCENARIO.format(more="times = 1"), file="x.toml")
    heroku = speak(StandIn(world, ManualClock(moment(world.now))))

    assert [heroku.ask("GET", APP).status_code for _ in range(2)] == [503, 200]


def test_a_wrong_rule_in_a_scenario_has_its_place():
    with pytest.raises(ScenarioError) as caught:
        parse_world(SCENARIO.format(more='when = "later"'), file="x.toml")

    assert "x.toml:8:" in str(caught.value)


def test_rules_and_their_counts_survive_being_kept(heroku):
    break_(heroku, kind="status", times=2, path=APP)
    heroku.ask("GET", APP)

    kept = type(heroku.world).from_json(heroku.world.to_json())

    assert [(rule.kind, rule.struck) for rule in kept.faults.rules] == [("status", 1)]


def test_a_quota_of_requests_is_used_up_and_comes_back(heroku):
    break_(heroku, kind="quota", requests=3)

    statuses = [heroku.ask("GET", APP).status_code for _ in range(5)]
    heroku.do("DELETE", "/sim/faults")

    assert statuses == [200, 200, 200, 429, 429]
    assert heroku.ask("GET", APP).status_code == 200
    assert heroku.ask("GET", APP).headers["ratelimit-remaining"] == "4498"


def test_without_a_wire_the_app_itself_raises(heroku):
    break_(heroku, kind="reset")
    transport = httpx.ASGITransport(heroku.standin.app)

    async def ask():
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            await client.get(APP)

    with pytest.raises(ConnectionError):
        asyncio.run(ask())


def test_a_wire_opens_and_closes_its_transport(heroku):
    wire = Wire(
        httpx.ASGITransport(heroku.standin.app),
        refused=httpx.ConnectError,
        reset=httpx.ReadError,
        truncated=httpx.RemoteProtocolError,
    )

    async def ask():
        async with httpx.AsyncClient(transport=wire, base_url="http://127.0.0.1") as client:
            return await client.get("/sim/state")

    assert asyncio.run(ask()).status_code == 200
