"""`reconcile` on a terminal of a given size, as a person has one."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import struct
import subprocess
import termios
from typing import TYPE_CHECKING

from support.processes import RECONCILE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.processes import Place

ABOUT_COLOUR = ("NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "CLICOLOR", "COLUMNS", "LINES")


def on_terminal(place: Place, *words: str, columns: int, **settings: str) -> str:
    """What one command shows on a terminal that is so wide; it must succeed or have found something."""
    ours, theirs = pty.openpty()
    try:
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        inherited = {
            name: value for name, value in place.environment().items() if name not in ABOUT_COLOUR
        }
        with subprocess.Popen(
            [RECONCILE, *words],
            cwd=place.folder,
            env=inherited | {"TERM": "xterm-256color"} | settings,
            stdin=subprocess.DEVNULL,
            stdout=theirs,
            stderr=subprocess.PIPE,
        ) as process:
            os.close(theirs)
            theirs = -1
            text = _all_of(ours)
            assert process.stderr is not None
            err = process.stderr.read().decode()
        assert process.returncode in {0, 1, 2}, err
        assert "Traceback" not in err, err
    finally:
        os.close(ours)
        if theirs != -1:
            os.close(theirs)
    return text.decode().replace("\r\n", "\n")


@contextlib.contextmanager
def typed(words: bytes) -> Iterator[int]:
    """A terminal on which somebody has typed."""
    ours, theirs = pty.openpty()
    try:
        os.write(ours, words)
        yield theirs
    finally:
        os.close(ours)
        os.close(theirs)


def _all_of(terminal: int) -> bytes:
    """Everything until the other side is closed, which Linux tells by an error."""
    parts = []
    while True:
        try:
            part = os.read(terminal, 65_536)
        except OSError:
            part = b""
        if not part:
            return b"".join(parts)
        parts.append(part)
