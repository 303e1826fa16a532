"""Carrying out a whole plan: every database on its own, one's failure never stops another."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from reconciler.apply.control import Control
from reconciler.apply.executor import Executor
from reconciler.apply.journal import by_database
from reconciler.apply.run import Run

if TYPE_CHECKING:
    from reconciler.apply.events import Report
    from reconciler.apply.journal import Journal
    from reconciler.apply.outcome import Outcome
    from reconciler.apply.ports import Clock, Heroku
    from reconciler.core.limits import Freeze
    from reconciler.core.names import DatabaseName
    from reconciler.core.plan import Phase, Plan

BOTH: frozenset[Phase] = frozenset({"prepare", "cutover"})


async def apply_plan(
    plan: Plan,
    *,
    heroku: Heroku,
    clock: Clock,
    journal: Journal,
    report: Report,
    control: Control,
    phases: frozenset[Phase] = BOTH,
    only: tuple[DatabaseName, ...] = (),
    more_freezes: tuple[Freeze, ...] = (),
) -> tuple[Outcome, ...]:
    """Carry out `plan` and tell how it ended for each of its databases (or those in `only`), in its order.

    `more_freezes` hold beside those of the plan: written since it was made.
    Databases in the middle of a cutover come first: nobody else may close or open their apps before.
    """
    locks: dict[str, asyncio.Lock] = {}
    written = by_database(journal.entries())
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
            ).fold(written.get(one.name, ())),
            control,
            locks,
        )
        for one in plan.databases
        if not only or one.name in only
    ]
    first = [one for one in executors if one.run.progress.is_cutting_over]
    rest = [one for one in executors if not one.run.progress.is_cutting_over]
    outcomes = await _all(first, phases) + await _all(rest, phases)
    by_name = {outcome.database: outcome for outcome in outcomes}
    return tuple(by_name[one.run.plan.name] for one in executors)


async def abort_database(
    plan: Plan,
    name: DatabaseName,
    *,
    heroku: Heroku,
    clock: Clock,
    journal: Journal,
    report: Report,
) -> Outcome:
    """Take back what apply has done of `plan` for one database, as far as that loses nothing."""
    one = next(each for each in plan.databases if each.name == name)
    written = by_database(journal.entries())
    run = Run(
        plan=one, plan_id=plan.id, heroku=heroku, clock=clock, journal=journal, report=report
    ).fold(written.get(name, ()))
    return await Executor(run, Control(), {}).abort()


async def _all(executors: list[Executor], phases: frozenset[Phase]) -> list[Outcome]:
    """Let every one come to its end, then raise a bug of ours if there was one."""
    results = await asyncio.gather(
        *(one.carry_out(phases) for one in executors), return_exceptions=True
    )
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return [result for result in results if not isinstance(result, BaseException)]
