"""Performing one stage: its steps at once, each to its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.apply.journal import PREPARED
from reconciler.apply.performing import Performance
from reconciler.apply.together import all_of
from reconciler.core.steps import Copy, Unfollow
from reconciler.render.measured import beside

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.apply.control import Control
    from reconciler.apply.performing import Foreseen, Guard
    from reconciler.apply.run import Run


async def perform_stage(
    run: Run,
    control: Control,
    index: int,
    *,
    foreseen: Mapping[int, Foreseen] | None = None,
    taking_guard: Guard | None = None,
) -> None:
    """Perform the stage at `index` and write that it is done.

    `foreseen` is by the identity of the step. `taking_guard` must hold right before data is taken as final.

    Raises:
        StepError: a step did not reach its end; the others of the stage did, or failed too.
        StoppedError: asked to stop; nothing was begun that needs an end now.
    """
    run.at_stage = index
    performances = [
        Performance(
            step,
            index,
            run,
            control,
            foreseen=(foreseen or {}).get(id(step)),
            guard=taking_guard if isinstance(step, Unfollow | Copy) else None,
        )
        for step in run.plan.stages[index].steps
    ]
    await all_of([one.to_the_end() for one in performances])
    prepared_s = run.prepared_s() if _ends_preparation(run, index) else None
    if prepared_s is None:
        run.write("stage-done", stage=index)
        return
    measured = beside(prepared_s, run.plan.preparation, is_stand_in=run.is_stand_in)
    text = f"prepared in {measured}"
    run.write("stage-done", stage=index, key=PREPARED, value=f"{prepared_s:.3f}", text=text)


def _ends_preparation(run: Run, index: int) -> bool:
    """Whether nothing is left to prepare once this stage is done, which was not so before."""
    missing = {at for at, stage in enumerate(run.plan.stages) if stage.phase == "prepare"}
    return missing - run.progress.stages_done == {index}
