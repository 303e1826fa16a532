"""Plan files: written whole or not at all, read only when they are what their digest says."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.core.plan_document import UnreadableError, made, read, text_of
from reconciler.errors import PlanFileError, StateError

if TYPE_CHECKING:
    import datetime as dt

    from reconciler.core.plan import Plan
    from reconciler.core.plan_document import PlanDocument

LARGEST_MIB = 128
"""A plan of 5,000 changed databases has about 40 MiB; a larger file is not read."""


def write_plan(plan: Plan, path: Path, *, looked_at: dt.datetime | None = None) -> None:
    """Write `plan` to `path`, replacing what is there, by one rename.

    `looked_at`, by Heroku's clock, is written beside it: it says how old the plan is.

    Raises:
        StateError: the place cannot be written.
    """
    write_text(text_of(plan, made(plan, looked_at) if looked_at else None), path)


def write_text(text: str, path: Path, *, mode: int = 0o644) -> None:
    """Write `text` to `path` by one rename; the folder is made if need be.

    Raises:
        StateError: the place cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            "w", dir=path.parent, prefix=f".{path.name}.", delete=False, encoding="utf-8"
        ) as file:
            try:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
                os.fchmod(file.fileno(), mode)
                Path(file.name).replace(path)
            except BaseException:
                Path(file.name).unlink()
                raise
    except OSError as error:
        raise StateError(
            f"{path} cannot be written: {error.strerror}.",
            hint="Mend that, or name another place with --out.",
        ) from error


def read_plan(path: Path) -> Plan:
    """The plan in `path`, exactly as it was reviewed.

    Raises:
        PlanFileError: it is not there, not a plan, of another major version, or was changed by hand.
    """
    return read_plan_file(path).plan


def read_plan_file(path: Path) -> PlanDocument:
    """As `read_plan`, with what stands beside the plan.

    Raises:
        PlanFileError: as `read_plan`.
    """
    try:
        return read(_text(path))
    except UnreadableError as error:
        raise PlanFileError(f"{path} {error}", hint=error.hint) from None


def _text(path: Path) -> str:
    most = LARGEST_MIB * 2**20
    try:
        with path.open("rb") as file:
            content = file.read(most + 1)
    except OSError as error:
        raise PlanFileError(
            f"{path} cannot be read: {error.strerror}.",
            hint="`reconcile plan` writes plans under plans/.",
        ) from error
    if len(content) > most:
        raise PlanFileError(
            f"{path} is larger than {LARGEST_MIB} MiB, the most that is read as a plan.",
            hint="Name a plan file, or plan in parts: reconcile plan --only",
        )
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise PlanFileError(
            f"{path} is not a plan: it is not text in UTF-8.",
            hint="`reconcile plan` writes plans under plans/.",
        ) from None
