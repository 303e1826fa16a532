"""Tables of fixed columns for terminals of any width: a row is never broken, columns are left out instead."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

BETWEEN = 2
"""Spaces between columns."""
SHORTENED = "~"
"""Stands for the rest of a cell that is cut."""


def needed(widths: Sequence[int], columns: Sequence[int]) -> int:
    """How wide a row of these columns is."""
    return sum(widths[column] for column in columns) + BETWEEN * (len(columns) - 1)


def fitted(
    widths: Sequence[int],
    width: int,
    *,
    given_up: Sequence[int],
    named: int,
    shortest: tuple[int, int],
) -> tuple[list[int], list[int]]:
    """The columns that are shown within `width`, and how wide each of all columns may be.

    First the cells of the column `named` are cut, but to no less than `shortest[0]`; then the columns in `given_up`
    are left out, that one first that stands first; then cells are cut further, to `shortest[1]`.
    """
    allowed = list(widths)
    columns = list(range(len(widths)))
    waiting = list(given_up)
    _cut(allowed, columns, width, named, shortest[0])
    while needed(allowed, columns) > width and waiting:
        columns.remove(waiting.pop(0))
        allowed[named] = widths[named]
        _cut(allowed, columns, width, named, shortest[0])
    for column in (named, *reversed(columns)):
        _cut(allowed, columns, width, column, shortest[1])
    return columns, allowed


def _cut(allowed: list[int], columns: Sequence[int], width: int, column: int, least: int) -> None:
    """Make one column as narrow as it takes, but not narrower than `least`."""
    too_much = needed(allowed, columns) - width
    if too_much > 0 and allowed[column] > least:
        allowed[column] = max(allowed[column] - too_much, least)


def cell(text: str, width: int, *, is_right: bool = False) -> str:
    """`text`, filled up or cut to `width`.

    Words are cut at their end; a single one, such as a name, in its middle, since names of a kind differ at their ends.
    """
    short = text if len(text) <= width else _shortened(text, width)
    return short.rjust(width) if is_right else short.ljust(width)


def _shortened(text: str, width: int) -> str:
    kept = width - len(SHORTENED)
    end = 0 if " " in text else kept // 2
    return text[: kept - end] + SHORTENED + text[len(text) - end :]


def aligned(
    rows: Sequence[Sequence[str]],
    *,
    width: int,
    given_up: Sequence[int] = (),
    named: int = 0,
    right: Collection[int] = (),
    shortest: tuple[int, int] = (16, 8),
) -> list[str]:
    """The rows, all of equally many cells, as lines of at most `width` columns where that is possible."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    columns, allowed = fitted(widths, width, given_up=given_up, named=named, shortest=shortest)
    return [
        (" " * BETWEEN)
        .join(cell(row[one], allowed[one], is_right=one in right) for one in columns)
        .rstrip()
        for row in rows
    ]
