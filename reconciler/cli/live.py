"""The table of a run on a terminal: a thread of its own draws it, so that nobody waits for the terminal.

The event loop only puts events into a queue; a terminal that stands still (Ctrl-S) prolongs no downtime. What matters
also scrolls by above the table, so that nothing is lost when a row changes.
"""

from __future__ import annotations

import contextlib
import queue
import threading
from typing import TYPE_CHECKING, Self

from reconciler.adapters.clock import SystemClock
from reconciler.apply.following import Followed
from reconciler.cli.telling import line_of
from reconciler.render import live as layout
from reconciler.render.live import LiveRow
from reconciler.render.plain import one_line

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection

    from rich.console import Console
    from rich.text import Text

    from reconciler.apply.events import Event, EventKind
    from reconciler.apply.outcome import State
    from reconciler.core.names import DatabaseName
    from reconciler.core.plan import Plan
    from reconciler.render.live import Meaning, RowState

REDRAWN_EVERY_S = 0.25
SCROLLED: frozenset[EventKind] = frozenset({"closed", "open", "back-out", "trouble", "end"})
LINES_KEPT = 200
"""Of what has scrolled by, to show it again after the terminal was made smaller or larger."""
BESIDE_ROWS = 4
"""Lines that are no databases: title, heading, the one that counts the rest, and one to scroll in."""
LEFT_FREE = 3
"""Columns: room for the `^C` that a terminal writes behind the last row, which must not begin another line."""
STYLES: dict[Meaning, str] = {
    "plain": "",
    "dim": "dim",
    "closed": "bold red",
    "trouble": "yellow",
    "good": "green",
    "heading": "bold",
}
OF_OUTCOMES: dict[State, RowState] = {
    "done": "done",
    "pending": "pending",
    "stale": "troubled",
    "backed-out": "troubled",
    "failed": "troubled",
}
OF_EVENTS: dict[EventKind, str] = {
    "closed": "bold red",
    "open": "green",
    "back-out": "yellow",
    "trouble": "yellow",
}


class Screen:
    """The table on stderr, from the beginning of the block to its end, where it stays as it is."""

    def __init__(self, plan: Plan, only: Collection[DatabaseName] = ()) -> None:
        self._plan = plan
        self._clock = SystemClock()
        self._began = self._clock.monotonic()
        self._followed = {
            one.name: Followed(one) for one in plan.databases if not only or one.name in only
        }
        self._queue: queue.SimpleQueue[Event | str | None] = queue.SimpleQueue()
        self._lines: list[Text] = []
        self._thread = threading.Thread(target=self._draw_all, name="screen", daemon=True)

    def __enter__(self) -> Self:
        """Begin to draw."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Draw what is left, and leave the table as it is."""
        self._queue.put(None)
        self._thread.join()

    def tell(self, event: Event) -> None:
        """Take the event; returns at once."""
        self._queue.put(event)

    def say(self, words: str) -> None:
        """Let the words scroll by; returns at once."""
        self._queue.put(words)

    # --- in the thread

    def _draw_all(self) -> None:
        with contextlib.suppress(OSError):  # the terminal is gone; the run is not
            self._draw_until_the_end()

    def _draw_until_the_end(self) -> None:
        from rich.console import Console
        from rich.live import Live

        console = Console(stderr=True, highlight=False, markup=False, emoji=False)
        size = console.size
        with Live(
            self._table(console),
            console=console,
            auto_refresh=False,
            redirect_stdout=False,
            redirect_stderr=False,
            vertical_overflow="crop",
        ) as live:
            is_going_on = True
            while is_going_on:
                is_going_on = self._take(console)
                if console.size != size:
                    size = console.size
                    self._start_over(console)
                live.update(self._table(console), refresh=True)

    def _take(self, console: Console) -> bool:
        """Take everything that waits, or wait a moment for something; False at the end."""
        with contextlib.suppress(queue.Empty):
            taken = self._queue.get(timeout=REDRAWN_EVERY_S)
            while taken is not None:
                self._show(taken, console)
                taken = self._queue.get_nowait()
            return False
        return True

    def _show(self, taken: Event | str, console: Console) -> None:
        from rich.text import Text

        if isinstance(taken, str):
            self._scroll(Text(one_line(taken), style="bold"), console)
            return
        self._followed[taken.database] = self._followed[taken.database].after(taken)
        if taken.kind in SCROLLED:
            style = OF_EVENTS.get(taken.kind, "green" if _is_done(taken) else "bold")
            self._scroll(Text(line_of(taken), style=style), console)

    def _scroll(self, line: Text, console: Console) -> None:
        del self._lines[: -LINES_KEPT + 1]
        self._lines.append(line)
        console.print(line, soft_wrap=False)

    def _start_over(self, console: Console) -> None:
        """After a change of size the terminal has broken our lines anew: draw on an empty screen."""
        console.clear()
        room = max(console.height - len(self._followed) - BESIDE_ROWS, 1)
        for line in self._lines[-room:]:
            console.print(line, soft_wrap=False)

    def _table(self, console: Console) -> Text:
        from rich.text import Text

        now = self._clock.now()
        rows = [_row(one, now) for one in self._followed.values()]
        took = layout.clock(self._clock.monotonic() - self._began)
        lines = layout.table(
            rows,
            title=f"Plan {self._plan.id}, {took}: {layout.totals(rows)}",
            width=console.width - LEFT_FREE,
            most_rows=console.height - BESIDE_ROWS,
        )
        text = Text(no_wrap=True, end="")
        for number, line in enumerate(lines):
            text.append("\n" if number else "")
            for words, meaning in line:
                text.append(words, style=STYLES[meaning])
        return text


def _is_done(event: Event) -> bool:
    return event.outcome is not None and event.outcome.state == "done"


def _row(one: Followed, now: dt.datetime) -> LiveRow:
    return LiveRow(
        name=one.plan.name,
        state=_state(one),
        phase=_phase(one),
        step=one.words,
        percent=one.percent(now) if one.is_begun else None,
        left=str(one.left(now) or ""),
        closed_s=one.closed_for_s(now),
        is_closed=one.closed_at is not None,
        trouble=one.trouble,
        is_troubled=one.is_troubled,
    )


def _state(one: Followed) -> RowState:
    if one.closed_at is not None:
        return "closed"
    if one.outcome is not None:
        return OF_OUTCOMES[one.outcome.state]
    if one.is_troubled or one.is_going_back:
        return "troubled"
    return "active" if one.is_begun else "waiting"


def _phase(one: Followed) -> str:
    if one.outcome is not None:
        return one.outcome.state
    if one.is_going_back:
        return "going back"
    return one.phase or ("checking" if one.is_begun else "waiting")
