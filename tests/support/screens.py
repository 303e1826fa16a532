"""A terminal of a given size with a command on it, as a person would see it."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from typing import TYPE_CHECKING

import pyte
from support.processes import RECONCILE

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.processes import Place

PATIENCE_S = 60.0
QUIET_S = 0.05
"""Less than between two drawings of a table."""
CTRL_C = b"\x03"
AT_ONCE = 512
"""Bytes: less than a table takes, so that no state of it is missed however slow we are."""
LONGEST = 5_000
"""Lines that have scrolled out of sight and are remembered."""


class Terminal:
    """stdin, stdout and stderr of one command, and what its screen shows."""

    def __init__(self, place: Place, *words: str, columns: int = 100, lines: int = 30) -> None:
        self.screen = pyte.HistoryScreen(columns, lines, history=LONGEST, ratio=0.001)
        self._stream = pyte.ByteStream(self.screen)
        self._ours, theirs = pty.openpty()
        self.written = b""
        self.resize(columns, lines)
        environment = (
            {"TERM": "xterm-256color"} | place.environment() | {"COLUMNS": "", "LINES": ""}
        )
        self.process = subprocess.Popen(
            [RECONCILE, *words],
            cwd=place.folder,
            env=environment | place.settings,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
        )
        os.close(theirs)

    def resize(self, columns: int, lines: int) -> None:
        size = struct.pack("HHHH", lines, columns, 0, 0)
        fcntl.ioctl(self._ours, termios.TIOCSWINSZ, size)
        self.screen.resize(lines, columns)

    def lines(self) -> list[str]:
        """What is on the screen, without empty lines."""
        return [line.rstrip() for line in self.screen.display if line.strip()]

    def everything(self) -> list[str]:
        """The same with all that has scrolled out of it."""
        columns = range(self.screen.columns)
        gone = ["".join(row[at].data for at in columns) for row in self.screen.history.top]
        return [line.rstrip() for line in gone if line.strip()] + self.lines()

    def find(self, pattern: str) -> str | None:
        """The line on the screen that has it."""
        return next((line for line in self.lines() if re.search(pattern, line)), None)

    def colour_of(self, word: str) -> str:
        """Of the last place on the screen where it stands."""
        rows = [row for row in range(self.screen.lines) if word in self.screen.display[row]]
        column = self.screen.display[rows[-1]].index(word)
        return str(self.screen.buffer[rows[-1]][column].fg)

    def until(self, is_so: Callable[[], object]) -> None:
        """Watch until it is so."""
        end = time.monotonic() + PATIENCE_S
        while not is_so():
            assert time.monotonic() < end, "\n".join(self.everything())
            assert self._read(1.0), "\n".join(self.everything())

    def until_line(self, pattern: str) -> str:
        """Watch until a line has it."""
        self.until(lambda: self.find(pattern))
        return self.find(pattern) or ""

    def interrupt(self) -> None:
        """Ctrl-C: the terminal shows `^C` where its cursor stands, and sends the signal."""
        while self._read(QUIET_S, is_patient=False):  # what is on its way would be dropped
            pass
        seen = len(self.written)
        os.write(self._ours, CTRL_C)
        self.until(lambda: b"^C" in self.written[seen:])
        self.process.send_signal(signal.SIGINT)

    def end(self) -> int:
        """Watch until the command has ended; its exit code."""
        while self._read(PATIENCE_S):
            pass
        code = self.process.wait()
        os.close(self._ours)
        assert "Traceback" not in "".join(self.everything())
        return code

    def _read(self, timeout_s: float, *, is_patient: bool = True) -> bool:
        """Whether the command still has its terminal; without `is_patient`, whether it has written to it meanwhile."""
        ready, _, _ = select.select([self._ours], [], [], timeout_s)
        if not ready:
            return is_patient
        try:
            data = os.read(self._ours, AT_ONCE)
        except OSError:  # Linux says it so when nobody has the other end any more
            return False
        self.written += data
        self._stream.feed(data)
        return bool(data)
