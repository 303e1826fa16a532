"""Which followers would be too small for the wanted primary, and which of them are given up anyway.

Source of the sizes: help.heroku.com JRN5S7V6, What size Heroku Postgres plan can be used as a follower?
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.core.naming import is_mark, is_prepared_mark

if TYPE_CHECKING:
    from reconciler.core.catalogue import ServicePlan
    from reconciler.core.observed import ObservedDatabase
    from reconciler.core.rules.rule import Situation

FOLLOWABLE = ("standard", "premium", "private", "shield")


def outgrown(situation: Situation) -> tuple[ObservedDatabase, ...]:
    """The live followers that are not known to be large enough for the wanted primary.

    None where nothing can follow that: another rule's word.
    """
    leader = situation.after
    if leader is None or leader.tier not in FOLLOWABLE:
        return ()
    return tuple(one for one in situation.live_followers if _is_too_small(situation, one, leader))


def may_outgrow_unnamed(situation: Situation) -> bool:
    """Whether a follower that could not be named, and whose plan is not known so, may be too small after a raise.

    Not where the smallest of all sizes may follow the wanted primary, and not those that an apply of this change may
    have made already.
    """
    before, leader = situation.before, situation.after
    unnamed = situation.unnamed_followers - len(situation.missing_followers)
    if unnamed <= 0 or leader is None or leader.tier not in FOLLOWABLE:
        return False
    if before is not None and is_as_large(situation, before, leader):
        return False
    return situation.catalogue.least_follower_size(leader) != situation.catalogue.sizes[0]


def is_given_up(situation: Situation, follower: ObservedDatabase) -> bool:
    """Whether it is to be made anew on another plan, or was, so that nothing but our alias knows it."""
    if follower.addon in {one.instead_of for one in situation.missing_followers}:
        return True
    names = [one.name for one in follower.attachments]
    return bool(names) and all(is_mark(one) and not is_prepared_mark(one) for one in names)


def is_as_large(situation: Situation, follower: ServicePlan, leader: ServicePlan) -> bool:
    """Whether it is the same size or larger, which Heroku recommends for any leader."""
    ranks = situation.catalogue.size_rank(follower), situation.catalogue.size_rank(leader)
    return ranks[0] is not None and ranks[1] is not None and ranks[0] >= ranks[1]


def _is_too_small(situation: Situation, live: ObservedDatabase, leader: ServicePlan) -> bool:
    follower = situation.catalogue.get(live.service_plan)
    if follower is None or is_as_large(situation, follower, leader):
        return False
    return situation.catalogue.may_follow(follower, leader) is not True
