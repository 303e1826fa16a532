"""Every rule, shown where it applies; and none of them where nothing is out of the ordinary."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from support.planning import POOL, follower, live, name, situation, wanted

from reconciler.core.catalogue import LivePlan
from reconciler.core.desired import Origin
from reconciler.core.durations import parse_duration, parse_weekly_time
from reconciler.core.rules import RULES, findings
from reconciler.core.two_jobs import first_job

if TYPE_CHECKING:
    from support.live import Live

    from reconciler.core.desired import DesiredDatabase
    from reconciler.core.rules import Way

UPGRADE, SWITCH, COPY, AROUND = "addons-upgrade", "follower-switch", "pg-copy", "around"
VERSION: Way = "pg-upgrade"
PRIVATE: Any = {"shop": {"space": "private"}}
SHIELD: Any = {"shop": {"space": "shield"}}
REPLICA = {"app": "shop", "plan": "standard-0", "attachments": ["shop::REPLICA"], "leader": "old"}
FROM_OUTSIDE = Origin(app="shop", attachment="DATABASE")
IN_VAULT: Any = {"vault": {"space": "private"}}
NEW = LivePlan("standard-11", 1_000_000, is_negotiated=False, state="ga")
READER = (follower("shop", "REPLICA", "standard-0"),)

APPLIES: dict[str, tuple[Way, DesiredDatabase, Live]] = {
    "R001": (COPY, wanted(version=16), live()),
    "R002": (SWITCH, wanted(version=18), live()),
    "R003": (COPY, wanted(version=18), live()),
    "R004": (UPGRADE, wanted("standard-4"), live("standard-3", serving="standard-2")),
    "R005": (UPGRADE, wanted(), live(is_waiting=True, status="Upgrading")),
    "R006": (SWITCH, wanted(), live(leader="another")),
    "R007": (UPGRADE, wanted(), live("standard-1000")),
    "R008": (COPY, wanted("standard-1000"), live()),
    "R009": (UPGRADE, wanted("essential-0"), live("mini")),
    "R010": (UPGRADE, wanted("advanced"), live()),
    "R011": (COPY, wanted(), live("advanced")),
    "R012": (UPGRADE, wanted("advanced-private"), live("advanced")),
    "R013": (SWITCH, wanted("private-0"), live()),
    "R014": (COPY, wanted("standard-0"), live("standard-2", size_gb=65)),
    "R015": (UPGRADE, wanted("standard-0"), live("standard-2", size_gb=None)),
    "R016": (
        COPY,
        wanted("essential-2"),
        live(attachments=["shop::DATABASE", f"shop::POOL {POOL}"], credential_count=2),
    ),
    "R017": (SWITCH, wanted("shield-0"), live("private-0", apps=SHIELD)),
    "R018": (UPGRADE, wanted("private-0"), live("shield-0", apps=PRIVATE)),
    "R019": (
        COPY,
        wanted("essential-0"),
        live("private-0", apps={"shop": {"space": "private", "region": "tokyo"}}),
    ),
    "R020": (UPGRADE, wanted(), live("essential-0")),
    "R021": (SWITCH, wanted(), live("essential-0")),
    "R022": (UPGRADE, wanted("private-2"), live(apps=PRIVATE)),
    "R023": (UPGRADE, wanted(not_older_than=dt.date(2026, 6, 1)), live(created_on="2024-01-01")),
    "R024": (
        UPGRADE,
        wanted("standard-3"),
        live(followers=["small"], others={"small": REPLICA}),
    ),
    "R025": (SWITCH, wanted(), live(fork_follow="Temporarily Unavailable")),
    "R026": (SWITCH, wanted("standard-2"), live("standard-4")),
    "R027": (SWITCH, wanted("standard-8"), live("standard-9")),
    "R028": (AROUND, wanted("standard-4", followers=READER), live("standard-4")),
    "R029": (AROUND, wanted("standard-9", followers=READER), live("standard-9")),
    "R030": (COPY, wanted("shield-2"), live("shield-0", apps=SHIELD)),
    "R031": (COPY, wanted(), live(credential_count=3)),
    "R032": (COPY, wanted(), live(size_gb=21)),
    "R033": (COPY, wanted(method="pg-copy"), live(size_gb=64.5)),
    "R034": (COPY, wanted(), live(version=15)),
    "R035": (COPY, wanted(), live(version=None)),
    "R036": (
        AROUND,
        wanted("shield-0", followers=(follower("lake", "REPLICA", "private-0"),)),
        live("shield-0", apps=SHIELD | {"lake": {"space": "private"}}),
    ),
    "R037": (
        AROUND,
        wanted("standard-0", followers=(follower("lake", "REPLICA", "private-0"),)),
        live(),
    ),
    "R039": (
        AROUND,
        wanted("standard-2", followers=(follower("shop", "REPLICA", "standard-0"),)),
        live("standard-2", size_gb=100),
    ),
    "R040": (COPY, wanted(max_downtime=parse_duration("10m")), live(size_gb=4)),
    "R041": (
        AROUND,
        wanted("standard-0", attach=(name("web", "ORDERS"),)),
        live(attachments=["shop::DATABASE", f"web::ORDERS {POOL}"]),
    ),
    "R043": (VERSION, wanted(method="pg-upgrade"), live()),
    "R044": (VERSION, wanted("advanced", version=18), live("advanced")),
    "R045": (VERSION, wanted("standard-0", version=19), live()),
    "R046": (UPGRADE, wanted("standard-0", app="web", moved_from=FROM_OUTSIDE), live()),
    "R047": (
        SWITCH,
        wanted("private-0", app="vault", moved_from=FROM_OUTSIDE),
        live(attachments=["shop::DATABASE", "web::ORDERS"], apps=IN_VAULT),
    ),
    "R048": (
        SWITCH,
        wanted("shield-0", app="vault", moved_from=FROM_OUTSIDE),
        live("shield-0", apps=SHIELD | {"vault": {"space": "shield"}}),
    ),
    "R049": (UPGRADE, wanted("standard-11"), live()),
    "R050": (SWITCH, wanted(method="follower-switch"), live()),
    "R051": (
        SWITCH,
        wanted(),
        live(followers=["made"], others={"made": REPLICA | {"plan": "standard-2"}}),
    ),
    "R052": (UPGRADE, wanted(), live()),
    "R053": (VERSION, wanted("standard-0", version=18), live()),
    "R054": (SWITCH, wanted("private-0", app="vault", moved_from=FROM_OUTSIDE), live()),
    "R055": (
        SWITCH,
        wanted("private-2"),
        live("private-0", apps=PRIVATE, has_customer_key=True),
    ),
    "R060": (COPY, wanted(), live(size_gb=10)),
    "R061": (UPGRADE, wanted("standard-0"), live("standard-2", size_gb=60)),
    "R062": (SWITCH, wanted("standard-0"), live("standard-2", connection_count=200)),
    "R063": (UPGRADE, wanted("standard-0"), live("premium-0")),
    "R064": (SWITCH, wanted(), live(apps={"shop": {"formation": {"web": 1, "release": 0}}})),
    "R065": (SWITCH, wanted(), live()),
    "R066": (COPY, wanted(), live("essential-0")),
    "R067": (UPGRADE, wanted("shield-2"), live("shield-0", apps=SHIELD)),
    "R068": (UPGRADE, wanted(), live(followers=["small"], others={"small": REPLICA})),
    "R069": (SWITCH, wanted(), live(followers=["small"], others={"small": REPLICA})),
    "R070": (SWITCH, wanted(), live(credential_count=2)),
    "R071": (SWITCH, wanted(followers=READER), live()),
    "R072": (UPGRADE, wanted(), live(apps={"shop": {"in_maintenance": True}})),
    "R073": (UPGRADE, wanted(), live(attachments=["shop::DATABASE", "web::ORDERS"])),
    "R074": (UPGRADE, wanted("essential-1"), live("essential-0")),
    "R075": (SWITCH, wanted(scale_down=("worker",)), live()),
    "R076": (
        SWITCH,
        wanted(),
        live(followers=["made"], others={"made": REPLICA | {"plan": "standard-2"}}),
    ),
    "R077": (COPY, wanted(version=18, method="pg-copy"), live()),
    "R078": (UPGRADE, wanted("premium-4"), live()),
    "R079": (
        AROUND,
        wanted("standard-0", attach=(name("web", "ORDERS"),)),
        live(
            others={"other": {"app": "web", "plan": "standard-0", "attachments": ["web::ORDERS"]}}
        ),
    ),
    "R080": (SWITCH, wanted(), live()),
    "R081": (COPY, wanted(), live()),
    "R082": (UPGRADE, wanted(), live()),
    "R083": (SWITCH, wanted(), live()),
    "R084": (SWITCH, wanted(), live()),
    "R085": (UPGRADE, wanted("private-2"), live("private-0", apps=PRIVATE)),
    "R086": (COPY, wanted(), live()),
    "R087": (SWITCH, wanted(), live()),
    "R088": (COPY, wanted(), live()),
    "R089": (VERSION, wanted("standard-0", version=18), live()),
    "R090": (VERSION, wanted("essential-0", version=18), live("essential-0")),
    "R091": (VERSION, wanted("standard-0", version=18), live()),
    "R092": (VERSION, wanted("standard-0", version=18), live(table_count=1_001)),
    "R093": (
        VERSION,
        wanted("standard-0", version=18),
        live(followers=["small"], others={"small": REPLICA}),
    ),
    "R094": (VERSION, wanted("standard-0", version=18), live()),
    "R099": (
        UPGRADE,
        wanted("standard-3", followers=(follower("shop", "REPLICA", "standard-3"),)),
        live(followers=["small"], others={"small": REPLICA}),
    ),
    "R104": (
        SWITCH,
        wanted("standard-0", not_older_than=dt.date(2026, 11, 24)),
        live(created_on="2026-11-23") | {"today": "2026-11-23"},
    ),
    "R105": (UPGRADE, wanted(), live()),
    "R106": (SWITCH, wanted("standard-0"), live("private-0", apps=PRIVATE)),
    "R107": (COPY, wanted(), live()),
    "R108": (SWITCH, wanted(), live()),
    "R109": (UPGRADE, wanted(), live()),
    "R110": (UPGRADE, wanted(), live(attachments=["shop::DATABASE", f"shop::MY_POOL {POOL}"])),
    "R103": (UPGRADE, wanted("standard-2"), live(size_gb=66)),
    "R102": (SWITCH, wanted("private-2"), live("private-0", apps=PRIVATE)),
    "R101": (
        AROUND,
        wanted("private-0", followers=READER),
        live("private-0", apps=PRIVATE),
    ),
    "R100": (UPGRADE, wanted(version=18), live()),
    "R095": (SWITCH, wanted("standard-0", app="web", moved_from=FROM_OUTSIDE), live()),
    "R096": (
        SWITCH,
        wanted("private-0", app="vault", moved_from=FROM_OUTSIDE),
        live("private-0", apps=PRIVATE | IN_VAULT),
    ),
    "R097": (COPY, wanted("private-0", app="vault", moved_from=FROM_OUTSIDE), live(apps=IN_VAULT)),
    "R098": (COPY, wanted("standard-0", app="web", moved_from=FROM_OUTSIDE), live()),
}
KINDS = ("stop", "limit", "preference", "warning", "redo")

ALWAYS: dict[Way, set[str]] = {
    UPGRADE: {"R052", "R082", "R105", "R108", "R109"},
    SWITCH: {"R065", "R080", "R081", "R082", "R083", "R084", "R087", "R088", "R108"},
    COPY: {"R065", "R080", "R081", "R082", "R083", "R084", "R086", "R087", "R088", "R107", "R108"},
}


def said_of(way: Way, desired: DesiredDatabase, world: Live) -> set[str]:
    asked = situation(desired, world, way)
    if way == UPGRADE:
        asked = first_job(asked)
    if desired.service_plan == NEW.name:
        asked = replace(asked, catalogue=asked.catalogue.with_live([NEW]))
    return {one.rule for kind in KINDS for one in findings(asked, kind)}


@pytest.mark.parametrize("rule", APPLIES)
def test_each_rule_speaks_up_where_it_applies(rule: str) -> None:
    assert rule in said_of(*APPLIES[rule])


@pytest.mark.parametrize("way", ALWAYS)
def test_an_ordinary_change_meets_no_other_rules(way: Way) -> None:
    assert said_of(way, wanted(), live()) == ALWAYS[way]


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        ("standard-0", {"R053", "R080", "R081", "R082", "R089", "R090", "R091", "R094", "R108"}),
        ("essential-0", {"R053", "R066", "R080", "R081", "R082", "R089", "R090"}),
    ],
)
def test_an_ordinary_upgrade_of_the_version_meets_no_other_rules(plan: str, said: set[str]) -> None:
    world = live(plan, table_count=40, size_gb=0.5)

    assert said_of(VERSION, wanted(plan, version=18), world) == said


def test_how_many_tables_there_are_must_be_known_to_be_few() -> None:
    desired = wanted("standard-0", version=18)

    assert "R092" in said_of(VERSION, desired, live(table_count=None))
    assert "R092" not in said_of(VERSION, desired, live(table_count=1_000))


def test_nothing_is_said_of_an_ordinary_follower() -> None:
    assert said_of(AROUND, wanted("standard-0", followers=READER), live()) == set()


def test_every_rule_is_shown_above() -> None:
    assert set(APPLIES) == {rule.id for rule in RULES}


def test_rules_are_numbered_once_and_say_where_they_come_from() -> None:
    ids = [rule.id for rule in RULES]

    assert ids == sorted(set(ids))
    for rule in RULES:
        assert re.fullmatch(r"R\d{3}", rule.id)
        assert re.fullmatch(r"(addons:upgrade|[A-Z]).*[^.\s]", rule.sentence)
        assert rule.source
        assert re.fullmatch(r"(\d{4}-\d\d-\d\d)?", rule.date)


def test_what_is_not_known_is_called_an_open_question() -> None:
    unknown = [rule for rule in RULES if "not known" in rule.sentence and rule.kind == "stop"]

    assert unknown
    assert all(rule.source.startswith("open question") for rule in unknown)


def test_a_maintenance_window_is_a_feature_that_essential_lacks() -> None:
    desired = wanted("essential-2", maintenance_window=parse_weekly_time("Sunday 02:00"))

    assert "R016" in said_of(COPY, desired, live())


@pytest.mark.parametrize("size_gb", [20, 10.5])
def test_a_copy_up_to_20_gb_need_not_be_asked_for(size_gb: float) -> None:
    assert "R032" not in said_of(COPY, wanted(), live(size_gb=size_gb))


def test_a_very_large_copy_is_refused_only_where_another_method_leads() -> None:
    copied: Any = {"app": "vault", "moved_from": FROM_OUTSIDE, "method": "pg-copy"}
    world = live("standard-7", size_gb=100, apps=IN_VAULT)

    assert "R033" not in said_of(COPY, wanted("private-2", **copied), world)
    assert "R033" in said_of(COPY, wanted("private-7", **copied), world)
    assert "R033" in said_of(
        COPY, wanted("standard-7", version=18, method="pg-copy"), live("standard-7", size_gb=100)
    )


def test_a_full_disk_forbids_no_upgrade_of_the_version_which_keeps_the_plan() -> None:
    world = live("standard-0", size_gb=66)

    said = said_of(VERSION, wanted("standard-0", version=18), world)

    assert "R014" not in said
    assert "R103" in said


@pytest.mark.parametrize(
    ("way", "plan", "rule", "size_gb"),
    [(SWITCH, "standard-0", "R014", 64), (COPY, "standard-2", "R032", 20)],
)
def test_a_size_barely_above_a_limit_is_not_told_as_equal_to_it(
    way: Way, plan: str, rule: str, size_gb: float
) -> None:
    asked = situation(wanted(plan), live("standard-2", size_gb=size_gb + 0.001), way)
    (said,) = [one for one in findings(asked, "stop") if one.rule == rule]

    assert f"(more than {size_gb} GB" in said.text


def test_a_database_may_be_wanted_as_young_as_today() -> None:
    world = live(created_on="2026-11-22") | {"today": "2026-11-23"}

    said = said_of(SWITCH, wanted("standard-0", not_older_than=dt.date(2026, 11, 23)), world)

    assert "R104" not in said


def test_an_old_production_plan_moves_into_a_private_space_by_a_follower() -> None:
    world = live("ronin", apps=IN_VAULT)
    into = wanted("private-0", app="vault", moved_from=FROM_OUTSIDE)

    assert "R009" not in said_of(SWITCH, into, world)
    assert "R009" in said_of(COPY, into, world)
    assert "R009" in said_of(SWITCH, wanted("standard-0"), live("ronin"))


def test_private_links_are_not_to_be_set_up_where_there_are_none() -> None:
    said = said_of(SWITCH, wanted("standard-0"), live("private-0", apps=PRIVATE))

    assert "R085" not in said


def test_a_large_copy_is_possible_where_no_other_method_leads() -> None:
    desired = wanted("standard-2", method="pg-copy")

    assert not said_of(COPY, desired, live("essential-2", size_gb=70)) & {"R032", "R033"}


@pytest.mark.parametrize(
    ("way", "desired", "rules"),
    [
        (UPGRADE, wanted("standard-7"), {"R024", "R068"}),
        (UPGRADE, wanted("standard-2"), {"R068"}),
        (SWITCH, wanted("standard-7"), {"R069"}),
        (COPY, wanted("standard-7"), {"R069"}),
        (VERSION, wanted("standard-0", version=18), {"R093"}),
    ],
)
def test_a_follower_that_no_app_in_sight_knows_counts_as_one_of_unknown_size(
    way: Way, desired: DesiredDatabase, rules: set[str]
) -> None:
    asked = situation(desired, live(follower_count=1), way)
    said = [one for kind in KINDS for one in findings(asked, kind)]

    followers = [one for one in said if "follower" in one.text.lower() and one.rule in rules]
    assert {one.rule for one in followers} == rules
    assert all("(1 more that could not be named)" in one.text for one in followers)
    assert "R024" in rules or "R024" not in {one.rule for one in said}


def test_data_that_fills_the_disk_in_herokus_gb_still_fits() -> None:
    full = situation(wanted("premium-0"), live(), UPGRADE)

    def is_refused(size: int) -> bool:
        asked = replace(full, observed=replace(full.observed, data_size_bytes=size))
        return "R014" in {one.rule for one in findings(asked, "stop")}

    assert not is_refused(64 * 2**30)
    assert is_refused(71_015_181_459)  # 66.1 GB, 103 % of standard-0


def test_a_leader_that_does_not_grow_outgrows_no_follower() -> None:
    world = live("standard-7", follower_count=1)

    assert "R024" not in said_of(UPGRADE, wanted("premium-4"), world)


CLOSED: Any = {"charts": {"in_maintenance": True}}
CHARTS = {"app": "charts", "plan": "standard-0", "leader": "old", "attachments": ["charts::COPY"]}


@pytest.mark.parametrize(
    ("way", "desired", "world"),
    [
        (AROUND, wanted("standard-0", attach=(name("charts", "ORDERS"),)), live(apps=CLOSED)),
        (
            AROUND,
            wanted("standard-0", followers=(follower("charts", "COPY", "standard-0"),)),
            live(apps=CLOSED),
        ),
        (SWITCH, wanted(followers=(follower("charts", "COPY", "standard-2"),)), live(apps=CLOSED)),
        (SWITCH, wanted(), live(apps=CLOSED, followers=["copy"], others={"copy": CHARTS})),
    ],
)
def test_an_app_that_is_closed_already_is_told_wherever_a_change_touches_it(
    way: Way, desired: DesiredDatabase, world: Live
) -> None:
    said = findings(situation(desired, world, way), "warning")

    assert [one.text for one in said if one.rule == "R072"] == [
        "An app is in maintenance mode already; it is left so (charts)"
    ]


def test_an_app_that_no_step_touches_is_not_told_of() -> None:
    world = live(apps=CLOSED, followers=["copy"], others={"copy": CHARTS})

    for way in (UPGRADE, AROUND):
        said = findings(situation(wanted(), world, way), "warning")
        assert "R072" not in {one.rule for one in said}


def test_a_follower_that_was_made_by_hand_may_have_the_key() -> None:
    made = {"app": "shop", "plan": "private-2", "leader": "old", "attachments": ["shop::WHITE"]}
    facts: Any = {"has_customer_key": True, "followers": ["made"], "others": {"made": made}}

    said = said_of(SWITCH, wanted("private-2"), live("private-0", apps=PRIVATE, **facts))

    assert not said & {"R055", "R102"}
