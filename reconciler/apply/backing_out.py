"""Taking back what a cutover has done, step by step in reverse order, and seeing what is still closed.

Each undoing is confirmed by a look before the next one begins: an app is opened only once every name in it leads
where it led before.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from reconciler.apply.behaviours import behaviour_of
from reconciler.apply.behaviours.closing import dynos_key, flag_key, is_flag_restored, missing_dynos
from reconciler.apply.control import StoppedError
from reconciler.apply.performing import LAZY
from reconciler.apply.run import cutover_stages, steps_of
from reconciler.core.steps import MaintenanceOn
from reconciler.errors import (
    HerokuError,
    HerokuUnavailableError,
    HerokuUnclearError,
    ReconcileError,
    StepConflictError,
    StepTimeoutError,
)
from reconciler.render.steps import describe

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence

    from reconciler.apply.run import Run
    from reconciler.core.steps import Step

T = TypeVar("T")

PATIENCE_S = 900.0
"""How long one undoing is tried and looked for before it is given up and said so."""


async def back_out(run: Run, reached: int) -> None:
    """Take back every stage of the cutover up to index `reached`.

    Raises:
        ReconcileError: something could not be taken back; what comes before it was not tried, so that no app is
            opened on names that lead elsewhere.
    """
    run.tell("back-out", "going back to what was before")
    run.limit_at = None
    for index in sorted(cutover_stages(run.plan), reverse=True):
        if index <= reached:
            await all_of([undo(run, step) for step in run.plan.stages[index].steps])
    if run.progress.is_cutting_over:
        run.write("backed-out")


async def undo_preparation(run: Run) -> str:
    """Take back what was prepared, newest first; what can not be taken back, in words."""
    left: list[str] = []
    for step in reversed(steps_of(run.plan, "prepare")):
        try:
            await undo(run, step)
        except StepConflictError as error:
            left.append(f"{error} {error.hint}".strip())
    return " ".join(left)


async def undo(run: Run, step: Step) -> None:
    """Take one step back and return once a look has shown it.

    Raises:
        StepConflictError: there is no way back.
        StepTimeoutError: no look has shown it in time.
    """
    behaviour = behaviour_of(step, run)
    insists = behaviour.undo_insists and describe(step) in run.progress.intents
    began = run.clock.monotonic()
    waits = 0
    while True:
        try:
            if not insists and await behaviour.is_undone():
                return
            await behaviour.undo()
            insists = False
            if await behaviour.is_undone():
                return
        except (HerokuUnavailableError, HerokuUnclearError) as error:
            run.tell("trouble", f"backing out, trying again: {error}")
        if run.clock.monotonic() - began >= PATIENCE_S:
            raise StepTimeoutError(
                f"Could not take back within {PATIENCE_S:.0f} s: {step.kind}.",
                hint="Run the same apply again, or take it back by hand.",
            )
        await run.clock.sleep(LAZY.after(waits) / 2)
        waits += 1


def closed_before(run: Run) -> tuple[str, ...]:
    """The apps that were in maintenance mode when we came and were left so, in words."""
    return tuple(
        f"{step.app} was in maintenance mode before this apply, and was left so"
        for step in steps_of(run.plan, "cutover")
        if isinstance(step, MaintenanceOn) and run.recall(flag_key(step.app)) != "false"
    )


async def what_is_closed(run: Run) -> tuple[str, ...]:
    """What we closed and is not open again, by a look now; also what could not be looked at."""
    closed: list[str] = []
    for app in run.plan.blast_radius.apps:
        if run.recall(flag_key(app)) is None and run.recall(dynos_key(app)) is None:
            continue
        try:
            if not await is_flag_restored(run, app):
                closed.append(f"{app} is in maintenance mode")
            for kind, count in (await missing_dynos(run, app)).items():
                closed.append(f"{app} does not run its {count} {kind} dynos")
        except (HerokuError, StepConflictError) as error:
            closed.append(f"{app} could not be looked at and may be closed ({error})")
    return tuple(closed)


async def all_of(actions: Sequence[Coroutine[object, object, T]]) -> list[T]:
    """Run all at once and to their ends; then raise the worst failure, if any."""
    results = await asyncio.gather(*actions, return_exceptions=True)
    failures = [one for one in results if isinstance(one, BaseException)]
    expected = (ReconcileError, StoppedError)
    for failure in sorted(failures, key=lambda one: isinstance(one, expected)):
        raise failure
    return [one for one in results if not isinstance(one, BaseException)]
