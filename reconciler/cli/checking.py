"""`reconcile plan --check`: whether a plan file is still what planning gives."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.errors import UsageError

if TYPE_CHECKING:
    import argparse

    from reconciler.cli.planning import Planned


def check_options(arguments: argparse.Namespace) -> None:
    """Refuse options that make no sense beside --check.

    Raises:
        UsageError: there is one.
    """
    if arguments.check is None:
        return
    if arguments.out is not None or arguments.retire:
        raise UsageError(
            "--check goes with neither --out nor --retire.",
            hint="It writes nothing, and knows by the plan file whether that destroys.",
        )
    if arguments.format == "markdown":
        raise UsageError("--check prints text or json.")


def check(path: str, planned: Planned, *, form: str) -> int:
    """Compare the plan in `path` with what was planned now, and print how they differ; returns the exit code.

    Raises:
        PlanFileError: it is not a plan, or was made against another account.
        HerokuError: it destroys, and what that needs could not be read.
    """
    from reconciler.adapters.plan_files import read_plan
    from reconciler.cli import DONE, FAILED, STALE
    from reconciler.cli.retiring import retirement
    from reconciler.cli.terminal import width
    from reconciler.core.comparing import differences
    from reconciler.errors import PlanFileError
    from reconciler.render.comparison import comparison_document, comparison_text

    committed = read_plan(Path(path))
    if committed.endpoint != planned.plan.endpoint:
        raise PlanFileError(
            f"{path} was made against {committed.endpoint}; this speaks to {planned.plan.endpoint}.",
            hint="Set RECONCILE_ENDPOINT or [heroku] endpoint to the same.",
        )
    fresh = retirement(planned) if committed.is_destroying else planned.plan
    found = differences(committed, fresh)
    is_guarded_alike = committed.safety == fresh.safety
    if form == "json":
        text = comparison_document(committed, fresh, found, is_guarded_alike=is_guarded_alike)
    else:
        text = comparison_text(
            committed, fresh, found, is_guarded_alike=is_guarded_alike, width=width()
        )
    print(text, end="")
    if any(one.now == "not read" for one in found):
        return FAILED
    return DONE if is_guarded_alike and not found else STALE
