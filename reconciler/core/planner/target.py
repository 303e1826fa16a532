"""What a method ends on: the add-on that will be the primary, under a name that a second attempt recognises."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

from reconciler.core.naming import is_mark, new_names
from reconciler.core.rules.copies import target_version
from reconciler.core.rules.prepared import prepared_follower

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.core.names import AddonName, AppName, ServicePlanName
    from reconciler.core.naming import NewNames
    from reconciler.core.observed import ObservedDatabase
    from reconciler.core.plan import FollowerMissing
    from reconciler.core.rules import Situation


@dataclass(frozen=True, slots=True)
class Target:
    """The add-on that a plan creates or adopts."""

    addon: AddonName
    names: NewNames
    is_adopted: bool
    """Whether it is a follower that was not made by us and is there already."""
    leftovers: tuple[AddonName, ...]
    """Add-ons of earlier attempts that cannot be used any more."""


def new_primary(situation: Situation) -> Target:
    """What takes the primary's place, for a follower switch or a copy."""
    is_usable = _follows_primary if situation.way == "follower-switch" else _is_unused
    version = target_version(situation) if situation.way == "pg-copy" else None
    found = _first_usable(
        situation,
        app=situation.owner,
        name=situation.desired.name,
        replaces=situation.observed.addon,
        service_plan=situation.desired.service_plan,
        version=version,
        is_usable=lambda one: is_usable(situation, one),
        is_usable_unread=lambda names: (
            situation.way == "pg-copy" and _is_known_by_mark_only(situation, names)
        ),
    )
    prepared = prepared_follower(situation) if situation.way == "follower-switch" else None
    if prepared is None or prepared.addon == found.addon:
        return found
    return Target(prepared.addon, found.names, is_adopted=True, leftovers=found.leftovers)


def new_follower(situation: Situation, missing: FollowerMissing, leader: AddonName) -> Target:
    """The follower of `leader` that is to have the name of `missing`."""
    return _first_usable(
        situation,
        app=missing.app,
        name=missing.attachment,
        replaces=f"{leader}/{missing.instead_of or ''}",
        service_plan=missing.service_plan,
        version=None,
        is_usable=lambda one: _is_coming(one) or one.leader == leader,
    )


def _first_usable(
    situation: Situation,
    *,
    app: AppName,
    name: str,
    replaces: str,
    service_plan: ServicePlanName,
    version: int | None,
    is_usable: Callable[[ObservedDatabase], bool],
    is_usable_unread: Callable[[NewNames], bool] = lambda _: False,
) -> Target:
    snapshot = situation.snapshot
    leftovers: list[AddonName] = []
    for attempt in count(1):
        names = new_names(
            app=app,
            name=name,
            replaces=replaces,
            service_plan=service_plan,
            version=version,
            attempt=attempt,
        )
        live = snapshot.database(names.addon)
        is_free = live is None and names.addon not in snapshot.addon_names
        if is_free or (is_usable(live) if live else is_usable_unread(names)):
            return Target(names.addon, names, is_adopted=False, leftovers=tuple(leftovers))
        leftovers.append(names.addon)
    raise AssertionError("unreachable: counting never ends")


def _follows_primary(situation: Situation, live: ObservedDatabase) -> bool:
    return _is_coming(live) or live.leader == situation.observed.addon


def _is_unused(situation: Situation, live: ObservedDatabase) -> bool:
    """Nobody knows a copy's target but by our mark, so whatever it holds may be copied over."""
    has_right_plan = live.service_plan == situation.desired.service_plan
    is_there = live.state == "provisioned" and not live.is_following
    is_unread = all(is_mark(one.name) for one in live.attachments)
    return _is_coming(live) or (has_right_plan and is_there and is_unread)


def _is_known_by_mark_only(situation: Situation, names: NewNames) -> bool:
    """The same of one that was not read itself: as far as the attachments tell."""
    known_as = {one.name for one in situation.snapshot.attachments if one.addon == names.addon}
    return known_as == {names.next_attachment}


def _is_coming(live: ObservedDatabase) -> bool:
    return live.state == "provisioning"
