"""Starting PostgreSQL's programs as somebody whom they accept.

PostgreSQL refuses to run as root. A root user's servers therefore run in a user namespace in which root is
`nobody`: files stay root's outside, and folders that only root may enter are no obstacle. Where the system forbids
that, they run as the user `nobody` itself, who must then be able to reach programs and data.
"""

from __future__ import annotations

import os
import pwd
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reconciler.simulator.engines.postgres.errors import ServerError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import IO

    from reconciler.simulator.engines.postgres.binaries import Binaries

NOBODY = "nobody"
ENTER = """
import ctypes, os, pwd, sys
number = pwd.getpwnam("nobody").pw_uid
if ctypes.CDLL(None, use_errno=True).unshare(0x10000000):
    sys.exit(os.strerror(ctypes.get_errno()))
for name, text in ("uid_map", f"{number} 0 1"), ("setgroups", "deny"), ("gid_map", f"{number} 0 1"):
    with open(f"/proc/self/{name}", "w") as file:
        file.write(text)
os.execv(sys.argv[1], sys.argv[1:])
"""
"""Becomes the named program inside a new user namespace; 0x10000000 is CLONE_NEWUSER."""


@dataclass(frozen=True, slots=True)
class Launcher:
    """How to start a program: what goes before it on the command line, or as whom."""

    prefix: tuple[str, ...] = ()
    user: str | None = None

    def start(self, command: Sequence[str], *, output: IO[bytes]) -> subprocess.Popen[bytes]:
        """Start a server, out of reach of the terminal's Ctrl-C; what it says goes to `output`."""
        return subprocess.Popen(  # noqa: S603  # the programs of `binaries`
            [*self.prefix, *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            cwd="/",
            **self._identity(),
        )

    def run(self, command: Sequence[str], **settings: str) -> subprocess.CompletedProcess[str]:
        """Run a tool to its end; its exit code and what it said.

        `settings` are added to its environment: a command line is for all to see, so passwords go there.
        """
        return subprocess.run(  # noqa: S603  # the programs of `binaries`
            [*self.prefix, *command],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, **settings},
            start_new_session=True,
            cwd="/",
            **self._identity(),
        )

    def hand_over(self, path: Path) -> None:
        """Let whoever runs the servers own `path`."""
        if self.user is not None:
            entry = pwd.getpwnam(self.user)
            os.chown(path, entry.pw_uid, entry.pw_gid)

    def _identity(self) -> dict[str, Any]:
        if self.user is None:
            return {}
        return {
            "user": self.user,
            "group": pwd.getpwnam(self.user).pw_gid,
            "extra_groups": [],
        }


def find_launcher(binaries: Binaries, *, root: bool) -> Launcher:
    """The first way of starting programs that works here.

    Raises:
        ServerError: for root, when neither a user namespace nor the user `nobody` will do.
    """
    if not root:
        return Launcher()
    enter = Launcher(prefix=(sys.executable, "-I", "-S", "-c", ENTER))
    for launcher in (enter, Launcher(user=NOBODY)):
        if _works(launcher, binaries):
            return launcher
    raise ServerError(
        f"PostgreSQL does not run as root, and {binaries.folder} cannot be used in another way here.",
        hint="Run as another user, or put the environment where the user nobody can read it.",
    )


def _works(launcher: Launcher, binaries: Binaries) -> bool:
    try:
        return launcher.run([binaries.tool("postgres"), "--version"]).returncode == 0
    except (OSError, KeyError):
        return False
