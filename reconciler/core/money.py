"""What a change costs, in US cents a month. What one part of is unknown is unknown as a whole, never 0.

What is there costs what is billed for it, else the list price; what is new costs the list price. Source:
heroku/cli v11.9.0 src/lib/addons/util.ts (the billed price may differ from the list price); Dev Center
heroku-postgres-follower-databases, 2026-03-31 (a follower is billed by its own plan).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.core.plan import Money
from reconciler.core.rules.rule import COPYING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.core.names import AddonName, ServicePlanName
    from reconciler.core.rules.rule import Situation


def money(situation: Situation) -> Money:
    """The primary and its listed followers before and after; the overlap is what the replaced ones go on costing."""
    replaced = _replaced(situation)
    present = (situation.observed.addon, *_live_followers(situation))
    kept = [one for one in present if one not in replaced]
    new = [plan for _, plan in situation.new_followers]
    if situation.way in COPYING:
        new.append(situation.desired.service_plan)
    is_changed_in_place = situation.way == "addons-upgrade"
    if is_changed_in_place:
        kept.remove(situation.observed.addon)
        new.append(situation.desired.service_plan)
    return Money(
        before_cents=_total(_paid(situation, one) for one in present),
        after_cents=_total(
            [*(_paid(situation, one) for one in kept), *(_listed(situation, one) for one in new)]
        ),
        overlap_cents=_total(_paid(situation, one) for one in sorted(replaced)),
    )


def _live_followers(situation: Situation) -> tuple[AddonName, ...]:
    """The add-ons behind the listed followers' names."""
    known = (
        situation.snapshot.attached_as(one.app, one.attachment)
        for one in situation.desired.followers
    )
    primary = situation.observed.addon
    return tuple(sorted({one.addon for one in known if one is not None} - {primary}))


def _replaced(situation: Situation) -> frozenset[AddonName]:
    if situation.way in COPYING:
        return frozenset((situation.observed.addon, *_live_followers(situation)))
    replaced = {one.instead_of for one in situation.missing_followers if one.instead_of}
    return frozenset(replaced - {situation.observed.addon})


def _paid(situation: Situation, addon: AddonName) -> int | None:
    database = situation.snapshot.database(addon)
    if database is None:
        return None
    if database.price_cents_month is not None:
        return database.price_cents_month
    return _listed(situation, database.service_plan)


def _listed(situation: Situation, service_plan: ServicePlanName) -> int | None:
    plan = situation.catalogue.get(service_plan)
    return plan.price_cents_month if plan else None


def _total(parts: Iterable[int | None]) -> int | None:
    amounts = list(parts)
    known = [one for one in amounts if one is not None]
    return sum(known) if len(known) == len(amounts) else None
