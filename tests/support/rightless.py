"""Reading the desired state as someone whom files and folders can be closed to: who runs the tests may be root."""

from __future__ import annotations

import codecs
import os
from typing import TYPE_CHECKING

from support.forked import FORKS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from multiprocessing.connection import Connection
    from pathlib import Path

NOBODY = 65534


def problems_without_rights(folder: Path, paths: Sequence[Path]) -> list[str]:
    """What is wrong with `paths`, as seen from `folder`, for someone who is not root."""
    ours, theirs = FORKS.Pipe()
    process = FORKS.Process(target=_read, args=(folder, paths, theirs))
    process.start()
    theirs.close()
    with ours:
        problems: list[str] = ours.recv()
    process.join()
    return problems


def _read(folder: Path, paths: Sequence[Path], answer: Connection) -> None:
    from reconciler.adapters.toml_files import read_desired  # noqa: PLC0415  # loaded already
    from reconciler.catalogue import load_catalogue  # noqa: PLC0415
    from reconciler.errors import DesiredStateError  # noqa: PLC0415

    os.chdir(folder)
    catalogue = load_catalogue()
    codecs.lookup("utf-8-sig")  # loaded on first use, from where only root may read
    if os.geteuid() == 0:
        os.setuid(NOBODY)
    try:
        read_desired(paths, catalogue=catalogue)
    except DesiredStateError as wrong:
        answer.send([str(problem) for problem in wrong.problems])
    else:
        answer.send([])
