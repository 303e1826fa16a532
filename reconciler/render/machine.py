"""A plan as one JSON document, for programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from reconciler.core.endpoint import is_stand_in
from reconciler.core.safety import findings
from reconciler.render import retiring

if TYPE_CHECKING:
    import datetime as dt

    from reconciler.core.plan import Plan
    from reconciler.render.retiring import RetireFile


def plan_document(
    plan: Plan,
    *,
    path: str = "",
    today: dt.date | None = None,
    retire: RetireFile | None = None,
) -> str:
    """The plan with its totals, ending in a newline; `path` is where the plan file was written.

    The plan itself stands under `plan`, as in the file. `today` judges waivers; without it each of them counts.
    `retire` is what the same look has found to be destroyed.
    """
    document = {
        "format_version": plan.format_version,
        "kind": "plan",
        "id": plan.id,
        "path": path or None,
        "is_stand_in": is_stand_in(plan.endpoint),
        "totals": {
            "databases": plan.count,
            "to_change": len(plan.databases),
            "blocked": len(plan.blocked),
            "converging": len(plan.converging),
            "not_read": len(plan.unknown),
            "unchanged": len(plan.unchanged),
        },
        "beyond_limits": [
            {
                "limit": one.limit,
                "text": one.text,
                "databases": one.databases,
                "is_waived": one.is_waived,
            }
            for one in findings(plan, today=today)
        ],
        "plan": plan.document(),
        "retire": retiring.document(retire),
    }
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
