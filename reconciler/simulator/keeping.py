"""A world kept in a folder between two runs: `world.json`, readable by its owner alone, one run at a time."""

from __future__ import annotations

import fcntl
import json
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pydantic import ValidationError

from reconciler.errors import StateError
from reconciler.simulator.world.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FORMAT = 2
WORLD, LOCK = "world.json", "lock"


class Keeper:
    """Loads and saves the world of one folder; made by `keeping`, which holds the lock."""

    def __init__(self, folder: Path, scenario: str) -> None:
        self._path = folder / WORLD
        self._scenario = scenario

    def load(self) -> tuple[World | None, str]:
        """The kept world, or None and why there is none to go on with; empty when there never was one."""
        try:
            document = json.loads(self._path.read_bytes())
        except FileNotFoundError:
            return None, ""
        except (OSError, ValueError) as error:
            return None, f"{self._path} cannot be read ({type(error).__name__})"
        if not isinstance(document, dict) or document.get("format") != FORMAT:
            return None, f"{self._path} is of another version"
        if document.get("scenario") != self._scenario:
            return None, f"the scenario is no longer the one that {self._path} came from"
        try:
            return World.from_json(json.dumps(document.get("world"))), ""
        except ValidationError:
            return None, f"{self._path} is of another version"

    def save(self, world: World) -> None:
        """Write the world so that a reader sees the old or the new one, never half of it.

        Raises:
            StateError: the folder cannot be written.
        """
        head = json.dumps({"format": FORMAT, "scenario": self._scenario})[:-1].encode()
        text = head + b', "world": ' + world.to_json() + b"}\n"
        draft = self._path.with_suffix(".new")
        try:
            handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self._path)
        except OSError as error:
            raise StateError(
                f"The stand-in's world cannot be saved to {self._path}: {error.strerror}.",
                hint="Make room or choose another folder with --keep.",
            ) from error


@contextmanager
def keeping(folder: Path, scenario: str) -> Iterator[Keeper]:
    """The keeper of `folder` while no other run has it; `scenario` is the digest of the scenario's text.

    Raises:
        StateError: another run has it, or it cannot be made.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StateError(f"The folder {folder} cannot be used: {error.strerror}.") from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StateError(
                f"Another stand-in uses the world in {folder}.",
                hint="End that one, or choose another folder with --keep.",
            ) from error
        yield Keeper(folder, scenario)
    finally:
        os.close(handle)


def reset(folder: Path) -> bool:
    """Remove the world kept in `folder`; whether there was one.

    Raises:
        StateError: a running stand-in uses it.
    """
    if not folder.is_dir():
        return False
    with keeping(folder, ""):
        present = (folder / WORLD).exists()
        for name in (WORLD, "world.new"):
            (folder / name).unlink(missing_ok=True)
    return present
