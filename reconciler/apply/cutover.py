"""The cutover of one database: the only part with downtime, which ends open in every case that we can bring about.

One that fails before the point of no return is backed out: each of its steps is undone in reverse order, each
undoing is confirmed by a look, and an app is only opened once every name in it leads where it led before. After the
point of no return there is no way back without losing writes, so nothing is undone: the run says what is left, and
running again goes on.

One that was killed starts over at its first step, since every step looks before it acts; past the point of no return
it goes on at the first step that was not confirmed. If it fails, all is taken back that any run of it may have done.
"""

from __future__ import annotations

import contextlib
import math
from functools import partial
from typing import TYPE_CHECKING, Any

from reconciler.apply.backing_out import GIVEN_UP, back_out, insist
from reconciler.apply.behaviours import behaviour_of
from reconciler.apply.behaviours.closing import WRITTEN, ScaleDownBehaviour
from reconciler.apply.calendar import why_no_cutover
from reconciler.apply.confirming import lasts, still_serves
from reconciler.apply.control import StoppedError
from reconciler.apply.performing import Foreseen, Performance
from reconciler.apply.run import closing_steps, cutover_stages, steps_of
from reconciler.apply.stages import perform_stage
from reconciler.apply.together import all_of, both
from reconciler.apply.written_to import (
    MayHoldWritesError,
    check_not_written_to,
    is_switch,
)
from reconciler.core.naming import is_mark
from reconciler.core.starting_point import attachment_words, name_in, words_of
from reconciler.core.steps import (
    Attach,
    AwaitRelease,
    CompareRest,
    MaintenanceOff,
    MaintenanceOn,
    RunHook,
    ScheduleBackup,
    SetMaintenanceWindow,
)
from reconciler.errors import (
    HerokuUnavailableError,
    LeaseLostError,
    ReconcileError,
    StepConflictError,
    StepError,
)

if TYPE_CHECKING:
    from reconciler.apply.behaviours.base import Behaviour
    from reconciler.apply.control import Control
    from reconciler.apply.run import Run
    from reconciler.core.steps import Step

STILL_S = 1.0
"""So long a look that showed all apps closed counts as one right before opening."""
NO_WAY_BACK = "no way back since"
"""The memory that the point of no return was reached; written before the step that makes it so."""


class BackedOutError(ReconcileError):
    """The cutover failed and was taken back."""


def is_late(step: Step) -> bool:
    """Whether `step` comes once the apps are open and no other step needs it."""
    if isinstance(step, RunHook):
        return step.when == "after-writes-resume"
    return isinstance(step, CompareRest)


class Cutover:
    """The cutover in one run."""

    def __init__(self, run: Run, control: Control) -> None:
        self.run = run
        self.control = control
        self._foreseen: dict[int, Foreseen] = {}
        """By the identity of a step of the plan."""
        self._still_closed_at = -math.inf
        """Monotonic second at which the last look began that showed all apps closed."""
        self._late: list[StepError] = []
        """What failed with the apps open and held nothing up; told at the end."""
        self._has_crossed = False
        """Whether this run went beyond the point of no return."""

    async def go(self) -> None:
        """Cut over, or go on with it; ends with the apps open wherever that can be brought about.

        Raises:
            BackedOutError: it failed and was taken back.
            ReconcileError: it failed, and what is closed stays so until the next run.
            StoppedError: asked to stop before anything was closed, or its window is not open.
        """
        was_cut_off = self.run.progress.is_cutting_over
        if was_cut_off:
            await self._go_on()
            if self.run.recall(GIVEN_UP):
                error = StepError("It was being taken back when the run before this one ended.")
                await self._after_failure(len(self.run.plan.stages), error)
        elif not self._has_opened() and not await self._begin():
            return
        reached = len(self.run.plan.stages) if was_cut_off else 0
        try:
            for index in self._stages_to_go():
                reached = max(reached, index)
                await self._try_stage(index)
        except StoppedError:
            raise
        except ReconcileError as error:
            await self._after_failure(reached, error)
        except Exception:  # a bug must not leave an app closed either; it keeps its traceback
            with contextlib.suppress(ReconcileError):
                await self._after_failure(reached, StepError("An unexpected failure."))
            raise

        if self._late:
            raise StepError(
                " ".join(str(error) for error in self._late),
                hint="The change is made and the apps are open; nothing was undone. Look at it, "
                "then run the same apply again: it does only this.",
            )

    async def _go_on(self) -> None:
        """Take up what an earlier run has begun; apps may have been opened by hand since.

        Raises:
            MayHoldWritesError: they could write where names lead to the new one, which nobody was told yet.
        """
        if not self.is_past_no_return():
            were_told = self.run.recall(WRITTEN) is not None
            try:
                await insist(self.run, partial(check_not_written_to, self.run), "a look at names")
            except MayHoldWritesError:
                if not were_told:
                    raise
        if self._closes():
            self._begin_closed()

    async def _begin(self) -> bool:
        """Look whether it may begin; False when there is nothing left to close apps for.

        Raises:
            StoppedError: asked to stop, or its window is not open.
            ReconcileError: it is not prepared any more; nothing was closed.
        """
        while True:
            self.control.check(self.run.clock.monotonic())
            if await still_serves(self.run):
                if await lasts(self.run):
                    return False
                if not is_switch(self.run.plan):
                    await self._do_what_closes_nothing()
                    return False
            self._check_calendar()
            not_ours, _ = await both(self._check_prepared(), self._foresee())
            if not not_ours:
                break
            for index, step in not_ours:
                await Performance(step, index, self.run, self.control).to_the_end()
        if self._closes():
            self.run.write("cutover-begun")
        return True

    async def _do_what_closes_nothing(self) -> None:
        """Of a change that Heroku has made meanwhile, in its own window, what is left to do."""
        for index in sorted(cutover_stages(self.run.plan)):
            steps = self.run.plan.stages[index].steps
            if all(isinstance(step, SetMaintenanceWindow | ScheduleBackup) for step in steps):
                await self._perform(index)

    def _check_calendar(self) -> None:
        """A cutover begins only when its window and all freezes allow it; what is begun goes on."""
        mine = cutover_stages(self.run.plan)
        if not mine or mine & self.run.progress.stages_done:
            return
        window = self.run.plan.cutover_window
        why = why_no_cutover(self.run.clock.now(), window=window, freezes=self.run.freezes)
        if why:
            raise StoppedError(why)

    async def _perform(self, index: int) -> None:
        await perform_stage(
            self.run,
            self.control,
            index,
            foreseen=self._foreseen,
            taking_guard=self._before_taking,
        )

    async def _try_stage(self, index: int) -> None:
        """Go through a stage; a failure with the apps open, of what no other step needs, is kept for the end."""
        try:
            await self._cutover_stage(index)
        except StepError as error:
            steps = self.run.plan.stages[index].steps
            if self.run.is_closed or not all(is_late(step) for step in steps):
                raise
            self.run.tell("trouble", str(error))
            self._late.append(error)

    def _has_opened(self) -> bool:
        """Whether the apps are open again after the change, so that only what follows that is left."""
        opening = {
            index
            for index, stage in enumerate(self.run.plan.stages)
            if any(isinstance(step, MaintenanceOff) for step in stage.steps)
        }
        is_open = bool(opening) and opening <= self.run.progress.stages_done
        return is_open or self.is_past_no_return()

    def _closes(self) -> bool:
        return any(isinstance(step, MaintenanceOn) for step in steps_of(self.run.plan, "cutover"))

    def _stages_to_go(self) -> list[int]:
        """Where to begin: at the start, since every step looks first; past no return, where it stood."""
        mine = sorted(cutover_stages(self.run.plan))
        if is_switch(self.run.plan) and not self.is_past_no_return():
            return mine
        return [index for index in mine if index not in self.run.progress.stages_done]

    def is_past_no_return(self) -> bool:
        """Whether the new primary may hold writes: something was done, or about to be, beyond the point."""
        point = self.run.plan.point_of_no_return
        if point is None or self.run.recall(NO_WAY_BACK) is None:
            return False
        return self._has_crossed or self.run.progress.furthest >= point

    async def _cutover_stage(self, index: int) -> None:
        kinds = {type(step) for step in self.run.plan.stages[index].steps}
        if MaintenanceOn in kinds and not self.run.is_closed:
            self._begin_closed()
        if self._is_crossing(index):
            await self._check_still_closed_now()
            self.run.remember_now(NO_WAY_BACK)
            self._has_crossed = True
            self.run.limit_at = None
        alongside = [self._look_at_names_again(index + 1)]
        if self._is_crossing(index + 1):
            alongside.append(self._check_still_closed())
        await all_of([self._perform(index), *alongside])
        if MaintenanceOff in kinds and not self._is_opening_later(index):
            self.run.end_closed()
            self.run.write_closed("opened")

    async def _look_at_names_again(self, index: int) -> None:
        """Look, while the stage before goes on, whether somebody has led elsewhere what will move at `index`.

        Raises:
            StepConflictError: somebody has.
        """
        steps = self.run.plan.stages[index].steps if index < len(self.run.plan.stages) else ()
        await all_of([self._foresee_again(step) for step in steps if isinstance(step, Attach)])

    async def _foresee_again(self, step: Attach) -> None:
        foreseen = self._foreseen.pop(id(step), None)
        if foreseen is not None and foreseen.is_acting:
            at = self.run.clock.monotonic()
            with contextlib.suppress(HerokuUnavailableError):  # it looks itself when its turn comes
                is_acting = await foreseen.behaviour.foresee()
                self._foreseen[id(step)] = Foreseen(foreseen.behaviour, is_acting, at)

    def _is_crossing(self, index: int) -> bool:
        """Whether this stage is the point of no return, and has not been begun before."""
        is_the_point = is_switch(self.run.plan) and index == self.run.plan.point_of_no_return
        return is_the_point and not self.is_past_no_return()

    async def _before_taking(self) -> None:
        """Right before data is taken as final: nobody can write, and whoever scales from now on is noticed."""
        for one in await self._see_closed():
            if isinstance(one, ScaleDownBehaviour):
                one.remember_scaled()

    async def _check_still_closed_now(self) -> None:
        """As below, unless that was looked at a moment ago, together with the last proofs."""
        if self.run.clock.monotonic() - self._still_closed_at > STILL_S:
            await self._check_still_closed()

    async def _check_still_closed(self) -> None:
        """Look again that nobody can write: an autoscaler or a colleague may have started something."""
        await self._see_closed()

    async def _see_closed(self) -> list[Behaviour[Any]]:
        """As above; returns what has looked."""
        began = self.run.clock.monotonic()
        closing = closing_steps(self.run.plan)
        looking = [behaviour_of(step, self.run) for step in closing]
        found = await all_of([one.look() for one in looking])
        for step, seen in zip(closing, found, strict=True):
            if not seen.is_done:
                raise StepConflictError(f"{step.app} could write again: {seen.note}.")
        self._still_closed_at = began
        return looking

    def _is_opening_later(self, index: int) -> bool:
        later = self.run.plan.stages[index + 1 :]
        return any(isinstance(step, MaintenanceOff) for stage in later for step in stage.steps)

    def _begin_closed(self) -> None:
        self.run.count_closed()
        self.run.is_closed = True
        if not self.is_past_no_return():
            self.run.limit_at = self.run.clock.monotonic() + self.run.plan.cutover_limit_s
        self.run.tell("closed", f"closing {', '.join(self.run.plan.blast_radius.apps)}")

    async def _foresee(self) -> None:
        """Learn, before anything is closed, what would otherwise be looked at while apps are closed."""
        if not self._closes():
            return
        steps = steps_of(self.run.plan, "cutover")
        at = self.run.clock.monotonic()
        ahead = [behaviour_of(step, self.run) for step in steps]
        acting = await all_of([one.foresee() for one in ahead])
        if is_switch(self.run.plan):
            await self._check_names()
        self._foreseen = {
            id(step): Foreseen(behaviour, is_acting, at)
            for step, behaviour, is_acting in zip(steps, ahead, acting, strict=True)
        }

    async def _check_names(self) -> None:
        """Look whether the old primary has the very names that the plan has found, or has given it in the preparation.

        Raises:
            StepConflictError: it has others: they would not move, or be led otherwise than somebody has decided since.
        """
        start = self.run.plan.starting_point
        given = [
            words_of(step.app, step.name, step.namespace)
            for step in steps_of(self.run.plan, "prepare")
            if isinstance(step, Attach) and step.addon == start.addon
        ]
        now = await self.run.heroku.attachments_of(start.addon)
        others = {*start.attachments, *given} ^ {attachment_words(one) for one in now}
        differing = sorted(one for one in others if not is_mark(name_in(one)))
        if differing:
            raise StepConflictError(
                f"{start.addon} has not the names any more that the plan moves ({', '.join(differing)}).",
                hint="Nothing was closed. Plan again: reconcile plan",
            )

    async def _check_prepared(self) -> list[tuple[int, Step]]:
        """Look once more at everything that was prepared, before anything is closed.

        Returns what Heroku is carrying out in its own window right now, each with its stage: to be waited for.
        """
        herokus: list[tuple[int, Step]] = []
        for index, stage in enumerate(self.run.plan.stages):
            if stage.phase != "prepare":
                continue
            for step in stage.steps:
                if isinstance(step, AwaitRelease):
                    continue  # it told of a moment that may be long ago
                seen = await behaviour_of(step, self.run).look()
                if seen.is_done:
                    continue
                if not seen.is_herokus:
                    raise StepConflictError(
                        f"Not prepared any more: {seen.note or 'not there'}.",
                        hint="Nothing was closed. Run apply again, or plan again.",
                    )
                herokus.append((index, step))
        return herokus

    # --- when it fails

    async def _after_failure(self, reached: int, error: ReconcileError) -> None:
        """Back out if apps are closed and that loses nothing; raise what happened in any case."""
        if not self.run.is_closed or isinstance(error, LeaseLostError):
            raise error
        if self.is_past_no_return():
            raise StepError(
                f"{error} This is past the point of no return: the new primary may hold writes.",
                hint="Nothing was undone. Run the same apply again to finish it.",
            ) from error
        try:
            failures = await back_out(self.run, reached, str(error))
        except MayHoldWritesError as written:
            raise StepError(f"{error} {written}", hint=written.hint) from error
        except LeaseLostError:
            raise
        except ReconcileError as second:
            raise StepError(
                f"{error} Backing out failed too: {second}", hint=second.hint
            ) from error
        words = (
            "Backed out: the old primary serves again."
            if is_switch(self.run.plan)
            else "The apps are as they were; Heroku may still finish what it was asked for."
        )
        raise BackedOutError(f"{error} {words} {failures}".strip(), hint=error.hint) from error
