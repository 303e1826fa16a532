"""Our own records under `.reconcile/runs/`: one folder a plan, with the plan itself and its journal.

The journal is one JSON document a line, synced to the disk before `append` returns. A line cut short by a power cut
is the last one and counts as never written. The folder's lock is held for the life of the process that applies,
and given back by the system however that ends.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from reconciler.adapters.plan_files import write_plan
from reconciler.apply.journal import Entry, by_database
from reconciler.errors import StateError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from reconciler.core.names import DatabaseName
    from reconciler.core.plan import Plan

FOLDER = Path(".reconcile")
LOCK = "apply.lock"
"""Held by the one process that may write in the folder; says who that is."""
JOURNAL = "journal.jsonl"
"""Locked while its run is worked on."""
A_PROCESS = "a process"


class JournalFile:
    """An append-only file of entries; implements `apply.journal.Journal`."""

    def __init__(self, path: Path, *, sync: Callable[[int], None] = os.fdatasync) -> None:
        self._path = path
        self._sync = sync
        self._is_unsure = False
        """Whether the file may end with what does not count: nothing fits behind that."""
        self._entries = _read_entries(path)
        self._by_database = by_database(self._entries)
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            _cut_torn_line(self._file, path)
        except OSError as error:
            raise _not_written(path, error) from error

    def append(self, entry: Entry) -> None:
        """Add one entry; durable when this returns.

        Raises:
            StateError: it could not be made durable. The file is what it was before, or takes no entry any more.
        """
        if self._is_unsure:
            raise _unsure(self._path)
        line = entry.model_dump_json(exclude_defaults=True).encode() + b"\n"
        try:
            self._add(line)
        except OSError as error:
            raise _not_written(self._path, error) from error
        self._entries.append(entry)
        self._by_database.setdefault(entry.database, []).append(entry)

    def entries(self) -> tuple[Entry, ...]:
        """Everything so far, oldest first."""
        return tuple(self._entries)

    def entries_of(self, database: DatabaseName) -> tuple[Entry, ...]:
        """What was written of one database, oldest first."""
        return tuple(self._by_database.get(database, ()))

    def close(self) -> None:
        """Give the file back."""
        os.close(self._file)

    def _add(self, line: bytes) -> None:
        """Make all of `line` durable or leave the file as it was; else the next entry would not fit behind it."""
        size = os.fstat(self._file).st_size
        try:
            _write_whole(self._file, line)
            self._sync(self._file)
        except OSError:
            self._cut_back(size)
            raise

    def _cut_back(self, size: int) -> None:
        try:
            os.ftruncate(self._file, size)
            self._sync(self._file)
        except OSError as error:
            self._is_unsure = True
            raise _unsure(self._path) from error


def _write_whole(file: int, line: bytes) -> None:
    """Write `line`.

    Raises:
        OSError: not all of it could be written.
    """
    if os.write(file, line) != len(line):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _not_written(path: Path, error: OSError) -> StateError:
    return StateError(
        f"The journal {path} cannot be written: {error.strerror}.",
        hint="Nothing is done that could not be recorded. Mend that and run apply again.",
    )


def _unsure(path: Path) -> StateError:
    return StateError(
        f"The journal {path} may end with an entry that could not be made durable nor taken back; "
        "this process writes no other behind it.",
        hint="Nothing is done that could not be recorded. Mend the disk and run apply again.",
    )


def _read_entries(path: Path) -> list[Entry]:
    try:
        lines = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return []
    except OSError as error:
        raise StateError(f"The journal {path} cannot be read: {error.strerror}.") from error
    *whole, _torn = lines
    return [_entry(line, path, number) for number, line in enumerate(whole, start=1)]


def _entry(line: bytes, path: Path, number: int) -> Entry:
    try:
        return Entry.model_validate_json(line)
    except ValidationError:
        raise StateError(
            f"The journal {path}:{number}:1 is damaged, or written by another version.",
            hint="It tells what was so before apps were closed: keep it, look at their maintenance mode "
            "and dynos by hand, then move it away and plan again.",
        ) from None


def _cut_torn_line(file: int, path: Path) -> None:
    """Only where there is one: a record that is only opened is not written to."""
    text = path.read_bytes()
    whole = text.rfind(b"\n") + 1
    if whole < len(text):
        os.ftruncate(file, whole)


class RunFolder:
    """Where one plan's run is recorded."""

    def __init__(self, plan: Plan, folder: Path = FOLDER) -> None:
        self.plan = plan
        self.path = folder / "runs" / plan.digest[:16]

    def open_journal(self) -> JournalFile:
        """Keep the plan beside its journal, so that the run can be finished without the original file."""
        write_plan(self.plan, self.path / "plan.json")
        return JournalFile(self.path / JOURNAL)


def recorded_runs(folder: Path = FOLDER) -> Iterator[tuple[Path, tuple[Entry, ...]]]:
    """Every folder of a run with what was written in it, the one written last as the last.

    By the time in its newest entry: that of the file changes where nothing is written, when the folder is copied say.
    """
    paths = sorted((folder / "runs").glob(f"*/{JOURNAL}"))
    runs = [(path.parent, tuple(_read_entries(path))) for path in paths]
    yield from sorted(runs, key=lambda run: run[1][-1].at if run[1] else "")


def worker_of(run: Path) -> str:
    """Who works on the run in the folder `run` now, `process 4711 on laptop`; empty when nobody does."""
    return _holder(run.parent.parent / LOCK) if _is_locked(run / JOURNAL) else ""


@contextlib.contextmanager
def at_work(run: Path) -> Iterator[None]:
    """Show that whoever holds the whole folder works on the run in `run`, however this process ends."""
    file = os.open(run / JOURNAL, os.O_RDONLY)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
    finally:
        os.close(file)


def _is_locked(path: Path) -> bool:
    try:
        file = os.open(path, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(file)
    return False


def _holder(lock: Path) -> str:
    """What the holder of `lock` wrote into it; "a process" where that cannot be read."""
    with contextlib.suppress(OSError):
        return lock.read_text(errors="replace")[:200].strip() or A_PROCESS
    return A_PROCESS


@contextlib.contextmanager
def only_one(folder: Path = FOLDER) -> Iterator[None]:
    """Hold the folder for this process; the system gives it back however the process ends.

    Raises:
        StateError: another process holds it; its host and process id are named.
    """
    path = folder / LOCK
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StateError(
            f"{path} cannot be opened: {error.strerror}.",
            hint=f"{folder} must be a folder that you may write to: apply keeps its journal there.",
        ) from error
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StateError(
                f"Another apply is running here ({_holder(path)}).",
                hint="Wait for its end, or stop it with Ctrl-C there; it ends at a safe point.",
            ) from error
        os.ftruncate(file, 0)
        os.pwrite(file, f"process {os.getpid()} on {socket.gethostname()}\n".encode(), 0)
        yield
    finally:
        os.close(file)
