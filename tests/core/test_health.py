from __future__ import annotations

import datetime as dt

import pytest

from reconciler.core.health import (
    Line,
    Rights,
    is_well,
    of_budget,
    of_clock,
    of_rights,
    of_scope,
    summed_up,
)

NOON = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("passed", "verdict", "text"),
    [
        (dt.timedelta(seconds=59), "ok", "as Heroku's, to the minute"),
        (dt.timedelta(seconds=-59), "ok", "as Heroku's, to the minute"),
        (dt.timedelta(minutes=7), "problem", "this machine is 7 min ahead of Heroku"),
        (dt.timedelta(minutes=-90), "problem", "this machine is 90 min behind Heroku"),
        (dt.timedelta(hours=-5), "problem", "this machine is 5 h behind Heroku"),
        (dt.timedelta(days=365), "problem", "this machine is 365 days ahead of Heroku"),
    ],
)
def test_a_clock_that_is_a_minute_off_is_a_problem(
    passed: dt.timedelta, verdict: str, text: str
) -> None:
    line = of_clock(NOON + passed, NOON, is_simulated=False)

    assert (line.verdict, line.text) == (verdict, text)
    assert bool(line.hint) == (verdict == "problem")


def test_a_clock_that_is_not_told_is_unknown_and_a_stand_ins_is_its_own() -> None:
    assert of_clock(NOON, None, is_simulated=False).verdict == "unknown"
    assert of_clock(NOON, NOON - dt.timedelta(days=9), is_simulated=True).verdict == "ok"


@pytest.mark.parametrize(
    ("scope", "verdict"),
    [
        ("global", "ok"),
        ("identity global", "ok"),
        ("identity", "problem"),
        ("read read-protected", "problem"),
        ("read write", "unknown"),
        ("write-protected", "unknown"),
        ("", "problem"),
        (None, "unknown"),
    ],
)
def test_a_token_that_can_change_nothing_is_a_problem(scope: str | None, verdict: str) -> None:
    assert of_scope(scope).verdict == verdict


def test_a_budget_is_enough_when_a_plan_leaves_the_reserve() -> None:
    assert of_budget(512, reserve=500, needed=12).verdict == "ok"
    assert of_budget(511, reserve=500, needed=12).verdict == "problem"
    assert of_budget(None, reserve=500, needed=12).verdict == "unknown"


@pytest.mark.parametrize(
    ("rights", "verdict", "text"),
    [
        (Rights("shop", "owner"), "ok", "shop: owner"),
        (Rights("shop", "admin"), "ok", "shop: admin"),
        (Rights("shop", "member", ("operate", "view")), "ok", "shop: operate, view"),
        (
            Rights("shop", "member", ("deploy", "view")),
            "problem",
            "shop: operate is missing (has deploy, view)",
        ),
        (Rights("shop", "collaborator"), "unknown", "shop: collaborator; Heroku does not tell"),
        (
            Rights("shop", "", team="acme"),
            "unknown",
            "shop: in no list of it; an admin of team acme",
        ),
        (Rights("shop", "", trouble="it does not exist"), "problem", "shop: it does not exist"),
    ],
)
def test_rights_are_a_problem_only_where_they_are_known_not_to_do(
    rights: Rights, verdict: str, text: str
) -> None:
    line = of_rights(rights)

    assert line.verdict == verdict
    assert line.text.startswith(text)
    assert bool(line.hint) == (verdict == "problem")


def test_what_is_unknown_is_no_problem() -> None:
    assert is_well((Line("a", "ok", ""), Line("b", "unknown", "")))
    assert not is_well((Line("a", "ok", ""), Line("b", "problem", "")))


def test_what_is_said_alike_of_many_apps_is_counted_and_problems_all_remain() -> None:
    found = [
        *(Rights(app=f"app-{number}", role="owner") for number in range(500)),
        Rights(app="shop", role="member", permissions=("view",)),
        Rights(app="blog", role="member", permissions=("view",)),
        Rights(app="wiki", role="collaborator"),
    ]

    lines = summed_up(map(of_rights, found))

    assert [(one.verdict, one.text.partition(" is missing")[0]) for one in lines] == [
        ("ok", "500 apps: owner"),
        ("problem", "shop: operate"),
        ("problem", "blog: operate"),
        ("unknown", "wiki: collaborator; Heroku does not tell what that allows"),
    ]
