"""Where each rule of Heroku's article on changing a plan, and each thing to be redone after it, shows in a case.

The article is Dev Center updating-heroku-postgres-databases, 2025-02-26; its sentences are numbered here in their order.
What has to be redone is gathered from it and from the Dev Center articles and the vendor's CLI that the rules cite.
"""

from __future__ import annotations

from pathlib import Path

import pytest

HERE = Path(__file__).parent
UPGRADE = "standard_to_premium_through_a_maintenance"
SWITCH = "follower_switch_moves_every_name"
COPY = "essential_leaves_by_copy"
WHOLE_COPY = "copy_gives_the_new_database_what_the_old_one_had"
AT_ONCE = "essential_grows_at_once"
OTHERS = "other_apps_stay_open_in_an_upgrade"

ARTICLE: dict[str, list[tuple[str, str]]] = {
    "S-01 a version alone is another article's": [
        ("newer_version_alone_by_upgrade", "method pg-upgrade: "),
    ],
    "S-02 three methods, each with some downtime": [
        (SWITCH, "not addons-upgrade: possible, with a downtime of 10 s-3 min pg-copy: possible"),
    ],
    "S-03 out of Essential only by copy": [(COPY, "method pg-copy: addons:upgrade stays within")],
    "S-04 Essential only within its tier; no followers": [
        (COPY, "Essential databases cannot be followed and cannot follow [R021]"),
        (AT_ONCE, "method addons-upgrade"),
    ],
    "S-05 the version is kept, but by a copy": [
        ("newer_version_by_copy_where_asked_for", "PostgreSQL 18"),
        ("newer_version_by_copy_where_asked_for", "keep the major version"),
    ],
    "S-06 preparation with the app up, for hours": [
        (UPGRADE, "prepare, with the apps up: 1. ask Heroku to move"),
        (SWITCH, "prepare, with the apps up: 1. create"),
        (COPY, "prepare 3-5 min"),
    ],
    "S-07 under a minute, or 3 minutes a GB": [
        (UPGRADE, "offline for 10 to 60 s"),
        (SWITCH, "60 s for the switch"),
        (COPY, "half to twice 3 min x"),
    ],
    "S-08 followers repointed, or made anew": [
        (OTHERS, "Followers restart to be repointed"),
        (SWITCH, "12. create reports-orders-replica-standard-0-5c0e73"),
        (WHOLE_COPY, "10. create reports-orders-replica-standard-0-78609a"),
    ],
    "S-09 addons:upgrade is preferred": [(UPGRADE, "Heroku prefers it where it is possible")],
    "S-10 Essential: at once, without a maintenance": [
        (AT_ONCE, "steps cutover: -- from here on, Heroku cannot be stopped -- 1. ask Heroku"),
    ],
    "S-12 Essential: read-only meanwhile": [(AT_ONCE, "read-only while the data moves")],
    "S-14 Essential: the address changes": [(AT_ONCE, "the address changes, and apps restart")],
    "S-15 to Essential only by copy": [
        ("down_to_essential_gives_things_up", "and does not lead there from another tier [R020]"),
    ],
    "S-16 first the request, then the maintenance": [
        (UPGRADE, "1. ask Heroku to move"),
        (UPGRADE, "run the maintenance of"),
    ],
    "S-17 preparing may take hours": [(UPGRADE, "prepare hours?: Heroku prepares a replacement")],
    "S-18 the request only prepares": [
        (UPGRADE, "wait until Heroku has the premium-4 replacement")
    ],
    "S-21 the maintenance makes the change": [(UPGRADE, "run the maintenance of")],
    "S-22 it can be run by hand, with the app closed": [
        (UPGRADE, "3. close example-app (maintenance mode on)"),
    ],
    "S-23 followers restart; one that cannot be repointed is replaced": [
        (OTHERS, "one that cannot be is replaced by Heroku (postgresql-tapered-2) [R068]"),
    ],
    "S-25 the steps of a switch; the same plan to refresh": [
        ("refresh_by_follower", "method follower-switch"),
        (SWITCH, "unfollow shop-orders-standard-2-be943e"),
    ],
    "S-27 the switch takes under a minute once prepared": [(SWITCH, "60 s for the switch")],
    "S-28 the follower is created on the wanted plan": [
        (SWITCH, "1. create shop-orders-standard-2-be943e on standard-2 for shop, following"),
    ],
    "S-30 caught up is within 200 commits": [(SWITCH, "at most 200 commits behind")],
    "S-31 nothing may write; Scheduler is stopped": [
        (SWITCH, "3. close reports (maintenance mode on) close shop (maintenance mode on)"),
        (SWITCH, "Scheduler jobs and one-off dynos: keep them from running"),
    ],
    "S-32 dynos are scaled down too": [(SWITCH, "stop all dynos of shop and wait")],
    "S-33 Heroku Connect is paused": [(SWITCH, "Heroku Connect, if used: pause it")],
    "S-34 from here on the app is unavailable": [(SWITCH, "3. close reports")],
    "S-35 0 commits before the switch": [(SWITCH, "0 commits behind postgresql-curved-1, twice")],
    "S-36 unfollowing is for good": [(SWITCH, "it becomes writable, for good")],
    "S-38 the new primary takes writes": [(SWITCH, "as DATABASE, writable, on standard-2")],
    "S-39 the name leads to the new primary": [
        (SWITCH, "attach shop-orders-standard-2-be943e to shop as DATABASE, in place of"),
    ],
    "S-40 in every app that had it": [
        (SWITCH, "attach shop-orders-standard-2-be943e to reports as ORDERS, in place of"),
    ],
    "S-41 other followers are recreated, the old ones given up": [
        (SWITCH, "following shop-orders-standard-2-be943e"),
        ("followers_nobody_lists_are_named", "Followers that are not listed keep following"),
    ],
    "S-42 the pool under its usual name": [
        (SWITCH, "as DATABASE_CONNECTION_POOL (connection pool), in place of"),
    ],
    "S-43 the pool under any other name": [(SWITCH, "as WORKER_POOL (connection pool), in")],
    "S-44 dynos as before, maintenance mode off": [
        (SWITCH, "8. start all dynos of reports again, as many as ran before"),
        (SWITCH, "open shop again (maintenance mode off"),
    ],
    "S-45 it is confirmed": [(SWITCH, "confirm that shop has shop-orders-standard-2-be943e")],
    "S-46 whoever holds a copied address": [(SWITCH, "Copied database URLs")],
    "S-47 a copy leads everywhere": [(COPY, "copy all data of"), (WHOLE_COPY, "copy all data of")],
    "S-49 the old primary is destroyed at the end": [(SWITCH, "destroy it once it has been kept")],
    "S-50 dataclips are reassigned": [(SWITCH, "Dataclips: reassign them")],
}
NOTHING_TO_PLAN = {
    "S-11": "an example of a command",
    "S-13": "an option that we leave out: the database is read-only anyway",
    "S-19": "an example of a command",
    "S-20": "an e-mail that Heroku sends",
    "S-24": "an article that was not to be found: undo ends at the changeover",
    "S-26": "a hint to the other method",
    "S-29": "an example's output",
    "S-37": "what pg:info shows afterwards",
    "S-48": "where the procedure is described",
}

REDONE: dict[str, list[tuple[str, str]]] = {
    "attachments to other apps": [(SWITCH, "to reports as ORDERS, in place of")],
    "the pool under its usual name": [(SWITCH, "as DATABASE_CONNECTION_POOL (connection pool)")],
    "the pool under another name": [
        (SWITCH, "as WORKER_POOL (connection pool)"),
        (WHOLE_COPY, "as WORKER_POOL (connection pool)"),
    ],
    "custom credentials": [
        ("credentials_move_with_their_names", "as READER (credential analyst), in place of"),
        ("credentials_move_with_their_names", "check them (2 credentials) [R070]"),
        ("extra_credentials_forbid_the_copy", "A copy leaves credentials behind"),
    ],
    "grants and ownership": [(WHOLE_COPY, "Grants and ownership: a copy restores everything as")],
    "dataclips": [(SWITCH, "[R083]"), (WHOLE_COPY, "[R083]")],
    "Heroku Connect": [(SWITCH, "[R081]"), (WHOLE_COPY, "[R081]")],
    "Scheduler jobs": [(SWITCH, "[R080]"), (WHOLE_COPY, "[R080]")],
    "web and worker dynos": [(SWITCH, "as many as ran before"), (WHOLE_COPY, "as many as ran")],
    "holders of the address": [(UPGRADE, "[R082]"), (SWITCH, "[R082]"), (WHOLE_COPY, "[R082]")],
    "release phase and restarts": [
        (OTHERS, "restarts: reports, shop"),
        (SWITCH, "Release commands run at every name that is moved"),
        (SWITCH, "wait until the releases of reports that attach ORDERS have succeeded"),
    ],
    "backup schedules": [
        (SWITCH, "schedule a backup of shop-orders-standard-2-be943e daily at 03:00"),
        (WHOLE_COPY, "daily at 15:00 Europe/Berlin"),
    ],
    "maintenance window": [
        (SWITCH, "set the maintenance window of shop-orders-standard-2-be943e to Sunday 04:00"),
        (
            WHOLE_COPY,
            "set the maintenance window of shop-orders-standard-2-6176e8 to Tuesday 14:30",
        ),
    ],
    "settings and data links": [(SWITCH, "[R084]"), (WHOLE_COPY, "[R084]")],
    "PrivateLink and mTLS": [
        ("private_within_its_space_keeps_links_in_mind", "PrivateLink and mTLS"),
        ("shield_by_follower_where_asked_for", "PrivateLink and mTLS"),
    ],
    "dashboards and labels that name the add-on": [(SWITCH, "dashboards that name the add-on")],
    "Terraform and other state": [(SWITCH, "Other tools' state (Terraform)")],
    "the old primary": [(SWITCH, "[R088]"), (WHOLE_COPY, "[R088]")],
}
KEPT: dict[str, str] = {
    "attachments to other apps": "to reports as",
    "dataclips": "[R083]",
    "backup schedules": "schedule a backup",
    "maintenance window": "set the maintenance window",
    "settings and data links": "[R084]",
    "the old primary": "[R088]",
}
"""What addons:upgrade keeps, and what its plan therefore does not speak of."""


def plan_text_of(case: str) -> str:
    return " ".join((HERE / case / "plan.txt").read_text(encoding="utf-8").split())


@pytest.mark.parametrize("rule", ARTICLE)
def test_a_rule_of_the_article_shows_in_a_case(rule: str) -> None:
    missing = [(case, text) for case, text in ARTICLE[rule] if text not in plan_text_of(case)]

    assert missing == []


def test_every_rule_of_the_article_is_shown_or_has_nothing_to_plan() -> None:
    shown = {rule.partition(" ")[0] for rule in ARTICLE}

    assert shown | NOTHING_TO_PLAN.keys() == {f"S-{number:02}" for number in range(1, 51)}
    assert not shown & NOTHING_TO_PLAN.keys()


@pytest.mark.parametrize("what", REDONE)
def test_what_is_to_be_redone_shows_in_a_case(what: str) -> None:
    missing = [(case, text) for case, text in REDONE[what] if text not in plan_text_of(case)]

    assert missing == []


@pytest.mark.parametrize("what", KEPT)
def test_what_an_upgrade_keeps_is_not_asked_for(what: str) -> None:
    assert KEPT[what] not in plan_text_of(OTHERS)


def test_there_are_forty_cases() -> None:
    assert len(list(HERE.glob("*/plan.json"))) >= 40
