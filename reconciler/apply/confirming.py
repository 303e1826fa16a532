"""Confirming by looks what a plan is for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.apply.behaviours import behaviour_of
from reconciler.apply.performing import Pace
from reconciler.apply.together import all_of
from reconciler.core.naming import is_mark
from reconciler.core.steps import (
    Attach,
    ConfirmServing,
    Deprovision,
    ProveUnattached,
    ScheduleBackup,
    SetMaintenanceWindow,
)
from reconciler.errors import (
    HerokuRefusedError,
    HerokuUnavailableError,
    StepConflictError,
    StepError,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.apply.behaviours.base import Seen
    from reconciler.apply.run import Run
    from reconciler.core.steps import Step

LASTING = Attach | ProveUnattached | SetMaintenanceWindow | ScheduleBackup
"""What is still so at the end of a change, beside that the database serves."""
PACE = Pace(first_s=0.5, most_s=15)
PATIENCE_S = 120.0
"""How long Heroku may show late what was seen before."""


async def lasts(run: Run) -> bool:
    """Whether all that stays of the plan is there, beside what `still_serves` tells."""
    steps = [step for step in _every(run) if isinstance(step, LASTING)]
    try:
        seen = await _looks(run, steps)
    except (StepConflictError, HerokuRefusedError):  # it leads elsewhere, or is not there
        return False
    return all(one.is_done for one in seen)


async def names_lead(run: Run) -> bool:
    """Whether every name that the plan has moved leads where it moved it; aliases of what was replaced may go."""
    steps = [step for step in _every(run) if isinstance(step, Attach) and not is_mark(step.name)]
    try:
        seen = await _looks(run, steps)
    except StepConflictError:  # somebody has led it elsewhere
        return False
    return all(one.is_done for one in seen)


async def still_serves(run: Run) -> bool:
    """Whether the database serves as the plan wants it: the maintenance window came first, say."""
    seen = await _looks(run, _confirming(run))
    return bool(seen) and all(one.is_done for one in seen)


async def evidence(run: Run) -> str:
    """What the last looks showed, in words."""
    return "; ".join(one.note for one in await _looks(run, _confirming(run)))


async def confirmed(run: Run) -> str:
    """What the last looks at all that the plan is for showed, in words; waits for what Heroku shows late.

    Raises:
        StepError: it is not so, or cannot be looked at.
    """
    steps = _confirming(run)
    names = [step for step in _every(run) if isinstance(step, Attach) and step not in steps]
    began = run.clock.monotonic()
    waits = 0
    while True:
        seen: list[Seen] = []
        try:
            seen = await _looks(run, [*steps, *names])
            missing = "; ".join(one.note for one in seen if not one.is_done)
        except HerokuUnavailableError as error:
            missing = f"cannot look: {error}"
        if not missing:
            return "; ".join(one.note for one in seen[: len(steps)])
        if run.clock.monotonic() - began >= PATIENCE_S:
            raise StepError(
                f"All steps were carried out, and it is not so: {missing}.",
                hint="Somebody else may have changed it since. Look at it, then run the same apply again.",
            )
        run.tell_once("wait", f"confirming: {missing}")
        await run.clock.sleep(PACE.after(waits))
        waits += 1


def _every(run: Run) -> list[Step]:
    return [step for stage in run.plan.stages for step in stage.steps]


def _confirming(run: Run) -> list[Step]:
    steps = _every(run)
    lasting = Attach | SetMaintenanceWindow | ScheduleBackup | Deprovision
    return [step for step in steps if isinstance(step, ConfirmServing)] or [
        step for step in steps if isinstance(step, lasting)
    ]


async def _looks(run: Run, steps: Sequence[Step]) -> list[Seen]:
    return await all_of([behaviour_of(step, run).look() for step in steps])
