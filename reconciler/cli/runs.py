"""Earlier runs of apply: those cut off in the middle of a cutover, and the newest of a database."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.apply.state import RecordedRun, State
    from reconciler.core.names import DatabaseName
    from reconciler.core.plan import Plan


def cut_off(state: State, endpoint: str) -> Iterator[tuple[Plan, tuple[DatabaseName, ...]]]:
    """Each plan for `endpoint` with the databases whose cutover was begun and neither finished nor backed out.

    Those that somebody works on now are left out where that can be told. The plan of any other run is not even read:
    it may be of an older format.

    Raises:
        StateError: the records cannot be read, or not the plan of a run in the middle of a cutover.
    """
    for run in state.runs():
        names = tuple(
            name for name in cutting_over(run) if not (state.is_shared and name in run.holders)
        )
        plan = _plan_of_cut_off(run, names) if names else None
        if plan is not None and plan.endpoint == endpoint:
            yield plan, names


def cutting_over(run: RecordedRun) -> tuple[DatabaseName, ...]:
    """The databases whose cutover was begun and neither finished nor backed out, sorted."""
    from reconciler.apply.journal import by_database, progress_of

    written = by_database(run.entries)
    return tuple(
        sorted(name for name in written if progress_of(written[name], frozenset()).is_cutting_over)
    )


def _plan_of_cut_off(run: RecordedRun, names: tuple[DatabaseName, ...]) -> Plan:
    from reconciler.errors import PlanFileError, StateError

    try:
        return run.plan()
    except PlanFileError as error:
        raise StateError(
            f"The cutover of {', '.join(names)} was cut off, and its plan cannot be read: {error}",
            hint="Its apps may be closed: look at their maintenance mode and dynos by hand, "
            f"then move the record of plan {run.digest[:16]} away and plan again.",
        ) from error


def warn_of_cut_off(endpoint: str, state_url: str) -> None:
    """Say on stderr which cutovers are still open; planning around them would be planning on sand.

    A shared state that cannot be reached is said too, and is no reason not to plan.
    """
    from reconciler.cli.state import has_records, is_shared, open_state
    from reconciler.errors import StateError

    if not has_records(state_url):
        return
    try:
        with open_state(state_url) as state:
            _warn(state, endpoint)
    except StateError as error:
        if not is_shared(state_url):
            raise
        print(f"Whether a cutover was cut off is not known: {error}", file=sys.stderr)


def _warn(state: State, endpoint: str) -> None:
    for plan, names in cut_off(state, endpoint):
        print(
            f"Cut off in the middle of a cutover: {', '.join(names)}. Its apps may be closed.\n"
            "Finish it first: reconcile apply "
            f"(it goes on with plan {plan.id} before anything else).",
            file=sys.stderr,
        )


def newest_run_of(state: State, name: str) -> tuple[RecordedRun, DatabaseName]:
    """The newest run of the database that was begun and not taken back.

    Raises:
        UsageError: there is none.
    """
    from reconciler.apply.journal import by_database, progress_of
    from reconciler.errors import UsageError

    for run in reversed(list(state.runs())):
        for database, written in by_database(run.entries).items():
            if database == name and progress_of(written, frozenset()).has_begun:
                return run, database
    raise UsageError(
        f"No apply recorded in {state.where} has begun anything for {name}.",
        hint="See: reconcile status",
    )


def run_of_plan(state: State, digest: str, *, file: str = "") -> RecordedRun:
    """The run of the plan whose digest begins with `digest`; where that is the whole one, `file` has the plan.

    Raises:
        UsageError: there is none, or more than one.
    """
    from reconciler.errors import UsageError

    fitting = [run for run in state.runs() if run.digest.startswith(digest[: len(run.digest)])]
    if file and not fitting:
        raise UsageError(
            f"Plan {digest[:8]} was not applied yet, as far as {state.where} knows.",
            hint=f"To apply it: reconcile apply {file}",
        )
    if len(fitting) != 1:
        text = "More than one plan" if fitting else "No plan"
        raise UsageError(
            f"{text} that begins with {digest} was applied, as far as {state.where} knows.",
            hint="See: reconcile status --all",
        )
    return fitting[0]
