"""One database as it is written, together with what holds for it when it says nothing itself.

Precedence: database, `[defaults]` of its file, `[defaults]` of `reconcile.toml`, built-in; a file's own `app`
comes before any default, and labels are joined instead of replaced.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from reconciler.core.desired import Place
from reconciler.core.names import AppName, DatabaseName

if TYPE_CHECKING:
    from reconciler.core.desired_files import DatabaseTable, Defaults, DesiredFile, FleetFile
    from reconciler.errors import Problem

T_co = TypeVar("T_co", covariant=True)
KeyPath = tuple[str | int, ...]


class Written(Protocol[T_co]):
    """A value that was read from a file, and where each of its parts stands there."""

    @property
    def value(self) -> T_co:
        """What was read."""
        ...

    @property
    def file(self) -> str:
        """The file's name, as problems say it."""
        ...

    def at(self, path: KeyPath) -> tuple[int, int]:
        """Line and column of `path`."""
        ...

    def problem(self, path: KeyPath, message: str, hint: str = "") -> Problem:
        """A problem at `path`."""
        ...


@dataclass(frozen=True, slots=True)
class FileInFleet:
    """A file with databases, and the `reconcile.toml` that holds for it."""

    written: Written[DesiredFile]
    fleet: Written[FleetFile] | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A key's value and the place that decided it."""

    value: Any
    written: Written[object]
    path: KeyPath


@dataclass(frozen=True, slots=True)
class Entry:
    """One database as written, with what holds for it when it says nothing itself."""

    name: DatabaseName
    table: DatabaseTable
    file: FileInFleet

    @property
    def path(self) -> KeyPath:
        """Of its table, in its file."""
        return ("database", self.name)

    def problem(self, path: KeyPath, message: str, hint: str = "") -> Problem:
        """A problem at `path` below this database."""
        return self.file.written.problem((*self.path, *path), message, hint)

    def tables(self) -> tuple[Defaults, ...]:
        """The tables that may answer, the nearest first."""
        written, fleet = self.file.written, self.file.fleet
        if fleet is None:
            return self.table, written.value.defaults
        return self.table, written.value.defaults, fleet.value.defaults

    def sources(self) -> tuple[tuple[Written[object], KeyPath], ...]:
        """Where each of `tables` is written."""
        written, fleet = self.file.written, self.file.fleet
        own = ((written, self.path), (written, ("defaults",)))
        return own if fleet is None else (*own, (fleet, ("defaults",)))

    def find(self, key: str) -> Found | None:
        """The value of `key` and where it comes from; None: nobody says."""
        for table, (written, path) in zip(self.tables(), self.sources(), strict=True):
            value = getattr(table, key)
            if value is not None:
                return Found(value, written, (*path, key))
        return None

    def get(self, key: str) -> Any:
        """The value of `key`, typed as in `Defaults`; None: nobody says."""
        for table in self.tables():
            value = getattr(table, key)
            if value is not None:
                return value
        return None

    @property
    def app(self) -> AppName:
        """The database's own app, its file's, or a default; empty when nobody names one."""
        named = self.table.app or self.file.written.value.app or self.get("app")
        return named or AppName("")

    @property
    def place(self) -> Place:
        """Where the database is written."""
        return self.place_of(())

    def place_of(self, path: KeyPath) -> Place:
        """Where `path` below this database is written."""
        written = self.file.written
        return Place(written.file, *written.at((*self.path, *path)))

    @property
    def labels(self) -> dict[str, str]:
        """Those of the fleet, the file and the database, joined; the nearest wins; sorted."""
        joined: dict[str, str] = {}
        for table in reversed(self.tables()):
            joined |= table.labels
        return dict(sorted(joined.items()))


class Places(Mapping[DatabaseName, Place]):
    """Where each database is written, found when it is asked for.

    Most runs ask of few or none: finding the places of a file takes as long as reading it.
    """

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._entries = {entry.name: entry for entry in entries}

    def __getitem__(self, name: DatabaseName) -> Place:
        return self._entries[name].place

    def __iter__(self) -> Iterator[DatabaseName]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)
