"""Taking back what a cutover has done, step by step in reverse order, and seeing what is still closed.

Each undoing is confirmed by a look before the next one begins: an app is opened only once every name in it leads
where it led before, and its dynos would run with that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.apply.behaviours import behaviour_of
from reconciler.apply.behaviours.closing import (
    STOPPED,
    dynos_key,
    flag_key,
    is_flag_restored,
    missing_dynos,
    scaled_meanwhile,
)
from reconciler.apply.behaviours.hooks import resume_writes
from reconciler.apply.performing import Pace
from reconciler.apply.released import run_with_the_new_one, run_with_the_old_one
from reconciler.apply.run import CLOSING, cutover_stages, steps_of
from reconciler.apply.together import all_of
from reconciler.apply.written_to import check_not_written_to, is_switch
from reconciler.core.steps import Attach, MaintenanceOff, MaintenanceOn
from reconciler.errors import (
    HerokuError,
    HerokuUnavailableError,
    HerokuUnclearError,
    StateError,
    StepConflictError,
    StepTimeoutError,
)
from reconciler.render.steps import describe

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from reconciler.apply.run import Run
    from reconciler.core.names import AddonName, AppName
    from reconciler.core.steps import Step

PACE = Pace(first_s=0.1, most_s=5)
"""Apps are closed while it is taken back."""
PATIENCE_S = 900.0
"""How long one undoing is tried and looked for before it is given up and said so."""

GIVEN_UP = "given up since"
"""The memory that apps are being opened on the old primary again, whose data was taken: a run only goes back then."""


async def back_out(run: Run, reached: int, why: str = "") -> str:
    """Take back every stage of the cutover up to index `reached`; returns what hooks failed after that, in words.

    `why` is kept with the record of it.

    Raises:
        MayHoldWritesError: going back would lose writes; nothing was undone.
        ReconcileError: something could not be taken back; what comes before it was not tried, so that no app is
            opened on names that lead elsewhere.
    """
    run.limit_at = None
    await insist(run, lambda: check_not_written_to(run), "whether writes would be lost")
    run.tell("back-out", "going back to what was before")
    is_opening = False
    for index in sorted(cutover_stages(run.plan), reverse=True):
        steps = run.plan.stages[index].steps if index <= reached else ()
        if not run.progress.is_cutting_over:  # who has closed an app since then has his own reasons
            steps = tuple(step for step in steps if not isinstance(step, CLOSING))
        if not is_opening and any(isinstance(step, CLOSING) for step in steps):
            is_opening = True
            await _before_opening(run)
        await all_of([undo(run, step) for step in steps])
    run.end_closed()
    failures = await resume_writes(run)
    if run.progress.is_cutting_over:
        try:
            run.write_closed("backed-out", text=" ".join(filter(None, [why, failures])))
        except StateError as error:
            run.tell_unrecorded(error)
    return failures


async def _before_opening(run: Run) -> None:
    """See that nobody would write to the new database, and remember where there is no way forward from here.

    Raises:
        StepConflictError: an app would.
    """
    if not is_switch(run.plan):
        return
    await insist(run, lambda: run_with_the_old_one(run), "releases that lead back")
    if run.recall(STOPPED) is None:
        return
    try:
        run.remember_now(GIVEN_UP)
    except StateError as error:  # the apps are more urgent; that they were opened, a look shows too
        run.tell_unrecorded(error)


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

    async def attempt() -> bool:
        nonlocal insists
        if not insists and await behaviour.is_undone():
            return True
        async with run.turn(behaviour.turn):
            await behaviour.undo()
        insists = False
        return await behaviour.is_undone()

    await insist(run, attempt, step.kind)


async def insist(run: Run, attempt: Callable[[], Awaitable[bool | None]], what: str) -> None:
    """Try until `attempt` does not say False and Heroku has answered.

    Raises:
        LeaseLostError: taking back is for another process now.
        StepTimeoutError: `PATIENCE_S` have passed.
    """
    began = run.clock.monotonic()
    waits = 0
    while True:
        run.check_lease()
        try:
            if await attempt() is not False:
                return
        except (HerokuUnavailableError, HerokuUnclearError) as error:
            run.tell("trouble", f"backing out, trying again: {error}")
        if run.clock.monotonic() - began >= PATIENCE_S:
            raise StepTimeoutError(
                f"Could not take back within {PATIENCE_S:.0f} s: {what}.",
                hint="Run the same apply again, or take it back by hand.",
            )
        await run.clock.sleep(PACE.after(waits))
        waits += 1


def left_closed(run: Run) -> tuple[str, ...]:
    """The apps that are in maintenance mode at the end, in words: they were before, or the plan opens them not.

    After them what runs in other numbers than at the beginning.
    """
    scaled = (scaled_meanwhile(run, app) for app in run.plan.blast_radius.apps)
    return (*_left_closed(run).values(), *filter(None, scaled))


async def still_left_closed(run: Run) -> tuple[str, ...]:
    """As `left_closed`, of an apply that ended before: those that a look still shows in maintenance mode."""
    left = _left_closed(run)
    apps = await all_of([run.heroku.app(name) for name in left])
    closed = {app.name for app in apps if app is not None and app.in_maintenance}
    return tuple(text for name, text in left.items() if name in closed)


def _left_closed(run: Run) -> dict[AppName, str]:
    steps = steps_of(run.plan, "cutover")
    opened = {step.app for step in steps if isinstance(step, MaintenanceOff)}
    old = run.plan.starting_point.addon
    return {
        step.app: f"{step.app} was in maintenance mode before this apply, and was left so"
        if step.app in opened
        else f"{step.app} stays closed, without dynos: its names lead to {old}, which was replaced"
        for step in steps
        if isinstance(step, MaintenanceOn)
        and describe(step) in run.progress.seen  # else it was done without closing anything
        and (step.app not in opened or run.recall(flag_key(step.app)) != "false")
    }


async def what_is_closed(run: Run) -> tuple[str, ...]:
    """What we closed and is not open again, by a look now; also what could not be looked at.

    Each with the command that opens it by hand, or with why nobody should.
    """
    steps = steps_of(run.plan, "cutover")
    opened = {step.app for step in steps if isinstance(step, MaintenanceOff)}
    closed: list[tuple[str, str]] = []
    for app in run.plan.blast_radius.apps:
        if run.recall(flag_key(app)) is None and run.recall(dynos_key(app)) is None:
            continue
        try:
            for kind, count in (await missing_dynos(run, app)).items():
                scale = f"heroku ps:scale {kind}={count} -a {app}" if app in opened else ""
                closed.append((f"{app} does not run its {count} {kind} dynos", scale))
            if not await is_flag_restored(run, app):
                open_it = f"heroku maintenance:off -a {app}" if app in opened else ""
                closed.append((f"{app} is in maintenance mode", open_it))
        except (HerokuError, StepConflictError) as error:
            closed.append((f"{app} could not be looked at and may be closed ({error})", ""))
    why_not = await _why_not_by_hand(run) if closed else ""
    return tuple(
        what + (f"; {why_not}" if why_not else f"; by hand: {command}" if command else "")
        for what, command in closed
    )


async def _why_not_by_hand(run: Run) -> str:
    """Why opening apps by hand could lose writes, as what the names lead to now shows; empty when it can not."""
    attaching = [
        step for stage in run.plan.stages for step in stage.steps if isinstance(step, Attach)
    ]
    old = run.plan.starting_point.addon
    new = {step.addon for step in attaching if step.replaces == old}
    names = [step for step in attaching if step.addon in new]
    try:
        found = await all_of([run.heroku.attachment(step.app, step.name) for step in names])
    except HerokuError as error:
        return f"do not open it by hand before you know where its names lead ({error})"
    leads = {
        f"{step.app}::{step.name}": one.addon if one else "nothing"
        for step, one in zip(names, found, strict=True)
        if one is not None or step.replaces is not None
    }
    if set(leads.values()) == {old}:
        return await _why_not_with_the_old_one(run, old)
    if len(set(leads.values())) <= 1:
        return ""
    words = ", ".join(f"{name} leads to {addon}" for name, addon in leads.items())
    return f"opened by hand, it could write beside the others: {words}"


async def _why_not_with_the_old_one(run: Run, old: AddonName) -> str:
    """The same where every name leads to `old`."""
    try:
        apps = await run_with_the_new_one(run)
    except HerokuError as error:
        return f"do not open it by hand before you know with what its newest good release runs ({error})"
    if not apps:
        return ""
    return (
        f"opened by hand, {' and '.join(sorted(apps))} would not write to {old}: its newest release that succeeded "
        "is from before its names were led back"
    )
