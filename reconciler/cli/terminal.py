"""What stdout can show: how wide, and whether more than ASCII."""

from __future__ import annotations

import shutil
import sys

WIDTH = 100
"""Columns where stdout is no terminal: the same text in every pipeline."""
NARROWEST = 60
"""Narrower than this nothing can be aligned."""


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
