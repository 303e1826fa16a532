"""Carrying out one database's plan: prepare, then the cutover, which ends open in every case that we can bring about.

A cutover that fails before the point of no return is backed out: each of its steps is undone in reverse order, each
undoing is confirmed by a look, and an app is only opened once every name in it leads where it led before. After the
point of no return there is no way back without losing writes, so nothing is undone: the run says what is left, and
running again goes on.

A cutover that was killed starts over at its first step, since every step looks before it acts; past the point of
no return it goes on at the first step that was not confirmed.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.apply.backing_out import (
    all_of,
    back_out,
    closed_before,
    undo_preparation,
    what_is_closed,
)
from reconciler.apply.behaviours import behaviour_of
from reconciler.apply.calendar import why_no_cutover, why_no_handing_over
from reconciler.apply.control import StoppedError
from reconciler.apply.outcome import Outcome
from reconciler.apply.performing import Performance
from reconciler.apply.run import cutover_stages, steps_of
from reconciler.apply.staleness import what_differs
from reconciler.core.steps import (
    Attach,
    ChangeServicePlan,
    ConfirmServing,
    Copy,
    Deprovision,
    MaintenanceOff,
    MaintenanceOn,
    PrepareUpgrade,
    ScaleDown,
    SetMaintenanceWindow,
    Unfollow,
)
from reconciler.errors import (
    ReconcileError,
    StateError,
    StepConflictError,
    StepError,
)

if TYPE_CHECKING:
    from reconciler.apply.behaviours.base import Seen
    from reconciler.apply.control import Control
    from reconciler.apply.outcome import State
    from reconciler.apply.run import Run
    from reconciler.core.plan import Phase, Stage

NO_WAY_BACK = "no way back since"
"""The memory that the point of no return was reached; written before the step that makes it so."""


class Executor:
    """One database's plan in one run."""

    def __init__(self, run: Run, control: Control, locks: dict[str, asyncio.Lock]) -> None:
        self.run = run
        self.control = control
        self.locks = locks
        self.closed_since: float | None = None
        self.closed_s: float | None = None

    async def carry_out(self, phases: frozenset[Phase]) -> Outcome:
        """Go as far as `phases` and the control allow; every expected failure becomes an outcome."""
        try:
            return await self._carry_out(phases)
        except StoppedError as stopped:
            return self._outcome("pending", str(stopped))
        except ReconcileError as error:
            return await self._failed(error)

    async def abort(self) -> Outcome:
        """Restore what was before this plan, and destroy what it created; only before the point of no return.

        What can not be taken back (a plan change that Heroku was asked for) is said, and the rest is done.
        """
        if not self.run.progress.has_begun:
            return self._outcome("failed", "this plan was not begun; there is nothing to abort")
        if self.run.progress.is_done or self._is_past_no_return():
            return self._outcome(
                "failed",
                "past the point of no return: the new primary may hold writes that going back would lose",
                "Apply the plan to its end, then plan the way back as a change of its own.",
            )
        try:
            too_far = await self._why_no_way_back()
            if too_far:
                return self._outcome(
                    "failed",
                    f"past the point of no return: {too_far}",
                    "Apply the plan to its end.",
                )
            await back_out(self.run, len(self.run.plan.stages))
            self._end_closed()
            left = await undo_preparation(self.run)
        except ReconcileError as error:
            return await self._failed(error)
        self.run.write("aborted", text=left)
        return self._outcome("failed" if left else "backed-out", left or "everything is as it was")

    async def _why_no_way_back(self) -> str:
        """What a step of the cutover says against going back; empty when all may be taken back."""
        steps = steps_of(self.run.plan, "cutover")
        said = [await behaviour_of(step, self.run).why_no_way_back() for step in steps]
        return "; ".join(one for one in said if one)

    async def _carry_out(self, phases: frozenset[Phase]) -> Outcome:
        if not self.run.progress.has_begun:
            stale = await what_differs(self.run.plan.starting_point, self.run.heroku)
            if stale:
                return self._outcome("stale", stale, "Plan again: reconcile plan")
            self.run.write("begun")
        if self.run.progress.is_done:
            return await self._done_before()
        self.run.tell("begin", f"method {self.run.plan.method or 'none needed'}")
        if "prepare" in phases:
            await self._prepare()
        missing = {stage.phase for stage in self.run.plan.stages} - phases - {"prepare"}
        if missing:
            return self._outcome("pending", f"{', '.join(sorted(missing))} is left for later")
        await self._with_the_apps_for_itself()
        evidence = await self._evidence()
        self.run.write("done", text=evidence)
        return replace(self._outcome("done", evidence), notes=closed_before(self.run))

    async def _done_before(self) -> Outcome:
        if await self._is_already_so():
            return self._outcome("done", f"was done before, and still: {await self._evidence()}")
        reason = "this plan was carried out before, and is not so any more"
        return self._outcome("stale", reason, "Plan again: reconcile plan")

    def _outcome(self, state: State, reason: str, hint: str = "") -> Outcome:
        return Outcome(
            database=self.run.plan.name,
            state=state,
            reason=reason,
            hint=hint,
            closed_s=self.closed_s,
        )

    async def _failed(self, error: ReconcileError) -> Outcome:
        is_backed_out = isinstance(error, _BackedOutError)
        if not is_backed_out and not isinstance(error, StateError):
            self.run.write("failed", text=str(error))
        self.run.tell("trouble", str(error))
        outcome = self._outcome("backed-out" if is_backed_out else "failed", str(error), error.hint)
        return replace(outcome, closed=await what_is_closed(self.run))

    # --- stages

    async def _prepare(self) -> None:
        for index, stage in enumerate(self.run.plan.stages):
            if stage.phase == "prepare" and index not in self.run.progress.stages_done:
                self._check_control()
                self._check_handing_over(stage)
                await self._perform(index, stage)

    async def _perform(self, index: int, stage: Stage) -> None:
        performances = [Performance(step, index, self.run, self.control) for step in stage.steps]
        await all_of([one.to_the_end() for one in performances])
        self.run.write("stage-done", stage=index)

    def _check_control(self) -> None:
        why = self.control.why_stop(self.run.clock.monotonic())
        if why:
            raise StoppedError(why)

    def _check_handing_over(self, stage: Stage) -> None:
        if any(isinstance(step, ChangeServicePlan | PrepareUpgrade) for step in stage.steps):
            why = why_no_handing_over(self.run.clock.now(), freezes=self.run.freezes)
            if why:
                raise StoppedError(why)

    def _check_calendar(self) -> None:
        """A cutover begins only when its window and all freezes allow it; what is begun goes on."""
        mine = cutover_stages(self.run.plan)
        if not mine or mine & self.run.progress.stages_done:
            return
        window = self.run.plan.cutover_window
        why = why_no_cutover(self.run.clock.now(), window=window, freezes=self.run.freezes)
        if why:
            raise StoppedError(why)

    # --- cutover

    async def _with_the_apps_for_itself(self) -> None:
        """Cut over while no other database's cutover touches the same apps."""
        names = sorted({str(app) for app in self.run.plan.blast_radius.apps})
        taken: list[asyncio.Lock] = []
        try:
            for name in names:
                lock = self.locks.setdefault(name, asyncio.Lock())
                await lock.acquire()
                taken.append(lock)
            await self._cut_over()
        finally:
            for lock in taken:
                lock.release()

    async def _cut_over(self) -> None:
        if self.run.progress.is_cutting_over and self._closes():
            self._begin_closed()
        elif not self.run.progress.is_cutting_over and not self._is_past_no_return():
            self._check_control()
            if await self._is_already_so():
                return
            await self._check_prepared()
            self._check_calendar()
            if self._closes():
                self.run.write("cutover-begun")
        reached = 0
        try:
            for index in self._stages_to_go():
                reached = index
                await self._cutover_stage(index)
        except StoppedError:
            raise
        except ReconcileError as error:
            await self._after_failure(reached, error)
        except Exception:  # a bug must not leave an app closed either; it keeps its traceback
            with contextlib.suppress(ReconcileError):
                await self._after_failure(reached, StepError("An unexpected failure."))
            raise

    def _closes(self) -> bool:
        return any(isinstance(step, MaintenanceOn) for step in steps_of(self.run.plan, "cutover"))

    def _stages_to_go(self) -> list[int]:
        """Where to begin: at the start, since every step looks first; past no return, where it stood."""
        mine = sorted(cutover_stages(self.run.plan))
        if self._switches() and not self._is_past_no_return():
            return mine
        return [index for index in mine if index not in self.run.progress.stages_done]

    def _switches(self) -> bool:
        """Whether another database takes over; else there is only one, and opening its apps loses nothing."""
        return any(isinstance(step, Unfollow | Copy) for step in steps_of(self.run.plan, "cutover"))

    def _is_past_no_return(self) -> bool:
        return self.run.recall(NO_WAY_BACK) is not None

    async def _cutover_stage(self, index: int) -> None:
        stage = self.run.plan.stages[index]
        kinds = {type(step) for step in stage.steps}
        if MaintenanceOn in kinds and not self.run.is_closed:
            self._begin_closed()
        if kinds & {Unfollow, Copy}:
            await self._check_still_closed()
        if self._is_crossing(index):
            await self._check_still_closed()
            self.run.remember_now(NO_WAY_BACK)
            self.run.limit_at = None
        await self._perform(index, stage)
        if MaintenanceOff in kinds and not self._is_opening_later(index):
            self._end_closed()
            self.run.write("opened")

    def _is_crossing(self, index: int) -> bool:
        """Whether this stage is the point of no return, and has not been begun before."""
        is_the_point = self._switches() and index == self.run.plan.point_of_no_return
        return is_the_point and not self._is_past_no_return()

    async def _check_still_closed(self) -> None:
        """Look again that nobody can write: an autoscaler or a colleague may have started something."""
        closing = [
            one
            for one in steps_of(self.run.plan, "cutover")
            if isinstance(one, MaintenanceOn | ScaleDown)
        ]
        looks = [behaviour_of(step, self.run).look() for step in closing]
        for step, seen in zip(closing, await all_of(looks), strict=True):
            if not seen.is_done:
                raise StepConflictError(f"{step.app} could write again: {seen.note}.")

    def _is_opening_later(self, index: int) -> bool:
        later = self.run.plan.stages[index + 1 :]
        return any(isinstance(step, MaintenanceOff) for stage in later for step in stage.steps)

    def _begin_closed(self) -> None:
        self.closed_since = self.run.clock.monotonic()
        self.run.is_closed = True
        if not self._is_past_no_return():
            self.run.limit_at = self.closed_since + self.run.plan.cutover_limit_s
        self.run.tell("closed", f"closing {', '.join(self.run.plan.blast_radius.apps)}")

    def _end_closed(self) -> None:
        self.run.is_closed = False
        self.run.limit_at = None
        if self.closed_since is not None:
            self.closed_s = self.run.clock.monotonic() - self.closed_since
            self.run.tell("open", f"open again after {self.closed_s:.1f} s")

    async def _is_already_so(self) -> bool:
        """Whether what the plan is for is there already: the maintenance window came first, say."""
        seen = await self._confirmations()
        return bool(seen) and all(one.is_done for one in seen)

    async def _evidence(self) -> str:
        """What the last looks showed, in words."""
        return "; ".join(one.note for one in await self._confirmations())

    async def _confirmations(self) -> list[Seen]:
        steps = [
            step
            for stage in self.run.plan.stages
            for step in stage.steps
            if isinstance(step, ConfirmServing | Attach | SetMaintenanceWindow | Deprovision)
        ]
        confirming = [step for step in steps if isinstance(step, ConfirmServing)] or steps
        return await all_of([behaviour_of(step, self.run).look() for step in confirming])

    async def _check_prepared(self) -> None:
        """Look once more at everything that was prepared, before anything is closed."""
        for step in steps_of(self.run.plan, "prepare"):
            seen = await behaviour_of(step, self.run).look()
            if not seen.is_done:
                raise StepConflictError(
                    f"Not prepared any more: {seen.note or 'not there'}.",
                    hint="Nothing was closed. Run apply again, or plan again.",
                )

    # --- when it fails

    async def _after_failure(self, reached: int, error: ReconcileError) -> None:
        """Back out if apps are closed and that loses nothing; raise what happened in any case."""
        if not self.run.is_closed:
            raise error
        if self._is_past_no_return():
            raise StepError(
                f"{error} This is past the point of no return: the new primary may hold writes.",
                hint="Nothing was undone. Run the same apply again to finish it.",
            ) from error
        try:
            await back_out(self.run, reached)
        except ReconcileError as second:
            raise StepError(
                f"{error} Backing out failed too: {second}", hint=second.hint
            ) from error
        self._end_closed()
        words = (
            "Backed out: the old primary serves again."
            if self._switches()
            else "The apps are as they were; Heroku may still finish what it was asked for."
        )
        raise _BackedOutError(f"{error} {words}", hint=error.hint) from error


class _BackedOutError(ReconcileError):
    """The cutover failed and was taken back."""
