"""Show how far every apply got, also while one is running. Reads the records, asks nobody.

What the live account is like now, only `reconcile plan` can say; whether what is done is still so, `reconcile verify`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from reconciler.cli.options import WHERE, configure_desired
from reconciler.cli.page import configure_page, write_page
from reconciler.errors import UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from reconciler.apply.journal import Entry
    from reconciler.apply.state import State
    from reconciler.core.plan import Plan


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    configure_desired(parser, WHERE)
    parser.add_argument(
        "--format", choices=["text", "json"], default="text", help="what to print (default: text)"
    )
    parser.add_argument("--all", action="store_true", help="also what is done")
    configure_page(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print a line for each database of each run, and write the page of the newest one."""
    from reconciler.cli import DONE
    from reconciler.cli.state import open_state, written_url
    from reconciler.cli.terminal import show, width
    from reconciler.render.status import status_text

    with open_state(written_url(arguments.desired)) as state:
        rows = [row for row in _rows(state) if arguments.all or row["state"] != "done"]
        where = state.where
        newest = _newest(state) if arguments.html else None
    if newest is not None:
        plan, entries = newest
        write_page(plan, arguments.html, entries=entries)
    elif arguments.html:
        raise UsageError(
            f"No apply is recorded in {where}, so there is no page to write.",
            hint="For the page of a plan: reconcile plan --html FILE",
        )
    if arguments.format == "json":
        print(json.dumps({"format_version": "0.1", "runs": rows}, indent=1))
        return DONE
    if not rows:
        print(f"No apply recorded in {where} is unfinished.")
    show(status_text(rows, width=width()))
    return DONE


def _newest(state: State) -> tuple[Plan, tuple[Entry, ...]] | None:
    """The plan that was written of last, with all that was written of it."""
    runs = list(state.runs())
    return (runs[-1].plan(), runs[-1].entries) if runs else None


def _rows(state: State) -> Iterator[dict[str, Any]]:
    from reconciler.apply.journal import by_database, progress_of

    for run in state.runs():
        for name, written in sorted(by_database(run.entries).items()):
            last = written[-1]
            progress = progress_of(written, frozenset())
            yield {
                "plan": run.digest[:8],
                "database": str(name),
                "state": state_of(written),
                "since": last.at,
                "last": ": ".join(part for part in (last.step, last.text) if part) or last.what,
                "holder": str(run.holders.get(name, "")),
                "prepared_s": progress.prepared_s,
                "closed_s": progress.closed_s,
                "measured": _measured(written) if progress.has_begun else [],
            }


def _measured(written: list[Entry]) -> list[str]:
    """What the newest attempt has measured, beside what was predicted, in words."""
    from reconciler.apply.journal import CLOSED, PREPARED

    newest = {one.key: one.text for one in written if one.key in {CLOSED, PREPARED}}
    return [newest[key] for key in (PREPARED, CLOSED) if newest.get(key)]


def state_of(written: list[Entry]) -> str:
    """How far one database is, in words; the plan's stages are not needed for it."""
    from reconciler.apply.journal import progress_of

    progress = progress_of(written, frozenset())
    if progress.is_done:
        return "done"
    if progress.is_cutting_over:
        return "IN THE CUTOVER, apps may be closed"
    if not progress.has_begun:
        return "taken back"
    return {"failed": "failed", "backed-out": "backed out"}.get(written[-1].what, "under way")
