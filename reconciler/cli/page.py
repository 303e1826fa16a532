"""The option that writes what a command shows as a page for a browser as well."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.errors import StateError

if TYPE_CHECKING:
    import argparse

    from reconciler.apply.state import RecordedRun
    from reconciler.core.plan import Plan


def configure_page(parser: argparse.ArgumentParser) -> None:
    """Declare `--html`."""
    parser.add_argument(
        "--html", metavar="FILE", help="write it as one self-contained HTML page, too"
    )


def write_page(
    plan: Plan, place: str | None, *, path: str = "", run: RecordedRun | None = None
) -> None:
    """Write the page to `place`, if one was asked for; `path` is the plan file, `run` what its apply has recorded.

    Raises:
        StateError: the place cannot be written.
    """
    if place is None:
        return
    from reconciler.adapters.clock import SystemClock
    from reconciler.adapters.plan_files import write_text
    from reconciler.apply.shown import shown_progress
    from reconciler.render.html import html_page

    progress = None if run is None else shown_progress(plan, run.entries, run.holders)
    text = html_page(plan, now=SystemClock().now(), path=path, progress=progress)
    try:
        write_text(text, Path(place))
    except StateError as error:
        kept = f" The plan is safe in {path}." if path else ""
        hint = f"Mend that, or name another place with --html.{kept}"
        raise StateError(str(error), hint=hint) from error
    print(f"Page written to {place}.", file=sys.stderr)
