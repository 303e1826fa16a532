"""Starting the built-in stand-in for one command: a child process that ends with us, however we end.

The child serves until its standard input closes, and the system closes that when this process ends, also by kill -9.
Its world is kept under `.reconcile/sim/`, so that plan, apply, plan tell one story.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from reconciler.errors import ReconcileError

if TYPE_CHECKING:
    from collections.abc import Iterator

KEPT = Path(".reconcile") / "sim"
SECONDS_TO_ANSWER = 2
SECONDS_TO_END = 10
NEEDED = ("httptools", "starlette", "uvicorn")


def check_installed() -> None:
    """Whether the libraries are there that only the stand-in needs.

    Raises:
        ReconcileError: they are not.
    """
    if any(importlib.util.find_spec(name) is None for name in NEEDED):
        raise ReconcileError(
            "The stand-in is not installed.",
            hint="Install it: pip install 'heroku-postgres-reconcile[sim]', or from a checkout: "
            "pip install '.[sim]'",
        )


def check_answers(url: str) -> None:
    """Whether anybody listens at `url`, a port of this machine; asked first, since requests are tried for half a minute.

    Raises:
        ReconcileError: nobody does.
    """
    parts = urlsplit(url)
    try:
        socket.create_connection((parts.hostname, parts.port or 80), SECONDS_TO_ANSWER).close()
    except OSError as error:
        raise ReconcileError(
            f"Nobody answers at {url}.",
            hint="`reconcile sim` serves a stand-in; without RECONCILE_ENDPOINT, "
            "the desired state says whom to speak to.",
        ) from error


@contextlib.contextmanager
def stand_in(scenario: str, *, keep: Path = KEPT) -> Iterator[str]:
    """The address of a stand-in that serves `scenario` (a built-in name or a file) until the context ends.

    Raises:
        ReconcileError: it does not start; it has said why on stderr.
    """
    check_installed()
    command = [  # -P: no file of the current folder is taken for a module
        *(sys.executable, "-P", "-m", "reconciler", "sim", "--scenario", scenario),
        *("--port", "0", "--keep", str(keep), "--until-stdin-closes"),
    ]
    with subprocess.Popen(  # noqa: S603  # our own command line
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl-C is for us; it ends when we close its input
    ) as child:
        try:
            yield f"http://127.0.0.1:{_port(child)}"
        finally:
            _end(child)


def _port(child: subprocess.Popen[str]) -> int:
    line = child.stdout.readline() if child.stdout else ""
    if not line:
        raise ReconcileError(
            "The stand-in did not start; it said why above.",
            hint="If another command uses its world, wait for that one's end; else mend what it named.",
        )
    return int(json.loads(line)["port"])


def _end(child: subprocess.Popen[str]) -> None:
    if child.stdin:
        child.stdin.close()
    try:
        child.wait(SECONDS_TO_END)
    except subprocess.TimeoutExpired:
        child.kill()
