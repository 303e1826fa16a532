"""Show a saved plan, without the network, and say what apply would refuse about it.

The plan is read as apply reads it: one that was changed after it was made, or is of another major version of the
format, is not shown. Its age is counted by this machine's clock; apply counts it by Heroku's.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.cli.options import configure_desired
from reconciler.cli.page import configure_page
from reconciler.cli.showing import FORMATS

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from reconciler.core.desired import DesiredState
    from reconciler.core.plan_document import PlanDocument


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("plan", metavar="PLAN", help="a plan file, such as plans/fe3485a3.json")
    parser.add_argument(
        "--format", choices=FORMATS, default="text", help="what to print (default: text)"
    )
    configure_page(parser)
    configure_desired(
        parser,
        "where the desired state is (default: desired, if it is there); says whom apply would speak to",
    )


def run(arguments: argparse.Namespace) -> int:
    """Print the plan, and on stderr what apply would say."""
    from reconciler.adapters.plan_files import read_plan_file
    from reconciler.cli.page import write_page
    from reconciler.cli.showing import put, shown

    path = Path(arguments.plan)
    document = read_plan_file(path)
    desired = _desired(arguments.desired)
    put(shown(document.plan, arguments.format, path), arguments.format)
    write_page(document.plan, arguments.html, path=str(path))
    for line in _said_of(document, desired):
        print(line, file=sys.stderr)
    return 0


def _desired(paths: list[str] | None) -> DesiredState | None:
    """The desired state that was named, else the one of this folder, if there is one."""
    from reconciler.catalogue import load_catalogue
    from reconciler.cli.planning import read_scope

    if paths is None and not Path("desired").exists():
        return None
    return read_scope(paths or ["desired"], [], load_catalogue())


def _said_of(document: PlanDocument, desired: DesiredState | None) -> Iterator[str]:
    """When it was made, and a line for each reason for which apply would refuse it."""
    from reconciler.adapters.clock import SystemClock
    from reconciler.cli.connecting import chosen_endpoint, label_of
    from reconciler.core.endpoint import is_stand_in
    from reconciler.core.moments import moment_text
    from reconciler.core.plan_age import strictest, too_old
    from reconciler.core.soundness import dangers

    plan, made = document.plan, document.made
    if made is not None:
        yield f"Made at {moment_text(made.at)}, by the clock of {plan.endpoint}."
    refused = f"Apply refuses plan {plan.id}: it"
    if desired is not None:
        endpoint = label_of(chosen_endpoint(desired.heroku))
        if endpoint != plan.endpoint:
            yield f"{refused} was made against {plan.endpoint}, and apply would speak to {endpoint}."
    limits = (plan.safety.limits, *(() if desired is None else (desired.safety.limits,)))
    if not is_stand_in(plan.endpoint):  # a stand-in's time is not ours
        age = too_old(made, most=strictest(*limits), now=SystemClock().now())
        if age:
            yield f"{refused} {age}, by this machine's clock."
    for danger in dangers(plan)[:1]:
        yield f"{refused} would do harm to {danger.database}: {danger.text}."
