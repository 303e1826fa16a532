"""Stops that follow from the tiers before and after: what exists there, what fits there, what is lost there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.core.observed import POOLER
from reconciler.core.rules.rule import (
    CHANGING_PLAN,
    COMMON,
    COPYING,
    EVERY_METHOD,
    EVERY_WAY,
    Rule,
    applies,
    gigabytes,
    is_tier,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.core.catalogue import ServicePlan
    from reconciler.core.rules.rule import Situation

CHANGE_ARTICLE = "Dev Center updating-heroku-postgres-databases"
SPACES_ARTICLE = "Dev Center heroku-postgres-and-private-spaces"
FOLLOW_ARTICLE = "Dev Center heroku-postgres-follower-databases"


def _to_advanced(situation: Situation) -> str | None:
    return applies(
        is_tier(situation.after, "advanced") and not is_tier(situation.before, "advanced")
    )


def _from_advanced(situation: Situation) -> str | None:
    return applies(
        is_tier(situation.before, "advanced") and not is_tier(situation.after, "advanced")
    )


def _within_advanced(situation: Situation) -> str | None:
    return applies(is_tier(situation.before, "advanced") and is_tier(situation.after, "advanced"))


def needs_space(plan: ServicePlan | None) -> str:
    """The kind of space that `plan` exists in only: `private`, `shield`, or nothing."""
    return plan.tier if plan is not None and plan.tier in ("private", "shield") else ""


def _not_in_space(situation: Situation) -> str | None:
    kind = needs_space(situation.after)
    if not kind or situation.space == kind:
        return None
    return (
        f"{situation.desired.service_plan} needs a {kind} space, {situation.observed.app} has none"
    )


def _does_not_fit(situation: Situation) -> str | None:
    disk = situation.after.storage_gb if situation.after else None
    if situation.size_gb is None or disk is None or situation.size_gb <= disk:
        return None
    return f"{gigabytes(situation.size_gb)} of data, {disk} GB of disk"


def _may_not_fit(situation: Situation) -> str | None:
    before, after = situation.before, situation.after
    if situation.size_gb is not None or before is None or after is None:
        return None
    if before.storage_gb is None or after.storage_gb is None:
        return applies(before.name != after.name, "a disk size is not known either")
    return applies(
        after.storage_gb < before.storage_gb,
        f"disk {before.storage_gb} GB to {after.storage_gb} GB",
    )


def _lost_features(situation: Situation) -> str | None:
    if not is_tier(situation.after, "essential") or is_tier(situation.before, "essential"):
        return None
    lost = ", ".join(_features_in_use(situation))
    return applies(bool(lost), lost)


def _features_in_use(situation: Situation) -> Iterator[str]:
    observed, desired = situation.observed, situation.desired
    namespaces = {one.namespace for one in observed.attachments}
    if observed.followers or observed.follower_count or desired.followers:
        yield "followers"
    if POOLER in namespaces or desired.poolers:
        yield "connection pool"
    if (observed.credential_count or 0) > 1 or any(
        one.startswith("credential:") for one in namespaces
    ):
        yield "credentials"
    if desired.maintenance_window is not None:
        yield "maintenance window"


def _into_shield(situation: Situation) -> str | None:
    return applies(is_tier(situation.after, "shield") and not is_tier(situation.before, "shield"))


def _out_of_shield(situation: Situation) -> str | None:
    return applies(is_tier(situation.before, "shield") and not is_tier(situation.after, "shield"))


def _needs_region(situation: Situation) -> str | None:
    is_outside = is_tier(situation.after, *COMMON, "essential") and situation.space != "common"
    return applies(
        situation.way in COPYING and is_outside,
        f"{situation.observed.app} is in a {situation.space} space",
    )


TIER_RULES = (
    Rule(
        id="R010",
        kind="stop",
        ways=EVERY_METHOD,
        sentence=(
            "Moving to Advanced needs Heroku's own `data:pg:migrate`, which is not built yet "
            "(from Essential: to Standard first)"
        ),
        source="heroku/cli v11.9.0 src/commands/data/pg/migrate.ts",
        date="2026-08-04",
        confidence="stated",
        check=_to_advanced,
    ),
    Rule(
        id="R011",
        kind="stop",
        ways=EVERY_METHOD,
        sentence="No way back from Advanced to another tier is documented",
        source="Dev Center heroku-postgres-advanced-migration, which describes none",
        date="2026-05-18",
        confidence="inferred",
        check=_from_advanced,
    ),
    Rule(
        id="R012",
        kind="stop",
        ways=CHANGING_PLAN,
        sentence="Advanced changes its level by `data:pg:update`, which is not built yet",
        source="heroku/cli v11.9.0 src/commands/data/pg/update.ts",
        date="2026-08-04",
        confidence="stated",
        check=_within_advanced,
    ),
    Rule(
        id="R013",
        kind="stop",
        ways=EVERY_METHOD,
        sentence="Private and Shield plans exist only for apps in a space of that kind",
        source=SPACES_ARTICLE,
        date="2026-03-31",
        confidence="stated",
        check=_not_in_space,
    ),
    Rule(
        id="R014",
        kind="stop",
        ways=EVERY_METHOD,
        sentence="The data does not fit the wanted plan's disk",
        source=f"{FOLLOW_ARTICLE} (stated for followers; inferred for the other methods)",
        date="2026-03-31",
        confidence="inferred",
        check=_does_not_fit,
    ),
    Rule(
        id="R015",
        kind="stop",
        ways=EVERY_METHOD,
        sentence="How much data there is could not be read, and the wanted plan's disk may be too small",
        source=f"{FOLLOW_ARTICLE}: the data must fit",
        date="2026-03-31",
        confidence="inferred",
        check=_may_not_fit,
    ),
    Rule(
        id="R016",
        kind="stop",
        ways=EVERY_METHOD,
        sentence="Essential lacks what is in use here; give it up first",
        source="Dev Center heroku-postgres-plans, heroku-postgresql-credentials",
        date="2026-05-18",
        confidence="inferred",
        check=_lost_features,
    ),
    Rule(
        id="R017",
        kind="stop",
        ways=("addons-upgrade", "follower-switch"),
        sentence="Whether a database can move into a Shield space this way is not known",
        source=f"open question: no row of any readable table; {FOLLOW_ARTICLE}",
        date="2026-03-31",
        confidence="inferred",
        check=_into_shield,
    ),
    Rule(
        id="R018",
        kind="stop",
        ways=("addons-upgrade", "follower-switch"),
        sentence=(
            "Whether a database can leave a Shield space this way is not known, "
            "and it would cross a compliance border"
        ),
        source=f"open question: third-party notes only; {FOLLOW_ARTICLE}",
        date="2026-03-31",
        confidence="inferred",
        check=_out_of_shield,
    ),
    Rule(
        id="R019",
        kind="stop",
        ways=EVERY_WAY,
        sentence=(
            "A new Essential, Standard or Premium database for an app in a space must be given "
            "a region, which is not built yet"
        ),
        source=SPACES_ARTICLE,
        date="2026-03-31",
        confidence="stated",
        check=_needs_region,
    ),
)
