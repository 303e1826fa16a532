"""Stops of `addons:upgrade`: the change that Heroku makes to the add-on itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.core.follower_sizes import is_given_up, may_outgrow_unnamed, outgrown
from reconciler.core.rules.rule import Rule, applies, is_tier
from reconciler.core.rules.tiers import CHANGE_ARTICLE, needs_space

if TYPE_CHECKING:
    from reconciler.core.rules.rule import Situation, Way

WAY: tuple[Way, ...] = ("addons-upgrade",)


def _crosses_essential(situation: Situation) -> str | None:
    before, after = situation.tiers
    is_crossing = (before == "essential") != (after == "essential")
    return applies(is_crossing and None not in (before, after))


def _crosses_space(situation: Situation) -> str | None:
    ends = (situation.before, situation.after)
    is_told_otherwise = is_tier(ends[1], "essential") or any(
        is_tier(one, "advanced") for one in ends
    )
    kinds = {needs_space(one) for one in ends}
    return applies(kinds == {"", "private"} and not is_told_otherwise)


def _is_refresh(situation: Situation) -> str | None:
    return applies(situation.is_refresh)


def _outgrows_follower(situation: Situation) -> str | None:
    small = [
        f"{one.addon} on {one.service_plan}"
        for one in outgrown(situation)
        if not is_given_up(situation, one)
    ]
    if may_outgrow_unnamed(situation):
        return situation.with_unnamed(small)
    return applies(bool(small), ", ".join(small))


def _replaces_follower_first(situation: Situation) -> str | None:
    small = ", ".join(one.addon for one in outgrown(situation) if is_given_up(situation, one))
    return applies(bool(small), small)


SERVICE_PLAN_RULES = (
    Rule(
        id="R020",
        kind="stop",
        ways=WAY,
        sentence="addons:upgrade stays within Essential, and does not lead there from another tier",
        source=CHANGE_ARTICLE,
        date="2025-02-26",
        confidence="stated",
        check=_crosses_essential,
    ),
    Rule(
        id="R022",
        kind="stop",
        ways=WAY,
        sentence="Whether addons:upgrade crosses the border of a Private Space is not known",
        source="open question; Dev Center migrating-heroku-postgres-databases-to-private-spaces uses a follower",
        date="2024-08-16",
        confidence="inferred",
        check=_crosses_space,
    ),
    Rule(
        id="R023",
        kind="stop",
        ways=WAY,
        sentence=(
            "addons:upgrade is not described for renewing a database on new infrastructure, "
            "and the add-on keeps its day of creation"
        ),
        source=f"{CHANGE_ARTICLE}: a follower changeover on the same plan",
        date="2025-02-26",
        confidence="inferred",
        check=_is_refresh,
    ),
    Rule(
        id="R024",
        kind="stop",
        ways=WAY,
        sentence=(
            "A follower may be too small for its leader then, and whether addons:upgrade refuses "
            "is not known; list it on a larger plan, and it is raised first"
        ),
        source="open question; help.heroku.com JRN5S7V6 for the sizes",
        date="",
        confidence="inferred",
        check=_outgrows_follower,
    ),
    Rule(
        id="R099",
        kind="warning",
        ways=WAY,
        sentence=(
            "A follower that would be too small for its leader is made anew first, in the preparation, where the "
            "apps that read it restart; then the old one stops following for good"
        ),
        source="open question, so the follower comes first; help.heroku.com JRN5S7V6 for the sizes",
        date="",
        confidence="inferred",
        check=_replaces_follower_first,
    ),
)
