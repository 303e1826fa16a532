"""Reading the desired state from disk: which files belong to it, and what they say together.

A path is a file, or a folder with everything named `*.toml` below it. `reconcile.toml` is not a file of
databases but holds for all files beside and below it: for a path it is the nearest one at the path or above it,
as far up as the working directory.
"""

from __future__ import annotations

import os
import stat
import zoneinfo
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel

from reconciler.core.desired import DesiredState, HerokuSettings
from reconciler.core.desired_checks import desired_state
from reconciler.core.desired_files import Defaults, DesiredFile, FleetFile
from reconciler.core.desired_sources import FileInFleet
from reconciler.core.endpoint import StandInEndpoint
from reconciler.core.limits import Limits, Safety, sorted_freezes, sorted_waivers
from reconciler.core.notices import NotifySettings
from reconciler.errors import DesiredStateError, NothingDesiredError, Problem
from reconciler.toml_text import Located, decode, did_you_mean, load_remaining

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from reconciler.core.catalogue import Catalogue
    from reconciler.core.desired_sources import KeyPath
    from reconciler.core.endpoint import Endpoint

T = TypeVar("T", bound=BaseModel)

FLEET_FILE = "reconcile.toml"
ALONE = frozenset(Defaults.model_fields) - {"app", "plan"}
"""The keys of a database by which nothing else about it is judged."""
_OLD_TIMEZONE = "US/Pacific"
"""A list without it is not the whole one: some systems leave old names out."""


def read_desired(paths: Sequence[Path], *, catalogue: Catalogue) -> DesiredState:
    """The desired state under `paths`; the order of the paths and of the files changes nothing.

    Raises:
        DesiredStateError: the files are wrong; everything that is wrong, at once.
        NothingDesiredError: there is nothing to read.
    """
    reader = _Reader()
    files = reader.files(paths)
    reader.refuse_waivers_of_nobody(files, paths)
    reader.refuse_unknown_timezones(files)
    state = reader.state(files, catalogue)
    if not state.databases:
        raise NothingDesiredError(
            f"No database is listed under {_listed(paths)}.",
            path=min(paths).as_posix(),
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
    present, unread = _below(folder)
    has_files = reader.texts or unread or any(each.name != FLEET_FILE for each in present)
    return reader.state(reader.files([folder]) if has_files else [], catalogue)


def read_state_url(paths: Sequence[Path]) -> str:
    """Where runs are recorded, also when other things in the files are wrong: for looking after an incident."""
    reader = _Reader()
    for path in paths:
        reader.fleet(_fleet_path(path))
    return reader.state_url()


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
        state_url = self.state_url()
        notify = self.notify()
        if self.problems:
            raise DesiredStateError(self.problems)
        return replace(state, state_url=state_url, notify=notify)

    def files(self, paths: Sequence[Path]) -> list[FileInFleet]:
        """Every readable file of databases, sorted by path, with the fleet's file."""
        fleet_paths = {
            file: _fleet_path(path) for path in sorted(paths) for file in self.found(path)
        }
        read = []
        for file in sorted(fleet_paths):
            fleet = self.fleet(fleet_paths[file])
            written = self.read(file, DesiredFile)
            is_judged = fleet_paths[file] is None or fleet is not None
            if written is not None and is_judged:  # else its defaults are not known
                read.append(FileInFleet(written, fleet))
        return read

    def found(self, path: Path) -> Iterator[Path]:
        """The files of databases at or below `path`.

        Raises:
            NothingDesiredError: there is none.
        """
        if path.suffix == ".json":
            raise NothingDesiredError(
                f"{path} is no TOML file.",
                path=path.as_posix(),
                hint=f"If it is a plan: reconcile show {path}, or reconcile apply {path}",
            )
        if _is_to_be_read(path):
            return iter([path] if path.name != FLEET_FILE else [])
        if not path.is_dir() and not self.texts:
            raise NothingDesiredError(
                f'There is no file or folder "{path}".',
                path=path.as_posix(),
                hint="Write the desired state there (`reconcile import` does, from what is live), "
                "or name the folder that has it.",
            )
        present, unread = _below(path)
        self.problems.extend(unread)
        below = sorted({*present, *self.texts})
        self.refuse_more_fleet_files(path, below)
        files = [each for each in below if each.name != FLEET_FILE]
        if not files and not unread:
            raise NothingDesiredError(
                f"There is no .toml file with databases under {path}.",
                path=path.as_posix(),
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

    def refuse_waivers_of_nobody(self, files: Sequence[FileInFleet], paths: Sequence[Path]) -> None:
        """A waiver must name a database that is listed; silent where not every database below was read."""
        if self.problems:
            return
        names = sorted({name for file in files for name in file.written.value.database})
        whole = [
            fleet
            for path, fleet in self.fleets.items()
            if fleet is not None and path.parent in paths
        ]
        for fleet in whole:
            for number, waiver in enumerate(fleet.value.waivers):
                if waiver.database not in names:
                    message = f'there is no database "{waiver.database}".'
                    hint = (
                        did_you_mean(waiver.database, names) or "Name a listed one, or remove it."
                    )
                    place = ("waiver", number, "database")
                    self.problems.append(fleet.problem(place, message, hint))

    def refuse_unknown_timezones(self, files: Sequence[FileInFleet]) -> None:
        """Silent where this machine has no list of time zones, or one without the old names that Heroku may know."""
        written = [
            (file.written, ("database", name, "backup", number, "timezone"), backup.timezone)
            for file in files
            for name, table in file.written.value.database.items()
            for number, backup in enumerate(table.backups)
            if backup.timezone != "UTC"
        ]
        known = zoneinfo.available_timezones() if written else set()
        if _OLD_TIMEZONE not in known:
            return
        for place, path, zone in written:
            if zone not in known:
                message = f'there is no time zone "{zone}".'
                hint = did_you_mean(zone, sorted(known)) or "Name one such as Europe/Paris."
                self.problems.append(place.problem(path, message, hint))

    def fleet(self, path: Path | None) -> Located[FleetFile] | None:
        if path is not None and path not in self.fleets:
            self.fleets[path] = self.read(path, FleetFile)
        return self.fleets[path] if path is not None else None

    def read(self, path: Path, model: type[T]) -> Located[T] | None:
        """The file as a `model`, as far as it is right, and problems."""
        file = path.as_posix()
        try:
            text = self.texts.get(path)
            if text is None:
                text = decode(path.read_bytes(), file=file, error=DesiredStateError)
            left, problems = load_remaining(
                text, file=file, model=model, error=DesiredStateError, part_of=_part_of(model)
            )
            self.problems.extend(problems)
        except DesiredStateError as wrong:
            self.problems.extend(wrong.problems)
        except OSError as refused:
            self.problems.append(_unread(path, refused))
        else:
            return left
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

    def state_url(self) -> str:
        """What the fleet's files say; several must agree, since a run is recorded in one place."""
        written = [fleet for fleet in self.fleets.values() if fleet is not None]
        urls = [fleet.value.state.url for fleet in written]
        for fleet, other in zip(written[1:], urls[1:], strict=True):
            if other != urls[0]:
                message = f"differs from [state] in {written[0].file}."
                hint = "A run is recorded in one place: make them equal."
                self.problems.append(fleet.problem(("state",), message, hint))
        return urls[0] if urls else ""

    def notify(self) -> NotifySettings:
        """What the fleet's files say; several must agree, since one plan is told of once."""
        written = [fleet for fleet in self.fleets.values() if fleet is not None]
        said = [fleet.value.notify.settings() for fleet in written]
        for fleet, other in zip(written[1:], said[1:], strict=True):
            if other != said[0]:
                message = f"differs from [notify] in {written[0].file}."
                hint = "A plan is told of once: make them equal."
                self.problems.append(fleet.problem(("notify",), message, hint))
        return said[0] if said else NotifySettings()

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


def _part_of(model: type[BaseModel]) -> Callable[[KeyPath], KeyPath | None]:
    return _database_of if model is DesiredFile else _fleet_part_of


def _database_of(path: KeyPath) -> KeyPath | None:
    """A wrong key takes its database with it, if others are judged by it; above all databases each would miss it."""
    if path[:1] != ("database",) or len(path) == 1:
        return None
    is_alone = len(path) > 2 and path[2] in ALONE  # noqa: PLR2004  # database, name, key
    return path[:3] if is_alone else path[:2]


def _fleet_part_of(path: KeyPath) -> KeyPath | None:
    """A wrong key takes its table with it; wrong defaults would be missed by every database."""
    return None if did_you_mean(str(path[0]), ["defaults"]) else path[:1]


def _below(top: Path) -> tuple[list[Path], list[Problem]]:
    """Every file below `top` that is named `*.toml`, and every folder there that cannot be looked into.

    What is hidden, or lies in a hidden folder, is passed over. Links to folders are followed, each folder once.
    """
    refused: list[OSError] = []
    files: list[Path] = []
    real_top = os.path.realpath(top)
    seen = {real_top}
    for at, folders, names in os.walk(top, onerror=refused.append, followlinks=True):
        shown = sorted(each for each in folders if each[0] != ".")
        folders[:] = [each for each in shown if _is_to_be_entered(Path(at, each), real_top, seen)]
        toml = (Path(at, each) for each in names if each.endswith(".toml") and each[0] != ".")
        files.extend(each for each in toml if _is_to_be_read(each))
    problems = [
        _unread(Path(each.filename), each)
        for each in refused
        if not isinstance(each, FileNotFoundError)  # the top that is not there yet
    ]
    return files, problems


def _is_to_be_entered(folder: Path, top: str, seen: set[str]) -> bool:
    """Whether `folder` is a new one, and no link to what lies below `top` anyway; adds it to those `seen`."""
    real = os.path.realpath(folder)
    is_below_anyway = folder.is_symlink() and Path(real).is_relative_to(top)
    if real in seen or is_below_anyway:
        return False
    seen.add(real)
    return True


def _is_to_be_read(file: Path) -> bool:
    """Whether there is a file, or something of which only reading will tell: databases must not vanish unnoticed."""
    try:
        return stat.S_ISREG(file.stat().st_mode)
    except FileNotFoundError:
        return file.is_symlink()
    except NotADirectoryError:
        return False
    except OSError:
        return True


def _unread(path: Path, refused: OSError) -> Problem:
    if isinstance(refused, FileNotFoundError) and path.is_symlink():
        hint = "Let the link lead to the file, or remove it."
        return Problem(path.as_posix(), 0, 0, "", "is a link that leads nowhere.", hint)
    reason = (refused.strerror or "unknown reason").lower()
    return Problem(path.as_posix(), 0, 0, "", f"cannot be read: {reason}.")


def _fleet_path(path: Path) -> Path | None:
    """The `reconcile.toml` that holds for `path`: the nearest, not above the working directory."""
    folder = path if os.path.isdir(path) else path.parent  # noqa: PTH112  # Path.is_dir raises
    folders = (folder,) if folder.is_absolute() else (folder, *folder.parents)
    return next((each / FLEET_FILE for each in folders if _is_to_be_read(each / FLEET_FILE)), None)


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
