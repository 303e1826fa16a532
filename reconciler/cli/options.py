"""Options that several commands have."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

WHOM = "where the desired state is (default: desired); says whom to speak to"
WHERE = "where the desired state is (default: desired); says where runs are recorded"


def configure_desired(parser: argparse.ArgumentParser, what: str) -> None:
    """Declare `--desired`, which may be repeated and is None where it is not given; `what` it is for, in words."""
    parser.add_argument("--desired", action="append", default=None, metavar="PATH", help=what)
