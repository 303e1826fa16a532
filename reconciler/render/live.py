"""The table of a run under way: what is on each of its lines, for a terminal of a given size.

A line is made of pieces, each a text and what it means; whoever paints it decides on the colours. What needs to be
seen comes first: databases whose apps are closed, then those in trouble, then those at work.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from reconciler.render.plain import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Meaning = Literal["plain", "dim", "closed", "trouble", "good", "heading"]
Piece = tuple[str, Meaning]
RowState = Literal["closed", "troubled", "active", "pending", "done", "waiting"]
RANK: tuple[RowState, ...] = ("closed", "troubled", "active", "pending", "done", "waiting")
"""Where there is not room for all."""
HEADINGS = ("DATABASE", "PHASE", "DONE", "LEFT", "CLOSED", "STEP", "LAST TROUBLE")
LONGEST_NAME = 24
LEAST_STEP = 16
"""Narrower than this the step is not worth a column; others are left out for it."""
ROOMY = 110
"""So wide the last trouble has a column of its own."""
LEFT_OUT = ("LEFT", "PHASE", "DONE")
"""On narrow terminals, one after another, until the step has its room."""
BETWEEN = "  "
WHOLE = 100
_RIGHT = frozenset({"DONE", "LEFT", "CLOSED"})
_ALL_THAT_IS_LEFT = ("STEP", "LAST TROUBLE")

MEANING: dict[RowState, Meaning] = {
    "closed": "plain",
    "troubled": "trouble",
    "active": "plain",
    "pending": "plain",
    "done": "good",
    "waiting": "dim",
}
Cells = dict[str, Piece]


@dataclass(frozen=True, slots=True)
class LiveRow:
    """One database now."""

    name: str
    state: RowState
    phase: str
    step: str
    percent: int | None = None
    left: str = ""
    closed_s: float | None = None
    is_closed: bool = False
    """Whether the clock runs."""
    trouble: str = ""
    is_troubled: bool = False
    """Whether the trouble is the last that happened."""


def table(rows: Sequence[LiveRow], *, title: str, width: int, most_rows: int) -> list[list[Piece]]:
    """The lines of the table, none wider than `width`; of more than `most_rows` databases the rest is counted."""
    shown, hidden = _chosen(rows, max(most_rows, 1))
    heading: Cells = {name: (name, "heading") for name in HEADINGS}
    cells = [heading, *(_cells(row, is_roomy=width >= ROOMY) for row in shown)]
    widths = _widths(cells, width)
    lines = [[_piece(title, "heading", width)], *(_line(one, widths) for one in cells)]
    if hidden:
        lines.append([_piece(_more(hidden), "dim", width)])
    return lines


def clock(seconds: float) -> str:
    """`0:07`, `12:34`, `1:02:03`."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def totals(rows: Iterable[LiveRow]) -> str:
    """`2 closed, 1 troubled, 5 active, 9 done, 3 waiting`."""
    states = [row.state for row in rows]
    return ", ".join(f"{states.count(state)} {state}" for state in RANK if state in states)


def columns_of(text: str) -> int:
    """How many columns of a terminal `text` takes: some characters take two, some none."""
    return sum(
        0 if unicodedata.combining(one) else 2 if unicodedata.east_asian_width(one) in "WF" else 1
        for one in text
    )


def cut(text: str, width: int) -> str:
    """`text`, or its beginning and a tilde, in at most `width` columns."""
    if columns_of(text) <= width:
        return text
    short = text[: max(width, 0)]
    while short and columns_of(short) > width - 1:
        short = short[:-1]
    return f"{short}~"[: max(width, 0)]


def _chosen(rows: Sequence[LiveRow], most: int) -> tuple[Sequence[LiveRow], Sequence[LiveRow]]:
    """All in their order, or those that need to be seen most, and the others."""
    if len(rows) <= most:
        return rows, ()
    ranked = sorted(rows, key=lambda row: RANK.index(row.state))
    return ranked[: max(most - 1, 1)], ranked[max(most - 1, 1) :]


def _more(hidden: Sequence[LiveRow]) -> str:
    return f"and {len(hidden)} more: {totals(hidden)}"


def _cells(row: LiveRow, *, is_roomy: bool) -> Cells:
    is_news = row.is_troubled and not is_roomy
    step = f"! {row.trouble}" if is_news else row.step
    state = MEANING[row.state]
    return {
        "DATABASE": (cut(one_line(row.name), LONGEST_NAME), state),
        "PHASE": (row.phase, state),
        "DONE": (_percent(row.percent), state),
        "LEFT": (row.left, "plain"),
        "CLOSED": (
            "" if row.closed_s is None else clock(row.closed_s),
            "closed" if row.is_closed else "plain",
        ),
        "STEP": (one_line(step), "trouble" if is_news else state),
        "LAST TROUBLE": (one_line(row.trouble), "trouble" if row.is_troubled else "dim"),
    }


def _percent(percent: int | None) -> str:
    """What is estimated has a tilde; the whole is never estimated."""
    if percent is None:
        return ""
    return "100%" if percent == WHOLE else f"~{percent}%"


def _widths(cells: Sequence[Cells], width: int) -> dict[str, int]:
    """The columns that are shown, in their order, with how wide each is."""
    names = [name for name in HEADINGS if name not in _ALL_THAT_IS_LEFT]
    natural = {name: max(columns_of(row[name][0]) for row in cells) for name in names}
    waiting = list(LEFT_OUT)
    while _rest(natural, width) < LEAST_STEP and waiting:
        natural.pop(waiting.pop(0))
    rest = _rest(natural, width)
    if rest < LEAST_STEP:
        natural["DATABASE"] = max(natural["DATABASE"] + rest - LEAST_STEP, len("DATABASE"))
        rest = _rest(natural, width)
    if width < ROOMY:
        return natural | ({"STEP": rest} if rest > 0 else {})
    step = (rest - len(BETWEEN)) // 2
    return natural | {"STEP": step, "LAST TROUBLE": rest - len(BETWEEN) - step}


def _rest(widths: dict[str, int], width: int) -> int:
    return width - sum(widths.values()) - len(BETWEEN) * len(widths)


def _line(cells: Cells, widths: dict[str, int]) -> list[Piece]:
    pieces: list[Piece] = []
    for name, width in widths.items():
        text, meaning = cells[name]
        short = cut(text, width)
        fill = " " * (width - columns_of(short))
        pieces += [(BETWEEN, "plain")] if pieces else []
        pieces.append((fill + short if name in _RIGHT else short + fill, meaning))
    return pieces


def _piece(text: str, meaning: Meaning, width: int) -> Piece:
    return cut(one_line(text), width), meaning
