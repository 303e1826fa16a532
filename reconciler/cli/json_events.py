"""`--json`: what happens as one JSON object a line on stdout, and everything for people on stderr.

The format is `core/event_lines.py`, told in docs/events.md.
"""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING

from reconciler.adapters.clock import SystemClock
from reconciler.apply.following import Followed
from reconciler.cli.unhurried import Unhurried
from reconciler.core.endpoint import is_stand_in
from reconciler.core.event_lines import (
    EndLine,
    EventLine,
    Interval,
    ListedDatabase,
    OutcomeLine,
    PlanLine,
)
from reconciler.core.names import AppName, DatabaseName
from reconciler.errors import ReconcileError
from reconciler.render.measured import is_as_predicted
from reconciler.render.plain import one_line

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Collection

    from reconciler.apply.events import Event, Report
    from reconciler.apply.outcome import Outcome
    from reconciler.core.event_lines import Line
    from reconciler.core.plan import DatabasePlan, Estimate, Plan


def with_events(work: Callable[[JsonEvents], int]) -> int:
    """Do `work` with stdout for events alone; its exit code, also on the last line.

    Raises:
        ReconcileError: what `work` raises, once it is on the last line.
    """
    from reconciler.cli import INTERRUPTED, exit_code_of

    events = JsonEvents(sys.stdout.fileno())
    with contextlib.closing(events), contextlib.redirect_stdout(sys.stderr):
        try:
            code = work(events)
        except ReconcileError as error:
            events.end(exit_code_of(error), error=str(error), hint=error.hint)
            raise
        except KeyboardInterrupt:
            events.end(INTERRUPTED, error="Interrupted.")
            raise
        events.end(code)
        return code


class JsonEvents:
    """The lines of one command."""

    def __init__(self, descriptor: int) -> None:
        self._clock = SystemClock()
        self._out = Unhurried(descriptor, on_gone=_say_gone)

    def close(self) -> None:
        """Wait until the last line is written."""
        self._out.close()

    def begin(self, plan: Plan, only: Collection[DatabaseName] = ()) -> None:
        """Say which plan is carried out from here on; without `only` all of it."""
        chosen = [one for one in plan.databases if not only or one.name in only]
        line = PlanLine(
            at=_moment(self._clock.now()),
            plan=plan.id,
            digest=plan.digest,
            endpoint=one_line(plan.endpoint),
            is_stand_in=is_stand_in(plan.endpoint),
            databases=tuple(_listed(one) for one in chosen),
            blocked=tuple(_name(one.name) for one in plan.blocked),
            not_read=tuple(_name(one.name) for one in plan.unknown),
        )
        self._write(line)

    def of(self, plan: Plan) -> Report:
        """Who is told of the events of `plan`."""
        followed = {one.name: Followed(one) for one in plan.databases}

        def told(event: Event) -> None:
            one = followed[event.database].after(event)
            followed[event.database] = one
            self._write(_event_line(plan.id, one, event))

        return told

    def end(self, code: int, *, error: str = "", hint: str = "") -> None:
        """The last line."""
        now = _moment(self._clock.now())
        self._write(EndLine(at=now, exit_code=code, error=one_line(error), hint=one_line(hint)))

    def _write(self, line: Line) -> None:
        self._out.write(line.model_dump_json() + "\n")


def _say_gone() -> None:
    print("Nobody reads the events any more; going on without.", file=sys.stderr, flush=True)


def _event_line(plan_id: str, followed: Followed, event: Event) -> EventLine | OutcomeLine:
    at, database = _moment(event.at), _name(event.database)
    if event.kind == "end":
        if event.outcome is None:
            raise AssertionError("an end without its outcome")
        return _outcome_line(plan_id, at, followed.plan, event.outcome)
    return EventLine(
        at=at,
        plan=plan_id,
        database=database,
        kind=event.kind,
        phase=event.phase,
        stage=event.stage,
        step=one_line(event.step),
        percent=followed.percent(event.at),
        closed_s=_rounded(event.closed_s),
        text=one_line(event.text),
    )


def _outcome_line(plan_id: str, at: str, plan: DatabasePlan, outcome: Outcome) -> OutcomeLine:
    return OutcomeLine(
        at=at,
        plan=plan_id,
        database=_name(outcome.database),
        state=outcome.state,
        reason=one_line(outcome.reason),
        hint=one_line(outcome.hint),
        closed_s=_rounded(outcome.closed_s),
        predicted_downtime=_interval(plan.downtime),
        closed_as_predicted=_as_predicted(outcome.closed_s, plan.downtime),
        prepared_s=_rounded(outcome.prepared_s),
        predicted_preparation=_interval(plan.preparation),
        prepared_as_predicted=_as_predicted(outcome.prepared_s, plan.preparation),
        closed_apps=tuple(one_line(one) for one in outcome.closed),
        notes=tuple(one_line(one) for one in outcome.notes),
    )


def _listed(plan: DatabasePlan) -> ListedDatabase:
    return ListedDatabase(
        database=_name(plan.name),
        app=AppName(one_line(plan.app)),
        method=plan.method,
        stages=len(plan.stages),
        preparation=_interval(plan.preparation),
        downtime=_interval(plan.downtime),
    )


def _interval(estimate: Estimate) -> Interval:
    return Interval(lower_s=estimate.lower_s, upper_s=estimate.upper_s)


def _as_predicted(seconds: float | None, estimate: Estimate) -> bool | None:
    return None if seconds is None else is_as_predicted(seconds, estimate)


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)


def _name(name: str) -> DatabaseName:
    return DatabaseName(one_line(name))


def _moment(at: dt.datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z"
