"""What stdout can show: how wide, whether more than ASCII, and whether colour."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING

from reconciler.cli.streams import give_up_stdout, unwritten

if TYPE_CHECKING:
    import argparse

WIDTH = 100
"""Columns where stdout is no terminal: the same text in every pipeline."""
NARROWEST = 40
"""Narrower than this nothing can be aligned."""


def configure_quiet(parser: argparse.ArgumentParser) -> None:
    """Declare `--quiet`."""
    parser.add_argument(
        "--quiet", action="store_true", help="say only what needs attention, and errors"
    )


def width() -> int:
    """Columns to fill."""
    if not sys.stdout.isatty():
        return WIDTH
    return max(NARROWEST, shutil.get_terminal_size((WIDTH, 24)).columns)


def is_ascii() -> bool:
    """Whether arrows must be written as `->`."""
    try:
        "\u2192".encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return True
    return False


def is_coloured() -> bool:
    """Whether to colour: `NO_COLOR` forbids it, `FORCE_COLOR` and `CLICOLOR_FORCE` ask for it, else a terminal may.

    A variable that is empty says nothing, and a 0 does not force.
    """
    if os.environ.get("NO_COLOR"):
        return False
    if any(os.environ.get(name, "") not in {"", "0"} for name in ("FORCE_COLOR", "CLICOLOR_FORCE")):
        return True
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def show(text: str, *, must_be_seen: bool = False) -> None:
    """Print what people are to read: in colour where that is wanted, and nothing that a terminal would obey.

    What `must_be_seen` goes to stderr when stdout takes nothing any more.

    Raises:
        ReconcileError: stdout takes nothing, for want of room on its disk say.
    """
    from reconciler.render.style import Style, painted

    try:
        print(painted(text, Style(is_coloured())), end="", flush=True)
    except OSError as error:
        give_up_stdout()
        if must_be_seen:
            print(painted(text, Style(is_coloured=False)), end="", file=sys.stderr, flush=True)
        if isinstance(error, BrokenPipeError):
            raise
        raise unwritten(error) from error
