"""`dev.py`, which everybody starts everything with."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

DEV = Path(__file__).parents[1] / "dev.py"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout whose environment is there and fits."""
    shutil.copy(DEV, tmp_path)
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").symlink_to(sys.executable)
    fits = {
        "home": f"{sys.version} {tmp_path.resolve()}",
        "project": hashlib.sha256(b"").hexdigest(),
    }
    (tmp_path / ".venv" / "set-up-for").write_text(json.dumps(fits))
    return tmp_path


def dev(checkout: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "dev.py", *words],
        cwd=checkout,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_command_takes_the_place_of_dev_so_that_no_signal_is_lost(checkout: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "dev.py", "python", "-c", "import os; print(os.getpid())"],
        cwd=checkout,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert int(process.stdout.read()) == process.pid


def test_its_exit_code_is_the_commands(checkout: Path) -> None:
    assert dev(checkout, "python", "-c", "raise SystemExit(3)").returncode == 3


def test_a_command_that_does_not_exist_is_said_to(checkout: Path) -> None:
    done = dev(checkout, "recncile")

    assert (done.returncode, done.stderr) == (
        1,
        "There is no command recncile, neither in .venv nor on your PATH.\n",
    )


def test_alone_it_explains_itself(checkout: Path) -> None:
    assert "python3 dev.py reconcile plan" in dev(checkout).stdout
