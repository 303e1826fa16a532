"""Reading the desired state from disk: which files belong to it, and what they say together.

A path is a file, or a folder with everything named `*.toml` below it. `reconcile.toml` is not a file of
databases but holds for all files beside and below it: for a path it is the nearest one at the path or above it,
as far up as the working directory.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel

from reconciler.core.desired import DesiredState, HerokuSettings
from reconciler.core.desired_checks import desired_state
from reconciler.core.desired_files import DesiredFile, FleetFile
from reconciler.core.desired_sources import FileInFleet
from reconciler.core.endpoint import StandInEndpoint
from reconciler.core.limits import Limits, Safety, sorted_freezes, sorted_waivers
from reconciler.errors import DesiredStateError, Problem, ReconcileError
from reconciler.toml_text import Located, decode, load_located

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reconciler.core.catalogue import Catalogue
    from reconciler.core.endpoint import Endpoint

T = TypeVar("T", bound=BaseModel)

FLEET_FILE = "reconcile.toml"


def read_desired(paths: Sequence[Path], *, catalogue: Catalogue) -> DesiredState:
    """The desired state under `paths`; the order of the paths and of the files changes nothing.

    Raises:
        DesiredStateError: the files are wrong; everything that is wrong, at once.
        ReconcileError: there is nothing to read.
    """
    reader = _Reader()
    state = reader.state(reader.files(paths), catalogue)
    if not state.databases:
        raise ReconcileError(
            f"No database is listed under {_listed(paths)}.",
            hint='List one: a table [database.NAME] with app = "…" and plan = "…".',
        )
    return state


def read_folder(
    folder: Path, *, catalogue: Catalogue, texts: Mapping[Path, str] | None = None
) -> DesiredState:
    """What `folder` says; a folder that says nothing, or is not there, is no error.

    `texts` are files below it as they are to be: what would be read once they are written.

    Raises:
        DesiredStateError: the files are wrong; everything that is wrong, at once.
    """
    reader = _Reader(texts=dict(texts or {}))
    reader.fleet(_fleet_path(folder))
    has_files = reader.texts or any(
        _counts(each, folder) and each.name != FLEET_FILE for each in folder.rglob("*.toml")
    )
    return reader.state(reader.files([folder]) if has_files else [], catalogue)


@dataclass(slots=True)
class _Reader:
    """What was read so far, and what was wrong with it."""

    texts: dict[Path, str] = field(default_factory=dict)
    """Files that are read from here instead of from the disk."""
    problems: list[Problem] = field(default_factory=list)
    fleets: dict[Path, Located[FleetFile] | None] = field(default_factory=dict)
    """By path of the `reconcile.toml`; None: it could not be read."""

    def state(self, files: Sequence[FileInFleet], catalogue: Catalogue) -> DesiredState:
        """What those files say together.

        Raises:
            DesiredStateError: something is wrong, with them or with what was read before.
        """
        heroku = self.heroku_settings()
        safety = self.safety()
        try:
            state = desired_state(files, heroku=heroku, catalogue=catalogue, safety=safety)
        except DesiredStateError as wrong:
            raise DesiredStateError((*self.problems, *wrong.problems)) from None
        if self.problems:
            raise DesiredStateError(self.problems)
        return state

    def files(self, paths: Sequence[Path]) -> list[FileInFleet]:
        """Every readable file of databases, sorted by path, with the fleet's file."""
        fleet_paths = {
            file: _fleet_path(path) for path in sorted(paths) for file in self.found(path)
        }
        read = []
        for file in sorted(fleet_paths):
            fleet = self.fleet(fleet_paths[file])
            written = self.read(file, DesiredFile)
            if written is not None:
                read.append(FileInFleet(written, fleet))
        return read

    def found(self, path: Path) -> Iterator[Path]:
        """The files of databases at or below `path`.

        Raises:
            ReconcileError: there is none.
        """
        if path.is_file():
            return iter([path] if path.name != FLEET_FILE else [])
        if not path.is_dir() and not self.texts:
            raise ReconcileError(
                f'There is no file or folder "{path}".',
                hint="Write the desired state there, or name the folder that has it.",
            )
        present = (each for each in path.rglob("*.toml") if _counts(each, path))
        below = sorted({*present, *self.texts})
        self.refuse_more_fleet_files(path, below)
        files = [each for each in below if each.name != FLEET_FILE]
        if not files:
            raise ReconcileError(
                f"There is no .toml file with databases under {path}.",
                hint='Write one: app = "…", then a table [database.NAME] with plan = "…".',
            )
        return iter(files)

    def refuse_more_fleet_files(self, path: Path, below: Sequence[Path]) -> None:
        for each in below:
            if each.name == FLEET_FILE and each != path / FLEET_FILE:
                problem = Problem(
                    each.as_posix(),
                    1,
                    1,
                    "",
                    f"a {FLEET_FILE} counts only at the top of what is read.",
                    f"Move what it says to {(path / FLEET_FILE).as_posix()}.",
                )
                self.problems.append(problem)

    def fleet(self, path: Path | None) -> Located[FleetFile] | None:
        if path is not None and path not in self.fleets:
            self.fleets[path] = self.read(path, FleetFile)
        return self.fleets[path] if path is not None else None

    def read(self, path: Path, model: type[T]) -> Located[T] | None:
        """The file as a `model`, or None and problems."""
        file = path.as_posix()
        try:
            text = self.texts.get(path)
            if text is None:
                text = decode(path.read_bytes(), file=file, error=DesiredStateError)
            return load_located(text, file=file, model=model, error=DesiredStateError)
        except DesiredStateError as wrong:
            self.problems.extend(wrong.problems)
        except OSError as refused:
            reason = (refused.strerror or "unknown reason").lower()
            self.problems.append(Problem(file, 0, 0, "", f"cannot be read: {reason}."))
        return None

    def heroku_settings(self) -> HerokuSettings:
        """What the fleet's file says; several must agree, since one command speaks to one endpoint."""
        written = [(path, fleet) for path, fleet in self.fleets.items() if fleet is not None]
        settings = [_settings(path, fleet.value) for path, fleet in written]
        if not settings:
            return HerokuSettings()
        for (_, fleet), other in zip(written[1:], settings[1:], strict=True):
            if other != settings[0]:
                message = f"differs from [heroku] in {written[0][1].file}."
                hint = "One command speaks to one endpoint: make them equal."
                self.problems.append(fleet.problem(("heroku",), message, hint))
        return settings[0]

    def safety(self) -> Safety:
        """What the fleet's files say; limits of several must agree, waivers and freezes of all of them hold."""
        written = [fleet for fleet in self.fleets.values() if fleet is not None]
        said = [fleet.value.safety() for fleet in written]
        for fleet, other in zip(written[1:], said[1:], strict=True):
            if other.limits != said[0].limits:
                message = f"differs from [limits] in {written[0].file}."
                hint = "A plan has one set of limits: make them equal."
                self.problems.append(fleet.problem(("limits",), message, hint))
        return Safety(
            limits=said[0].limits if said else Limits(),
            waivers=sorted_waivers(tuple(one for each in said for one in each.waivers)),
            freezes=sorted_freezes(tuple(one for each in said for one in each.freezes)),
        )


def _counts(file: Path, top: Path) -> bool:
    """Whether it is a file, and neither it nor a folder around it is hidden."""
    return file.is_file() and not any(part[0] == "." for part in file.relative_to(top).parts)


def _fleet_path(path: Path) -> Path | None:
    """The `reconcile.toml` that holds for `path`: the nearest, not above the working directory."""
    folder = path if path.is_dir() else path.parent
    folders = (folder,) if folder.is_absolute() else (folder, *folder.parents)
    return next((each / FLEET_FILE for each in folders if (each / FLEET_FILE).is_file()), None)


def _settings(path: Path, fleet: FleetFile) -> HerokuSettings:
    return HerokuSettings(
        endpoint=_beside(path, fleet.heroku.read_endpoint()),
        concurrency=fleet.heroku.concurrency,
        reserve_requests=fleet.heroku.reserve_requests,
    )


def _beside(path: Path, endpoint: Endpoint) -> Endpoint:
    """A scenario's path is as seen from the file that names it."""
    if isinstance(endpoint, StandInEndpoint) and endpoint.is_file:
        scenario = Path(os.path.normpath(path.parent / endpoint.scenario)).as_posix()
        return StandInEndpoint(scenario=scenario)
    return endpoint


def _listed(paths: Sequence[Path]) -> str:
    return ", ".join(str(path) for path in sorted(paths))
