"""Check the desired state: every problem at once, each with file, line and column. Needs no network.

Exit code 0 when all is well, 1 when something is wrong. `--format sarif` is for code scanning, so that the
problems appear at their lines in a pull request.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from reconciler import __version__
from reconciler.core.counting import counted
from reconciler.errors import DesiredStateError, NothingDesiredError, Problem

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from reconciler.core.desired import DesiredState

FORMAT_VERSION = "0.1"
RULE = "desired-state"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "paths",
        nargs="*",
        default=["desired"],
        metavar="PATH",
        help="files or folders of the desired state (default: desired)",
    )
    parser.add_argument(
        "--format",
        choices=["text", "json", "sarif"],
        default="text",
        help="how to print what is wrong (default: text)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Read, check and print; 1 when something is wrong."""
    from reconciler.adapters.toml_files import read_desired  # keeps --help fast
    from reconciler.catalogue import load_catalogue

    paths = [Path(path) for path in arguments.paths]
    problems: tuple[Problem, ...] = ()
    state = None
    try:
        state = read_desired(paths, catalogue=load_catalogue())
    except DesiredStateError as wrong:
        problems = wrong.problems
    except NothingDesiredError as error:
        if arguments.format == "text":
            raise
        problems = (Problem(error.path, 0, 0, "", str(error), error.hint),)
    match arguments.format:
        case "json":
            print(json.dumps(as_json(problems, state), indent=1, ensure_ascii=False))
        case "sarif":
            print(json.dumps(as_sarif(problems), indent=1, ensure_ascii=False))
        case _:
            print(as_text(problems, state))
    return 1 if problems else 0


def as_text(problems: Sequence[Problem], state: DesiredState | None) -> str:
    """A line a problem and a line of totals."""
    if state is not None:
        databases = counted(len(state.databases), "database")
        files = counted(state.file_count, "file")
        return f"All is well: {databases} in {files}."
    lines = [str(problem) for problem in problems]
    files = counted(len({problem.file for problem in problems}), "file")
    return "\n".join([*lines, "", f"{counted(len(problems), 'problem')} in {files}."])


def as_json(problems: Sequence[Problem], state: DesiredState | None) -> dict[str, Any]:
    """One document; `line` and `column` are 0 where a problem has no place."""
    return {
        "format_version": FORMAT_VERSION,
        "valid": not problems,
        "databases": [database.name for database in state.databases] if state else [],
        "problems": [
            {
                "file": problem.file,
                "line": problem.line,
                "column": problem.column,
                "key": problem.key,
                "message": problem.message,
                "hint": problem.hint,
            }
            for problem in problems
        ],
    }


def as_sarif(problems: Sequence[Problem]) -> dict[str, Any]:
    """A SARIF log. Source: OASIS SARIF 2.1.0, sections 3.13 (log), 3.27 (result), 3.30 (region)."""
    driver = {
        "name": "reconcile",
        "version": __version__,
        "rules": [
            {
                "id": RULE,
                "shortDescription": {"text": "The desired state can be read and carried out"},
            }
        ],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(problem) for problem in problems],
    }
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    }


def _result(problem: Problem) -> dict[str, Any]:
    words = [f"{problem.key}:" if problem.key else "", problem.message, problem.hint]
    place: dict[str, Any] = {"artifactLocation": {"uri": _uri(problem.file)}}
    if problem.line:
        place["region"] = {"startLine": problem.line, "startColumn": problem.column}
    return {
        "ruleId": RULE,
        "level": "error",
        "message": {"text": " ".join(filter(None, words))},
        "locations": [{"physicalLocation": place}],
    }


def _uri(file: str) -> str:
    return ("file://" if file.startswith("/") else "") + quote(file)
