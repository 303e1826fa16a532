"""Stops that follow from the tiers before and after: what exists there, what fits there, what is lost there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.core.observed import POOLER
from reconciler.core.rules.prepared import prepared_follower
from reconciler.core.rules.rule import (
    CHANGING_PLAN,
    COPYING,
    EVERY_METHOD,
    EVERY_WAY,
    Rule,
    above,
    applies,
    is_tier,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.core.catalogue import ServicePlan
    from reconciler.core.rules.rule import Situation

CHANGE_ARTICLE = "Dev Center updating-heroku-postgres-databases"
SPACES_ARTICLE = "Dev Center heroku-postgres-and-private-spaces"
ESSENTIAL_REGIONS = {"virginia": "us", "dublin": "eu"}
"""A space's region to Heroku's that is at the same place: us-east-1 and eu-west-1.

Source: heroku/platform-api schema.json, region; Dev Center heroku-postgres-and-private-spaces, 2026-03-31.
"""
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
    return f"{situation.desired.service_plan} needs a {kind} space, {situation.owner} has none"


def _does_not_fit(situation: Situation) -> str | None:
    disk = situation.after.storage_gb if situation.after else None
    if situation.size_gb is None or disk is None or situation.size_gb <= disk:
        return None
    stays = situation.way == "pg-upgrade" and not situation.is_plan_change
    return None if stays else f"{above(situation.size_gb, disk)} of data, {disk} GB of disk"


def _loses_key(situation: Situation) -> str | None:
    is_prepared = situation.way == "follower-switch" and prepared_follower(situation) is not None
    return applies(situation.observed.has_customer_key and not is_prepared)


def _disk_unknown(situation: Situation) -> str | None:
    after = situation.after
    if (
        after is None
        or not situation.is_plan_change
        or not after.is_sold
        or after.tier == "advanced"
    ):
        return None
    return applies(after.storage_gb is None, situation.desired.service_plan)


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


def _no_region(situation: Situation) -> str | None:
    is_essential = is_tier(situation.after, "essential") and situation.way in COPYING
    if not is_essential or situation.space == "common" or region_of_target(situation) is not None:
        return None
    where = situation.region_of(situation.owner) or "a region that could not be read"
    return f"{situation.owner} is in {where}"


def region_of_target(situation: Situation) -> str | None:
    """Heroku's region for an Essential database of an app in a space; None where none is near, or none is needed."""
    if not is_tier(situation.after, "essential") or situation.space == "common":
        return None
    return ESSENTIAL_REGIONS.get(situation.region_of(situation.owner))


def _outside_network(situation: Situation) -> str | None:
    outside = [
        situation.owner
        for plan in [situation.after]
        if situation.way in COPYING and not needs_space(plan) and situation.space != "common"
    ]
    outside += [
        app
        for app, plan in situation.new_followers
        if not needs_space(situation.catalogue.get(plan)) and situation.space_of(app) != "common"
    ]
    return applies(bool(outside), ", ".join(sorted(set(outside))))


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
            "Essential databases exist in the regions us and eu only, and the app's space is near neither; "
            "take Standard or Premium"
        ),
        source=f"{SPACES_ARTICLE}: us-east-1 and eu-west-1",
        date="2026-03-31",
        confidence="stated",
        check=_no_region,
    ),
    Rule(
        id="R055",
        kind="stop",
        ways=COPYING,
        sentence=(
            "The database is encrypted with a key of its own, which a new one can be given at its creation only; "
            "create a follower with that key by hand, and it is adopted"
        ),
        source="Dev Center encrypting-heroku-postgres-with-your-key; that no key can be added later is inferred",
        date="2025-02-06",
        confidence="inferred",
        check=_loses_key,
    ),
    Rule(
        id="R049",
        kind="stop",
        ways=EVERY_METHOD,
        sentence="How much the wanted plan holds is not known, so whether the data fits is not either",
        source="open question: a plan that Heroku lists and that is newer than this tool's catalogue",
        date="2026-11-22",
        confidence="choice",
        check=_disk_unknown,
    ),
    Rule(
        id="R101",
        kind="warning",
        ways=EVERY_WAY,
        sentence=(
            "The new database is outside the space's network, in the region of its app; "
            "the app reaches it over the public internet"
        ),
        source=f"{SPACES_ARTICLE}; heroku/cli issue 328",
        date="2026-03-31",
        confidence="stated",
        check=_outside_network,
    ),
)
