"""Show how far every apply got, also while one is running. Reads the records, asks nobody.

What the live account is like now, only `reconcile plan` can say; whether what is done is still so, `reconcile verify`.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from reconciler.cli.options import WHERE, configure_desired
from reconciler.cli.page import configure_page, write_page
from reconciler.errors import UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from reconciler.apply.journal import Entry
    from reconciler.apply.state import RecordedRun, State
    from reconciler.core.names import DatabaseName
    from reconciler.render.status import StatusRow

FORMAT_VERSION = "0.1"


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
        rows = [row for row in _rows(state) if arguments.all or row.state != "done"]
        where = state.where
        newest = _newest(state) if arguments.html else None
        if newest is not None:
            write_page(newest.plan(), arguments.html, run=newest)
    if arguments.html and newest is None:
        raise UsageError(
            f"No apply is recorded in {where}, so there is no page to write.",
            hint="For the page of a plan: reconcile plan --html FILE",
        )
    if arguments.format == "json":
        document = {"format_version": FORMAT_VERSION, "runs": [asdict(row) for row in rows]}
        print(json.dumps(document, indent=1))
        return DONE
    if not rows:
        print(f"No apply recorded in {where} is unfinished.")
    show(status_text(rows, width=width()))
    return DONE


def _newest(state: State) -> RecordedRun | None:
    """The one that was written last."""
    runs = list(state.runs())
    return runs[-1] if runs else None


def _rows(state: State) -> Iterator[StatusRow]:
    from reconciler.apply.journal import by_database

    for run in state.runs():
        for name, written in sorted(by_database(run.entries).items()):
            yield _row(run, name, written)


def _row(run: RecordedRun, name: DatabaseName, written: Sequence[Entry]) -> StatusRow:
    from reconciler.apply.journal import progress_of
    from reconciler.apply.standing import last_of, standing_of
    from reconciler.render.status import StatusRow

    progress = progress_of(written, frozenset())
    return StatusRow(
        plan=run.digest[:8],
        database=name,
        state=standing_of(written, is_worked_on=name in run.holders),
        since=written[-1].at,
        last=last_of(written),
        holder=str(run.holders.get(name, "")),
        prepared_s=progress.prepared_s,
        closed_s=progress.closed_s,
        measured=_measured(written) if progress.has_begun else (),
    )


def _measured(written: Sequence[Entry]) -> tuple[str, ...]:
    """What the newest attempt has measured, beside what was predicted, in words."""
    from reconciler.apply.journal import CLOSED, PREPARED

    newest = {one.key: one.text for one in written if one.key in {CLOSED, PREPARED}}
    return tuple(newest[key] for key in (PREPARED, CLOSED) if newest.get(key))
