"""Which file of the desired state each imported database goes to, and as what: new, or amended where it stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from reconciler.core.amending import Amendment, amendment
from reconciler.core.desired import DATABASE
from reconciler.core.importing import logical_name
from reconciler.errors import ReconcileError

if TYPE_CHECKING:
    from collections.abc import Collection

    from reconciler.core.desired import DesiredDatabase, DesiredState
    from reconciler.core.importing import LeftOut, LiveDatabase, Place, Survey
    from reconciler.core.names import AppName, DatabaseName
    from reconciler.core.observed import Snapshot

Mode = Literal["new", "force", "update"]
"""Write new files only; write files anew that are there; amend those that are there."""


@dataclass(slots=True)
class PlacedFile:
    """One file that is to be written."""

    path: str
    app: AppName
    is_there: bool
    """Whether it is amended, instead of written whole."""
    new: list[tuple[DatabaseName, LiveDatabase]] = field(default_factory=list)
    amendments: list[Amendment] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)


@dataclass(slots=True)
class Placing:
    """All files that are to be written, by path, and the names of everything imported."""

    files: dict[str, PlacedFile] = field(default_factory=dict)
    names: list[DatabaseName] = field(default_factory=list)
    listed_already: list[tuple[DatabaseName, str]] = field(default_factory=list)
    """Left as they are, and the file in which each stands."""


def placing(
    survey: Survey,
    existing: DesiredState,
    snapshot: Snapshot,
    *,
    out: str,
    present: Collection[str],
    mode: Mode,
) -> Placing:
    """Where everything goes: `OUT/APP.toml`, or where it is listed already. `present` are the paths that exist.

    Raises:
        ReconcileError: a file is in the way, and `mode` is `new`.
    """
    placer = _Placer(existing, snapshot, out, frozenset(present), mode)
    for live in sorted(survey.databases, key=_reading_order):
        placer.place(live)
    placer.refuse_what_is_in_the_way()
    for one in survey.left_out:
        placer.leave_out(one)
    return placer.placing


def _reading_order(live: LiveDatabase) -> tuple[str, bool, str]:
    return live.app, live.attachment != DATABASE, live.attachment


class _Placer:
    def __init__(
        self,
        existing: DesiredState,
        snapshot: Snapshot,
        out: str,
        present: frozenset[str],
        mode: Mode,
    ) -> None:
        self.existing = existing
        self.snapshot = snapshot
        self.out = out
        self.present = present
        self.mode = mode
        self.placing = Placing()
        self.listed: dict[Place, DesiredDatabase] = {
            (one.app, one.attachment): one for one in existing.databases
        }
        self.moving = {
            (one.moved_from.app, one.moved_from.attachment): one
            for one in existing.databases
            if one.moved_from is not None
        }
        """What is listed as to be moved from there stays as it is listed, before and after."""
        self.taken = {one.name for one in existing.databases}

    def place(self, live: LiveDatabase) -> None:
        moving = self.moving.get((live.app, live.attachment))
        if moving is not None:
            file = self.existing.places[moving.name].file
            self.placing.listed_already.append((moving.name, file))
            return
        listed = self.listed.get((live.app, live.attachment))
        own = f"{self.out}/{live.app}.toml"
        file = self.existing.places[listed.name].file if listed else own
        if listed is None:
            self.add(live, own, self.name_for(live))
        elif self.mode == "force" and file == own:
            self.add(live, own, listed.name)
        elif self.mode == "update":
            self.amend(listed, live, file)
        else:
            self.placing.listed_already.append((listed.name, file))

    def name_for(self, live: LiveDatabase) -> DatabaseName:
        name = logical_name(live.app, live.attachment, taken=self.taken)
        self.taken.add(name)
        return name

    def add(self, live: LiveDatabase, path: str, name: DatabaseName) -> None:
        self.file(path, live.app).new.append((name, live))
        self.placing.names.append(name)

    def amend(self, listed: DesiredDatabase, live: LiveDatabase, path: str) -> None:
        edits = amendment(listed, live, self.snapshot)
        self.placing.names.append(listed.name)
        if not edits.is_empty:
            self.file(path, live.app).amendments.append(edits)

    def file(self, path: str, app: AppName) -> PlacedFile:
        is_there = path in self.present and self.mode == "update"
        return self.placing.files.setdefault(path, PlacedFile(path, app, is_there))

    def refuse_what_is_in_the_way(self) -> None:
        there = [path for path in self.placing.files if path in self.present]
        if self.mode == "new" and there:
            raise ReconcileError(
                f"{', '.join(there)}: there already; nothing was written.",
                hint="--update amends such files and keeps their comments, --force writes them anew.",
            )

    def leave_out(self, one: LeftOut) -> None:
        """Say it in the app's file, if that is written whole."""
        file = self.placing.files.get(f"{self.out}/{one.app}.toml")
        if file is not None and not file.is_there:
            file.left_out.append(one)
