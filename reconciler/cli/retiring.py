"""Writing plan files, and beside one the plan that destroys what earlier ones replaced."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt

    from reconciler.cli.planning import Planned
    from reconciler.core.plan import Plan
    from reconciler.render.retiring import RetireFile


def retirement(planned: Planned) -> Plan:
    """The plan that only destroys.

    Raises:
        HerokuError: what it needs could not be read.
    """
    if planned.retire is None:
        raise planned.trouble or AssertionError("without a plan there is trouble")
    return planned.retire


def retire_file(planned: Planned, out: str | None) -> RetireFile | None:
    """That plan, written beside the other one when it destroys anything; None when nothing was kept long enough."""
    from reconciler.render.retiring import RetireFile

    if planned.trouble is not None:
        print(f"What was replaced could not be looked at: {planned.trouble}", file=sys.stderr)
    plan = planned.retire
    if plan is None or not (plan.databases or plan.blocked):
        return None
    if not plan.databases:
        return RetireFile(plan, "")
    beside = Path(out).with_name(f"{Path(out).stem}-retire{Path(out).suffix}") if out else None
    path = written(plan, None if beside is None else str(beside), planned.looked_at)
    return RetireFile(plan, str(path))


def written(plan: Plan, out: str | None, looked_at: dt.datetime | None) -> Path | None:
    """Where the plan was written; None when there is nothing to apply and no place was named."""
    from reconciler.adapters.plan_files import write_plan

    if not plan.databases and out is None:
        return None
    path = Path(out) if out else Path("plans") / f"{plan.id}.json"
    write_plan(plan, path, looked_at=looked_at)
    return path
