"""Stops of `pg:copy`: a dump and restore on Heroku's side into a new database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.core.rules.followers import FOLLOWER_RULES
from reconciler.core.rules.moving import MOVING_RULES
from reconciler.core.rules.rule import Rule, above, applies, is_tier
from reconciler.core.rules.service_plan import SERVICE_PLAN_RULES
from reconciler.core.rules.state import STATE_RULES
from reconciler.core.rules.tiers import TIER_RULES
from reconciler.core.rules.version import VERSION_RULES

if TYPE_CHECKING:
    from reconciler.core.rules.rule import Situation, Way

WAY: tuple[Way, ...] = ("pg-copy",)

ASK_ABOVE_GB = 20
"""Logical backups are meant for databases up to about so much. Source: Dev Center pgbackups, 2024-05-29."""
REFUSE_ABOVE_GB = 64
"""From about three hours of downtime on; ours to choose, where another method exists."""

_OTHERS_STOPS = tuple(
    rule
    for rule in (
        *STATE_RULES,
        *TIER_RULES,
        *SERVICE_PLAN_RULES,
        *FOLLOWER_RULES,
        *MOVING_RULES,
        *VERSION_RULES,
    )
    if rule.kind == "stop"
)
"""All that may forbid another method than a copy."""


def _shield(situation: Situation) -> str | None:
    return applies(is_tier(situation.before, "shield") or is_tier(situation.after, "shield"))


def several_credentials(situation: Situation) -> str | None:
    """How many credentials it has, if more than the default one."""
    count = situation.observed.credential_count
    return applies(count is not None and count > 1, f"{count} credentials")


def _large(situation: Situation) -> str | None:
    size = situation.size_gb
    if size is None or situation.desired.method == "pg-copy":
        return None
    return applies(size > ASK_ABOVE_GB, above(size, ASK_ABOVE_GB))


def _very_large(situation: Situation) -> str | None:
    size = situation.size_gb
    if size is None or _shield(situation) is not None or not _leads_otherwise(situation):
        return None
    return applies(size > REFUSE_ABOVE_GB, above(size, REFUSE_ABOVE_GB))


def _leads_otherwise(situation: Situation) -> bool:
    """Whether nothing forbids one of the other methods."""
    others: tuple[Way, ...] = ("addons-upgrade", "follower-switch")
    if situation.version_change is not None:
        others = (*others, "pg-upgrade")
    return any(not _is_stopped(situation.by(way)) for way in others)


def _is_stopped(situation: Situation) -> bool:
    return any(
        situation.way in rule.ways and rule.check(situation) is not None for rule in _OTHERS_STOPS
    )


def target_version(situation: Situation) -> int | None:
    """The major version of a copy's target: the wanted one, or the present one."""
    return situation.desired.version or situation.observed.version


def _not_provisionable(situation: Situation) -> str | None:
    version = target_version(situation)
    supported = situation.catalogue.supported_versions
    if version is None or version in supported:
        return None
    can_be_had = ", ".join(str(one) for one in supported)
    return f"PostgreSQL {version}; new databases can have {can_be_had}"


def _version_unread(situation: Situation) -> str | None:
    return applies(target_version(situation) is None)


COPY_RULES = (
    Rule(
        id="R030",
        kind="stop",
        ways=WAY,
        sentence="Shield has no logical backups, and so no copy from or to it",
        source="Dev Center upgrading-heroku-postgres-databases, heroku-postgres-logical-backups",
        date="2025-10-22",
        confidence="stated",
        check=_shield,
    ),
    Rule(
        id="R031",
        kind="stop",
        ways=WAY,
        sentence="A copy leaves credentials behind, and the rows that only they own",
        source="heroku/cli v11.9.0 src/commands/pg/copy.ts, its warning",
        date="2026-08-04",
        confidence="stated",
        check=several_credentials,
    ),
    Rule(
        id="R032",
        kind="stop",
        ways=WAY,
        sentence=(
            f"Above {ASK_ABOVE_GB} GB, for which logical backups are meant, a copy is made only "
            'where method = "pg-copy" asks for it'
        ),
        source="Dev Center pgbackups; the consequence is this tool's",
        date="2024-05-29",
        confidence="choice",
        check=_large,
    ),
    Rule(
        id="R033",
        kind="stop",
        ways=WAY,
        sentence=(
            f"Above {REFUSE_ABOVE_GB} GB a copy takes hours of downtime and is likely to fail; "
            "another method leads there"
        ),
        source="heroku/cli v11.9.0, warning of pg:backups; Dev Center pgbackups",
        date="2026-08-04",
        confidence="choice",
        check=_very_large,
    ),
    Rule(
        id="R034",
        kind="stop",
        ways=WAY,
        sentence="No new database can be had with that PostgreSQL version",
        source="Dev Center changelog 2722, 3750",
        date="2026-08-30",
        confidence="stated",
        check=_not_provisionable,
    ),
    Rule(
        id="R035",
        kind="stop",
        ways=WAY,
        sentence="The PostgreSQL version could not be read, so a copy could change it unasked",
        source="this tool; without a version Heroku gives the newest",
        date="2026-11-22",
        confidence="choice",
        check=_version_unread,
    ),
)
