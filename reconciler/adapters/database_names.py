"""The names of the listed databases, for a shell that completes a word while somebody types.

Read from the headings of tables alone, so that it takes no time and works in a file that is half written; whether the
files are right is not asked. A name that is written in another way than in a heading is not found.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_HEADING = re.compile(r"""^[ \t]*\[{1,2}[ \t]*database[ \t]*\.[ \t]*["']?([\w-]+)""", re.MULTILINE)


def database_names(paths: Sequence[str]) -> list[str]:
    """Sorted, each once; what cannot be read gives none."""
    return sorted({name for text in _texts(paths) for name in _HEADING.findall(text)})


def _texts(paths: Sequence[str]) -> Iterator[str]:
    for path in map(Path, paths):
        for file in sorted(path.rglob("*.toml")) if path.is_dir() else [path]:
            try:
                yield file.read_text(encoding="utf-8", errors="replace")
            except OSError:
                continue
