"""The folder of one run: all data directories and logs, swept away when the run is over, however it ended.

Runs lie beside each other below one folder of the user's, each with a lock that is held as long as the run lives.
A run whose lock is free is dead: whoever starts next stops its servers and removes it.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.simulator.engines.postgres.errors import ServerError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from reconciler.simulator.engines.postgres.binaries import Binaries
    from reconciler.simulator.engines.postgres.launching import Launcher
    from reconciler.simulator.engines.postgres.server import Server

LOCK = "lock"
DRAFT, RUN = "new-", "run-"
SWEEP_PATIENCE = 10.0
"""Seconds that an orphaned server gets to end, before it is killed."""
FORGOTTEN = 3600.0
"""Seconds after which a folder that never became a run counts as left behind."""


def free_port() -> int:
    """A port that nobody listens on at this moment; a server that finds it taken is started again."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True, slots=True)
class Workshop:
    """What every server needs: a place, programs, a way to start them, the superuser's password."""

    folder: Path
    launcher: Launcher
    binaries: tuple[Binaries, ...]
    password: str
    ports: Callable[[], int] = free_port
    running: set[Server] = field(default_factory=set)
    """All servers that have a process, whoever made them and for whatever."""

    def stop_all(self) -> None:
        """Stop every server."""
        for server in list(self.running):
            server.stop()

    def room(self) -> int:
        """Free bytes on the disk of the folder."""
        return shutil.disk_usage(self.folder).free


def home(parent: Path) -> Path:
    """Where the runs of this user lie below `parent`, usually the folder for temporary files."""
    return parent / f"reconcile-sim-{os.getuid()}"


@contextlib.contextmanager
def run_folder(parent: Path, *, public: bool = False) -> Iterator[Path]:
    """A folder for one run; what dead runs left is swept first, and this one is removed at the end.

    `public` lets another user pass through, who then owns what lies in it.

    Raises:
        ServerError: it cannot be made.
    """
    base = home(parent)
    try:
        _make_home(base, public=public)
        sweep(base)
        folder, lock = _claim(base, public=public)
    except OSError as error:
        raise ServerError(
            f"The databases cannot be kept in {base}: {error.strerror}.",
            hint="Make room, or set TMPDIR to a folder that can be written.",
        ) from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)
        with contextlib.suppress(OSError):
            base.rmdir()


def _make_home(base: Path, *, public: bool) -> None:
    """Make the common folder; one that is somebody else's, or a link, is not used."""
    base.mkdir(mode=0o700, exist_ok=True)
    if base.is_symlink() or base.stat().st_uid != os.getuid():
        raise ServerError(
            f"{base} belongs to somebody else.",
            hint="Remove it, or set TMPDIR to a folder of your own.",
        )
    base.chmod(0o711 if public else 0o700)


def _claim(base: Path, *, public: bool) -> tuple[Path, int]:
    """A new folder with its lock held; it gets its name only then, so that no sweeper takes it for dead."""
    draft = Path(tempfile.mkdtemp(prefix=DRAFT, dir=base))
    if public:
        draft.chmod(0o711)
    lock = os.open(draft / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    return draft.rename(base / draft.name.replace(DRAFT, RUN, 1)), lock


def sweep(base: Path) -> int:
    """Stop the servers of dead runs and remove their folders; how many runs that were."""
    swept = 0
    for folder in sorted(base.iterdir()):
        if folder.name.startswith(RUN) and _sweep_run(folder):
            swept += 1
        elif folder.name.startswith(DRAFT) and _is_forgotten(folder):
            shutil.rmtree(folder, ignore_errors=True)
    return swept


def _is_forgotten(folder: Path) -> bool:
    try:
        return time.time() - folder.stat().st_mtime > FORGOTTEN
    except OSError:
        return False


def _sweep_run(folder: Path) -> bool:
    """Remove one run unless it lives."""
    try:
        lock = os.open(folder / LOCK, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        lock = None
    try:
        if lock is not None:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        for data in sorted(folder.iterdir()):
            stop_orphan(data)
        shutil.rmtree(folder, ignore_errors=True)
    except BlockingIOError:
        return False
    except FileNotFoundError:
        return False
    finally:
        if lock is not None:
            os.close(lock)
    return True


def stop_orphan(data: Path) -> None:
    """Stop the server that runs on the data directory `data`, if there is one and it is really that one."""
    pid = _postmaster(data)
    if pid is None:
        return
    for sent, patience in ((signal.SIGQUIT, SWEEP_PATIENCE), (signal.SIGKILL, SWEEP_PATIENCE)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, sent)
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if _postmaster(data, pid) is None:
                return
            time.sleep(0.02)


def _postmaster(data: Path, pid: int | None = None) -> int | None:
    """The process that serves `data`: named by its pid file and, so that no stranger is hit, working in it."""
    if pid is None:
        try:
            pid = int((data / "postmaster.pid").read_text().split("\n", 1)[0])
        except (OSError, ValueError):
            return None
    return pid if _works_in(pid, data) else None


def _works_in(pid: int, data: Path) -> bool:
    """Whether the process `pid` is alive in the folder `data`; a server's working folder is its data directory."""
    if Path("/proc/self").exists():
        try:
            return Path(f"/proc/{pid}/cwd").readlink() == data.resolve()
        except OSError:
            return False
    told = subprocess.run(  # noqa: S603  # a fixed system command; where there is no /proc
        ["/bin/ps", "-p", str(pid), "-o", "command="], capture_output=True, text=True, check=False
    )
    return str(data) in told.stdout
