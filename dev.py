#!/usr/bin/env python3
"""Set up everything in `.venv` and run a command there: `python3 dev.py reconcile plan`, `python3 dev.py pytest`.

Standard library only, so that Python 3.11+ and git are all a fresh machine needs. The environment is made
once and made again when `pyproject.toml` has changed. `python3 dev.py check` runs every check that has no
tests in it (format, lint, types, import contracts); `python3 dev.py fix` mends what can be mended;
`python3 dev.py pin` renews what the pipelines install, to the newest that `pyproject.toml` allows.
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
from typing import NoReturn

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
STAMP = VENV / "set-up-for"
PIP = [str(BIN / "python"), "-m", "pip", "--disable-pip-version-check"]

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
    "pin": [
        [
            *(
                "uv",
                "pip",
                "compile",
                "--quiet",
                "--upgrade",
                "--universal",
                "--python-version",
                "3.11",
            ),
            *("--generate-hashes", "--only-binary", ":all:", "--no-header", "--no-annotate"),
            *("pyproject.toml", "--group", "build", "--output-file", "pipelines/requirements.txt"),
        ],
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
        make_venv()
    if not install_with_uv():
        run_or_end([*PIP, "install", "--quiet", "-e", ".[dev]"])
    STAMP.write_text(json.dumps(needed()))


def make_venv() -> None:
    """Make an empty `.venv`; end with what to do where the system's Python cannot."""
    try:
        venv.create(VENV, with_pip=True, clear=True)
    except subprocess.CalledProcessError:
        sys.exit(
            "This Python cannot make an environment with pip in it (its module ensurepip is missing).\n"
            "On Debian and Ubuntu: apt install python3-venv. Then run the same command again."
        )


def install_with_uv() -> bool:
    """Install everything with uv, which is fetched if there is none; whether it could.

    uv does not read pip's settings (a company's own index, its certificates), so pip has to be asked before giving up.
    """
    uv = shutil.which("uv", path=environment()["PATH"])
    if uv is None:
        if not run([*PIP, "install", "--quiet", "uv"], quietly=True):
            return False
        uv = str(BIN / "uv")
    return run([uv, "pip", "install", "--quiet", "--python", PIP[0], "-e", ".[dev]"], quietly=True)


def run_or_end(command: list[str]) -> None:
    """Run one set-up command; end with its own words when it fails."""
    if not run(command):
        sys.exit(
            f"Set-up failed at: {' '.join(command)}\nMend that and run the same command again."
        )


def run(command: list[str], *, quietly: bool = False) -> bool:
    """Run one set-up command; whether it succeeded."""
    words = subprocess.DEVNULL if quietly else sys.stderr
    done = subprocess.run(
        command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=words, stderr=words, check=False
    )
    return not done.returncode


def environment() -> dict[str, str]:
    """Our own environment variables, with `.venv` as the active environment."""
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
    *first, last = COMMANDS.get(arguments[0], [arguments])
    for command in first:
        code = subprocess.call(command, env=environment())
        if code:
            return code
    return become(last)


def become(command: list[str]) -> NoReturn:
    """Run `command` in place of this process, so that Ctrl-C and signals reach it and nobody kills it early."""
    try:
        os.execvpe(command[0], command, environment())  # noqa: S606  # that is what it is for
    except FileNotFoundError:
        sys.exit(f"There is no command {command[0]}, neither in .venv nor on your PATH.")


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
