"""Show everything that was done for a plan: each intent, answer and verdict, in order, with Heroku's request ids.

Each database's entries are chained by hashes: what was changed or taken out later shows, and is said first.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from reconciler.cli.nearest import which
from reconciler.cli.options import WHERE, configure_desired
from reconciler.errors import UsageError

if TYPE_CHECKING:
    import argparse

    from reconciler.apply.journal import Entry
    from reconciler.apply.state import RecordedRun, State

FORMAT_VERSION = "0.1"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    configure_plan(parser)
    parser.add_argument("--database", metavar="NAME", help="only this one")
    parser.add_argument(
        "--certificate",
        metavar="NAME",
        help="instead: what was found when old and new of this database were compared, as JSON",
    )
    parser.add_argument(
        "--format", choices=["text", "json"], default="text", help="what to print (default: text)"
    )


def configure_plan(parser: argparse.ArgumentParser) -> None:
    """The options that name a plan which was applied."""
    parser.add_argument("plan", metavar="PLAN", help="a plan file, or how its digest begins")
    configure_desired(parser, WHERE)


def run(arguments: argparse.Namespace) -> int:
    """Print the entries; 1 when a chain is broken."""
    from reconciler.cli import DONE, FAILED
    from reconciler.cli.state import open_state, written_url

    with open_state(written_url(arguments.desired)) as state:
        found = find_run(state, arguments.plan)
        if arguments.certificate is not None:
            print(_certificate(found, arguments.certificate))
            return DONE
    breaks = broken_chains(found)
    entries = _entries(found, arguments.database)
    if arguments.format == "json":
        document = {
            "format_version": FORMAT_VERSION,
            "plan": found.digest,
            "broken": breaks,
            "entries": [one.model_dump(mode="json", exclude_defaults=True) for one in entries],
        }
        print(json.dumps(document, indent=1))
    else:
        for text in breaks:
            print(f"BROKEN: {text}")
        for one in entries:
            print(_line(one))
    return FAILED if breaks else DONE


def _entries(run: RecordedRun, name: str | None) -> list[Entry]:
    """All of them, or those of one database.

    Raises:
        UsageError: nothing was written of it.
    """
    entries = [one for one in run.entries if name in {None, str(one.database)}]
    if name is not None and not entries:
        names = sorted({str(one.database) for one in run.entries})
        raise UsageError(
            f"Nothing is recorded of {name} for plan {run.digest[:8]}.",
            hint=which(name, names, otherwise="Recorded"),
        )
    return entries


def find_run(state: State, named: str) -> RecordedRun:
    """The run of the plan file `named`, or of the plan whose digest begins so.

    Raises:
        UsageError: there is none: it was not applied yet.
        PlanFileError: the file cannot be read.
    """
    from pathlib import Path

    from reconciler.adapters.plan_files import read_plan
    from reconciler.cli.runs import run_of_plan

    path = Path(named)
    if path.suffix == ".json" or path.exists():
        return run_of_plan(state, read_plan(path).digest, file=named)
    return run_of_plan(state, named)


def _certificate(run: RecordedRun, name: str) -> str:
    from reconciler.core.names import DatabaseName

    found = run.certificates.kept(DatabaseName(name))
    if found is None:
        raise UsageError(
            f"Plan {run.digest[:8]} has no certificate of {name}.",
            hint="One is made where data was copied or followed, once old and new were compared.",
        )
    return found.model_dump_json(indent=1)


def broken_chains(run: RecordedRun) -> list[str]:
    """Which databases' entries do not fit together, in words."""
    from reconciler.apply.chain import first_break
    from reconciler.apply.journal import by_database

    breaks = []
    for name, written in sorted(by_database(run.entries).items()):
        number = first_break(written)
        if number is not None:
            entry = written[number - 1]
            breaks.append(
                f"{name}: entry {number} ({entry.at}, {entry.what}) does not fit the one before; "
                "it, or one before it, was changed or taken out"
            )
    return breaks


def _line(entry: Entry) -> str:
    words = [entry.step, f"{entry.key} = {entry.value}" if entry.key else "", entry.text]
    lines = [
        f"{entry.at}  {entry.database}  {entry.what}  {': '.join(filter(None, words))}".rstrip()
    ]
    lines += [f"    answer: {answer}" for answer in entry.answers]
    return "\n".join(lines)
