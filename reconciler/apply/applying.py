"""Carrying out a whole plan: every database on its own, one's failure never stops another.

A database is worked on only under a lease, and what was written of it is read anew once the lease is ours: another
process may have worked on it before. One whose lease or records cannot be read is not begun, and ends as failed: the
others come to their ends, and what is left closed is said, whatever becomes of the state.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from reconciler.apply.backing_out import what_is_closed
from reconciler.apply.control import Control
from reconciler.apply.executor import Executor
from reconciler.apply.journal import ReadJournal, by_database, progress_of
from reconciler.apply.leases import LeasesHere, work_of
from reconciler.apply.outcome import Outcome
from reconciler.apply.run import Run
from reconciler.apply.tools import Tools
from reconciler.core.endpoint import is_stand_in
from reconciler.core.limits import Limits
from reconciler.errors import LeaseLostError, ReconcileError, StateError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reconciler.apply.events import Report
    from reconciler.apply.journal import Entry, Journal
    from reconciler.apply.leases import Leases
    from reconciler.apply.outcome import State
    from reconciler.apply.ports import Clock, Heroku
    from reconciler.core.limits import Freeze
    from reconciler.core.names import DatabaseName
    from reconciler.core.plan import DatabasePlan, Phase, Plan

BOTH: frozenset[Phase] = frozenset({"prepare", "cutover"})


async def apply_plan(
    plan: Plan,
    *,
    heroku: Heroku,
    clock: Clock,
    journal: Journal,
    report: Report,
    control: Control,
    leases: Leases | None = None,
    phases: frozenset[Phase] = BOTH,
    only: tuple[DatabaseName, ...] = (),
    more_freezes: tuple[Freeze, ...] = (),
    tools: Tools | None = None,
) -> tuple[Outcome, ...]:
    """Carry out `plan` and tell how it ended for each of its databases (or those in `only`), in its order.

    `more_freezes` hold beside those of the plan: written since it was made. Without `leases` nobody else works on
    these databases.
    Databases in the middle of a cutover come first: nobody else may close or open their apps before. They come to
    their end whatever `phases` says.

    Raises:
        StateError: the leases or the journal cannot be read; nothing was done, and nothing is known to be closed.
    """
    written = by_database(journal.entries())
    chosen = [one for one in plan.databases if not only or one.name in only]
    leases = leases or LeasesHere(plan.safety.limits)
    executors = [
        Executor(
            Run(
                plan=one,
                plan_id=plan.id,
                heroku=heroku,
                clock=clock,
                journal=journal,
                report=report,
                freezes=(*plan.safety.freezes, *more_freezes),
                leases=leases,
                tools=tools or Tools(),
                is_stand_in=is_stand_in(plan.endpoint),
            ).fold(written.get(one.name, ())),
            control,
            leases,
        )
        for one in chosen
    ]
    turn = _Turn(leases, clock, control, phases)
    first = [one for one in executors if one.run.progress.is_cutting_over]
    rest = [one for one in executors if not one.run.progress.is_cutting_over]
    elsewhere = await turn.take(first, is_waiting=False)
    await turn.take([*elsewhere, *rest], is_waiting=True)
    return tuple(turn.outcomes[one.name] for one in chosen)


async def abort_database(
    plan: Plan,
    name: DatabaseName,
    *,
    heroku: Heroku,
    clock: Clock,
    journal: Journal,
    report: Report,
    leases: Leases | None = None,
    tools: Tools | None = None,
) -> Outcome:
    """Take back what apply has done of `plan` for one database, as far as that loses nothing.

    Raises:
        ReconcileError: it is done; nothing was asked of anybody.
    """
    check_not_done(journal.entries_of(name), name)
    one = next(each for each in plan.databases if each.name == name)
    leases = leases or LeasesHere(Limits())
    claim = (await leases.claim([work_of(one)]))[name]
    if claim.answer == "busy":
        return Outcome(name, "failed", claim.text, "Stop that first; it ends at a safe point.")
    run = Run(
        plan=one,
        plan_id=plan.id,
        heroku=heroku,
        clock=clock,
        journal=journal,
        report=report,
        leases=leases,
        tools=tools or Tools(),
        is_stand_in=is_stand_in(plan.endpoint),
    ).fold(journal.entries_of(name))
    outcome = await Executor(run, Control(), leases).abort()
    await leases.give_back(name, is_cutting_over=run.progress.is_cutting_over)
    await _release(leases, run, outcome)
    return outcome


def check_not_done(entries: Iterable[Entry], name: DatabaseName) -> None:
    """Refuse to abort what is done.

    Raises:
        ReconcileError: it is.
    """
    mine = by_database(entries).get(name, ())
    if progress_of(mine, frozenset()).is_done:
        raise ReconcileError(
            f"{name} is done; there is nothing to abort.",
            hint="Plan the way back as a change of its own.",
        )


async def confirm_plan(
    plan: Plan, written: tuple[Entry, ...], *, heroku: Heroku, clock: Clock
) -> tuple[Outcome, ...]:
    """Look anew whether what `written` says is done is so; changes nothing and writes nothing."""
    journal = ReadJournal(written)
    executors = [
        Executor(
            Run(
                plan=one,
                plan_id=plan.id,
                heroku=heroku,
                clock=clock,
                journal=journal,
                report=lambda _: None,
            ).fold(journal.entries_of(one.name)),
            Control(),
            LeasesHere(Limits()),
        )
        for one in plan.databases
    ]
    return tuple(await asyncio.gather(*(one.confirm() for one in executors)))


@dataclass
class _Turn:
    """Taking databases as leases are granted, each to its end."""

    leases: Leases
    clock: Clock
    control: Control
    phases: frozenset[Phase]
    outcomes: dict[DatabaseName, Outcome] = field(default_factory=dict)

    async def take(self, executors: Iterable[Executor], *, is_waiting: bool) -> Sequence[Executor]:
        """Carry out all, or without `is_waiting` those that are free now; returns the others."""
        waiting, why = list(executors), ""
        tasks: set[asyncio.Task[None]] = set()
        try:
            while waiting:
                waiting = await self._start(waiting, tasks)
                why = self.control.why_stop(self.clock.monotonic())
                if not waiting or not is_waiting or why:
                    break
                await self._until_something_ends(tasks)
            for one in waiting if is_waiting else ():
                name = one.run.plan.name
                await self._end(one, Outcome(name, "pending", f"stopped while waiting: {why}"))
        finally:
            await _to_their_ends(tasks)
        return waiting

    async def _start(
        self, waiting: list[Executor], tasks: set[asyncio.Task[None]]
    ) -> list[Executor]:
        """Begin what is granted now; returns what is not.

        Raises:
            StateError: the leases cannot be read, and there is nothing to tell beside that.
        """
        try:
            claims = await self.leases.claim([work_of(one.run.plan) for one in waiting])
        except StateError as error:
            is_closed = any(one.run.progress.is_cutting_over for one in waiting)
            if not (tasks or self.outcomes or is_closed):
                raise
            for one in waiting:
                await self._end_as_known(one, _unread(one.run.plan.name, error))
            return []
        busy: list[Executor] = []
        for one in waiting:
            plan: DatabasePlan = one.run.plan
            claim = claims[plan.name]
            match claim.answer:
                case "granted":
                    tasks.add(asyncio.create_task(self._carry_out(one)))
                case "settled":
                    await self._end(one, Outcome(plan.name, claim.state, claim.text))
                case "busy":
                    one.run.tell_once("wait", claim.text)
                    busy.append(one)
        return busy

    async def _carry_out(self, one: Executor) -> None:
        run, name = one.run, one.run.plan.name
        try:
            run.fold(run.journal.entries_of(name))
        except StateError as error:
            await self._end_as_known(one, _unread(name, error))
            await _release(self.leases, run, Outcome(name, "pending"))  # others may go on with it
            return
        begun = BOTH if run.progress.is_cutting_over else frozenset()
        outcome = await one.carry_out(self.phases | begun)
        self.outcomes[name] = outcome
        await _release(self.leases, run, outcome)
        run.end(outcome)

    async def _end(self, one: Executor, outcome: Outcome) -> None:
        """End without having worked on it."""
        name = outcome.database
        try:
            one.run.fold(one.run.journal.entries_of(name))
        except StateError as error:
            outcome = _unread(name, error)
        await self._end_as_known(one, outcome)

    async def _end_as_known(self, one: Executor, outcome: Outcome) -> None:
        """As above; what somebody else has left closed, as far as that was read, is said."""
        if one.run.progress.is_cutting_over:
            outcome = replace(outcome, closed=await what_is_closed(one.run))
        self.outcomes[outcome.database] = outcome
        one.run.end(outcome)

    async def _until_something_ends(self, tasks: set[asyncio.Task[None]]) -> None:
        pause: set[asyncio.Task[None]] = set()
        if self.leases.poll_s is not None:
            pause.add(asyncio.create_task(self.clock.sleep(self.leases.poll_s)))
        try:
            ended, _ = await asyncio.wait({*tasks, *pause}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in pause:
                one.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await one
        for task in ended & tasks:
            tasks.discard(task)
            task.result()


def _unread(name: DatabaseName, error: StateError) -> Outcome:
    """The end of a database whose lease or records could not be read: nothing was begun."""
    state: State = "pending" if isinstance(error, LeaseLostError) else "failed"
    return Outcome(name, state, str(error), error.hint)


async def _release(leases: Leases, run: Run, outcome: Outcome) -> None:
    """Give the lease back; how it ended stands also where that cannot be told."""
    try:
        await leases.release(outcome.database, outcome)
    except StateError as error:
        run.tell_unrecorded(error)


async def _to_their_ends(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Let every one come to its end, then raise a bug of ours if there was one."""
    for result in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(result, BaseException):
            raise result
