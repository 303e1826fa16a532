"""What a reviewer should know before saying yes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.core.naming import is_mark
from reconciler.core.plan import AttachmentMissing
from reconciler.core.rules.prepared import prepared_follower
from reconciler.core.rules.rule import (
    COPYING,
    EVERY_METHOD,
    EVERY_WAY,
    Rule,
    applies,
    gigabytes,
    is_tier,
)
from reconciler.core.rules.tiers import CHANGE_ARTICLE, FOLLOW_ARTICLE

if TYPE_CHECKING:
    from reconciler.core.names import AppName
    from reconciler.core.rules.rule import Situation

ADVISED_COPY_GB = 10
"""Heroku's guidance on copies speaks of databases below it. Source: VERUP, 2025-10-22."""
FULL = 0.8
"""From so much of the disk on we warn; ours to choose."""


def _large_copy(situation: Situation) -> str | None:
    size = situation.size_gb
    return applies(size is not None and size >= ADVISED_COPY_GB, gigabytes(size or 0))


def _nearly_full(situation: Situation) -> str | None:
    size, after = situation.size_gb, situation.after
    if size is None or after is None or after.storage_gb is None:
        return None
    share = size / after.storage_gb
    is_close = FULL < share <= 1
    return applies(is_close, f"{gigabytes(size)} of {after.storage_gb} GB, {share:.0%}")


def _connections(situation: Situation) -> str | None:
    used = situation.observed.connection_count
    limit = situation.after.connection_limit if situation.after else None
    if not situation.is_plan_change or used is None or limit is None or used <= limit:
        return None
    return f"{used} open now, the wanted plan is listed with {limit}"


def _fewer_features(situation: Situation) -> str | None:
    before, after = situation.before, situation.after
    if before is None or after is None:
        return None
    had, has = situation.catalogue.tier(before), situation.catalogue.tier(after)
    if had is None or has is None:
        return None
    lost = []
    if had.ha and has.ha is False:
        lost.append("no standby for high availability")
    if (
        had.rollback_days is not None
        and has.rollback_days is not None
        and has.rollback_days < had.rollback_days
    ):
        lost.append(
            f"rollback reaches back {has.rollback_days} days instead of {had.rollback_days}"
        )
    return applies(bool(lost), ", ".join(lost))


def _release_phases(situation: Situation) -> str | None:
    apps = sorted({one.app for one in situation.observed.attachments})
    releasing = [app for app in apps if _has_release_phase(situation, app)]
    return applies(bool(releasing), ", ".join(releasing))


def _has_release_phase(situation: Situation, name: AppName) -> bool:
    app = situation.snapshot.app(name)
    return app is not None and app.has_release_phase


def _new_history(situation: Situation) -> str | None:
    return applies(not is_tier(situation.after, "essential"))


def _no_rollback(situation: Situation) -> str | None:
    return applies(is_tier(situation.before, "essential", "legacy-essential"))


def _no_backup_at_all(situation: Situation) -> str | None:
    return applies(is_tier(situation.before, "shield"))


def _followers_restart(situation: Situation) -> str | None:
    followers = ", ".join(situation.observed.followers)
    return applies(bool(followers), followers)


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
    return applies(bool(left), ", ".join(left))


def _credentials(situation: Situation) -> str | None:
    count = situation.observed.credential_count
    return applies(count is not None and count > 1, f"{count} credentials")


def _followers_wait(situation: Situation) -> str | None:
    return applies(bool(situation.desired.followers))


def _already_closed(situation: Situation) -> str | None:
    apps = (situation.snapshot.app(one.app) for one in situation.observed.attachments)
    closed = sorted({app.name for app in apps if app is not None and app.in_maintenance})
    return applies(bool(closed), ", ".join(closed))


def _other_apps_open(situation: Situation) -> str | None:
    owner = situation.observed.app
    others = {
        one.app
        for one in situation.observed.attachments
        if one.app != owner and not is_mark(one.name)
    }
    return applies(bool(others), ", ".join(sorted(others)))


def _address_changes(situation: Situation) -> str | None:
    return applies(is_tier(situation.before, "essential"))


def _some_dynos_run_on(situation: Situation) -> str | None:
    kinds = situation.desired.scale_down
    return applies(bool(kinds), f"stopped are {', '.join(kinds)}")


def _adopts_names(situation: Situation) -> str | None:
    follower = prepared_follower(situation)
    if follower is None:
        return None
    names = [f"{one.app}::{one.name}" for one in follower.attachments if not is_mark(one.name)]
    return applies(bool(names), ", ".join(names))


def _untested_version(situation: Situation) -> str | None:
    change = situation.version_change
    return None if change is None else f"{change.before} to {change.after}"


def _taken_from_others(situation: Situation) -> str | None:
    names = [
        f"{one.app}::{one.attachment} leads to {one.instead_of}"
        for one in situation.changes
        if isinstance(one, AttachmentMissing) and one.instead_of
    ]
    return applies(bool(names), ", ".join(names))


def _inferred_price(situation: Situation) -> str | None:
    after = situation.after
    is_doubtful = after is not None and after.price_confidence in ("third-party", "fixture")
    return applies(is_doubtful, situation.desired.service_plan)


WARNING_RULES = (
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
        id="R061",
        kind="warning",
        ways=EVERY_METHOD,
        sentence="The data nearly fills the wanted plan's disk",
        source=f"{FOLLOW_ARTICLE}; the margin is this tool's",
        date="2026-03-31",
        confidence="choice",
        check=_nearly_full,
    ),
    Rule(
        id="R062",
        kind="warning",
        ways=EVERY_METHOD,
        sentence="More connections are open than the wanted plan is listed with",
        source="Dev Center heroku-postgres-production-tier-technical-characterization",
        date="2024-09-06",
        confidence="stated",
        check=_connections,
    ),
    Rule(
        id="R063",
        kind="warning",
        ways=EVERY_METHOD,
        sentence="The wanted tier offers less",
        source="Dev Center heroku-postgres-plans",
        date="2024-12-13",
        confidence="stated",
        check=_fewer_features,
    ),
    Rule(
        id="R064",
        kind="warning",
        ways=COPYING,
        sentence="Release commands run at every name that is moved, and one that fails backs the cutover out",
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
        id="R066",
        kind="warning",
        ways=EVERY_METHOD,
        sentence="Essential has no rollback: take a backup first (heroku pg:backups:capture)",
        source="Dev Center heroku-postgres-plans",
        date="2024-12-13",
        confidence="stated",
        check=_no_rollback,
    ),
    Rule(
        id="R067",
        kind="warning",
        ways=EVERY_METHOD,
        sentence="Shield has no logical backups: note the latest rollback point first (heroku pg:info)",
        source="Dev Center heroku-postgres-logical-backups",
        date="2024-10-16",
        confidence="stated",
        check=_no_backup_at_all,
    ),
    Rule(
        id="R068",
        kind="warning",
        ways=("addons-upgrade",),
        sentence="Followers restart to be repointed; one that cannot be is replaced by Heroku",
        source=CHANGE_ARTICLE,
        date="2025-02-26",
        confidence="stated",
        check=_followers_restart,
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
        check=_credentials,
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
        id="R072",
        kind="warning",
        ways=EVERY_METHOD,
        sentence="It is in maintenance mode already and is left so",
        source="as observed",
        date="2026-11-22",
        confidence="choice",
        check=_already_closed,
    ),
    Rule(
        id="R073",
        kind="warning",
        ways=("addons-upgrade",),
        sentence="Only the owning app is closed; other apps stay open and see errors meanwhile",
        source="heroku/cli v11.9.0 src/commands/data/maintenances/run.ts reads the owner's flag alone",
        date="2026-08-04",
        confidence="inferred",
        check=_other_apps_open,
    ),
    Rule(
        id="R074",
        kind="warning",
        ways=("addons-upgrade",),
        sentence="Essential moves to a new database: the address changes, and apps restart with it",
        source=CHANGE_ARTICLE,
        date="2025-02-26",
        confidence="stated",
        check=_address_changes,
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
    Rule(
        id="R078",
        kind="warning",
        ways=EVERY_METHOD,
        sentence="The wanted plan's price is from a third party or a test fixture; check it",
        source="this tool's catalogue",
        date="2026-11-22",
        confidence="choice",
        check=_inferred_price,
    ),
    Rule(
        id="R079",
        kind="warning",
        ways=EVERY_WAY,
        sentence="A name leads to another database now; what was written there stays there",
        source="as observed",
        date="2026-11-22",
        confidence="choice",
        check=_taken_from_others,
    ),
)
