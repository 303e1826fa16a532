"""Earlier runs of apply from this folder that were cut off in the middle of a cutover."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.core.names import DatabaseName
    from reconciler.core.plan import Plan


def cut_off(endpoint: str) -> Iterator[tuple[Plan, tuple[DatabaseName, ...]]]:
    """Each plan for `endpoint` with the databases whose cutover was begun and neither finished nor backed out."""
    from reconciler.adapters.run_files import cut_off_runs

    return ((plan, names) for plan, names in cut_off_runs() if plan.endpoint == endpoint)


def warn_of_cut_off(endpoint: str) -> None:
    """Say on stderr which cutovers are still open; planning around them would be planning on sand."""
    for plan, names in cut_off(endpoint):
        print(
            f"Cut off in the middle of a cutover: {', '.join(names)}. Its apps may be closed.\n"
            "Finish it first: reconcile apply "
            f"(it goes on with plan {plan.id} before anything else).",
            file=sys.stderr,
        )


def newest_run_of(name: str) -> tuple[Plan, DatabaseName]:
    """The plan of the newest run of the database that was begun and not taken back.

    Raises:
        UsageError: there is none.
    """
    from reconciler.adapters.plan_files import read_plan
    from reconciler.adapters.run_files import recorded_runs
    from reconciler.apply.journal import by_database, progress_of
    from reconciler.errors import UsageError

    runs = list(recorded_runs())
    for folder, entries in reversed(runs):
        for database, written in by_database(entries).items():
            if database == name and progress_of(written, frozenset()).has_begun:
                return read_plan(folder / "plan.json"), database
    raise UsageError(
        f"No apply from this folder has begun anything for {name}.", hint="See: reconcile status"
    )
