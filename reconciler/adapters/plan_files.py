"""Plan files: written whole or not at all, read only when they are what their digest says."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from pydantic import ValidationError

from reconciler.core.plan import FORMAT_VERSION, Plan, digest_of
from reconciler.errors import PlanFileError, StateError

LARGEST_BYTES = 256 * 1024 * 1024
"""A plan of 5,000 changed databases has about 40 MB; a larger file is not a plan."""


def write_plan(plan: Plan, path: Path) -> None:
    """Write `plan` to `path`, replacing what is there, by one rename.

    Raises:
        StateError: the place cannot be written.
    """
    write_text(plan.to_json(), path)


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
        PlanFileError: it is not there, not a plan, of another format version, or was changed by hand.
    """
    text = _read(path)
    try:
        plan = Plan.model_validate_json(text)
    except ValidationError as error:
        raise PlanFileError(
            f"{path} is not a plan of format version {FORMAT_VERSION} ({_first(error)}).",
            hint="Plan again: reconcile plan",
        ) from None
    if plan.format_version != FORMAT_VERSION:
        raise PlanFileError(
            f"{path} has format version {plan.format_version}; this is {FORMAT_VERSION}.",
            hint="Plan again: reconcile plan",
        )
    if digest_of(plan) != plan.digest:
        raise PlanFileError(
            f"{path} was changed after it was made: its digest does not fit.",
            hint="Only what was planned and reviewed is applied. Plan again: reconcile plan",
        )
    return plan


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise PlanFileError(f"{path} is too large for a plan.", hint="Name a plan file.")
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise PlanFileError(
            f"{path} cannot be read: {error.strerror}.",
            hint="`reconcile plan` writes plans under plans/.",
        ) from error
    except UnicodeDecodeError as error:
        raise PlanFileError(f"{path} is not a text file.", hint="Name a plan file.") from error


def _first(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where}: {first['msg']}" if where else first["msg"]
