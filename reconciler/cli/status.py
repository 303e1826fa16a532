"""Show how far every apply from this folder got, also while one is running. Reads the journals, asks nobody.

What the live account is like now, only `reconcile plan` can say.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from reconciler.apply.journal import Entry


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--format", choices=["text", "json"], default="text", help="what to print (default: text)"
    )
    parser.add_argument("--all", action="store_true", help="also what is done")


def run(arguments: argparse.Namespace) -> int:
    """Print a line for each database of each run."""
    from reconciler.cli import DONE

    rows = [row for row in _rows() if arguments.all or row["state"] != "done"]
    if arguments.format == "json":
        print(json.dumps({"format_version": "0.1", "runs": rows}, indent=1))
        return DONE
    if not rows:
        print("No apply from this folder is unfinished.")
    for row in rows:
        print(f"{row['plan']}  {row['database']}: {row['state']}, since {row['since']}")
        print(f"  last: {row['last']}")
    return DONE


def _rows() -> Iterator[dict[str, str]]:
    from reconciler.adapters.run_files import recorded_runs
    from reconciler.apply.journal import by_database

    for folder, entries in recorded_runs():
        for name, written in sorted(by_database(entries).items()):
            last = written[-1]
            yield {
                "plan": folder.name[:8],
                "database": str(name),
                "state": _state(written),
                "since": last.at,
                "last": ": ".join(part for part in (last.step, last.text) if part) or last.what,
            }


def _state(written: list[Entry]) -> str:
    """In words; the plan's stages are not needed for it."""
    from reconciler.apply.journal import progress_of

    progress = progress_of(written, frozenset())
    if progress.is_done:
        return "done"
    if progress.is_cutting_over:
        return "IN THE CUTOVER, apps may be closed"
    if not progress.has_begun:
        return "taken back"
    return {"failed": "failed", "backed-out": "backed out"}.get(written[-1].what, "under way")
