"""What is to be said of a database that moves to another app, into a space above all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.core.diff import primary_names
from reconciler.core.naming import is_mark
from reconciler.core.rules.rule import COPYING, EVERY_WAY, Rule, applies, is_tier
from reconciler.core.rules.tiers import FOLLOW_ARTICLE, SPACES_ARTICLE, needs_space

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.core.names import AppName
    from reconciler.core.rules.rule import Situation

MOVE_ARTICLE = "Dev Center migrating-heroku-postgres-databases-to-private-spaces"


def _moves(situation: Situation) -> str | None:
    return applies(situation.is_move, f"{situation.observed.app} to {situation.owner}")


def _enters_space(situation: Situation) -> bool:
    return bool(needs_space(situation.after)) and not needs_space(situation.before)


def _readers(situation: Situation) -> Iterator[AppName]:
    """Every app that would know the new primary."""
    yield from (app for app, _, _ in primary_names(situation.desired))
    yield from (
        one.app
        for one in situation.observed.attachments
        if not is_mark(one.name) and one.app != situation.left_app
    )


def _read_from_outside(situation: Situation) -> str | None:
    if not _enters_space(situation):
        return None
    others = sorted({*_readers(situation)} - {situation.owner})
    outside = [app for app in others if situation.space_of(app) == "common"]
    return applies(bool(outside), ", ".join(outside))


def _between_shields(situation: Situation) -> str | None:
    both_shield = is_tier(situation.before, "shield") and is_tier(situation.after, "shield")
    return applies(situation.is_move and both_shield)


def _is_followers_way(situation: Situation) -> str | None:
    return applies(situation.is_move and situation.desired.method == "auto")


def _stays_closed(situation: Situation) -> str | None:
    return applies(situation.left_app is not None, str(situation.left_app))


def _names_left(situation: Situation) -> str | None:
    names = [
        f"{one.app}::{one.name}"
        for one in sorted(situation.observed.attachments)
        if one.app == situation.left_app and not is_mark(one.name)
    ]
    return applies(bool(names), ", ".join(names))


def _crosses_out_of_space(situation: Situation) -> str | None:
    is_behind_private = situation.way == "follower-switch" and is_tier(situation.before, "private")
    is_leaving = situation.is_move or not is_tier(situation.after, "private")
    followers = [situation.catalogue.get(plan) for _, plan in situation.new_followers]
    has_others = any(not is_tier(one, "private") for one in followers)
    is_read_outside = is_tier(situation.after, "private") and has_others
    return applies((is_behind_private and is_leaving) or is_read_outside)


def _not_at_build_time(situation: Situation) -> str | None:
    return applies(_enters_space(situation))


MOVING_RULES = (
    Rule(
        id="R046",
        kind="stop",
        ways=("addons-upgrade", "pg-upgrade"),
        sentence="This method leaves a database with its app, and it is to belong to another one",
        source="heroku/cli v11.9.0 src/commands/addons/upgrade.ts, src/commands/pg/upgrade/run.ts",
        date="2026-08-04",
        confidence="stated",
        check=_moves,
    ),
    Rule(
        id="R047",
        kind="stop",
        ways=COPYING,
        sentence=(
            "Whether an app outside a space can read a database inside one is not known; "
            "take its names of the database away first"
        ),
        source=f"open question: only PrivateLink and mTLS are described; {SPACES_ARTICLE}",
        date="2026-03-31",
        confidence="inferred",
        check=_read_from_outside,
    ),
    Rule(
        id="R048",
        kind="stop",
        ways=COPYING,
        sentence=(
            "That a database can move to another app's Shield space is a third party's word only, "
            "which this tool does not go by"
        ),
        source=f"this tool; the row cannot be read in {FOLLOW_ARTICLE}",
        date="2026-03-31",
        confidence="choice",
        check=_between_shields,
    ),
    Rule(
        id="R054",
        kind="preference",
        ways=("follower-switch",),
        sentence="Heroku's own way to another app is a follower created on it",
        source=f"{MOVE_ARTICLE}; {FOLLOW_ARTICLE} for where a follower may live",
        date="2024-08-16",
        confidence="stated",
        check=_is_followers_way,
    ),
    Rule(
        id="R095",
        kind="warning",
        ways=COPYING,
        sentence=(
            "The app that the database leaves stays closed, without dynos: its names go on leading to "
            "the old database, and what it wrote there would be lost"
        ),
        source=(
            "heroku/cli v11.9.0 src/commands/pg/promote.ts touches the names of one app; "
            "that it stays closed is this tool's"
        ),
        date="2026-08-04",
        confidence="choice",
        check=_stays_closed,
    ),
    Rule(
        id="R096",
        kind="warning",
        ways=EVERY_WAY,
        sentence=(
            "A follower outside its leader's space lags unless trusted IP ranges for data services "
            "are turned on there"
        ),
        source=f"third-party notes on the table of {FOLLOW_ARTICLE}",
        date="2026-03-31",
        confidence="inferred",
        check=_crosses_out_of_space,
    ),
    Rule(
        id="R097",
        kind="warning",
        ways=COPYING,
        sentence="A database inside a space cannot be reached while an app is built",
        source=SPACES_ARTICLE,
        date="2026-03-31",
        confidence="stated",
        check=_not_at_build_time,
    ),
    Rule(
        id="R098",
        kind="redo",
        ways=COPYING,
        sentence=(
            "The app that the database leaves: detach its names of the old database before you open it; "
            "until then that cannot be retired"
        ),
        source="heroku/cli v11.9.0 src/commands/addons/detach.ts; the proof before a retirement is this tool's",
        date="2026-08-04",
        confidence="choice",
        check=_names_left,
    ),
)
