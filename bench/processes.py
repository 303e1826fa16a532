"""Processes that are measured: what a command used, and a stand-in with what it served and used meanwhile."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

RECONCILE = (sys.executable, "-m", "reconciler")
HIDDEN = ("HEROKU_API_KEY", "RECONCILE_ENDPOINT", "PYTHONDONTWRITEBYTECODE")
"""Of the shell that starts the bench; without .pyc files every start takes seconds."""


@dataclass(frozen=True, slots=True)
class Used:
    """What one process used, and what it said. `cpu_s` is user and system time, without its children's."""

    wall_s: float
    cpu_s: float
    most_mb: float
    code: int
    out: str
    err: str


def measured(
    command: Sequence[str],
    *,
    folder: Path,
    settings: Mapping[str, str] | None = None,
    code: int | None = 0,
) -> Used:
    """Run a command to its end.

    Raises:
        RuntimeError: its exit code is not `code` (None takes any).
    """
    inherited = {name: value for name, value in os.environ.items() if name not in HIDDEN}
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        began = time.perf_counter()
        with subprocess.Popen(  # noqa: S603  # our own command
            command,
            cwd=folder,
            env=inherited | dict(settings or {}),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
        ) as process:
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        took = time.perf_counter() - began
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read().decode())
    if code is not None and process.returncode != code:
        raise RuntimeError(
            f"{' '.join(command)}: {process.returncode} instead of {code}\n{texts[1]}"
        )
    cpu_s = used.ru_utime + used.ru_stime
    most_mb = used.ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2)
    return Used(took, cpu_s, most_mb, process.returncode, *texts)


class Served:
    """A stand-in that serves a scenario in a process of its own."""

    def __init__(self, port: int, pid: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.port = port
        self._pid = pid

    def requests(self) -> int:
        """How many it has answered so far; asking is not counted."""
        with urllib.request.urlopen(f"{self.url}/sim/requests") as answer:  # noqa: S310  # loopback
            return int(json.load(answer)["total"])

    def cpu_s(self) -> float:
        """The CPU seconds that it has used so far; Linux only."""
        fields = Path(f"/proc/{self._pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def most_mb(self) -> float:
        """The most memory that it ever had; Linux only."""
        lines = Path(f"/proc/{self._pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


@contextlib.contextmanager
def served(scenario: Path, *options: str) -> Iterator[Served]:
    """Serve the scenario until the context ends; `options` as of `reconcile sim`."""
    command = [*RECONCILE, "sim", "--port", "0", "--until-stdin-closes", *options]
    with subprocess.Popen(  # noqa: S603  # our own command
        [*command, "--scenario", str(scenario)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        try:
            yield Served(int(json.loads(process.stdout.readline())["port"]), process.pid)
        finally:
            process.stdin.close()
            process.wait(20)
