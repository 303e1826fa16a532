"""Show what would change to make the live databases what desired/ says. Changes nothing.

For each database: the method, why this one and why not the others, the downtime, the money, until when it can be
undone, and every step. The plan is written to a file, which `reconcile apply` carries out exactly.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.cli.planning import configure_scope

if TYPE_CHECKING:
    import argparse

    from reconciler.core.plan import Plan


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "paths",
        nargs="*",
        default=["desired"],
        metavar="PATH",
        help="files or folders of the desired state (default: desired)",
    )
    configure_scope(parser)
    parser.add_argument(
        "--format", choices=["text", "json"], default="text", help="what to print (default: text)"
    )
    parser.add_argument(
        "--out", metavar="FILE", help="where to write the plan (default: plans/<id>.json)"
    )
    parser.add_argument(
        "--retire",
        action="store_true",
        help="plan only the destruction of what was replaced and has been kept long enough",
    )
    parser.add_argument(
        "--detailed-exitcode",
        action="store_true",
        help="exit with 2 when there is something to change",
    )


def run(arguments: argparse.Namespace) -> int:
    """Plan, write the plan file, print; 1 when a database could not be read or nothing is allowed for it."""
    from reconciler.catalogue import load_catalogue
    from reconciler.cli import CHANGES, DONE, FAILED
    from reconciler.cli.connecting import connected
    from reconciler.cli.planning import make_plan, make_retire_plan, read_scope
    from reconciler.cli.runs import warn_of_cut_off

    catalogue = load_catalogue()
    desired = read_scope(arguments.paths, arguments.only, catalogue)
    with connected(desired.heroku) as connection:
        warn_of_cut_off(connection.label)
        make = make_retire_plan if arguments.retire else make_plan
        plan = make(desired, catalogue, connection)
    path = _written(plan, arguments.out)
    print(_text(plan, arguments.format, path), end="")
    if plan.unknown or plan.blocked:
        return FAILED
    return CHANGES if arguments.detailed_exitcode and plan.databases else DONE


def _written(plan: Plan, out: str | None) -> Path | None:
    """Where the plan was written; None when there is nothing to apply and no place was named."""
    from reconciler.adapters.plan_files import write_plan

    if not plan.databases and out is None:
        return None
    path = Path(out) if out else Path("plans") / f"{plan.id}.json"
    write_plan(plan, path)
    return path


def _text(plan: Plan, form: str, path: Path | None) -> str:
    from reconciler.adapters.clock import SystemClock
    from reconciler.cli.terminal import is_ascii, width
    from reconciler.render.human import plan_text
    from reconciler.render.machine import plan_document

    place = str(path or "")
    today = SystemClock().now().date()
    if form == "json":
        return plan_document(plan, path=place, today=today)
    return plan_text(plan, path=place, width=width(), is_ascii=is_ascii(), today=today)
