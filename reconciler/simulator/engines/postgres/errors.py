"""What can go wrong with real servers, as one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg

from reconciler.errors import ReconcileError

if TYPE_CHECKING:
    from pathlib import Path

FULL = "No space left on device"


class ServerError(ReconcileError):
    """A PostgreSQL server, or a tool of PostgreSQL, did not do what it must."""


def tool_failed(tool: str, output: str, folder: Path) -> ServerError:
    """The error for a tool or server that ended badly; `output` is what it said, of which one line is told."""
    said = telling_line(output)
    if FULL in output:
        return ServerError(
            f"{tool} failed below {folder}: {FULL}.",
            hint="Make room, set TMPDIR to another place, or lower bytes_per_gb in the scenario.",
        )
    return ServerError(f"{tool} failed: {said or 'it said nothing'}")


def as_sentence(error: BaseException, folder: Path) -> BaseException:
    """`error` in one sentence, when it comes from the system or a server; a bug of ours stays what it is."""
    if not isinstance(error, psycopg.Error | OSError):
        return error
    told = tool_failed("A PostgreSQL server", str(error), folder)
    told.__cause__ = error
    return told


def telling_line(output: str) -> str:
    """The first line that names an error, else the last one."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    marked = (line for line in lines if "FATAL:" in line or "error:" in line or "ERROR:" in line)
    return next(marked, lines[-1] if lines else "")
