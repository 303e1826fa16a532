"""From a journal to what a page shows of it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from reconciler.apply.journal import by_database, progress_of
from reconciler.apply.run import cutover_stages
from reconciler.render.html.progress import DatabaseProgress, RunProgress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.apply.journal import Entry, Progress
    from reconciler.core.plan import DatabasePlan, Plan
    from reconciler.render.html.progress import Standing

_ENDS = {"opened", "backed-out", "aborted", "done"}


def shown_progress(plan: Plan, entries: Sequence[Entry]) -> RunProgress:
    """How far the apply of `plan` got, by what it has written down."""
    written = by_database(entries)
    return RunProgress(
        databases={one.name: _database(one, written.get(one.name, [])) for one in plan.databases},
        as_of=entries[-1].at if entries else "",
    )


def _database(plan: DatabasePlan, entries: Sequence[Entry]) -> DatabaseProgress:
    if not entries:
        return DatabaseProgress("not begun")
    progress = progress_of(entries, cutover_stages(plan))
    last = entries[-1]
    began, took_s = _closed(entries)
    return DatabaseProgress(
        standing=_standing(progress, last),
        since=last.at,
        last=": ".join(part for part in (last.step, last.text) if part) or last.what,
        stages_done=progress.stages_done,
        closed_since=began if progress.is_cutting_over else "",
        closed_s=took_s,
    )


def _standing(progress: Progress, last: Entry) -> Standing:
    if progress.is_done:
        return "done"
    if progress.is_cutting_over:
        return "closed"
    if not progress.has_begun:
        return "taken back"
    if last.what == "failed":
        return "failed"
    return "backed out" if last.what == "backed-out" else "under way"


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
