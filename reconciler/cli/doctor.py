"""Look whether everything is in place for planning and applying: token, rights, clock, budget, state. Only reads.

Each line says ok, PROBLEM with what to do about it, or ? for what Heroku does not tell.
"""

from __future__ import annotations

import asyncio
import json
import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.core.counting import counted

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from reconciler.adapters.heroku.examine import Asker
    from reconciler.cli.connecting import Connection
    from reconciler.core.desired import DesiredState
    from reconciler.core.health import Line, Rights

FORMAT_VERSION = "1.0"
MARKS = {"ok": "ok     ", "problem": "PROBLEM", "unknown": "?      "}
INDENT = 18
"""Columns before what is said of a thing."""
COMMAND = ": heroku "
"""Where a hint turns into a command."""
FURTHER_REQUESTS = 10
"""A plan asks for so much more than one request a database: the lists, the prices, the clock."""


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
        "--format", choices=["text", "json"], default="text", help="what to print (default: text)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Print a line for each thing that was looked at; 1 when there is a problem."""
    from reconciler.cli import DONE, FAILED
    from reconciler.cli.terminal import show, width
    from reconciler.core.health import is_well, summed_up

    lines = tuple(_lines(arguments.paths))
    if arguments.format == "json":
        print(_document(lines))
    else:
        show("".join(_text(line, width()) for line in summed_up(lines)))
    return DONE if is_well(lines) else FAILED


def _text(line: Line, width: int) -> str:
    """The line and what to do about it, in `width` columns; a command to be copied stays whole."""
    from reconciler.render.wrapping import wrapped

    aside = " " * INDENT
    said = wrapped(
        line.text, width, first=f"{MARKS[line.verdict]} {line.check:9} ", further=f"{aside}  "
    )
    hint = wrapped(line.hint, width, first=aside, further=aside) if line.hint else []
    words, is_command, command = line.hint.partition(COMMAND)
    if len(hint) > 1 and is_command:
        hint = [
            *wrapped(f"{words}:", width, first=aside, further=aside),
            f"{aside}heroku {command}",
        ]
    return "\n".join([*said, *hint]) + "\n"


def _lines(paths: list[str]) -> Iterator[Line]:
    from reconciler.catalogue import load_catalogue
    from reconciler.cli.planning import read_scope
    from reconciler.core.health import Line
    from reconciler.errors import ReconcileError

    libraries = ", ".join(f"{name} {version(name)}" for name in ("httpx", "pydantic"))
    ours = version("heroku-postgres-reconcile")
    yield Line(
        "version", "ok", f"reconcile {ours}, Python {platform.python_version()}, {libraries}"
    )
    try:
        desired = read_scope(paths, [], load_catalogue())
    except ReconcileError as error:
        first = str(error).splitlines()[0]
        yield Line("desired", "problem", first, error.hint or "See: reconcile validate")
        return
    count, apps = len(desired.databases), len(desired.apps())
    yield Line("desired", "ok", f"{counted(count, 'database')} in {counted(apps, 'app')}")
    yield _state(desired)
    yield from _heroku(desired)


def _state(desired: DesiredState) -> Line:
    """Whether the records of applies can be read, and new ones written."""
    from reconciler.adapters.run_files import FOLDER
    from reconciler.cli.state import open_state
    from reconciler.core.health import Line
    from reconciler.errors import ReconcileError

    try:
        with open_state(desired.state_url) as state:
            runs, where, is_shared = len([*state.runs()]), state.where, state.is_shared
    except ReconcileError as error:
        return Line("state", "problem", str(error), error.hint)
    nearest = next(one for one in (FOLDER / "runs", FOLDER, Path()) if one.exists())
    if not is_shared and not (nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)):
        hint = f"Make {nearest} a folder that you may write to: apply keeps its journal there."
        return Line("state", "problem", f"{nearest} cannot be written", hint)
    return Line("state", "ok", f"{where}, {counted(runs, 'run')} recorded")


def _heroku(desired: DesiredState) -> Iterator[Line]:
    from reconciler.cli.connecting import connected
    from reconciler.core.health import Line
    from reconciler.errors import ReconcileError

    try:
        with connected(desired.heroku) as connection:
            yield _token(connection)
            asked, found = asyncio.run(_ask(connection, desired))
            yield from _judged(desired, connection, asked, found)
    except ReconcileError as error:
        yield Line("heroku", "problem", str(error), error.hint)


def _token(connection: Connection) -> Line:
    from reconciler.adapters.heroku.token import VARIABLE
    from reconciler.core.endpoint import is_stand_in
    from reconciler.core.health import Line

    if is_stand_in(connection.label):
        return Line("token", "ok", f"none is needed for the stand-in ({connection.label})")
    source = VARIABLE if os.environ.get(VARIABLE, "").strip() else "~/.netrc"
    return Line("token", "ok", f"there is one in {source}")


async def _ask(
    connection: Connection, desired: DesiredState
) -> tuple[Asker, tuple[Rights, ...] | None]:
    """Who asks and with which rights; without these when the budget does not reach for asking."""
    from reconciler.adapters.heroku.examine import asker, rights
    from reconciler.cli.connecting import client_of

    # The reserve is for others' work; a few looks at what is wrong may use it.
    settings = desired.heroku.model_copy(update={"reserve_requests": 0})
    async with client_of(connection, settings) as client:
        asked = await asker(client)
        if asked.left is not None and asked.left <= len(desired.apps()) + 1:
            return asked, None
        return asked, await rights(client, asked, desired.apps())


def _judged(
    desired: DesiredState, connection: Connection, asked: Asker, found: tuple[Rights, ...] | None
) -> Iterator[Line]:
    from reconciler.adapters.clock import SystemClock
    from reconciler.core import health
    from reconciler.core.endpoint import is_stand_in

    yield health.Line("account", "ok", asked.email or "Heroku does not tell its name")
    yield health.of_scope(asked.scope)
    yield health.of_clock(
        SystemClock().now(), asked.time, is_simulated=is_stand_in(connection.label)
    )
    yield health.of_budget(
        asked.left,
        reserve=desired.heroku.reserve_requests,
        needed=len(desired.databases) + FURTHER_REQUESTS,
    )
    if found is None:
        yield health.Line("rights", "unknown", "not asked for: too few requests are left")
    for one in found or ():
        yield health.of_rights(one)


def _document(lines: tuple[Line, ...]) -> str:
    from reconciler.core.health import is_well

    document = {
        "format_version": FORMAT_VERSION,
        "kind": "doctor",
        "is_well": is_well(lines),
        "lines": [
            {"check": one.check, "verdict": one.verdict, "text": one.text, "hint": one.hint}
            for one in lines
        ],
    }
    return json.dumps(document, indent=1, ensure_ascii=False)
