"""A fleet that nothing is wrong with: a scenario of N databases over N apps, and the desired state that fits it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

PLAN = "standard-0"
A_FILE = 10
"""Apps of one file of the desired state."""


def write_scenario(file: Path, databases: int, *, requests: int | None = None) -> None:
    """Apps `app-00000` ... with one database each; `requests`: the account's budget, else one that never matters."""
    quota = requests or 10_000_000
    lines = [
        "[clock]",
        "start = 2026-11-22T20:00:00Z",
        "speed = 1",
        "[account]",
        f"requests_per_hour = {quota}",
    ]
    for number in range(databases):
        lines += [
            f"[app.app-{number:05}]",
            "formation = { web = 1 }",
            f"[app.app-{number:05}.database.d{number:05}]",
            f'name = "postgresql-bench-{number:05}"',
            f'plan = "{PLAN}"',
            'attachments = ["DATABASE"]',
        ]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_desired(folder: Path, databases: int, *, changing: int = 0, plan: str = PLAN) -> None:
    """`db-00000` ... in files of ten apps; the first `changing` of them on `plan`."""
    folder.mkdir()
    for first in range(0, databases, A_FILE):
        tables = [
            f'[database.db-{number:05}]\napp = "app-{number:05}"\n'
            f'plan = "{plan if number < changing else PLAN}"\n'
            for number in range(first, min(first + A_FILE, databases))
        ]
        (folder / f"apps-{first:05}.toml").write_text("\n".join(tables), encoding="utf-8")
