"""Post what plans say as exactly one comment on the pull request, or drift as exactly one issue.

On GitHub and GitLab, in their pipelines; run again, it changes the same comment. Without PLAN, all in plans/ are shown.

  reconcile plan --out plan.json && reconcile comment plan.json
  reconcile drift --format json > drift.json; reconcile comment --issue "Drift" drift.json

The issue is opened when something has drifted, kept up to date, and closed when nothing has any more.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.errors import UsageError

if TYPE_CHECKING:
    import argparse

    from reconciler.adapters.forge.settings import ForgeSettings
    from reconciler.adapters.forge.sticky import Kept

TIMEOUT = "20s"
LONGEST_NEXT = 6_000
"""UTF-16 units of what stands below the plans."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "files",
        nargs="*",
        metavar="PLAN",
        help="plan files (default: all in plans/); with --issue the JSON document of reconcile drift",
    )
    parser.add_argument(
        "--provider",
        choices=["github", "gitlab"],
        help="the code host (default: the one whose pipeline this is)",
    )
    parser.add_argument(
        "--name",
        "--marker",
        default="plan",
        metavar="NAME",
        help="what the comment or issue is known by, for several estates in one repository (default: plan); "
        "--marker is the same",
    )
    parser.add_argument(
        "--issue", metavar="TITLE", help="an issue with that title instead of a comment, for drift"
    )
    parser.add_argument(
        "--message",
        metavar="FILE",
        help="a text to post instead of plans, such as what a command that failed has said",
    )
    parser.add_argument(
        "--next",
        metavar="FILE",
        help="a text to post below the plans in place of the command that applies, such as what a pipeline asks for",
    )
    parser.add_argument(
        "--title",
        default="reconcile plan: failed",
        metavar="TEXT",
        help="what stands above --message",
    )
    parser.add_argument(
        "--pull-request",
        type=int,
        metavar="NUMBER",
        help="the pull or merge request (default: the one of this pipeline)",
    )
    parser.add_argument(
        "--timeout",
        default=TIMEOUT,
        metavar="TIME",
        help=f"how long to wait for each answer (default: {TIMEOUT})",
    )


def run(arguments: argparse.Namespace) -> int:
    """Render, look for what is there, write; 1 when the host refuses."""
    from reconciler.adapters.forge.settings import provider_of, read_settings
    from reconciler.render.markdown.plans import GITHUB_MOST, GITLAB_MOST

    timeout_s = _checked(arguments)
    provider = arguments.provider or provider_of(os.environ)
    most = GITHUB_MOST if provider == "github" else GITLAB_MOST
    marker, body, is_wanted = _content(arguments, most)
    settings = read_settings(provider, os.environ, pull_request=arguments.pull_request)
    kept = asyncio.run(
        _post(settings, arguments.issue, marker, body, is_wanted=is_wanted, timeout_s=timeout_s)
    )
    _tell(kept, "Issue" if arguments.issue else "Comment")
    return 0


def _checked(arguments: argparse.Namespace) -> float:
    """Seconds to wait for each answer.

    Raises:
        UsageError: the words do not go together.
    """
    from reconciler.core.durations import parse_duration
    from reconciler.render.markdown.marker import is_marker_name

    if not is_marker_name(arguments.name):
        raise UsageError("--name must be letters, digits, blanks and . _ - / only, without --.")
    if arguments.message and (arguments.files or arguments.issue):
        raise UsageError("--message stands alone: without PLAN and without --issue.")
    if arguments.next and (arguments.message or arguments.issue):
        raise UsageError("--next goes with plans only: without --message and without --issue.")
    if arguments.issue is not None and not arguments.issue.strip():
        raise UsageError("--issue needs a title.")
    if arguments.issue and len(arguments.files) != 1:
        raise UsageError(
            "--issue takes one file with drift.",
            hint="Write it: reconcile drift --format json > drift.json",
        )
    if arguments.pull_request is not None and arguments.pull_request < 1:
        raise UsageError("--pull-request must be a number from 1 on.")
    try:
        return float(parse_duration(arguments.timeout).seconds or 0)
    except ValueError as error:
        raise UsageError(f"--timeout {error}") from error


def _content(arguments: argparse.Namespace, most: int) -> tuple[str, str, bool]:
    """Marker, text, and whether it is wanted at all."""
    from reconciler.render.markdown.marker import marker_of

    if arguments.issue:
        from reconciler.adapters.drift_files import read_drift
        from reconciler.render.markdown.drift import drift_markdown

        marker = marker_of(arguments.name, kind="drift")
        found = read_drift(Path(arguments.files[0]))
        is_wanted = bool(found.drifted or found.unknown)
        return marker, drift_markdown(found, most=most, marker=marker), is_wanted
    marker = marker_of(arguments.name)
    if arguments.message:
        from reconciler.render.markdown.message import message_markdown

        text = message_markdown(
            _read(Path(arguments.message)), title=arguments.title, marker=marker, most=most
        )
        return marker, text, True
    if not arguments.next:
        return marker, _plans(arguments.files, marker, most), True
    from reconciler.render.markdown.escape import units
    from reconciler.render.markdown.message import block

    following = "\n**What is next**\n\n" + block(_read(Path(arguments.next)), most=LONGEST_NEXT)
    plans = _plans(arguments.files, marker, most - units(following), is_pipelines=True)
    return marker, plans + following, True


def _plans(files: list[str], marker: str, most: int, *, is_pipelines: bool = False) -> str:
    """All plans one below the other; each has the same share of the room."""
    from reconciler.adapters.clock import SystemClock
    from reconciler.adapters.plan_files import read_plan
    from reconciler.render.markdown.plans import SHORTEST, plan_markdown

    paths = [Path(file) for file in files] or sorted(Path("plans").glob("*.json"))
    if not paths:
        raise UsageError(
            "There is no plan: none is named and plans/ has none.",
            hint="Plan first: reconcile plan",
        )
    share = most // len(paths) - 2
    if share < SHORTEST:
        raise UsageError(f"{len(paths)} plans do not fit into one comment.", hint="Name fewer.")
    today = SystemClock().now().date()
    texts = [
        plan_markdown(
            read_plan(path),
            path=str(path),
            today=today,
            most=share,
            marker="" if number else marker,
            is_pipelines=is_pipelines,
        )
        for number, path in enumerate(paths)
    ]
    return "\n".join(texts)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from error


async def _post(
    settings: ForgeSettings,
    issue: str | None,
    marker: str,
    body: str,
    *,
    is_wanted: bool,
    timeout_s: float,
) -> Kept:
    from reconciler.adapters.clock import SystemClock
    from reconciler.adapters.forge.http import Host, open_client
    from reconciler.adapters.forge.posts import posts_of
    from reconciler.adapters.forge.sticky import keep_one

    async with open_client(settings, timeout_s=timeout_s) as client:
        posts = posts_of(Host(client, settings, SystemClock()), issue=issue)
        return await keep_one(posts, marker=marker, body=body, is_wanted=is_wanted)


def _tell(kept: Kept, noun: str) -> None:
    where = f": {kept.address}" if kept.address.isprintable() and kept.address else "."
    print(f"{noun} {kept.what}{where}")
    if kept.removed:
        print(f"{kept.removed} older with the same marker taken away.", file=sys.stderr)
    if kept.left:
        print(
            f"{kept.left} older with the same marker left: the token may not take them away.",
            file=sys.stderr,
        )
