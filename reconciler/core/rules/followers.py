"""Stops of everything that needs a follower: the follower switch, and followers that are wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.core.follower_sizes import FOLLOWABLE, is_as_large
from reconciler.core.rules.rule import EVERY_WAY, Rule, applies, is_tier
from reconciler.core.rules.tiers import CHANGE_ARTICLE, FOLLOW_ARTICLE, SPACES_ARTICLE, needs_space

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.core.catalogue import ServicePlan
    from reconciler.core.names import AppName
    from reconciler.core.rules.rule import Situation, Way

WAY: tuple[Way, ...] = ("follower-switch",)
SIZES_PAGE = "help.heroku.com JRN5S7V6, What size Heroku Postgres plan can be used as a follower?"


def _essential(situation: Situation) -> str | None:
    is_essential = [
        is_tier(plan, "essential", "legacy-essential")
        for plan in (situation.before, situation.after)
    ]
    return applies(any(is_essential))


def _cannot_be_followed_now(situation: Situation) -> str | None:
    state = situation.observed.fork_follow
    is_needed = situation.way == "follower-switch" or bool(situation.missing_followers)
    if _essential(situation) is not None:
        return None
    return applies(is_needed and state not in ("", "Available"), f"Fork/Follow: {state}")


def _target_too_small(situation: Situation) -> str | None:
    """The new primary follows the old one first, so the old one is its leader."""
    verdict = _may_follow(situation, situation.after, situation.before)
    least = situation.catalogue.least_follower_size(situation.before) if situation.before else None
    return applies(verdict is False and least is not None, f"at least size {least}")


def _target_size_unknown(situation: Situation) -> str | None:
    verdict = _may_follow(situation, situation.after, situation.before)
    return applies(verdict is None, f"leader {situation.observed.service_plan}")


def _may_follow(
    situation: Situation, follower: ServicePlan | None, leader: ServicePlan | None
) -> bool | None:
    """As the catalogue says; True where either is not of a tier that can be followed (another rule's word)."""
    if follower is None or leader is None:
        return True
    if not is_tier(follower, *FOLLOWABLE) or not is_tier(leader, *FOLLOWABLE):
        return True
    if is_as_large(situation, follower, leader):
        return True
    return situation.catalogue.may_follow(follower, leader)


def _of_new_followers(
    is_wrong: Callable[[Situation, AppName, ServicePlan | None], bool],
) -> Callable[[Situation], str | None]:
    """A check that names every follower to be created for which `is_wrong` holds."""

    def check(situation: Situation) -> str | None:
        wrong = [
            f"{service_plan} on {app}"
            for app, service_plan in situation.new_followers
            if is_wrong(situation, app, situation.catalogue.get(service_plan))
        ]
        return applies(bool(wrong), ", ".join(wrong))

    return check


def _follower_too_small(situation: Situation, _: AppName, plan: ServicePlan | None) -> bool:
    return _may_follow(situation, plan, situation.after) is False


def _follower_size_unknown(situation: Situation, _: AppName, plan: ServicePlan | None) -> bool:
    return _may_follow(situation, plan, situation.after) is None


def _follower_lacks_space(situation: Situation, app: AppName, plan: ServicePlan | None) -> bool:
    kind = needs_space(plan)
    return bool(kind) and situation.space_of(app) != kind


def _follower_crosses_shield(situation: Situation, _: AppName, plan: ServicePlan | None) -> bool:
    return is_tier(plan, "shield") != is_tier(situation.after, "shield")


def _follower_too_full(situation: Situation, _: AppName, plan: ServicePlan | None) -> bool:
    size, disk = situation.size_gb, plan.storage_gb if plan else None
    return size is not None and disk is not None and size > disk


FOLLOWER_RULES = (
    Rule(
        id="R021",
        kind="stop",
        ways=WAY,
        sentence="Essential databases cannot be followed and cannot follow",
        source=f"{CHANGE_ARTICLE}; Dev Center heroku-postgres-plans",
        date="2025-02-26",
        confidence="stated",
        check=_essential,
    ),
    Rule(
        id="R025",
        kind="stop",
        ways=EVERY_WAY,
        sentence="The database cannot be followed now; new forks and fresh ex-followers can, hours later",
        source=FOLLOW_ARTICLE,
        date="2026-03-31",
        confidence="stated",
        check=_cannot_be_followed_now,
    ),
    Rule(
        id="R026",
        kind="stop",
        ways=WAY,
        sentence="The wanted plan is too small to follow the present one",
        source=SIZES_PAGE,
        date="",
        confidence="stated",
        check=_target_too_small,
    ),
    Rule(
        id="R027",
        kind="stop",
        ways=WAY,
        sentence="How small a follower of the present plan may be is not known",
        source=f"open question: no row for the largest sizes; {SIZES_PAGE}",
        date="",
        confidence="inferred",
        check=_target_size_unknown,
    ),
    Rule(
        id="R028",
        kind="stop",
        ways=EVERY_WAY,
        sentence="A wanted follower is too small for the wanted primary",
        source=SIZES_PAGE,
        date="",
        confidence="stated",
        check=_of_new_followers(_follower_too_small),
    ),
    Rule(
        id="R029",
        kind="stop",
        ways=EVERY_WAY,
        sentence="How small a follower of the wanted primary may be is not known",
        source=f"open question: no row for the largest sizes; {SIZES_PAGE}",
        date="",
        confidence="inferred",
        check=_of_new_followers(_follower_size_unknown),
    ),
    Rule(
        id="R036",
        kind="stop",
        ways=EVERY_WAY,
        sentence="Whether a follower may stand on the other side of a Shield space's border is not known",
        source=f"open question: third-party notes only; {FOLLOW_ARTICLE}",
        date="2026-03-31",
        confidence="inferred",
        check=_of_new_followers(_follower_crosses_shield),
    ),
    Rule(
        id="R037",
        kind="stop",
        ways=EVERY_WAY,
        sentence="A follower on a Private or Shield plan needs an app in a space of that kind",
        source=SPACES_ARTICLE,
        date="2026-03-31",
        confidence="stated",
        check=_of_new_followers(_follower_lacks_space),
    ),
    Rule(
        id="R039",
        kind="stop",
        ways=EVERY_WAY,
        sentence="The data does not fit the disk of a wanted follower",
        source=FOLLOW_ARTICLE,
        date="2026-03-31",
        confidence="stated",
        check=_of_new_followers(_follower_too_full),
    ),
)
