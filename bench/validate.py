"""`reconcile validate` over 10,000 databases: ten a file, with mistakes, and all in one file.

The state with mistakes has one plan that does not exist in every hundredth file.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from bench.frame import Figure, Goal, Result, each_round
from bench.processes import RECONCILE, measured

GOAL_S = 3.0
DATABASES = 10_000
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


def run(rounds: int) -> Result:
    """Check so many times."""
    with tempfile.TemporaryDirectory() as place:
        top = Path(place)
        write_files(top / "files", DATABASES)
        write_files(top / "wrong", DATABASES, wrong_every=100)
        write_one_file(top / "one", DATABASES)

        def measure() -> dict[str, float]:
            right = measured([*RECONCILE, "validate", "files"], folder=top)
            wrong = measured([*RECONCILE, "validate", "wrong"], folder=top, code=1)
            one = measured([*RECONCILE, "validate", "one"], folder=top)
            return {
                "right": right.wall_s,
                "wrong": wrong.wall_s,
                "one": one.wall_s,
                "memory": max(right.most_mb, wrong.most_mb, one.most_mb),
            }

        taken = each_round(rounds, measure)
    return Result(
        figures=(
            Figure(f"{A_FILE} a file", "s", taken["right"], Goal(GOAL_S)),
            Figure("with mistakes", "s", taken["wrong"]),
            Figure("all in one file", "s", taken["one"]),
            Figure("most memory of the three", "MB", taken["memory"]),
        ),
        setting={"databases": f"{DATABASES:,}"},
    )
