"""A follower that somebody prepared already: on the wanted plan, following the primary, wanted for nothing else.

Not one that an earlier attempt of ours made: a plan finds that by its name, and is the same as before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.core.naming import attachment_stem, is_next_mark

if TYPE_CHECKING:
    from reconciler.core.observed import ObservedDatabase
    from reconciler.core.rules.rule import Situation


def prepared_follower(situation: Situation) -> ObservedDatabase | None:
    """The live follower that a follower switch can make the primary; the first by name."""
    wanted = _wanted_followers(situation)
    found = (
        one for one in situation.live_followers if one.addon not in wanted and _fits(situation, one)
    )
    return min(found, key=lambda one: one.addon, default=None)


def _wanted_followers(situation: Situation) -> frozenset[str]:
    """Followers that the desired state lists stay followers."""
    names = ((one.app, one.attachment) for one in situation.desired.followers)
    known = (situation.snapshot.attached_as(app, name) for app, name in names)
    return frozenset(one.addon for one in known if one is not None)


def _fits(situation: Situation, follower: ObservedDatabase) -> bool:
    desired, primary = situation.desired, situation.observed
    oldest = desired.not_older_than
    stem = attachment_stem(desired.name)
    is_young = oldest is None or (follower.created_on is not None and follower.created_on >= oldest)
    return (
        follower.service_plan == desired.service_plan == follower.serving_plan
        and follower.state == "provisioned"
        and follower.leader == primary.addon
        and follower.app == situation.owner
        and not follower.is_waiting
        and not any(is_next_mark(one.name, stem=stem) for one in follower.attachments)
        and is_young
    )
