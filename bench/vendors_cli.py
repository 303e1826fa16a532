"""The vendor's own CLI, installed once by npm into the user's cache, and run against a stand-in."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

VERSION = "11.10.0"
OLDEST_NODE = 20
PATIENCE_S = 110


class NotHereError(Exception):
    """The CLI can not be had on this machine; the message says why."""


def program() -> list[str]:
    """How to start the CLI; installs it if need be.

    Raises:
        NotHereError: Node.js or npm is missing or too old, or npm can not install.
    """
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise NotHereError("Node.js and npm are needed to drive the vendor's CLI, and are not here")
    version = subprocess.check_output([node, "--version"], text=True).strip()  # noqa: S603  # as found
    if int(version.lstrip("v").split(".", maxsplit=1)[0]) < OLDEST_NODE:
        raise NotHereError(f"the vendor's CLI needs Node.js {OLDEST_NODE}, this is {version}")
    home = os.environ.get("XDG_CACHE_HOME")
    root = Path(__file__).parents[1]
    folder = Path(home) / "reconcile" / "heroku-cli" if home else root / ".cache" / "heroku-cli"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _install(npm, folder)
    return [node, "--no-deprecation", str(folder / "node_modules" / "heroku" / "bin" / "run.js")]


def _install(npm: str, folder: Path) -> None:
    package = folder / "node_modules" / "heroku" / "package.json"
    if package.exists() and json.loads(package.read_text())["version"] == VERSION:
        return
    quiet = ["--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
    command = [npm, "install", "--prefix", str(folder), *quiet, f"heroku@{VERSION}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # the same
    if done.returncode:
        raise NotHereError(f"npm could not install the vendor's CLI: {done.stderr.strip()[-300:]}")


def environment(url: str, home: Path) -> Mapping[str, str]:
    """What points the CLI to the stand-in at `url`, with a home to throw away: no login, no netrc."""
    return {
        "PATH": os.defpath,
        "HOME": str(home),
        "HEROKU_HOST": url,
        "HEROKU_DATA_HOST": "127.0.0.1",
        "HEROKU_PARTICLEBOARD_URL": url,
        "HEROKU_API_KEY": "no-real-token",
        "DISABLE_TELEMETRY": "true",
        "TERM": "dumb",
    }


@dataclass(frozen=True)
class VendorsCli:
    """The CLI, speaking to one stand-in."""

    program: list[str]
    settings: Mapping[str, str]

    def run(self, *words: str) -> str:
        """What a command prints.

        Raises:
            RuntimeError: it fails.
        """
        done = subprocess.run(  # noqa: S603  # the CLI that was installed
            [*self.program, *words],
            env=dict(self.settings),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"heroku {' '.join(words)}: {done.stdout}{done.stderr}")
        return done.stdout + done.stderr
