"""Whether a plan may be carried out: approved by whom or what, for what is desired now, and not too old to begin with."""

from __future__ import annotations

import asyncio
import re
import sys
from typing import TYPE_CHECKING

from reconciler.errors import UsageError

if TYPE_CHECKING:
    import argparse

    from reconciler.apply.state import State
    from reconciler.cli.connecting import Connection
    from reconciler.core.desired import DesiredState
    from reconciler.core.plan import Plan
    from reconciler.core.plan_document import PlanDocument

DIGEST = re.compile(r"[0-9a-f]{64}")
"""The whole of it: two plans that begin alike can be made, by whoever takes the time."""
_ADDED_BY_PAGES = re.compile(r"[\s\u200b]")
"""What comes along when a digest is copied out of a page."""


def configure_approval(parser: argparse.ArgumentParser) -> None:
    """The options that approve."""
    parser.add_argument(
        "--auto-approve",
        action="store_true",
        help="do not ask; for pipelines that reviewed the plan",
    )
    parser.add_argument(
        "--approve",
        metavar="DIGEST",
        help="do not ask, and carry out only the plan with this digest, all 64 digits of it",
    )
    parser.add_argument(
        "--as-desired",
        action="store_true",
        help="refuse a plan file that was made for another desired state or other limits; for pipelines",
    )


def check_approve(text: str | None) -> str | None:
    """The digest in `text`, lower case, without what a page puts between its digits.

    Raises:
        UsageError: it is not 64 hex digits.
    """
    if text is None:
        return None
    digest = _ADDED_BY_PAGES.sub("", text).lower()
    if not DIGEST.fullmatch(digest):
        raise UsageError(
            f"--approve {text:.70} is not a plan's digest.",
            hint='Give all 64 of its hex digits; it stands in the plan file as "digest".',
        )
    return digest


def is_approved(arguments: argparse.Namespace, plan: Plan, *, is_begun: bool) -> bool:
    """Whether somebody approved `plan`: by its digest, by leave for any plan, or now on the terminal.

    `is_begun`: it was approved already, and cut off; `--approve` is then about the plan that comes after it.
    """
    if arguments.approve is not None:
        fits = plan.digest == arguments.approve
        if not fits and not is_begun:
            print(
                f"Plan {plan.id} is not the one that --approve {arguments.approve[:12]} is about.",
                file=sys.stderr,
            )
        return fits or is_begun
    if arguments.auto_approve:
        return True
    return says_yes(f"Apply plan {plan.id}?", doing="apply")


def says_yes(question: str, *, doing: str) -> bool:
    """Whether somebody at the terminal types yes; without a terminal it says how to `doing` without being asked."""
    if not sys.stdin.isatty():
        print(f"To {doing} without being asked, add --auto-approve.", file=sys.stderr)
        return False
    try:
        return input(f"{question} Type yes: ").strip() == "yes"
    except EOFError:  # Ctrl-D
        print(file=sys.stderr)
        return False


def why_not_as_desired(plan: Plan, desired: DesiredState, state: State) -> str:
    """Why `plan` was not made for `desired`, in a sentence; empty when it was. One that was begun goes on.

    Raises:
        StateError: the records of earlier runs could not be read.
    """
    from reconciler.core.safety import safety_of

    guards = safety_of(plan.databases, wanted=desired.safety, fleet_size=desired.fleet_size)
    if plan.desired_digest != desired.digest:
        other = "another desired state"
    elif plan.safety != guards:
        other = "other limits, waivers or freezes"
    else:
        return ""
    if _was_begun(state, plan):
        return ""
    return f"Plan {plan.id} was made for {other}; nothing was changed. Plan again: reconcile plan"


def why_too_old(
    document: PlanDocument, desired: DesiredState, connection: Connection, state: State
) -> str:
    """Why the plan of a file is too old to begin with, in a sentence; empty when it is not.

    One that was begun goes on at any age. Heroku's clock is asked only where there is a limit.

    Raises:
        HerokuError: Heroku's clock could not be read.
        StateError: the records of earlier runs could not be.
    """
    from reconciler.cli.connecting import client_of
    from reconciler.core.plan_age import strictest, too_old

    plan = document.plan
    most = strictest(plan.safety.limits, desired.safety.limits)
    if most is None or _was_begun(state, plan):
        return ""

    async def heard() -> str:
        async with client_of(connection, desired.heroku) as client:
            return too_old(document.made, most=most, now=await client.time())

    found = asyncio.run(heard())
    return (
        f"Plan {plan.id} {found}; nothing was changed. Plan again: reconcile plan" if found else ""
    )


def _was_begun(state: State, plan: Plan) -> bool:
    return any(run.entries and plan.digest.startswith(run.digest) for run in state.runs())
