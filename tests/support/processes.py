"""`reconcile` as its users meet it: real processes in a folder of their own, watched from outside."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import select
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from support.forked import can_fork, run_forked

if TYPE_CHECKING:
    import signal
    from collections.abc import Iterator, Mapping

RECONCILE = str(Path(sys.executable).with_name("reconcile"))
OURS = ("HEROKU_API_KEY", "RECONCILE_ENDPOINT", "PYTHONDONTWRITEBYTECODE", "PYTHONIOENCODING")
"""What a developer's shell may hold and no test may see; without .pyc files every start takes seconds."""


@dataclass(frozen=True, slots=True)
class Done:
    """How one command ended."""

    code: int
    out: str
    err: str


class Place:
    """A folder with a desired state, and what its commands leave there."""

    def __init__(self, folder: Path, settings: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self.settings = dict(settings or {})

    def environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if name not in OURS}
        return inherited | {"HOME": str(self.folder)} | self.settings

    def run(self, *words: str, stdin: int = subprocess.DEVNULL, is_alone: bool = True) -> Done:
        """Run one command to its end. `is_alone`: no other one runs, so no stand-in may be left."""
        is_forked = stdin == subprocess.DEVNULL and can_fork(self.settings)
        done = self._forked(words) if is_forked else self._started(words, stdin)
        assert "Traceback" not in done.err, done.err
        assert not is_alone or self.is_left_alone()
        return done

    def _forked(self, words: tuple[str, ...]) -> Done:
        with TemporaryDirectory() as folder:
            out, err = Path(folder, "out"), Path(folder, "err")
            code = run_forked(words, self.folder, self.environment(), out, err)
            return Done(code, out.read_text("utf-8"), err.read_text("utf-8"))

    def _started(self, words: tuple[str, ...], stdin: int) -> Done:
        done = subprocess.run(
            [RECONCILE, *words],
            cwd=self.folder,
            env=self.environment(),
            stdin=stdin,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def start(self, *words: str) -> Running:
        return Running(self, words)

    def is_left_alone(self) -> bool:
        """Whether no stand-in serves this folder's world."""
        path = self.folder / ".reconcile" / "sim" / "lock"
        if not path.exists():
            return True
        with path.open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
        return True

    def world(self) -> dict[str, Any]:
        """The stand-in's world as it was kept, by name; read from its file, not through our own code."""
        kept = json.loads((self.folder / ".reconcile/sim/world.json").read_bytes())["world"]
        apps, addons = kept["apps"], kept["addons"]
        held = sorted(
            (apps[one["app_id"]]["name"], one["name"], addons[one["addon_id"]]["name"])
            for one in kept["attachments"].values()
        )
        return {
            "closed": sorted(app["name"] for app in apps.values() if app["maintenance"]),
            "formations": {
                app["name"]: {kind: one["quantity"] for kind, one in app["formation"].items()}
                for app in apps.values()
            },
            "plans": {
                addon["name"]: (addon["plan"], kept["databases"][addon["id"]]["plan"])
                for addon in addons.values()
            },
            "names": {f"{app}::{name}": addon for app, name, addon in held},
            "missing_commits": sum(one["missing_commits"] for one in kept["databases"].values()),
        }


class Running:
    """A command under way; its stderr is read line by line, so that a test acts at a known moment."""

    def __init__(self, place: Place, words: tuple[str, ...]) -> None:
        self.place = place
        self._out = (place.folder / "out.txt").open("w+")
        self.process = subprocess.Popen(
            [RECONCILE, *words],
            cwd=place.folder,
            env=place.environment(),
            stdin=subprocess.DEVNULL,
            stdout=self._out,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        self.err = ""

    def until(self, pattern: str) -> str:
        """The next line on stderr that has `pattern` in it."""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.err += line
            if re.search(pattern, line):
                return line
        raise AssertionError(f"{pattern} never came:\n{self.err}")

    def stand_in(self) -> int:
        """The process id of the stand-in that it has started."""
        (child,) = children_of(self.process.pid)
        return child

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def end(self) -> Done:
        """Wait for the end."""
        assert self.process.stderr is not None
        if not self.process.stderr.closed:
            self.err += self.process.stderr.read()
        code = self.process.wait()
        self.process.stderr.close()
        self._out.seek(0)
        out = self._out.read()
        self._out.close()
        assert "Traceback" not in self.err, self.err
        return Done(code, out, self.err)


def children_of(pid: int) -> list[int]:
    """The processes that `pid` has started."""
    return [child for child, parent in parents() if parent == pid]


def parents() -> Iterator[tuple[int, int]]:
    """Every process of this machine with its parent."""
    if not Path("/proc/self/stat").exists():
        command = ["/bin/ps", "-A", "-o", "pid=,ppid="]
        listing = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        yield from ((int(pid), int(parent)) for pid, parent in map(str.split, listing.splitlines()))
        return
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            yield int(stat.parent.name), int(stat.read_text().rpartition(")")[2].split()[1])


def has_ended(pid: int, *, within_s: float = 15) -> bool:
    """Whether `pid` ends within so many seconds.

    Where the system cannot tell (pidfd is Linux), reading its stderr to the end, as `Running.end` does, has to do.
    """
    if not hasattr(os, "pidfd_open"):
        return True
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([handle], [], [], within_s)[0])
    finally:
        os.close(handle)
