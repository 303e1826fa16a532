"""Build the wheel, install it into an empty environment and start it there, in both ways that users have.

`pip install .`, and what the pipelines do: every dependency pinned by its hash (`pipelines/install.sh`).
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    """Install either way and ask for help and a validation, from a folder where there is nothing else."""
    for install in (plainly, pinned):
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder)
            install(place)
            reconcile = str(place / "env" / "bin" / "reconcile")
            run([reconcile, "--help"], place)
            run([reconcile, "validate", str(ROOT / "desired")], place)


def plainly(place: Path) -> None:
    """As a user does."""
    venv.create(place / "env", with_pip=True)
    python = str(place / "env" / "bin" / "python")
    run([python, "-m", "pip", "install", "--quiet", str(ROOT)], place)


def pinned(place: Path) -> None:
    """As the pipelines do."""
    run([str(ROOT / "pipelines" / "install.sh"), str(place / "env")], place)


def run(command: list[str], place: Path) -> None:
    """Run one command there; a failure ends this one."""
    print(
        "$", " ".join(Path(command[0]).name if i == 0 else word for i, word in enumerate(command))
    )
    subprocess.run(command, cwd=place, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    sys.exit(main())
