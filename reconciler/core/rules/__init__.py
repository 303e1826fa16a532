"""Every rule that decides, prefers, warns or asks for work, in the order of their ids."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from reconciler.core.rules.copies import COPY_RULES
from reconciler.core.rules.followers import FOLLOWER_RULES
from reconciler.core.rules.moving import MOVING_RULES
from reconciler.core.rules.preferences import PREFERENCE_RULES
from reconciler.core.rules.redo import REDO_RULES
from reconciler.core.rules.rule import METHODS, Kind, Rule, Situation, Way
from reconciler.core.rules.service_plan import SERVICE_PLAN_RULES
from reconciler.core.rules.state import STATE_RULES
from reconciler.core.rules.switch_warnings import SWITCH_WARNING_RULES
from reconciler.core.rules.tiers import TIER_RULES
from reconciler.core.rules.version import VERSION_RULES
from reconciler.core.rules.warnings import WARNING_RULES

if TYPE_CHECKING:
    from reconciler.core.plan import Reason

RULES: tuple[Rule, ...] = tuple(
    sorted(
        (
            *STATE_RULES,
            *TIER_RULES,
            *SERVICE_PLAN_RULES,
            *FOLLOWER_RULES,
            *COPY_RULES,
            *VERSION_RULES,
            *MOVING_RULES,
            *PREFERENCE_RULES,
            *WARNING_RULES,
            *SWITCH_WARNING_RULES,
            *REDO_RULES,
        ),
        key=lambda rule: rule.id,
    )
)
"""Ids are never given a second time."""

__all__ = ["METHODS", "RULES", "Rule", "Situation", "Way", "findings"]


_BY_KIND_AND_WAY: dict[tuple[Kind, Way], tuple[Rule, ...]] = {
    (kind, way): tuple(rule for rule in RULES if rule.kind == kind and way in rule.ways)
    for kind in get_args(Kind)
    for way in get_args(Way)
}


def findings(situation: Situation, kind: Kind) -> tuple[Reason, ...]:
    """What every rule of `kind` says of making the change by the situation's way."""
    said = (rule.finding(situation) for rule in _BY_KIND_AND_WAY[kind, situation.way])
    return tuple(one for one in said if one is not None)
