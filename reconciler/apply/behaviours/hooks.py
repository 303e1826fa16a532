"""Running the operator's own commands, which no look can judge.

Whether a hook has run is known from the journal alone. So it may run twice: when the process was killed while it ran,
or after it and before that was written down. A hook that is known to have ended well in this attempt is not run again,
unless the commands for resumed writes have run since.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.apply.behaviours.base import Behaviour, Seen, absent, done
from reconciler.apply.ports import HookCall
from reconciler.core.commands import command_text
from reconciler.core.steps import RunHook
from reconciler.errors import StepError
from reconciler.render.steps import describe

if TYPE_CHECKING:
    from reconciler.apply.ports import HookEnd, HookPhase
    from reconciler.apply.run import Run

RESUMED = "writes were told to resume since"
"""The memory that backing out has begun to run the commands for resumed writes: those before count as not run."""


class RunHookBehaviour(Behaviour[RunHook]):
    """Run one command."""

    may_repeat = False

    def __init__(self, step: RunHook, run: Run) -> None:
        super().__init__(step, run)
        self._note = ""

    async def look(self) -> Seen:
        """Done when it has ended well in this attempt, as far as was written down."""
        if self._note:
            return done(self._note)
        is_taken_back = self.step.when == "before-writes-stop" and self.run.recall(RESUMED)
        if describe(self.step) in self.run.progress.seen and not is_taken_back:
            return done("ended well before, as the journal has it")
        return absent("not run yet")

    async def act(self) -> None:
        """Run it to its end.

        Raises:
            StepError: it failed, took too long or could not be started.
        """
        end = await call_hook(self.run, self.step, self.step.when)
        if not end.is_well:
            raise StepError(f"The hook {command_text(self.step.command)} failed: {end.words}.")
        self._note = end.words


async def call_hook(run: Run, step: RunHook, phase: HookPhase) -> HookEnd:
    """Run the command of `step`, while the database is ours."""
    run.before_write()
    return await run.tools.hooks.run(
        HookCall(
            command=step.command,
            timeout_s=step.timeout_s,
            database=run.plan.name,
            app=run.plan.app,
            plan_id=run.plan_id,
            phase=phase,
        )
    )


async def resume_writes(run: Run) -> str:
    """After a cutover was taken back: run the commands for resumed writes, if one before was begun.

    Returns what failed, in words; all of them are run in any case.
    """
    hooks = [step for stage in run.plan.stages for step in stage.steps if isinstance(step, RunHook)]
    before = [step for step in hooks if step.when == "before-writes-stop"]
    if not any(describe(step) in run.progress.intents for step in before):
        return ""
    run.remember_now(RESUMED)
    failures: list[str] = []
    for step in hooks:
        if step.when == "after-writes-resume":
            run.tell("act", describe(step))
            end = await call_hook(run, step, "backed-out")
            run.tell("seen" if end.is_well else "trouble", f"{describe(step)}: {end.words}")
            if not end.is_well:
                failures.append(f"The hook {command_text(step.command)} failed too: {end.words}.")
    return " ".join(failures)
