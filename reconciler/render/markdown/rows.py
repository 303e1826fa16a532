"""The table of a comment: a row for each database that is not as wanted, the riskiest first."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from reconciler.core.estimates import interval
from reconciler.core.plan import Retirement
from reconciler.render.markdown.escape import code, escaped
from reconciler.render.table import before_and_after
from reconciler.render.words import ARROW, UNKNOWN, difference_cents, signed, wanted_text

if TYPE_CHECKING:
    from reconciler.core.plan import Blocked, Converging, DatabasePlan, Plan, Unknown

HEAD = (
    f"| database | now {ARROW} wanted | method | downtime | \\$/month | undo until |\n"
    "|:---|:---|:---|---:|---:|:---|"
)
SHORT_HEAD = f"| database | now {ARROW} wanted | method | downtime |\n|:---|:---|:---|---:|"
NAME, CELL, NOTE, SHORT_CELL = 80, 40, 200, 16
"""UTF-16 units of a cell's source."""


def by_risk(plan: Plan) -> list[DatabasePlan]:
    """What destroys first, then by downtime (no bound is the longest), then by what it costs more; then by name."""
    return sorted(plan.databases, key=_risk)


def _risk(database: DatabasePlan) -> tuple[bool, float, float, str]:
    destroys = any(isinstance(change, Retirement) for change in database.changes)
    upper_s = database.downtime.upper_s
    more = difference_cents(database.money)
    return (
        not destroys,
        -math.inf if upper_s is None else -upper_s,
        -math.inf if more is None else -more,
        database.name,
    )


def rows(plan: Plan) -> list[str]:
    """Blocked and unread ones first, then those that change, then those that are under way."""
    return [
        *(_blocked(one) for one in plan.blocked),
        *(_unknown(one) for one in plan.unknown),
        *(_changing(one) for one in by_risk(plan)),
        *(_converging(one) for one in plan.converging),
    ]


def short_rows(plan: Plan) -> list[str]:
    """The same in few characters."""
    return [
        *(_short(one.name, *before_and_after(one.changes), "blocked", "") for one in plan.blocked),
        *(_short(one.name, UNKNOWN, UNKNOWN, "not read", "") for one in plan.unknown),
        *(_short_changing(one) for one in by_risk(plan)),
        *(
            _short(one.name, one.serving_plan, one.service_plan, "under way", "")
            for one in plan.converging
        ),
    ]


def _changing(database: DatabasePlan) -> str:
    return _row(
        database.name,
        database.starting_point.serving_plan,
        wanted_text(database),
        escaped(database.method or "none needed"),
        escaped(interval(database.downtime)),
        escaped(signed(difference_cents(database.money))),
        escaped(database.undo_until, most=CELL),
    )


def _short_changing(database: DatabasePlan) -> str:
    return _short(
        database.name,
        database.starting_point.serving_plan,
        wanted_text(database),
        database.method or "none needed",
        interval(database.downtime),
    )


def _blocked(blocked: Blocked) -> str:
    now, wanted = before_and_after(blocked.changes)
    return _row(blocked.name, now, wanted, "**blocked**", "", "", "")


def _unknown(unknown: Unknown) -> str:
    return _row(unknown.name, UNKNOWN, UNKNOWN, "**not read**", "", "", "")


def _converging(converging: Converging) -> str:
    note = f"under way: {escaped(converging.note, most=NOTE)}"
    return _row(converging.name, converging.serving_plan, converging.service_plan, note, "", "", "")


def _row(name: str, now: str, wanted: str, *cells: str) -> str:
    both = (
        f"{escaped(now, most=CELL)} {ARROW} {escaped(wanted, most=CELL)}" if now or wanted else ""
    )
    return f"| {' | '.join((code(name, most=NAME), both, *cells))} |"


def _short(name: str, now: str, wanted: str, method: str, downtime: str) -> str:
    both = f"{escaped(now, most=SHORT_CELL)} {ARROW} {escaped(wanted, most=SHORT_CELL)}"
    method, downtime = escaped(method, most=SHORT_CELL), escaped(downtime, most=SHORT_CELL)
    return f"|{escaped(name, most=NAME)}|{both}|{method}|{downtime}|"
