"""Stops that stand before any choice of a method: versions, what is under way, names of plans."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.core.plan import AttachmentMissing
from reconciler.core.rules.rule import (
    EVERY_METHOD,
    EVERY_WAY,
    LEGACY,
    OLD_PRODUCTION,
    Rule,
    applies,
    is_tier,
)

if TYPE_CHECKING:
    from reconciler.core.rules.rule import Situation


def _version_down(situation: Situation) -> str | None:
    change = situation.version_change
    if change is None or change.after > change.before:
        return None
    return f"{change.before} to {change.after}"


def version_up(situation: Situation) -> str | None:
    """The wanted newer version in words; None where none is wanted."""
    change = situation.version_change
    if change is None or change.after < change.before:
        return None
    return f"{change.before} to {change.after}"


def needs_copy(situation: Situation) -> bool:
    """Whether no other method than a copy crosses these tiers: Essential, or its forerunners, on one side."""
    alone = ("essential", "legacy-essential")
    before, after = situation.before, situation.after
    return is_tier(before, *alone) != is_tier(after, *alone) or is_tier(before, "legacy-essential")


def _copy_for_version_alone(situation: Situation) -> str | None:
    is_asked_for = situation.desired.method == "pg-copy" or needs_copy(situation)
    return None if is_asked_for else version_up(situation)


def _other_plan_pending(situation: Situation) -> str | None:
    observed = situation.observed
    if not observed.is_converging or not situation.is_plan_change:
        return None
    return f"{observed.serving_plan} serves, {observed.service_plan} is pending"


def _is_worked_on(situation: Situation) -> str | None:
    return applies(situation.observed.is_waiting, situation.observed.status)


def _is_follower(situation: Situation) -> str | None:
    leader = situation.observed.leader
    return applies(situation.observed.is_following, f"it follows {leader}" if leader else "")


def _never_fresh(situation: Situation) -> str | None:
    today, oldest = situation.snapshot.today, situation.desired.not_older_than
    if not situation.is_refresh or today is None or oldest is None or oldest <= today:
        return None
    return f"not_older_than = {oldest}, today is {today}"


def _unknown_before(situation: Situation) -> str | None:
    return applies(situation.before is None, situation.observed.service_plan)


def _unknown_after(situation: Situation) -> str | None:
    after = situation.after
    name = situation.desired.service_plan
    if after is None:
        return f"{name} is neither in this tool's catalogue nor in Heroku's list of plans"
    return applies(not after.is_sold, name)


def _withdrawn(situation: Situation) -> str | None:
    is_way_out = is_tier(situation.before, "legacy-essential") and is_tier(
        situation.after, "essential"
    )
    if situation.way == "pg-copy" and is_way_out:
        return None
    is_entering = is_tier(situation.after, "private") and is_tier(situation.before, *OLD_PRODUCTION)
    if situation.way == "follower-switch" and is_entering:
        return None
    return applies(is_tier(situation.before, *LEGACY), situation.observed.service_plan)


def _leads_here_otherwise(situation: Situation) -> str | None:
    names = [
        f"{one.app}::{one.attachment}"
        for one in situation.changes
        if isinstance(one, AttachmentMissing) and one.instead_of == situation.observed.addon
    ]
    return applies(bool(names), ", ".join(names))


STATE_RULES = (
    Rule(
        id="R001",
        kind="stop",
        ways=EVERY_METHOD,
        sentence="PostgreSQL cannot go back to an older major version",
        source="Dev Center upgrading-heroku-postgres-databases, which describes no such path",
        date="2025-10-22",
        confidence="inferred",
        check=_version_down,
    ),
    Rule(
        id="R002",
        kind="stop",
        ways=("addons-upgrade", "follower-switch"),
        sentence="addons:upgrade and followers keep the major version; a newer one needs `pg:upgrade`",
        source="Dev Center updating-heroku-postgres-databases",
        date="2025-02-26",
        confidence="stated",
        check=version_up,
    ),
    Rule(
        id="R003",
        kind="stop",
        ways=("pg-copy",),
        sentence=(
            "A copy for the sake of a newer version alone is made only where "
            'method = "pg-copy" asks for it'
        ),
        source="this tool; Heroku's own way is `pg:upgrade`",
        date="2026-11-22",
        confidence="choice",
        check=_copy_for_version_alone,
    ),
    Rule(
        id="R004",
        kind="stop",
        ways=EVERY_METHOD,
        sentence=(
            "A change to another plan is pending, and what a second request does then is not known"
        ),
        source="open question: no Heroku text says what a second plan change does meanwhile",
        date="2026-11-22",
        confidence="inferred",
        check=_other_plan_pending,
    ),
    Rule(
        id="R005",
        kind="stop",
        ways=EVERY_WAY,
        sentence="Heroku is working on the database; wait until it has finished",
        source="heroku/cli v11.9.0 src/commands/pg/promote.ts, which waits too",
        date="2026-08-04",
        confidence="inferred",
        check=_is_worked_on,
    ),
    Rule(
        id="R006",
        kind="stop",
        ways=EVERY_WAY,
        sentence=(
            "It is a follower itself: list it as a follower of its leader, "
            "since no source describes changing a follower in place"
        ),
        source="Dev Center heroku-postgres-follower-databases: a follower cannot be followed",
        date="2026-03-31",
        confidence="inferred",
        check=_is_follower,
    ),
    Rule(
        id="R007",
        kind="stop",
        ways=EVERY_METHOD,
        sentence="The present plan is not in the catalogue, so nothing is known of how it moves",
        source="this tool's catalogue",
        date="2026-11-22",
        confidence="choice",
        check=_unknown_before,
    ),
    Rule(
        id="R008",
        kind="stop",
        ways=EVERY_METHOD,
        sentence="No new database can be had on the wanted plan",
        source="this tool's catalogue; Dev Center changelog 2889 for mini and basic",
        date="2026-11-22",
        confidence="stated",
        check=_unknown_after,
    ),
    Rule(
        id="R009",
        kind="stop",
        ways=EVERY_METHOD,
        sentence=(
            "The present plan was withdrawn, and no source says that this method moves it; "
            "mini, basic and hobby go to Essential by pg-copy"
        ),
        source=(
            "heroku/cli v11.9.0, whose pg:upgrade refuses them; Dev Center changelog 2889; "
            "migrating-heroku-postgres-databases-to-private-spaces for production plans, by a follower"
        ),
        date="2026-08-04",
        confidence="inferred",
        check=_withdrawn,
    ),
    Rule(
        id="R104",
        kind="stop",
        ways=EVERY_METHOD,
        sentence=(
            "The day that the database may not be older than is still to come, so whatever is made now would be "
            "renewed again; take today or a day before"
        ),
        source="not_older_than in the desired state, compared with Heroku's clock",
        date="2026-11-22",
        confidence="choice",
        check=_never_fresh,
    ),
    Rule(
        id="R041",
        kind="stop",
        ways=EVERY_WAY,
        sentence=(
            "A name leads to the database in another way than wanted (connection pool, credential, "
            "direct); detach it first"
        ),
        source="heroku/cli v11.9.0 src/commands/addons/attach.ts: the way is part of the attachment",
        date="2026-08-04",
        confidence="choice",
        check=_leads_here_otherwise,
    ),
)
