"""The documents that users read, and the commands in them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
COMMAND_LANGUAGES = {"", "sh"}
"""Of fenced blocks that hold commands; output stands in `text`."""


class Command(NamedTuple):
    """A command line in a document."""

    file: str
    line: int
    text: str


def documents() -> list[Path]:
    """Everything in Markdown, but for what tools put there."""
    return [
        *sorted(ROOT.glob("*.md")),
        *sorted((ROOT / "docs").rglob("*.md")),
        *sorted((ROOT / "plans").glob("*.md")),
    ]


def commands() -> list[Command]:
    """Every `reconcile ...` that stands in backticks or begins a line of a block of commands."""
    return [command for path in documents() for command in _commands_of(path)]


def _commands_of(path: Path) -> list[Command]:
    found: list[Command] = []
    language: str | None = None
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if line.startswith("```"):
            language = line[3:].strip() if language is None else None
            continue
        texts = re.findall(r"`([^`]+)`", line) if language is None else []
        if language in COMMAND_LANGUAGES:
            texts = [line]
        for text in texts:
            match = re.match(
                r"(?:\$ )?(?:\w+=\S+ )*(?:python3 dev\.py |uv run )?reconcile (.+)", text
            )
            if match:
                name = str(path.relative_to(ROOT))
                found.append(Command(name, number, match.group(1).strip()))
    return found
