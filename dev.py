#!/usr/bin/env python3
"""Set up everything in `.venv` and run a command there: `python3 dev.py reconcile plan`, `python3 dev.py pytest`.

Standard library only, so that Python 3.11+ and git are all a fresh machine needs. The environment is made
once and made again when `pyproject.toml` has changed. `python3 dev.py check` runs every check that has no
tests in it (format, lint, types, import contracts); `python3 dev.py fix` mends what can be mended.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
STAMP = VENV / "set-up-for"

COMMANDS: dict[str, list[list[str]]] = {
    "check": [
        ["ruff", "format", "--check", "."],
        ["ruff", "check", "."],
        ["mypy"],
        ["lint-imports"],
    ],
    "fix": [
        ["ruff", "check", "--fix", "."],
        ["ruff", "format", "."],
    ],
}


def needed() -> dict[str, str]:
    """What the environment depends on: `home` makes it anew, `project` only installs again."""
    home = f"{sys.version} {ROOT}"
    project = hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest()
    return {"home": home, "project": project}


def present() -> dict[str, str]:
    """What the environment was last set up for; nothing when that was interrupted."""
    try:
        return dict(json.loads(STAMP.read_text()))
    except (OSError, ValueError):
        return {}


def set_up() -> None:
    """Make or renew `.venv`; says on stderr what it does."""
    print("Setting up .venv (once) ...", file=sys.stderr, flush=True)
    if present().get("home") != needed()["home"]:
        venv.create(VENV, with_pip=True, clear=True)
    python = str(BIN / "python")
    uv = shutil.which("uv", path=environment()["PATH"])
    if uv is None:
        run_quietly([python, "-m", "pip", "install", "--quiet", "uv"])
        uv = str(BIN / "uv")
    run_quietly([uv, "pip", "install", "--quiet", "--python", python, "-e", ".[dev]"])
    STAMP.write_text(json.dumps(needed()))


def run_quietly(command: list[str]) -> None:
    """Run one set-up command; end with its own words when it fails."""
    done = subprocess.run(
        command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=sys.stderr, check=False
    )
    if done.returncode:
        sys.exit(
            f"Set-up failed at: {' '.join(command)}\nMend that and run the same command again."
        )


def environment() -> dict[str, str]:
    paths = os.pathsep.join([str(BIN), os.environ.get("PATH", os.defpath)])
    return {**os.environ, "VIRTUAL_ENV": str(VENV), "PATH": paths}


def main(arguments: list[str]) -> int:
    """Run the named command inside the environment, made first if need be; its exit code is ours."""
    if sys.version_info < (3, 11):  # noqa: UP036  # it is this file that must say so on an old Python
        sys.exit("reconcile needs Python 3.11 or newer; this is " + sys.version.split()[0] + ".")
    if not arguments or arguments[0] in {"-h", "--help"}:
        print(__doc__)
        return 0
    if present() != needed():
        set_up()
    for command in COMMANDS.get(arguments[0], [arguments]):
        code = subprocess.call(command, env=environment())
        if code:
            return code
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
