"""From a journal to what a page shows of it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from reconciler.apply.journal import by_database, progress_of
from reconciler.apply.run import cutover_stages
from reconciler.apply.standing import last_of, standing_of
from reconciler.render.html.progress import DatabaseProgress, RunProgress

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from reconciler.apply.journal import Entry
    from reconciler.core.names import DatabaseName
    from reconciler.core.plan import DatabasePlan, Plan

_ENDS = {"opened", "backed-out", "aborted", "done"}


def shown_progress(
    plan: Plan, entries: Sequence[Entry], worked_on: Collection[DatabaseName] = ()
) -> RunProgress:
    """How far the apply of `plan` got, by what it has written down; somebody works on `worked_on` now."""
    written = by_database(entries)
    return RunProgress(
        databases={
            one.name: _database(one, written.get(one.name, []), is_worked_on=one.name in worked_on)
            for one in plan.databases
        },
        as_of=entries[-1].at if entries else "",
    )


def _database(
    plan: DatabasePlan, entries: Sequence[Entry], *, is_worked_on: bool
) -> DatabaseProgress:
    progress = progress_of(entries, cutover_stages(plan))
    began, took_s = _closed(entries)
    return DatabaseProgress(
        standing=standing_of(entries, is_worked_on=is_worked_on),
        since=entries[-1].at if entries else "",
        last=last_of(entries),
        stages_done=progress.stages_done,
        closed_since=began if progress.is_cutting_over else "",
        closed_s=took_s,
    )


def _closed(entries: Sequence[Entry]) -> tuple[str, float | None]:
    """When the last cutover began, and how many seconds it took if it has ended."""
    began, took_s = "", None
    for entry in entries:
        if entry.what == "cutover-begun":
            began, took_s = entry.at, None
        elif entry.what in _ENDS and began and took_s is None:
            span = dt.datetime.fromisoformat(entry.at) - dt.datetime.fromisoformat(began)
            took_s = span.total_seconds()
    return began, took_s
