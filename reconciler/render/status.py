"""How far each apply got, as a table with the last thing that happened below each line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.render.columns import aligned
from reconciler.render.details import Lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

HEADINGS = ("PLAN", "DATABASE", "STATE", "SINCE (UTC)")
KEYS = ("plan", "database", "state", "since")
GIVEN_UP = (KEYS.index("since"), KEYS.index("plan"))
SECONDS = len("2026-11-22T20:00:00")
LONGEST_NAME = 40


def status_text(rows: Sequence[Mapping[str, Any]], *, width: int) -> str:
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


def _cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    *first, since = (row[key] for key in KEYS)
    return (*first, since[:SECONDS])


def _below(row: Mapping[str, Any], lines: Lines) -> Iterator[str]:
    yield from lines.entry(f"last: {row['last']}")
    for measured in row["measured"]:
        if measured not in row["last"]:
            yield from lines.entry(measured)
    if row["holder"]:
        yield from lines.entry(f"worked on by: {row['holder']}")
