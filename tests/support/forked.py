"""Commands as processes of their own that need not load our code first.

Half of what a command takes is loading. Python's fork server loads everything once; each command is forked from it,
then lives as any process: its own folder, environment, output, exit code. What is said about *starting* is tested
with processes that start (tests/cli/test_start_up.py), and so is what needs a terminal, a signal or a stream.
"""

from __future__ import annotations

import multiprocessing
import os
import pkgutil
from typing import TYPE_CHECKING

import reconciler

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(
    [
        one.name
        for one in pkgutil.walk_packages(reconciler.__path__, "reconciler.")
        if not one.name.startswith("reconciler.simulator") and not one.name.endswith("__main__")
    ]
)
SET_AT_THE_START = ("PYTHON", "LANG", "LC_")
"""Settings that Python reads before it runs any code."""


def can_fork(settings: Mapping[str, str]) -> bool:
    """Whether a forked process can have them."""
    return not any(name.startswith(SET_AT_THE_START) for name in settings)


def run_forked(
    words: Sequence[str], folder: Path, environment: Mapping[str, str], out: Path, err: Path
) -> int:
    """Run `reconcile` to its end, its output in two files; its exit code."""
    process = FORKS.Process(target=_become, args=(words, folder, dict(environment), out, err))
    process.start()
    process.join()
    assert process.exitcode is not None
    return process.exitcode


def _become(
    words: Sequence[str], folder: Path, environment: Mapping[str, str], out: Path, err: Path
) -> None:
    for number, path in ((1, out), (2, err)):
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(file, number)
        os.close(file)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    from reconciler.cli import main  # noqa: PLC0415  # here, where it is loaded already

    raise SystemExit(main(words))
