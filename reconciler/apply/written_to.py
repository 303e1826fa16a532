"""Whether what takes over may hold writes already, so that going back would lose them.

Who can write is nobody's promise but ours: between two of our looks a colleague may open an app by hand, and an
autoscaler may start dynos. Where the app's name leads to the new database by then, or did at the release that its dynos
run with, it is that one which they write to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.apply.behaviours import behaviour_of
from reconciler.apply.behaviours.closing import WRITTEN
from reconciler.apply.released import run_with_the_new_one
from reconciler.apply.run import closing_steps, steps_of, takers
from reconciler.apply.together import all_of, both
from reconciler.core.steps import Attach
from reconciler.errors import StateError, StepConflictError, StepError

if TYPE_CHECKING:
    from reconciler.apply.run import Run
    from reconciler.core.names import AppName
    from reconciler.core.plan import DatabasePlan
    from reconciler.core.steps import MaintenanceOn, ScaleDown


class MayHoldWritesError(StepError):
    """Going back would lose writes."""


def is_switch(plan: DatabasePlan) -> bool:
    """Whether another database takes over; else there is only one, and going back loses nothing."""
    return bool(takers(plan))


async def check_not_written_to(run: Run) -> None:
    """Look whether an app whose name leads to what takes over can write, or could at an earlier look.

    Once every name leads back, whoever has led them back has decided.

    Raises:
        MayHoldWritesError: it can; the run remembers that.
        HerokuError: it cannot be looked at.
    """
    led_over = await _led_over(run)
    apps = await _writing(run, led_over)
    if not led_over or not (apps or run.recall(WRITTEN)):
        return
    who = run.recall(WRITTEN) or " and ".join(apps)
    try:
        run.remember(WRITTEN, who)
    except StateError as error:  # the next run looks again
        run.tell_unrecorded(error)
    new, old = " and ".join(sorted(takers(run.plan))), run.plan.starting_point.addon
    raise MayHoldWritesError(
        f"{who} could write while names lead to {new}: that one may hold writes that going back would lose, "
        f"and {old} such that going on would lose.",
        hint=f"Nothing was undone. Compare both. To go on with {new}, close {who} again by hand and run the same "
        f"apply again; to stay with {old}, lead every name back by hand, then: reconcile abort {run.plan.name}",
    )


async def _led_over(run: Run) -> frozenset[AppName]:
    """The apps of which a name leads to what takes over, or did at the release that runs."""
    new = takers(run.plan)
    steps = [
        step
        for step in steps_of(run.plan, "cutover")
        if isinstance(step, Attach) and step.addon in new
    ]
    held, running = await both(
        all_of([run.heroku.attachment(step.app, step.name) for step in steps]),
        run_with_the_new_one(run),
    )
    return running | {
        step.app
        for step, one in zip(steps, held, strict=True)
        if one is not None and one.addon == step.addon
    }


async def _writing(run: Run, apps: frozenset[AppName]) -> list[AppName]:
    """Those of `apps` that are not closed as the plan closes them."""
    closing = [step for step in closing_steps(run.plan) if step.app in apps]
    are_closed = await all_of([_is_closed(run, step) for step in closing])
    is_open = {
        step.app for step, is_closed in zip(closing, are_closed, strict=True) if not is_closed
    }
    return sorted(is_open | (apps - {step.app for step in closing}))


async def _is_closed(run: Run, step: MaintenanceOn | ScaleDown) -> bool:
    try:
        return (await behaviour_of(step, run).look()).is_done
    except StepConflictError:  # it was opened again
        return False
