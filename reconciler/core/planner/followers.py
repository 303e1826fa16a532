"""Creating followers and giving them the names by which apps know them.

No source describes changing a follower in place, and followers of an old primary do not follow the new one: so a
follower is created anew beside the old one, then the names are moved. No writer waits for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.core.follower_sizes import outgrown
from reconciler.core.naming import is_mark
from reconciler.core.plan import FollowerMissing
from reconciler.core.planner.moves import Move, attach_stages, stage
from reconciler.core.planner.target import Target, new_follower
from reconciler.core.rules.rule import COPYING
from reconciler.core.steps import (
    Attach,
    AwaitFollower,
    ConfirmServing,
    EndFollowing,
    Provision,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.core.names import AddonName
    from reconciler.core.plan import Phase, Stage
    from reconciler.core.rules import Situation


@dataclass(frozen=True, slots=True)
class NewFollower:
    """One follower to be created behind `leader`, and what it takes the place of."""

    wanted: FollowerMissing
    leader: AddonName
    target: Target
    moves: tuple[Move, ...]
    alias_for: AddonName | None
    """The follower that loses its names, which the app goes on knowing by our mark."""


def new_followers(situation: Situation, leader: AddonName) -> tuple[NewFollower, ...]:
    """All followers that the situation's way creates behind `leader`."""
    return tuple(
        NewFollower(
            wanted=wanted,
            leader=leader,
            target=new_follower(situation, wanted, leader),
            moves=_moves(situation, wanted),
            alias_for=wanted.instead_of if _is_ours(situation, wanted.instead_of) else None,
        )
        for wanted in _wanted(situation)
    )


def follower_stages(
    followers: tuple[NewFollower, ...],
    *,
    creating: Phase,
    caught_up_commits: int,
    naming: Phase = "cutover",
) -> Iterator[Stage]:
    """Create them, wait until they have caught up, give them their names, confirm that they follow."""
    yield from stage(creating, (_provision(one) for one in followers))
    yield from stage(
        creating,
        (
            AwaitFollower(
                follower=one.target.addon, leader=one.leader, at_most_commits=caught_up_commits
            )
            for one in followers
        ),
    )
    for one in followers:
        yield from stage(naming, _alias(one))
        yield from attach_stages(naming, one.target.addon, one.moves)
    yield from stage(naming, (_confirm(one) for one in followers))


def outgrown_first(
    situation: Situation, followers: tuple[NewFollower, ...]
) -> tuple[tuple[NewFollower, ...], tuple[Stage, ...]]:
    """The followers that can wait, and the stages that replace those too small for the wanted leader before it grows.

    What was replaced stops following, so that none is below the size table when Heroku is asked. With the apps up:
    no writer waits for it.
    """
    small = {one.addon for one in outgrown(situation)}
    if not small:
        return followers, ()
    first = tuple(one for one in followers if one.alias_for in small)
    later = tuple(one for one in followers if one.alias_for not in small)
    caught_up = situation.catalogue.caught_up_commits
    leader = situation.observed.addon
    replacing = follower_stages(
        first, creating="prepare", caught_up_commits=caught_up, naming="prepare"
    )
    ends = (EndFollowing(follower=one, leader=leader) for one in sorted(small))
    return later, (*replacing, *stage("prepare", ends))


def _wanted(situation: Situation) -> tuple[FollowerMissing, ...]:
    if situation.way not in COPYING:
        return situation.missing_followers
    primary = situation.observed.addon
    return tuple(
        FollowerMissing(
            app=one.app,
            attachment=one.attachment,
            service_plan=one.service_plan,
            instead_of=live.addon if live is not None and live.addon != primary else None,
        )
        for one in situation.desired.followers
        for live in [situation.snapshot.attached_as(one.app, one.attachment)]
    )


def _is_ours(situation: Situation, addon: AddonName | None) -> bool:
    """Whether it follows the primary, so that all its names are the listed follower's."""
    return addon is not None and addon in situation.observed.followers


def _moves(situation: Situation, wanted: FollowerMissing) -> tuple[Move, ...]:
    own = Move(wanted.app, wanted.attachment, replaces=wanted.instead_of)
    old = situation.snapshot.database(wanted.instead_of) if wanted.instead_of else None
    if old is None or not _is_ours(situation, old.addon):
        return (own,)
    listed = {(one.app, one.attachment) for one in situation.desired.followers}
    further = (
        Move(one.app, one.name, one.namespace, old.addon)
        for one in old.attachments
        if not is_mark(one.name) and (one.app, one.name) not in listed
    )
    return (own, *sorted(further))


def _provision(follower: NewFollower) -> Provision:
    return Provision(
        addon=follower.target.addon,
        app=follower.wanted.app,
        service_plan=follower.wanted.service_plan,
        attachment=follower.target.names.next_attachment,
        follow=follower.leader,
    )


def _alias(follower: NewFollower) -> Iterator[Attach]:
    if follower.alias_for is not None:
        yield Attach(
            app=follower.wanted.app,
            name=follower.target.names.replaced_alias,
            addon=follower.alias_for,
        )


def _confirm(follower: NewFollower) -> ConfirmServing:
    return ConfirmServing(
        app=follower.wanted.app,
        name=follower.wanted.attachment,
        addon=follower.target.addon,
        service_plan=follower.wanted.service_plan,
        leader=follower.leader,
    )
