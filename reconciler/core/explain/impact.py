"""What each app notices of a plan: the blast radius by app."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.core.explain.values import AppImpact
from reconciler.core.naming import is_mark
from reconciler.core.plan import Estimate
from reconciler.core.steps import MaintenanceOn

if TYPE_CHECKING:
    from reconciler.core.names import AppName
    from reconciler.core.plan import DatabasePlan
    from reconciler.core.rules import Situation

READS_ONLY = Estimate(
    lower_s=0, upper_s=0, formula="it knows no name of the primary", source="as observed"
)


def impacts(situation: Situation, plan: DatabasePlan) -> tuple[AppImpact, ...]:
    """Every app that `plan` touches, sorted."""
    return tuple(_impact(situation, plan, app) for app in plan.blast_radius.apps)


def _impact(situation: Situation, plan: DatabasePlan, name: AppName) -> AppImpact:
    radius = plan.blast_radius
    places = (place.partition("::") for place in radius.attachments)
    live = situation.snapshot.app(name)
    writers = {one.app for one in situation.observed.attachments if not is_mark(one.name)}
    return AppImpact(
        app=name,
        names=tuple(attachment for app, _, attachment in places if app == name),
        is_closed=name in _closed(plan),
        is_closed_already=live is not None and live.in_maintenance,
        restarts=name in radius.restarts,
        runs_release=name in radius.release_phases,
        downtime=plan.downtime if name in writers else READS_ONLY,
    )


def _closed(plan: DatabasePlan) -> frozenset[AppName]:
    steps = (step for stage in plan.stages for step in stage.steps)
    return frozenset(step.app for step in steps if isinstance(step, MaintenanceOn))
