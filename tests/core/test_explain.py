"""Every method side by side, and what would flip the choice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from support.live import snapshot_of
from support.planning import catalogue, follower, live, wanted
from support.wishes import plan, wishes

from reconciler.core.desired import DesiredState
from reconciler.core.durations import parse_duration
from reconciler.core.explain import Explanation, Flip, WhatIf, explain, parse_what_if
from reconciler.core.explain.segments import segments
from reconciler.core.rules import RULES

if TYPE_CHECKING:
    from support.live import Live

    from reconciler.core.desired import DesiredDatabase

usual = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def explained(world: Live, desired: DesiredDatabase, *what_if: str) -> Explanation:
    return explain(
        DesiredState(databases=(desired,)),
        desired.name,
        snapshot_of(world),
        catalogue(),
        endpoint="sim:test",
        what_if=parse_what_if(what_if, catalogue()),
    )


def conditions(explanation: Explanation) -> list[tuple[str, str | None]]:
    return [(one.condition, one.method) for one in explanation.flips]


@usual
@given(wishes())
def test_explain_agrees_with_plan(wish: tuple[Live, DesiredState]) -> None:
    world, desired = wish
    made = plan(world, desired)

    for one in desired.databases:
        found = explain(desired, one.name, snapshot_of(world), catalogue(), endpoint="sim:test")
        planned = next((each for each in made.databases if each.name == one.name), None)
        blocked = next((each for each in made.blocked if each.name == one.name), None)
        if blocked is not None:
            assert (found.standing, found.note) == ("blocked", blocked.reason)
            assert found.changes == blocked.changes
            assert "chosen" not in {each.verdict for each in found.options}
        elif planned is not None:
            (chosen,) = [each for each in found.options if each.verdict == "chosen"]
            assert (found.standing, found.method) == ("to change", planned.method)
            assert (found.changes, found.because) == (planned.changes, planned.because)
            assert (chosen.method, chosen.because) == (planned.method, planned.because)
            assert (chosen.preparation, chosen.downtime) == (planned.preparation, planned.downtime)
            assert (chosen.money, chosen.redo) == (planned.money, planned.redo)
            assert (chosen.warnings, chosen.undo_until) == (planned.warnings, planned.undo_until)
            assert tuple(each.app for each in chosen.apps) == planned.blast_radius.apps
        else:
            assert found.standing in {"unchanged", "converging", "not read"}
            continue
        rejected = (planned or blocked).rejected
        verdicts = {each.method: each for each in found.options if each.verdict != "chosen"}
        assert {each.method for each in rejected} == (
            set(verdicts) if found.options and found.options[0].method else set()
        )
        for each in rejected:
            assert each.is_feasible == (verdicts[each.method].verdict == "possible")
            if not each.is_feasible:
                assert each.reasons == verdicts[each.method].forbidden_by


@usual
@given(wishes())
def test_every_flip_that_is_told_flips_the_plan(wish: tuple[Live, DesiredState]) -> None:
    world, desired = wish

    for one in desired.databases:
        found = explain(desired, one.name, snapshot_of(world), catalogue(), endpoint="sim:test")
        for flip in found.flips:
            supposed = parse_what_if([flip.what_if], catalogue())
            assert _planned(world, desired, one, supposed) == flip.method, flip
            assert (flip.method is None) == bool(flip.reason)
            assert flip.method != found.method or found.standing == "blocked"


def _planned(
    world: Live, desired: DesiredState, one: DesiredDatabase, supposed: WhatIf
) -> str | None:
    """The method by which the whole plan changes it under a supposition; None: it is blocked."""
    databases = tuple(supposed.desired(each) if each is one else each for each in desired.databases)
    made = plan(supposed.snapshot(snapshot_of(world), one), DesiredState(databases=databases))
    assert one.name in {each.name for each in (*made.databases, *made.blocked)}
    return next((each.method for each in made.databases if each.name == one.name), None)


def test_the_methods_stand_side_by_side_with_all_that_speaks_against_each() -> None:
    found = explained(live("essential-0"), wanted("standard-0"))

    assert [(one.method, one.verdict) for one in found.options if one.method != "pg-upgrade"] == [
        ("addons-upgrade", "not possible"),
        ("follower-switch", "not possible"),
        ("pg-copy", "chosen"),
    ]
    against = {one.method: [each.rule for each in one.forbidden_by] for one in found.options}
    assert (against["addons-upgrade"], against["follower-switch"]) == (["R020"], ["R021"])


def test_what_goes_beyond_the_downtime_limit_is_told_apart_and_estimated() -> None:
    desired = wanted("standard-0", max_downtime=parse_duration("1m"))

    found = explained(live("essential-0"), desired)

    (copy,) = [one for one in found.options if one.method == "pg-copy"]
    assert (copy.verdict, [one.rule for one in copy.forbidden_by]) == ("over the limit", ["R040"])
    assert copy.downtime is not None
    assert ("max_downtime of 455s or more", "pg-copy") in conditions(found)
    assert ("no max_downtime", "pg-copy") in conditions(found)


def test_more_data_than_a_copy_may_have_flips_the_choice_to_nothing() -> None:
    found = explained(live("essential-2", size_gb=3), wanted("standard-0"))

    assert conditions(found) == [
        ("more than 20 GB of data", None),
        ("max_downtime under 1175s", None),
    ]
    assert found.flips[0].what_if == "size=20.01GB"


def test_a_smaller_size_is_told_where_the_size_is_not_known() -> None:
    desired = wanted("standard-0", max_downtime=parse_duration("10m"))

    found = explained(live("essential-0", size_gb=None), desired)

    assert ("at most 1.4 GB of data", "pg-copy") in conditions(found)


def test_a_smaller_neighbour_that_cannot_follow_flips_a_switch() -> None:
    found = explained(live("standard-4"), wanted("standard-3", method="follower-switch"))

    assert ('plan = "standard-2"', None) in conditions(found)
    assert 'plan = "standard-4"' not in dict(conditions(found))


def test_what_needs_no_method_is_one_option_and_nothing_flips_it() -> None:
    missing = (follower("shop", "REPLICA", "standard-0"),)

    found = explained(live("standard-0"), wanted("standard-0", followers=missing))

    assert [(one.method, one.verdict) for one in found.options] == [(None, "chosen")]
    assert found.flips == ()


def test_each_app_is_told_what_it_notices() -> None:
    world = live(
        attachments=["shop::DATABASE", "reports::ORDERS"],
        apps={
            "shop": {"formation": {"web": 1, "release": 1}},
            "reports": {"in_maintenance": True},
            "charts": {},
        },
        followers=["replica"],
        others={
            "replica": {
                "app": "charts",
                "plan": "standard-0",
                "leader": "old",
                "attachments": ["charts::REPLICA"],
            }
        },
    )
    wish = wanted(
        method="follower-switch", followers=(follower("charts", "REPLICA", "standard-2"),)
    )

    found = explained(world, wish)

    (chosen,) = [one for one in found.options if one.verdict == "chosen"]
    noticed = {one.app: one for one in chosen.apps}
    closed = {name: one.is_closed for name, one in noticed.items()}
    assert closed == {"charts": False, "reports": True, "shop": True}
    assert noticed["charts"].downtime.upper_s == 0
    assert noticed["charts"].restarts
    assert noticed["reports"].is_closed_already
    assert noticed["reports"].downtime == chosen.downtime
    assert noticed["shop"].runs_release


def test_a_supposition_changes_everything_that_follows_from_it() -> None:
    found = explained(live("standard-0"), wanted("standard-2"), "plan=essential-1", "size=8GB")

    assert (found.method, found.really) == ("pg-copy", "addons-upgrade")
    assert (found.wanted_plan, found.size_gb) == ("essential-1", 8)
    assert found.what_if == ("plan=essential-1", "size=8GB")


def test_a_database_that_is_as_wanted_can_be_supposed_otherwise() -> None:
    as_it_is = explained(live("standard-0"), wanted("standard-0"))
    supposed = explained(live("standard-0"), wanted("standard-0"), "plan=standard-2")

    assert (as_it_is.standing, as_it_is.options) == ("unchanged", ())
    assert (supposed.method, supposed.really) == ("addons-upgrade", "nothing to change")


def test_a_database_on_its_way_and_one_not_read_say_why() -> None:
    converging = explained(live("standard-2", serving="standard-0"), wanted("standard-2"))
    unread = explained(live(), wanted(attachment="ORDERS"))

    assert (converging.standing, converging.note) == ("converging", "under way")
    assert unread.standing == "not read"
    assert unread.note == "shop knows no database as ORDERS; it knows DATABASE"


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("plan=heroku-postgresql:premium-3", ("service_plan", "premium-3")),
        ("version=18", ("version", 18)),
        ("version=keep", ("version", None)),
        ("method=pg-copy", ("method", "pg-copy")),
        ("max_downtime=5m", ("max_downtime", parse_duration("5m"))),
        (" max_downtime = none ", ("max_downtime", None)),
    ],
)
def test_a_supposition_is_read(text: str, wish: tuple[str, object]) -> None:
    assert parse_what_if([text], catalogue()).wishes == (wish,)


@pytest.mark.parametrize(
    ("text", "size_bytes"),
    [
        ("size=8GB", 8 * 2**30),
        ("size=500mb", 500 * 2**20),
        ("size=1.25TB", 5 * 2**38),
        ("size=20.01 GB", 2001 * 2**30 // 100),
        ("size=0GB", 0),
    ],
)
def test_a_size_is_read_to_the_byte(text: str, size_bytes: int) -> None:
    assert parse_what_if([text], catalogue()).size_bytes == size_bytes


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["size"], "size needs a value, such as size=8GB."),
        (["size="], "size needs a value, such as size=8GB."),
        (["size=8"], 'size must be an amount of data such as "8GB" or "500MB", not "8".'),
        (["size=-1GB"], 'size must be an amount of data such as "8GB" or "500MB", not "-1GB".'),
        (["size=٣GB"], 'size must be an amount of data such as "8GB" or "500MB", not "٣GB".'),
        (
            ["plam=standard-0"],
            (
                '"plam=standard-0" is not KEY=VALUE with one of the keys size, plan, version, '
                "method, max_downtime. Did you mean plan?"
            ),
        ),
        (
            ["standard-0"],
            (
                '"standard-0" is not KEY=VALUE with one of the keys size, plan, version, method, '
                "max_downtime."
            ),
        ),
        (
            ["plan=standard-1"],
            ('plan: there is no plan "standard-1". Nearest: standard-10, standard-0, standard-2.'),
        ),
        (
            ["version=9"],
            'version must be a major version of PostgreSQL (18, 17, 16) or "keep", not "9".',
        ),
        (
            ["max_downtime=soon"],
            'max_downtime must be a span of time such as "5m", "72h" or "7d", or "none".',
        ),
        (["size=1GB", "size=2GB"], "size is given twice, as 1GB and as 2GB."),
    ],
)
def test_a_malformed_supposition_is_one_sentence(texts: list[str], message: str) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011  # the message is compared whole
        parse_what_if(texts, catalogue())

    assert str(refused.value) == message


def test_an_unknown_method_is_told_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"^method must be one of auto, .*, not \"magic\"\.$"):
        parse_what_if(["method=magic"], catalogue())


def test_stretches_of_equal_answers_are_found_to_the_number() -> None:
    def ask(number: int) -> str:
        return "low" if number < 7 else "middle" if number <= 12 else "high"

    assert segments(ask, [0, 100]) == ((0, 6, "low"), (7, 12, "middle"), (13, None, "high"))
    assert segments(lambda _: "same", [3, 1, 2]) == ((1, None, "same"),)


def test_a_flip_is_a_value() -> None:
    flip = Flip(condition="no version", what_if="version=keep", method="pg-copy")

    assert Flip.model_validate_json(flip.model_dump_json()) == flip


PREFERENCES = {rule.id for rule in RULES if rule.kind == "preference"}


@usual
@given(wishes())
def test_no_feasible_method_is_shorter_unless_a_named_rule_says_why(
    wish: tuple[Live, DesiredState],
) -> None:
    world, desired = wish

    for one in desired.databases:
        found = explain(desired, one.name, snapshot_of(world), catalogue(), endpoint="sim:test")
        if found.method is None or {each.rule for each in found.because} & PREFERENCES:
            continue
        uppers = {
            each.method: float("inf") if each.downtime.upper_s is None else each.downtime.upper_s
            for each in found.options
            if each.verdict in {"chosen", "possible"} and each.downtime is not None
        }
        assert uppers[found.method] == min(uppers.values())
