"""Which state a command works with: the folder's, or the one that several machines share."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.apply.state import State

VARIABLE = "RECONCILE_STATE_URL"
RUNS = Path(".reconcile") / "runs"
"""Where the folder's state keeps its runs, see `adapters.run_files`."""


def is_shared(written: str) -> bool:
    """Whether `open_state` leads to a database."""
    return bool(os.environ.get(VARIABLE, "").strip() or written)


def has_records(written: str) -> bool:
    """Whether `open_state` can lead to any run; costs nothing, opening the state loads all that reads plans."""
    return is_shared(written) or RUNS.is_dir()


@contextlib.contextmanager
def open_state(written: str) -> Iterator[State]:
    """The state of the environment, else the one `written` in the desired state, else the folder's.

    Raises:
        StateError: the shared state cannot be reached, or is of a newer version.
        UsageError: what the environment says is no address.
    """
    url = os.environ.get(VARIABLE, "").strip() or written
    if not url:
        from reconciler.adapters.state.folder import FolderState

        yield FolderState()
        return
    from reconciler.adapters.state.shared import SharedState

    with contextlib.closing(SharedState(url)) as state:
        yield state


def written_url(paths: list[str] | None) -> str:
    """What the desired state says, whatever else is wrong with it."""
    if os.environ.get(VARIABLE, "").strip():
        return ""
    from reconciler.adapters.toml_files import read_state_url

    return read_state_url([Path(path) for path in paths or ["desired"]])
