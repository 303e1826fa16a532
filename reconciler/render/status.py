"""How far each apply got, as a table with the last thing that happened below each line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.render.columns import aligned
from reconciler.render.details import Lines
from reconciler.render.standing import in_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reconciler.render.standing import Standing

HEADINGS = ("PLAN", "DATABASE", "STATE", "SINCE (UTC)")
GIVEN_UP = (HEADINGS.index("SINCE (UTC)"), HEADINGS.index("PLAN"))
SECONDS = len("2026-11-22T20:00:00")
LONGEST_NAME = 40
LEFT_ALONE = "nobody works on it: run the same apply again"


@dataclass(frozen=True, slots=True)
class StatusRow:
    """One database of one apply; with these names it stands in the JSON of `reconcile status`."""

    plan: str
    """How its digest begins."""
    database: str
    state: Standing
    since: str
    """When the last thing was written: ISO 8601, UTC."""
    last: str
    """That last thing, in words."""
    holder: str = ""
    """Who works on it now; empty when nobody does."""
    prepared_s: float | None = None
    closed_s: float | None = None
    measured: tuple[str, ...] = ()
    """The same beside what was predicted, in words."""


def status_text(rows: Sequence[StatusRow], *, width: int) -> str:
    """The rows of `reconcile status`, lines of at most `width` columns; empty without any."""
    if not rows:
        return ""
    cells = [HEADINGS, *(_cells(row) for row in rows)]
    heading, *lines = aligned(
        cells, width=width, given_up=GIVEN_UP, named=1, shortest=(LONGEST_NAME, 8)
    )
    text = [heading]
    for line, row in zip(lines, rows, strict=True):
        text += [line, *_below(row, Lines(width))]
    return "\n".join(text) + "\n"


def _cells(row: StatusRow) -> tuple[str, ...]:
    return (row.plan, row.database, in_words(row.state), row.since[:SECONDS])


def _below(row: StatusRow, lines: Lines) -> Iterator[str]:
    yield from lines.entry(f"last: {row.last}")
    for measured in row.measured:
        if measured not in row.last:
            yield from lines.entry(measured)
    if row.holder:
        yield from lines.entry(f"worked on by: {row.holder}")
    elif row.state in {"pending", "closed"}:
        yield from lines.entry(LEFT_ALONE)
