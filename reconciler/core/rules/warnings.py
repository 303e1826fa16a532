"""What a reviewer should know before saying yes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.core.counting import gigabytes
from reconciler.core.naming import is_mark
from reconciler.core.plan import AttachmentMissing
from reconciler.core.rules.rule import (
    CHANGING_PLAN,
    COMMON,
    COPYING,
    EVERY_METHOD,
    EVERY_WAY,
    Rule,
    above,
    applies,
    is_tier,
)
from reconciler.core.rules.tiers import CHANGE_ARTICLE, FOLLOW_ARTICLE

if TYPE_CHECKING:
    from reconciler.core.names import AppName
    from reconciler.core.rules.rule import Situation

FULL = 0.8
"""From so much of the disk on we warn; ours to choose."""


def _nearly_full(situation: Situation) -> str | None:
    size, after = situation.size_gb, situation.after
    if size is None or after is None or after.storage_gb is None:
        return None
    share = size / after.storage_gb
    is_close = FULL < share <= 1
    return applies(is_close, f"{gigabytes(size)} of {after.storage_gb} GB, {share:.0%}")


def _over_capacity(situation: Situation) -> str | None:
    size, before = situation.size_gb, situation.before
    disk = before.storage_gb if before is not None else None
    if size is None or disk is None or size <= disk:
        return None
    return f"{above(size, disk)} of data, {disk} GB of disk"


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


def _no_rollback(situation: Situation) -> str | None:
    return applies(is_tier(situation.before, "essential", "legacy-essential"))


def _no_backup_at_all(situation: Situation) -> str | None:
    return applies(is_tier(situation.before, "shield"))


def _followers_restart(situation: Situation) -> str | None:
    return situation.with_unnamed(situation.observed.followers)


def _already_closed(situation: Situation) -> str | None:
    apps = (situation.snapshot.app(name) for name in _touched_apps(situation))
    closed = sorted({app.name for app in apps if app is not None and app.in_maintenance})
    return applies(bool(closed), ", ".join(closed))


def _touched_apps(situation: Situation) -> frozenset[AppName]:
    """The blast radius: every app with a name of the primary where that changes, and with one that comes or moves."""
    apps = {app for app, _ in situation.new_followers}
    apps |= {one.app for one in situation.changes if isinstance(one, AttachmentMissing)}
    replaced = {one.instead_of for one in situation.missing_followers}
    if situation.way != "around":
        apps |= {one.app for one in situation.observed.attachments}
        replaced |= set(situation.observed.followers) if situation.way in COPYING else set()
    lives = (situation.snapshot.database(one) for one in replaced if one is not None)
    return frozenset(apps | {held.app for live in lives if live for held in live.attachments})


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


def _waits_for_window(situation: Situation) -> str | None:
    return applies(not is_tier(situation.before, "essential"))


def _has_rollback_points(situation: Situation) -> str | None:
    return applies(is_tier(situation.before, *COMMON, "private"))


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
        id="R103",
        kind="warning",
        ways=EVERY_WAY,
        sentence=(
            "The data is over the present plan's capacity, for which Heroku restricts access: Essential takes no "
            "writes, others may have one connection that reads and deletes"
        ),
        source="Dev Center heroku-postgres-over-plan-capacity; of Essential a third-party report",
        date="2026-02-24",
        confidence="inferred",
        check=_over_capacity,
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
        id="R072",
        kind="warning",
        ways=EVERY_WAY,
        sentence="An app is in maintenance mode already; it is left so",
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
        id="R105",
        kind="warning",
        ways=("addons-upgrade",),
        sentence=(
            "Once it is prepared, Heroku makes the change in its own weekly window unless that is done before, "
            "with the apps open"
        ),
        source=f"{CHANGE_ARTICLE}; Dev Center heroku-postgres-maintenance",
        date="2025-02-26",
        confidence="stated",
        check=_waits_for_window,
    ),
    Rule(
        id="R108",
        kind="warning",
        ways=EVERY_METHOD,
        sentence=(
            "Note the latest rollback point first (heroku pg:info), or take a backup (heroku pg:backups:capture)"
        ),
        source="Dev Center heroku-postgres-plans, heroku-postgres-rollback; the advice is this tool's",
        date="2026-01-13",
        confidence="choice",
        check=_has_rollback_points,
    ),
    Rule(
        id="R078",
        kind="warning",
        ways=CHANGING_PLAN,
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
