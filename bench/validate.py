#!/usr/bin/env python3
"""How long checking takes: `python3 dev.py python bench/validate.py [--databases 10000]`.

Writes a desired state of that many databases, ten a file, and runs `reconcile validate` on it as a process of its
own, three times; then the same state in one file, and the ten-a-file state with a mistake in every hundredth file.
Judges by the best time of the first.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

GOAL_S = 3.0
RUNS = 3
A_FILE = 10
"""Databases of one file, and of one app."""


def table(number: int) -> str:
    """One database with something around it."""
    return (
        f"[database.db-{number:05}]\n"
        f'attachment = "DB_{number % A_FILE}"\n'
        'plan = "standard-2"  # a comment, as people write them\n'
        "version = 17\n"
        'max_downtime = "5m"\n'
        'labels = { team = "payments", tier = "1" }\n\n'
        f"[[database.db-{number:05}.follower]]\n"
        f'attachment = "REPLICA_{number % A_FILE}"\n'
        'plan = "standard-0"\n\n'
        f"[[database.db-{number:05}.attach]]\n"
        'app = "reports"\n'
        f'as = "DB_{number}"\n\n'
    )


def write_files(folder: Path, databases: int, *, wrong_every: int = 0) -> None:
    """Ten databases a file; in every `wrong_every`th file one plan does not exist."""
    folder.mkdir()
    for number in range(-(-databases // A_FILE)):
        first = number * A_FILE
        tables = [table(one) for one in range(first, min(first + A_FILE, databases))]
        text = f'app = "app-{number:05}"\n\n' + "".join(tables)
        if wrong_every and number % wrong_every == 0:
            text = text.replace("standard-2", "standard-1", 1)
        (folder / f"app-{number:05}.toml").write_text(text)


def write_one_file(folder: Path, databases: int) -> None:
    """All of them in one file."""
    folder.mkdir()
    tables = [
        table(one).replace(
            'attachment = "DB_', f'app = "app-{one // A_FILE:05}"\nattachment = "DB_'
        )
        for one in range(databases)
    ]
    (folder / "all.toml").write_text("".join(tables))


def measure(folder: Path, expected: int) -> tuple[float, float]:
    """Seconds and the most MB of the best of some runs; the exit code must be as expected."""
    return min(_measured(folder, expected) for _ in range(RUNS))


def _measured(folder: Path, expected: int) -> tuple[float, float]:
    command = [sys.executable, "-m", "reconciler", "validate", str(folder)]
    began = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:  # noqa: S603  # our own command
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    took = time.perf_counter() - began
    if process.returncode != expected:
        raise RuntimeError(f"exit code {process.returncode} instead of {expected}")
    return took, used.ru_maxrss / 1024


def main() -> int:
    """Measure; 1 when the goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--databases", type=int, default=10_000)
    count = parser.parse_args().databases
    with tempfile.TemporaryDirectory() as place:
        top = Path(place)
        write_files(top / "files", count)
        write_files(top / "wrong", count, wrong_every=100)
        write_one_file(top / "one", count)
        figures = {
            f"{A_FILE} a file": measure(top / "files", 0),
            "with mistakes": measure(top / "wrong", 1),
            "all in one file": measure(top / "one", 0),
        }
    sys.stdout.write(f"reconcile validate, {count:,} databases\n")
    for what, (took, most_mb) in figures.items():
        sys.stdout.write(f"{what:>16}  {took:6.2f} s  {most_mb:4.0f} MB\n")
    is_reached = figures[f"{A_FILE} a file"][0] < GOAL_S
    sys.stdout.write(f"goal {GOAL_S:g} s {'reached' if is_reached else 'missed'}\n")
    return 0 if is_reached else 1


if __name__ == "__main__":
    sys.exit(main())
