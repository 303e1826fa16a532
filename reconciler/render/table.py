"""The table of a plan: one line a database that is not as wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.core.estimates import interval
from reconciler.core.plan import ServicePlanChange, VersionChange
from reconciler.render.columns import cell, fitted
from reconciler.render.words import UNKNOWN, difference_cents, signed, wanted_text
from reconciler.render.wrapping import wrapped

if TYPE_CHECKING:
    from reconciler.core.plan import Blocked, Change, DatabasePlan, Plan

CHANGES, BLOCKED, ON_ITS_WAY, NOT_READ = "~", "!", ">", "?"
HEADINGS = (
    "",
    "DATABASE",
    "NOW",
    "WANTED",
    "METHOD",
    "PREPARE",
    "DOWNTIME",
    "$/MONTH",
    "UNDO UNTIL",
)
GIVEN_UP = ("UNDO UNTIL", "PREPARE", "$/MONTH", "NOW", "METHOD")
"""What a narrow table leaves out, this one first; the details below have it all."""
SHORTEST_NAMES = (40, 8)
"""How far names are cut before, and after, columns are left out: what `desired/` may call a database stays whole."""
LEAST_FOR_NOTE = 20
"""Columns; where fewer are left beside it, a note stands below."""
_RIGHT = frozenset({HEADINGS.index("$/MONTH")})

Row = tuple[str, ...]
"""As many cells as there are headings, or four and a note that runs on to the right."""


def table(plan: Plan, *, width: int) -> list[str]:
    """Aligned lines, at most `width` columns wide: where all do not fit, the less urgent are left out.

    Empty when all is as wanted.
    """
    rows = sorted(_rows(plan), key=lambda row: row[1])
    if not rows:
        return []
    full = [row for row in rows if len(row) == len(HEADINGS)]
    of_all = [HEADINGS, *full]
    widths = [max(len(row[column]) for row in of_all) for column in range(len(HEADINGS))]
    for column in range(1, 4):
        widths[column] = max(widths[column], *(len(row[column]) for row in rows))
    columns, allowed = fitted(
        widths[1:],
        width - len(CHANGES) - 1,
        given_up=[HEADINGS.index(one) - 1 for one in GIVEN_UP],
        named=0,
        shortest=SHORTEST_NAMES,
    )
    shown = [column + 1 for column in columns]
    return [line for row in [HEADINGS, *rows] for line in _lines(row, shown, [1, *allowed], width)]


def _rows(plan: Plan) -> list[Row]:
    return [
        *(_changing(one) for one in plan.databases),
        *(_blocked(one) for one in plan.blocked),
        *(
            (ON_ITS_WAY, one.name, one.serving_plan, one.service_plan, f"under way: {one.note}")
            for one in plan.converging
        ),
        *((NOT_READ, one.name, UNKNOWN, UNKNOWN, "not read, see below") for one in plan.unknown),
    ]


def _changing(database: DatabasePlan) -> Row:
    return (
        CHANGES,
        database.name,
        database.starting_point.serving_plan,
        wanted_text(database),
        database.method or "none needed",
        interval(database.preparation),
        interval(database.downtime),
        signed(difference_cents(database.money)),
        database.undo_until,
    )


def _blocked(blocked: Blocked) -> Row:
    return (BLOCKED, blocked.name, *before_and_after(blocked.changes), "blocked, see below")


def before_and_after(changes: tuple[Change, ...]) -> tuple[str, str]:
    """What a blocked database is and was to be, for the columns NOW and WANTED."""
    for change in changes:
        if isinstance(change, ServicePlanChange):
            return change.before, change.after
        if isinstance(change, VersionChange):
            return f"PG {change.before}", f"PG {change.after}"
    return "", ""


def _lines(row: Row, shown: list[int], widths: list[int], width: int) -> list[str]:
    mark = row[0].ljust(1) + " "
    is_full = len(row) == len(HEADINGS)
    cells = [
        cell(row[column], widths[column], is_right=column in _RIGHT)
        for column in shown
        if is_full or column < len(row) - 1
    ]
    line = mark + "  ".join(cells)
    if is_full:
        return [line.rstrip()]
    begin = line + "  "
    if width - len(begin) < LEAST_FOR_NOTE:
        return [line.rstrip(), *wrapped(row[-1], width, first=" " * 4, further=" " * 4)]
    return wrapped(row[-1], width, first=begin, further=" " * len(begin))
