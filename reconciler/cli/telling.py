"""Whom a run tells what happens: a table on a terminal, lines elsewhere, events as JSON where they are asked for."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from reconciler.apply.events import Event, EventKind, Report
    from reconciler.cli.json_events import JsonEvents
    from reconciler.core.names import DatabaseName
    from reconciler.core.plan import Plan

MARKS: dict[EventKind, str] = {
    "begin": "begin ",
    "act": "do    ",
    "wait": "wait  ",
    "seen": "seen  ",
    "closed": "CLOSED",
    "open": "OPEN  ",
    "back-out": "BACK  ",
    "trouble": "!     ",
    "end": "end   ",
}


class Teller(Protocol):
    """Who tells the operator. Called in the event loop; returns at once and never raises."""

    def tell(self, event: Event) -> None:
        """Tell one event."""

    def say(self, words: str) -> None:
        """Say something about the run as a whole."""


def line_of(event: Event) -> str:
    """One line, without its end."""
    from reconciler.render.plain import one_line

    words = f"{event.at:%H:%M:%S} {event.database}  {MARKS[event.kind]}  {event.text}"
    return one_line(words)


def tell(event: Event) -> None:
    """One line an event, on stderr."""
    print(line_of(event), file=sys.stderr, flush=True)


def tell_urgent(event: Event) -> None:
    """As `tell`, but only what somebody may have to act on."""
    if event.kind in {"back-out", "trouble"}:
        tell(event)


class Lines:
    """Lines on stderr, by `report`."""

    def __init__(self, report: Report) -> None:
        self._report = report

    def tell(self, event: Event) -> None:
        """As the report does it."""
        self._report(event)

    def say(self, words: str) -> None:
        """On stderr."""
        print(words, file=sys.stderr, flush=True)


@contextlib.contextmanager
def teller_for(
    plan: Plan,
    *,
    only: Collection[DatabaseName] = (),
    events: JsonEvents | None = None,
    is_quiet: bool = False,
    has_table: bool = True,
) -> Iterator[Teller]:
    """Who tells of `plan`, or of the databases of it in `only`, until the end of the block.

    `has_table`: nobody else writes on this terminal meanwhile.
    """
    if events is not None:
        yield Lines(events.of(plan))
    elif is_quiet:
        yield Lines(tell_urgent)
    elif has_table and is_live():
        from reconciler.cli.live import Screen

        with Screen(plan, only) as screen:
            yield screen
    else:
        yield Lines(tell)


def is_live() -> bool:
    """Whether stderr is a terminal on which lines can be written over."""
    return sys.stderr.isatty() and os.environ.get("TERM") not in {None, "", "dumb"}
