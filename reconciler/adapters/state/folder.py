"""State in `.reconcile/`: for one process at a time. Implements `apply.state.State`."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from reconciler.adapters.certificate_files import CertificateFolder
from reconciler.adapters.plan_files import read_plan
from reconciler.adapters.run_files import (
    FOLDER,
    RunFolder,
    at_work,
    only_one,
    recorded_runs,
    worker_of,
)
from reconciler.apply.journal import by_database, progress_of
from reconciler.apply.leases import LeasesHere
from reconciler.apply.state import Holder, OpenWork, RecordedRun

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from reconciler.adapters.run_files import JournalFile
    from reconciler.apply.leases import Leases
    from reconciler.core.names import DatabaseName
    from reconciler.core.plan import Phase, Plan


@dataclass(frozen=True)
class FolderRecord:
    """One plan's records in its folder."""

    journal: JournalFile
    leases: Leases
    certificates: CertificateFolder

    def open_work(self, names: Sequence[DatabaseName], phases: frozenset[Phase]) -> None:
        """Nobody else takes part: nothing to note."""


@dataclass(frozen=True)
class FolderState:
    """All runs of one folder."""

    folder: Path = FOLDER
    is_shared: bool = False

    @property
    def where(self) -> str:
        """The folder."""
        return str(self.folder)

    def only_one(self) -> AbstractContextManager[None]:
        """Lock the folder."""
        return only_one(self.folder)

    @contextlib.contextmanager
    def record(self, plan: Plan) -> Iterator[FolderRecord]:
        """Open the plan's own folder."""
        run = RunFolder(plan, self.folder)
        with contextlib.closing(run.open_journal()) as journal, at_work(run.path):
            leases = LeasesHere(plan.safety.limits)
            yield FolderRecord(journal, leases, CertificateFolder(run.path))

    def runs(self) -> Iterator[RecordedRun]:
        """Every run's folder."""
        for path, entries in recorded_runs(self.folder):
            holder = worker_of(path)
            holders = {
                name: Holder(holder, None, None)
                for name, written in by_database(entries).items()
                if holder and not progress_of(written, frozenset()).is_done
            }
            plan = partial(read_plan, path / "plan.json")
            yield RecordedRun(path.name, entries, plan, CertificateFolder(path), holders)

    def open_work(self, endpoint: str) -> tuple[OpenWork, ...]:
        """None: who has begun something here goes on with it by the same apply."""
        del endpoint
        return ()
