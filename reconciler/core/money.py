"""What a change costs, in US cents. What one part of is unknown is unknown as a whole, never 0.

What is there costs what is billed for it, else the list price; what is new costs the list price. Source:
heroku/cli v11.9.0 src/lib/addons/util.ts (the billed price may differ from the list price); Dev Center
heroku-postgres-follower-databases, 2026-03-31 (a follower is billed by its own plan).

While old and new exist side by side, the new one is paid beside the old one until the cutover is over, and the old one
beside the new one as long as it is kept. Both by the hour, and for the shortest time that is foretold.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING

from reconciler.core import estimates
from reconciler.core.estimates import HOUR_S
from reconciler.core.plan import Money
from reconciler.core.rules.rule import COPYING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.core.names import AddonName, ServicePlanName
    from reconciler.core.rules.rule import Situation

HOURS_PER_MONTH = 720
"""For how many hours a month is paid. Source: heroku/cli v11.9.0 src/lib/addons/util.ts shows a month's price / 720 as
that of an hour and the month's as the most; T-12."""
HOURLY_SOURCE = "heroku/cli v11.9.0"
LONGEST_MONTH_H = 31 * 24


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
        overlap_once_cents=_overlap_once(situation, replaced),
    )


def prorated_cents(cents_month: int, seconds: float) -> Fraction:
    """What `seconds` of use cost at least: by the hour, and no calendar month more than its price."""
    months, rest_h = divmod(Fraction(seconds) / HOUR_S, LONGEST_MONTH_H)
    return cents_month * (months + min(rest_h / HOURS_PER_MONTH, Fraction(1)))


def _overlap_once(situation: Situation, replaced: frozenset[AddonName]) -> int | None:
    """What is replaced, as long as it is kept, and what takes its place, until it does; rounded up to the cent."""
    kept_s = situation.desired.keep_old_primary.seconds
    if not replaced or kept_s is None:
        return None
    made_s = estimates.preparation(situation).lower_s + estimates.downtime(situation).lower_s
    parts = [
        *((_paid(situation, one), kept_s) for one in sorted(replaced)),
        *((_listed(situation, one), made_s) for one in _substitutes(situation)),
    ]
    known = [prorated_cents(cents, seconds) for cents, seconds in parts if cents is not None]
    return math.ceil(sum(known)) if len(known) == len(parts) else None


def _substitutes(situation: Situation) -> list[ServicePlanName]:
    """The service plans of what is created in the place of something else."""
    if situation.way not in COPYING:
        return [one.service_plan for one in situation.missing_followers if one.instead_of]
    followers = [
        one.service_plan
        for one in situation.desired.followers
        if situation.snapshot.attached_as(one.app, one.attachment) is not None
    ]
    return [situation.desired.service_plan, *followers]


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
