"""How an apply ended: what needs somebody first and in full, what is done in short, what is still closed last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.core.endpoint import is_stand_in
from reconciler.render.details import INDENT, Lines
from reconciler.render.measured import beside
from reconciler.render.plain import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reconciler.apply.outcome import Outcome, State
    from reconciler.core.plan import Plan

ORDER: tuple[State, ...] = ("failed", "backed-out", "stale", "pending", "done")
"""What needs somebody comes first."""
MOST_DONE = 20
"""So many that are done are named; of more only the number is told."""
GO_ON = "Run the same apply again: it goes on or takes back. By hand only what says so."


def summary(
    plan: Plan, outcomes: Sequence[Outcome], *, width: int, most_done: int | None = MOST_DONE
) -> str:
    """How it ended, by state; of those that are done, with nothing to note, at most `most_done`, or how many.

    `most_done`: None for all, 0 for nothing about them. Lines have at most `width` columns, but for commands.
    """
    lines = Lines(width)
    text = ["", *lines.heading(f"Plan {plan.id}: {totals(outcomes)}")]
    plainly_done = [one for one in outcomes if is_plainly_done(one)]
    for state in ORDER:
        for one in outcomes:
            if one.state == state and one not in plainly_done:
                text += _in_full(one, plan, lines)
    if most_done is None or len(plainly_done) <= most_done:
        for one in plainly_done:
            text += _in_full(one, plan, lines)
    elif most_done:
        text.append(f"  {len(plainly_done)} done, with nothing to note: reconcile status --all")
    closed = [one_line(what) for one in outcomes for what in one.closed]
    if closed:
        text += ["", "NOT OPEN AGAIN:"]
        text += [line for what in closed for line in _closed(what, lines)]
        text += lines.heading(GO_ON)
    return "\n".join(text) + "\n"


def totals(outcomes: Sequence[Outcome]) -> str:
    """`12 databases: 1 failed, 2 pending, 9 done`."""
    count = f"{len(outcomes)} database{'' if len(outcomes) == 1 else 's'}"
    states = [one.state for one in outcomes]
    parts = [f"{states.count(state)} {state}" for state in ORDER if state in states]
    return f"{count}: {', '.join(parts)}"


def needs_attention(outcome: Outcome) -> bool:
    """Whether the operator has to know of it: not done, not open again, or with something to note."""
    return not is_plainly_done(outcome)


def is_plainly_done(outcome: Outcome) -> bool:
    """Whether it is done and there is nothing else to know."""
    return outcome.state == "done" and not (outcome.closed or outcome.notes or outcome.hint)


def ended(outcome: Outcome, lines: Lines) -> list[str]:
    """Its state and the reason, which may begin with the state: `orders: done before, and still so`."""
    is_said = outcome.reason.split(" ", 1)[0] == outcome.state
    words = outcome.reason if is_said else f"{outcome.state}. {outcome.reason}"
    return lines.entry(one_line(f"{outcome.database}: {words}"))


def _in_full(outcome: Outcome, plan: Plan, lines: Lines) -> Iterator[str]:
    yield from ended(outcome, lines)
    notes = (f"Note: {note}." for note in outcome.notes)
    for text in (*_measured(outcome, plan), outcome.hint, *notes):
        yield from lines.below(one_line(text))


def _closed(what: str, lines: Lines) -> Iterator[str]:
    """What is closed; the command that opens it is never broken, so that it can be copied."""
    said, _, command = what.partition("; by hand: ")
    yield from lines.entry(said)
    if command:
        yield f"{INDENT * 2}by hand: {command}"


def _measured(outcome: Outcome, plan: Plan) -> Iterator[str]:
    (predicted,) = (one for one in plan.databases if one.name == outcome.database)
    at_stand_in = is_stand_in(plan.endpoint)
    if outcome.closed_s is not None:
        closed = beside(outcome.closed_s, predicted.downtime, is_stand_in=at_stand_in)
        yield f"closed for {closed}"
    if outcome.prepared_s is not None:
        prepared = beside(outcome.prepared_s, predicted.preparation, is_stand_in=at_stand_in)
        yield f"prepared in {prepared}"
