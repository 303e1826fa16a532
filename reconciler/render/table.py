"""The table of a plan: one line a database that is not as wanted."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

from reconciler.core.estimates import interval
from reconciler.core.plan import ServicePlanChange, VersionChange
from reconciler.render.words import UNKNOWN, difference_cents, signed, wanted_text

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
SHORTEST_NAME = 8
_RIGHT = frozenset({HEADINGS.index("$/MONTH")})

Row = tuple[str, ...]
"""As many cells as there are headings, or four and a note that runs on to the right."""


def table(plan: Plan, *, width: int) -> list[str]:
    """Aligned lines, at most `width` columns wide where names allow it; empty when all is as wanted."""
    rows = sorted(_rows(plan), key=lambda row: row[1])
    if not rows:
        return []
    full = [row for row in rows if len(row) == len(HEADINGS)]
    aligned = [HEADINGS, *full]
    widths = [max(len(row[column]) for row in aligned) for column in range(len(HEADINGS))]
    for column in range(1, 4):
        widths[column] = max(widths[column], *(len(row[column]) for row in rows))
    widths[0] = 1
    too_much = sum(widths) + 2 * (len(widths) - 2) + 1 - width
    if too_much > 0:
        widths[1] = max(widths[1] - too_much, SHORTEST_NAME)
    return [line for row in [HEADINGS, *rows] for line in _lines(row, widths, width)]


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
    return (BLOCKED, blocked.name, *_before_and_after(blocked.changes), "blocked, see below")


def _before_and_after(changes: tuple[Change, ...]) -> tuple[str, str]:
    for change in changes:
        if isinstance(change, ServicePlanChange):
            return change.before, change.after
        if isinstance(change, VersionChange):
            return f"PG {change.before}", f"PG {change.after}"
    return "", ""


def _lines(row: Row, widths: list[int], width: int) -> list[str]:
    cells = [
        _cell(text, widths[column], is_right=column in _RIGHT) for column, text in enumerate(row)
    ]
    if len(row) == len(HEADINGS):
        return [(cells[0] + " " + "  ".join(cells[1:])).rstrip()]
    begin = cells[0] + " " + "  ".join(cells[1:-1]) + "  "
    return wrap(
        row[-1],
        width,
        initial_indent=begin,
        subsequent_indent=" " * len(begin),
        break_long_words=False,
        break_on_hyphens=False,
    )


def _cell(text: str, width: int, *, is_right: bool) -> str:
    short = text if len(text) <= width else text[: width - 1] + "~"
    return short.rjust(width) if is_right else short.ljust(width)
