"""One row for each database that is not as wanted, in the terms of the page: what to sort by, what to filter by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from reconciler.render.table import before_and_after
from reconciler.render.words import UNKNOWN, difference_cents, wanted_text

if TYPE_CHECKING:
    from reconciler.core.plan import Blocked, DatabasePlan, Plan

Kind = Literal["change", "blocked", "converging", "unknown"]
KINDS: dict[Kind, str] = {
    "change": "to change",
    "blocked": "blocked",
    "converging": "converging",
    "unknown": "not read",
}


@dataclass(frozen=True, slots=True)
class Row:
    """What the overview says of one database."""

    kind: Kind
    name: str
    app: str
    before: str
    after: str
    note: str = ""
    """In place of the figures, where there is no plan for it."""
    plan: DatabasePlan | None = None

    @property
    def cents(self) -> int | None:
        """What a month costs more; None where that is not known, or nothing is planned."""
        return difference_cents(self.plan.money) if self.plan else None


def rows_of(plan: Plan) -> list[Row]:
    """Sorted by name."""
    rows = [
        *map(_changing, plan.databases),
        *map(_blocked, plan.blocked),
        *(
            Row("converging", one.name, "", one.serving_plan, one.service_plan, one.note)
            for one in plan.converging
        ),
        *(Row("unknown", one.name, one.app, UNKNOWN, UNKNOWN, one.reason) for one in plan.unknown),
    ]
    return sorted(rows, key=lambda row: (row.name, row.kind))


def _changing(one: DatabasePlan) -> Row:
    before = one.starting_point.serving_plan
    return Row("change", one.name, one.app, before, wanted_text(one), plan=one)


def _blocked(one: Blocked) -> Row:
    return Row("blocked", one.name, one.app, *before_and_after(one.changes), one.reason)
