"""A newer version of PostgreSQL together with something else: the first of two jobs, the other for the next plan."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.core.plan import VersionChange
from reconciler.core.rules.state import needs_copy, version_up

if TYPE_CHECKING:
    from reconciler.core.rules import Situation


def first_job(situation: Situation) -> Situation:
    """The same, but for a newer version that has to wait: a plan is one preparation and one cutover.

    It waits for another service plan, new infrastructure or another app, since only a copy does both at once: where
    that is the only way, or is asked for, nothing waits. An older version is refused whatever else is wanted.
    """
    change = situation.version_change
    is_more = situation.is_plan_change or situation.is_refresh or situation.is_move
    is_at_once = needs_copy(situation) or situation.desired.method == "pg-copy"
    if change is None or version_up(situation) is None or not is_more or is_at_once:
        return situation
    return replace(
        situation,
        desired=situation.desired.model_copy(update={"version": None}),
        changes=tuple(one for one in situation.changes if not isinstance(one, VersionChange)),
        later_version=change,
    )
