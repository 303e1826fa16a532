"""What a reviewer should know before saying yes to a move to another add-on: a follower switch or a copy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.core.counting import gigabytes
from reconciler.core.naming import is_mark
from reconciler.core.rules.copies import several_credentials
from reconciler.core.rules.prepared import prepared_follower
from reconciler.core.rules.rule import COPYING, Rule, applies, is_tier
from reconciler.core.rules.tiers import CHANGE_ARTICLE, FOLLOW_ARTICLE

if TYPE_CHECKING:
    from reconciler.core.names import AppName
    from reconciler.core.rules.rule import Situation

ADVISED_COPY_GB = 10
"""Heroku's guidance on copies speaks of databases below it.

Source: Dev Center upgrading-heroku-postgres-databases, 2025-10-22.
"""


def _large_copy(situation: Situation) -> str | None:
    size = situation.size_gb
    return applies(size is not None and size >= ADVISED_COPY_GB, gigabytes(size or 0))


def _release_phases(situation: Situation) -> str | None:
    names = {one.app for one in situation.observed.attachments} - {situation.left_app}
    apps = sorted({*names, situation.owner})
    releasing = [app for app in apps if _has_release_phase(situation, app)]
    return applies(bool(releasing), ", ".join(releasing))


def _has_release_phase(situation: Situation, name: AppName) -> bool:
    app = situation.snapshot.app(name)
    return app is not None and app.has_release_phase


def _new_history(situation: Situation) -> str | None:
    return applies(not is_tier(situation.after, "essential"))


def _unlisted_followers(situation: Situation) -> str | None:
    prepared = prepared_follower(situation) if situation.way == "follower-switch" else None
    wanted = {
        attachment.addon
        for one in situation.desired.followers
        if (attachment := situation.snapshot.attached_as(one.app, one.attachment)) is not None
    }
    left = [
        one
        for one in situation.observed.followers
        if one not in wanted and (prepared is None or one != prepared.addon)
    ]
    return situation.with_unnamed(left)


def _followers_wait(situation: Situation) -> str | None:
    return applies(bool(situation.desired.followers))


def _some_dynos_run_on(situation: Situation) -> str | None:
    kinds = situation.desired.scale_down
    return applies(bool(kinds), f"stopped are {', '.join(kinds)}")


def _adopts_names(situation: Situation) -> str | None:
    follower = prepared_follower(situation)
    if follower is None:
        return None
    names = [f"{one.app}::{one.name}" for one in follower.attachments if not is_mark(one.name)]
    return applies(bool(names), ", ".join(names))


def _unseen_key(situation: Situation) -> str | None:
    may_have_one = is_tier(situation.before, "private", "shield")
    return applies(may_have_one and not situation.observed.has_customer_key)


def _untested_version(situation: Situation) -> str | None:
    change = situation.version_change
    return None if change is None else f"{change.before} to {change.after}"


SWITCH_WARNING_RULES = (
    Rule(
        id="R102",
        kind="warning",
        ways=COPYING,
        sentence=(
            "If it is encrypted with a key of your own (heroku pg:info, Customer Encryption Key), the new one is not: "
            "a key is given at creation only"
        ),
        source="Dev Center encrypting-heroku-postgres-with-your-key; that no key can be added later is inferred",
        date="2025-02-06",
        confidence="inferred",
        check=_unseen_key,
    ),
    Rule(
        id="R060",
        kind="warning",
        ways=("pg-copy",),
        sentence="Heroku's guidance on copies speaks of databases below 10 GB",
        source="Dev Center upgrading-heroku-postgres-databases",
        date="2025-10-22",
        confidence="stated",
        check=_large_copy,
    ),
    Rule(
        id="R064",
        kind="warning",
        ways=COPYING,
        sentence="Release commands run at every name that is moved, the first still with the old database, where what they "
        "write is lost; one that fails backs the cutover out",
        source="heroku/cli v11.9.0 src/commands/pg/promote.ts, which waits for them and exits 0 all the same",
        date="2026-08-04",
        confidence="inferred",
        check=_release_phases,
    ),
    Rule(
        id="R065",
        kind="warning",
        ways=COPYING,
        sentence="The new database's rollback history begins empty; the old one's ends with the old one",
        source="Dev Center heroku-postgres-rollback",
        date="2026-01-13",
        confidence="inferred",
        check=_new_history,
    ),
    Rule(
        id="R069",
        kind="warning",
        ways=COPYING,
        sentence="Followers that are not listed keep following the old primary",
        source=CHANGE_ARTICLE,
        date="2025-02-26",
        confidence="stated",
        check=_unlisted_followers,
    ),
    Rule(
        id="R070",
        kind="warning",
        ways=("follower-switch",),
        sentence="Whether further credentials keep their passwords on the new primary is not known; check them",
        source="open question; Dev Center heroku-postgresql-credentials",
        date="2026-05-18",
        confidence="inferred",
        check=several_credentials,
    ),
    Rule(
        id="R071",
        kind="warning",
        ways=("follower-switch",),
        sentence=(
            "A fresh ex-follower cannot be followed for minutes to hours, "
            "so its followers come that much later"
        ),
        source=FOLLOW_ARTICLE,
        date="2026-03-31",
        confidence="stated",
        check=_followers_wait,
    ),
    Rule(
        id="R075",
        kind="warning",
        ways=COPYING,
        sentence="Only some process types are stopped; what any other writes meanwhile is lost",
        source="scale_down in the desired state",
        date="2026-11-22",
        confidence="choice",
        check=_some_dynos_run_on,
    ),
    Rule(
        id="R076",
        kind="warning",
        ways=("follower-switch",),
        sentence="The adopted follower keeps the names it has; they then lead to the primary",
        source="as observed",
        date="2026-11-22",
        confidence="choice",
        check=_adopts_names,
    ),
    Rule(
        id="R077",
        kind="warning",
        ways=("pg-copy",),
        sentence="The copy ends on another major version of PostgreSQL; try the app on it first",
        source="Dev Center testing-postgresql-version-upgrades",
        date="2025-10-27",
        confidence="stated",
        check=_untested_version,
    ),
)
