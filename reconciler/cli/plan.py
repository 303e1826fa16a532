"""Show what would change to make the live databases what desired/ says. Changes nothing.

For each database: the method, why this one and why not the others, the downtime, the money, until when it can be
undone, and every step. The plan is written to a file, which `reconcile apply` carries out exactly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.cli.page import configure_page
from reconciler.cli.planning import configure_scope
from reconciler.cli.terminal import configure_quiet

if TYPE_CHECKING:
    import argparse


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
        "--format",
        choices=["text", "json", "markdown"],
        default="text",
        help="what to print (default: text); markdown is for a pull request's comment",
    )
    parser.add_argument(
        "--out", metavar="FILE", help="where to write the plan (default: plans/<id>.json)"
    )
    configure_page(parser)
    configure_quiet(parser)
    parser.add_argument(
        "--retire",
        action="store_true",
        help="plan only the destruction of what was replaced and has been kept long enough",
    )
    parser.add_argument(
        "--check",
        metavar="PLAN",
        help="write nothing; say whether this plan file is still what planning gives (exit 0), or how not (exit 4)",
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
    from reconciler.cli.checking import check, check_options
    from reconciler.cli.connecting import connected
    from reconciler.cli.planning import make_plans, read_scope
    from reconciler.cli.runs import warn_of_cut_off

    check_options(arguments)
    catalogue = load_catalogue()
    desired = read_scope(arguments.paths, arguments.only, catalogue)
    with connected(desired.heroku) as connection:
        warn_of_cut_off(connection.label, desired.state_url)
        planned = make_plans(desired, catalogue, connection)

    from reconciler.cli.notifying import notify_plan  # what shows and tells is not needed before
    from reconciler.cli.page import write_page
    from reconciler.cli.retiring import retire_file, retirement, written
    from reconciler.cli.showing import put, shown

    if arguments.check is not None:
        return check(arguments.check, planned, form=arguments.format)
    if arguments.retire:
        plan, also = retirement(planned), None
    else:
        plan, also = planned.plan, retire_file(planned, arguments.out)
    path = written(plan, arguments.out, planned.looked_at)
    put(
        shown(plan, arguments.format, path, retire=also, is_quiet=arguments.quiet), arguments.format
    )
    write_page(plan, arguments.html, path=str(path or ""))
    notify_plan(desired.notify, plan)
    if plan.unknown or plan.blocked:
        return FAILED
    return CHANGES if arguments.detailed_exitcode and plan.databases else DONE
