"""How far a plan has come and what is left of it, by its estimates: rough, and said to be.

Where no source gives a bound, the stages count alike and no end is foretold.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.core.estimates import at_least, interval
from reconciler.core.plan import Estimate

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from reconciler.core.plan import DatabasePlan

LEAST_S = 1.0
"""What a stage counts at least."""
MOST_OF_A_STAGE = 0.9
"""So much of the stage that is worked on counts at most, however long it takes."""
MOST_PERCENT = 99
"""Before the end is confirmed."""


def percent_done(
    plan: DatabasePlan, *, done: AbstractSet[int], at: int | None, in_stage_s: float
) -> int:
    """About how much of the time that the plan expects is behind us, 0 to 99.

    `done` and `at` are indexes of stages, `in_stage_s` is how long the one at `at` is worked on already.
    """
    if not plan.stages:
        return 0
    shares = _shares(plan)
    behind = sum(share for index, share in enumerate(shares) if index in done)
    if at is not None and at not in done and _is_bounded(plan):
        behind += min(in_stage_s, shares[at] * MOST_OF_A_STAGE)
    return min(int(100 * behind / sum(shares)), MOST_PERCENT)


def _is_bounded(plan: DatabasePlan) -> bool:
    return plan.preparation.upper_s is not None and plan.downtime.upper_s is not None


def _shares(plan: DatabasePlan) -> list[float]:
    """The seconds that each stage is expected to take: its part of the middle of its phase's interval."""
    if not _is_bounded(plan):
        return [LEAST_S] * len(plan.stages)
    is_preparing = [stage.phase == "prepare" for stage in plan.stages]
    count = {kind: max(is_preparing.count(kind), 1) for kind in (True, False)}
    whole = {True: plan.preparation, False: plan.downtime}
    return [max(_middle(whole[kind]) / count[kind], LEAST_S) for kind in is_preparing]


def _middle(estimate: Estimate) -> float:
    return (estimate.lower_s + (estimate.upper_s or 0)) / 2


@dataclass(frozen=True, slots=True)
class Left:
    """What is left, seconds; `upper_s` None: no source gives a bound."""

    lower_s: float
    upper_s: float | None
    is_late: bool = False
    """Whether the phase has taken longer already than was foretold."""

    def __str__(self) -> str:
        """`15-60 s`, `3 min-?`, `?`, `late`."""
        if self.is_late:
            return "late"
        if self.upper_s is None:
            return f"{at_least(self.lower_s)}-?" if self.lower_s else "?"
        if not self.upper_s:
            return "soon"
        return interval(Estimate(lower_s=self.lower_s, upper_s=self.upper_s, formula="", source=""))


def left(plan: DatabasePlan, *, is_prepared: bool, phase_s: float) -> Left:
    """What is left when the preparation, or after it the cutover, has taken `phase_s` seconds already."""
    now, then = (plan.downtime, None) if is_prepared else (plan.preparation, plan.downtime)
    rest = _rest(now, phase_s)
    if then is None or rest.is_late:
        return rest
    bounds = (rest.upper_s, then.upper_s)
    upper_s = None if None in bounds else sum(one for one in bounds if one is not None)
    return Left(rest.lower_s + then.lower_s, upper_s)


def _rest(estimate: Estimate, phase_s: float) -> Left:
    lower_s = max(estimate.lower_s - phase_s, 0.0)
    if estimate.upper_s is None:
        return Left(lower_s, None)
    is_late = bool(estimate.upper_s) and phase_s > estimate.upper_s
    return Left(lower_s, max(estimate.upper_s - phase_s, 0.0), is_late)
