from __future__ import annotations

import json
from typing import Any

from support.live import snapshot_of
from support.planning import catalogue, follower, live, name, wanted

from reconciler.core.desired import DesiredDatabase, DesiredState
from reconciler.core.drift import Drift, UnlistedDatabase, drift
from reconciler.core.plan import AttachmentMissing, ServicePlanChange, Unlisted
from reconciler.render.drift import drift_document, drift_text


def found(world: dict[str, Any], *desired: DesiredDatabase) -> Drift:
    state = DesiredState(databases=desired or (wanted("standard-0"),))
    return drift(state, snapshot_of(world), catalogue(), endpoint="sim:test")


def test_what_is_as_wanted_has_not_drifted() -> None:
    seen = found(live())

    assert (seen.drifted, seen.converging, seen.unknown) == ((), (), ())
    assert seen.unchanged == ("orders",)


def test_another_plan_than_wanted_is_drift() -> None:
    (one,) = found(live("standard-2")).drifted

    assert (one.name, one.addon) == ("orders", "old")
    assert one.changes == (ServicePlanChange(before="standard-2", after="standard-0"),)


def test_a_change_that_does_not_serve_yet_is_converging_and_no_drift() -> None:
    seen = found(live("standard-0", serving="standard-2"))

    assert (seen.drifted, seen.unchanged) == ((), ())
    assert [(one.name, one.serving_plan, one.service_plan) for one in seen.converging] == [
        ("orders", "standard-2", "standard-0")
    ]


def test_what_converges_can_have_drifted_beside_that() -> None:
    seen = found(
        live("standard-0", serving="standard-2"),
        wanted("standard-0", attach=(name("reports", "ORDERS"),)),
    )

    assert [one.name for one in seen.converging] == ["orders"]
    assert [one.changes for one in seen.drifted] == [
        (AttachmentMissing(app="reports", attachment="ORDERS"),)
    ]


def test_further_names_of_a_listed_follower_are_unlisted() -> None:
    mirror = {
        "app": "reports",
        "plan": "standard-0",
        "leader": "old",
        "attachments": [
            "reports::REPLICA",
            "reports::HEROKU_POSTGRESQL_RED",
            "blog::REP2",
            "reports::ANALYST credential:analyst",
        ],
    }

    seen = found(
        live(others={"mirror": mirror}),
        wanted("standard-0", followers=(follower("reports", "REPLICA", "standard-0"),)),
    )

    assert [one.what for one in seen.unlisted] == [
        "attachment blog::REP2 of follower mirror",
        "attachment reports::ANALYST of follower mirror",
    ]


def test_a_change_on_its_way_elsewhere_is_drift() -> None:
    seen = found(live("premium-0", serving="standard-0"))

    assert seen.converging == ()
    assert [one.changes for one in seen.drifted] == [
        (ServicePlanChange(before="premium-0", after="standard-0"),)
    ]


def test_what_is_not_listed_is_told_apart() -> None:
    world = live(
        attachments=["shop::DATABASE", "shop::HEROKU_POSTGRESQL_RED", "reports::ORDERS"],
        others={
            "mirror": {
                "app": "shop",
                "plan": "standard-0",
                "attachments": ["shop::MIRROR", "shop::M"],
            },
            "kept": {
                "app": "shop",
                "plan": "standard-0",
                "attachments": ["shop::ORDERS_REPLACED_9C1E77"],
            },
            "far": {"app": "blog", "plan": "standard-0", "attachments": ["blog::DATABASE"]},
        },
    )

    seen = found(world)

    assert seen.drifted == ()
    assert seen.unlisted == (Unlisted(name="orders", what="attachment reports::ORDERS"),)
    assert seen.unlisted_databases == (
        UnlistedDatabase(addon="mirror", app="shop", attachment="M"),
    )


def test_what_was_replaced_under_another_logical_name_is_told() -> None:
    before = {
        "app": "shop",
        "plan": "standard-0",
        "attachments": ["shop::ORDERS_REPLACED_9C1E77"],
    }

    seen = found(live(others={"before": before}), wanted("standard-0", name="main"))

    assert [one.name for one in seen.unlisted] == ["before"]
    assert "shop::ORDERS_REPLACED_9C1E77" in seen.unlisted[0].what


def test_what_could_not_be_read_is_not_judged() -> None:
    seen = found({"attachments": {"shop::DATABASE": "gone"}})

    assert [one.reason for one in seen.unknown] == [
        "shop::DATABASE leads to gone, which could not be read"
    ]


def test_the_text_has_totals_first() -> None:
    world = live("standard-2", attachments=["shop::DATABASE", "reports::ORDERS"])

    assert drift_text(found(world), width=100) == (
        "Speaking to the stand-in (sim:test), not to Heroku: nothing here is real.\n"
        "reconcile drift: 1 database: 1 drifted\n"
        "\n"
        "Drifted:\n"
        "  orders (shop::DATABASE, old)\n"
        "    service plan standard-2 → standard-0\n"
        "\n"
        "Not listed, left alone:\n"
        "  orders: attachment reports::ORDERS\n"
    )


def test_totals_fit_a_narrow_terminal() -> None:
    lines = drift_text(found(live("standard-2")), width=40).splitlines()

    assert lines[:2] == [
        "Speaking to the stand-in (sim:test), not",
        "  to Heroku: nothing here is real.",
    ]
    assert [line for line in lines if len(line) > 40] == []


def test_the_document_says_the_same_in_json() -> None:
    document = json.loads(drift_document(found(live("standard-2"))))

    assert document["totals"] == {"drifted": 1, "converging": 0, "not_read": 0, "as_wanted": 0}
    assert (document["kind"], document["is_stand_in"]) == ("drift", True)
    assert [one["name"] for one in document["drifted"]] == ["orders"]
    assert document["drifted"][0]["changes"][0]["kind"] == "service-plan"
