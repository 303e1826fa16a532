"""The plan that destroys what earlier plans replaced, once it was kept long enough. Always a plan of its own."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from reconciler.core.canonical import sha256_of
from reconciler.core.naming import is_mark
from reconciler.core.plan import (
    BlastRadius,
    Blocked,
    DatabasePlan,
    Estimate,
    Money,
    Plan,
    Reason,
    Retirement,
    Stage,
    fingerprint_of,
)
from reconciler.core.starting_point import starting_point_of
from reconciler.core.steps import Deprovision, ProveUnattached

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.core.names import AddonName, AppName, AttachmentName, DatabaseName
    from reconciler.core.observed import ObservedDatabase
    from reconciler.core.plan import Replaced

NOTHING = Estimate(
    lower_s=0, upper_s=0, formula="no app reads what is destroyed", source="proven before it"
)


def due(plan: Plan, now: dt.datetime) -> tuple[Replaced, ...]:
    """What was replaced and has been kept long enough at `now`, by Heroku's clock."""
    return tuple(
        one for one in plan.replaced if one.until and dt.datetime.fromisoformat(one.until) <= now
    )


def retire_plan(
    plan: Plan, retired: tuple[Replaced, ...], seen: Mapping[AddonName, ObservedDatabase]
) -> Plan:
    """Of what `plan` found, only the destruction of `retired`; `seen` holds each with its attachments.

    What an app still reads is blocked; what is gone already is left out.
    """
    by_name: dict[DatabaseName, list[Replaced]] = {}
    for one in retired:
        if one.addon in seen:
            by_name.setdefault(one.name, []).append(one)
    decided = [_decided(group, seen) for _, group in sorted(by_name.items())]
    databases = tuple(one for one in decided if isinstance(one, DatabasePlan))
    destroyed = {
        change.addon
        for one in databases
        for change in one.changes
        if isinstance(change, Retirement)
    }
    return plan.model_copy(
        update={
            "databases": databases,
            "blocked": tuple(one for one in decided if isinstance(one, Blocked)),
            "converging": (),
            "replaced": tuple(one for one in plan.replaced if one.addon not in destroyed),
            "unlisted": (),
            "unchanged": (),
        }
    ).with_digest()


def _decided(
    group: list[Replaced], seen: Mapping[AddonName, ObservedDatabase]
) -> DatabasePlan | Blocked:
    # Followers first: Heroku destroys no database that is followed.
    ordered = sorted(group, key=lambda one: (not seen[one.addon].is_following, one.addon))
    first = ordered[0]
    changes = tuple(
        Retirement(addon=one.addon, since=one.since, until=one.until) for one in ordered
    )
    readers = sorted(
        f"{held.app}::{held.name}"
        for one in ordered
        for held in seen[one.addon].attachments
        if not is_mark(held.name)
    )
    if readers:
        return Blocked(
            name=first.name,
            app=first.app,
            attachment=first.alias,
            changes=changes,
            rejected=(),
            reason=f"still read as {', '.join(readers)}: detach it there, then plan again",
        )
    start = starting_point_of(seen[first.addon])
    return DatabasePlan(
        name=first.name,
        app=first.app,
        attachment=first.alias,
        starting_point=start,
        from_fingerprint=fingerprint_of(start),
        to_fingerprint=sha256_of([one.model_dump(mode="json") for one in changes])[:12],
        to_service_plan=seen[first.addon].service_plan,
        changes=changes,
        method=None,
        because=(
            Reason(text="it was replaced and has been kept as long as the desired state asks"),
        ),
        rejected=(),
        preparation=NOTHING,
        downtime=NOTHING,
        money=_money([seen[one.addon].price_cents_month for one in ordered]),
        stages=tuple(stage for one in ordered for stage in _stages(one, seen[one.addon])),
        point_of_no_return=1,
        undo_until="never",
        back_out="nothing brings destroyed data back but a backup of it",
        cutover_limit_s=0,
        keep_old_primary="",
        warnings=("This destroys data. Take a last backup if you may ever need it.",),
        blast_radius=BlastRadius(
            apps=tuple(sorted({one.app for one in ordered})),
            restarts=tuple(sorted({one.app for one in ordered})),
            attachments=tuple(sorted(f"{one.app}::{one.alias}" for one in ordered)),
            followers=(),
            release_phases=(),
        ),
    )


def _stages(one: Replaced, database: ObservedDatabase) -> tuple[Stage, Stage]:
    aliases: tuple[tuple[AppName, AttachmentName], ...] = tuple(
        (held.app, held.name) for held in sorted(database.attachments) if is_mark(held.name)
    )
    prove = ProveUnattached(addon=one.addon, aliases=aliases)
    destroy = Deprovision(addon=one.addon, app=database.app, aliases=aliases, not_before=one.until)
    return Stage(phase="retire", steps=(prove,)), Stage(phase="retire", steps=(destroy,))


def _money(prices: list[int | None]) -> Money:
    known = [price for price in prices if price is not None]
    total = sum(known) if len(known) == len(prices) else None
    return Money(before_cents=total, after_cents=0, overlap_cents=0)
