"""Carrying out one database's plan: prepare, cut over, and tell how it ended; or take it back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.apply.backing_out import (
    back_out,
    left_closed,
    still_left_closed,
    undo_preparation,
    what_is_closed,
)
from reconciler.apply.behaviours import behaviour_of
from reconciler.apply.calendar import why_no_handing_over
from reconciler.apply.confirming import confirmed, evidence, names_lead, still_serves
from reconciler.apply.control import StoppedError
from reconciler.apply.cutover import BackedOutError, Cutover
from reconciler.apply.outcome import Outcome
from reconciler.apply.run import steps_of
from reconciler.apply.stages import perform_stage
from reconciler.apply.staleness import what_differs
from reconciler.core.steps import ChangeServicePlan, PrepareUpgrade
from reconciler.errors import (
    LeaseLostError,
    ReconcileError,
    StateError,
)

if TYPE_CHECKING:
    from reconciler.apply.control import Control
    from reconciler.apply.leases import Leases
    from reconciler.apply.outcome import State
    from reconciler.apply.run import Run
    from reconciler.core.plan import Phase, Stage


class Executor:
    """One database's plan in one run."""

    def __init__(self, run: Run, control: Control, leases: Leases) -> None:
        self.run = run
        self.control = control
        self.leases = leases
        self.cutover = Cutover(run, control)

    async def carry_out(self, phases: frozenset[Phase]) -> Outcome:
        """Go as far as `phases` and the control allow; every expected failure becomes an outcome."""
        try:
            return await self._carry_out(phases)
        except StoppedError as stopped:
            return self._outcome("pending", str(stopped))
        except LeaseLostError as error:
            return await self._lost(error)
        except ReconcileError as error:
            return await self._failed(error)

    async def abort(self) -> Outcome:
        """Restore what was before this plan, and destroy what it created; only before the point of no return.

        What can not be taken back (a plan change that Heroku was asked for) is said, and the rest is done.
        """
        if not self.run.progress.has_begun:
            return self._outcome("failed", "this plan was not begun; there is nothing to abort")
        if self.run.progress.is_done or self.cutover.is_past_no_return():
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
            if self.run.progress.is_cutting_over:
                self.run.count_closed()
            failures = await back_out(self.run, len(self.run.plan.stages))
            left = f"{failures} {await undo_preparation(self.run)}".strip()
        except ReconcileError as error:
            return await self._failed(error)
        self.run.write("aborted", text=left)
        return self._outcome("failed" if left else "backed-out", left or "everything is as it was")

    async def confirm(self) -> Outcome:
        """Look whether it is done, and still so; changes nothing."""
        if not self.run.progress.is_done:
            return self._outcome("pending", "not done yet", "See: reconcile status")
        try:
            return await self._done_before()
        except ReconcileError as error:
            return self._outcome("failed", f"could not be looked at: {error}", error.hint)

    async def _why_no_way_back(self) -> str:
        """What a step says against going back; empty when all may be taken back."""
        plan = self.run.plan
        steps = [*steps_of(plan, "prepare"), *steps_of(plan, "cutover")]
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
        seen = await confirmed(self.run)
        self.run.write("done", text=seen)
        return replace(self._outcome("done", seen), notes=left_closed(self.run))

    async def _done_before(self) -> Outcome:
        if await still_serves(self.run) and await names_lead(self.run):
            reason = f"done before, and still so: {await evidence(self.run)}"
            outcome = self._outcome("done", reason)
            return replace(outcome, prepared_s=None, notes=await still_left_closed(self.run))
        reason = "this plan was carried out before, and is not so any more"
        return self._outcome("stale", reason, "Plan again: reconcile plan")

    def _outcome(self, state: State, reason: str, hint: str = "") -> Outcome:
        return Outcome(
            database=self.run.plan.name,
            state=state,
            reason=reason,
            hint=hint,
            closed_s=self.run.was_closed_s(),
            prepared_s=self.run.progress.prepared_s,
        )

    async def _lost(self, error: LeaseLostError) -> Outcome:
        """What is closed is told by looks: whoever may write now is not us."""
        outcome = self._outcome("pending", str(error), error.hint)
        closed = await what_is_closed(self.run) if self.run.is_urgent else ()
        return replace(outcome, closed=closed)

    async def _failed(self, error: ReconcileError) -> Outcome:
        """`error` as an outcome, unless the lease is lost: what went wrong for us may go well for another process."""
        is_backed_out = isinstance(error, BackedOutError)
        if not is_backed_out:
            try:
                self.run.check_lease()
            except LeaseLostError as lost:
                return await self._lost(lost)
        if not is_backed_out and not isinstance(error, StateError):
            self.run.write_if_possible("failed", text=str(error))
        self.run.tell("trouble", str(error))
        outcome = self._outcome("backed-out" if is_backed_out else "failed", str(error), error.hint)
        return replace(outcome, closed=await what_is_closed(self.run))

    # --- stages

    async def _prepare(self) -> None:
        for index, stage in enumerate(self.run.plan.stages):
            if stage.phase == "prepare" and index not in self.run.progress.stages_done:
                self.control.check(self.run.clock.monotonic())
                self._check_handing_over(stage)
                await perform_stage(self.run, self.control, index)

    def _check_handing_over(self, stage: Stage) -> None:
        if any(isinstance(step, ChangeServicePlan | PrepareUpgrade) for step in stage.steps):
            why = why_no_handing_over(self.run.clock.now(), freezes=self.run.freezes)
            if why:
                raise StoppedError(why)

    # --- cutover

    async def _with_the_apps_for_itself(self) -> None:
        """Cut over while no other database's cutover touches the same apps."""
        run = self.run
        await self.leases.reserve(run.plan.name, run.plan.blast_radius.apps, self._wait_for_apps)
        try:
            await self.cutover.go()
        finally:
            await self.leases.give_back(run.plan.name, is_cutting_over=run.progress.is_cutting_over)

    def _wait_for_apps(self, who: str) -> None:
        self.control.check(self.run.clock.monotonic())
        self.run.tell("wait", who)
