"""Numbers in texts that Heroku made for people. What does not look as known is unknown, never guessed.

Formats: outputs of `pg:info` in public repositories and the fixtures of heroku/cli v11.9.0 (test/unit/commands/pg).
"""

from __future__ import annotations

import datetime as dt
import re

UNITS = {"bytes": 1, "B": 1, "KB": 2**10, "MB": 2**20, "GB": 2**30, "TB": 2**40}
"""`66.1 GB` stands beside 71,015,181,459 bytes, so their units are powers of 1,024."""


def commits_behind(text: str) -> int | None:
    """`Behind By`: `0 commits`, `1 commit`, `1,234 commits`."""
    match = re.fullmatch(r"(\d[\d,]*) commits?", text.strip())
    return int(match[1].replace(",", "")) if match else None


def connection_limit(text: str) -> int | None:
    """`Connections`: the limit in `12/200`, `unknown/20`."""
    match = re.fullmatch(r"[^/]+/\s*(\d+)", text.strip())
    return int(match[1]) if match else None


def connection_count(text: str) -> int | None:
    """`Connections`: the used ones in `12/200`."""
    match = re.fullmatch(r"(\d+)\s*/.*", text.strip())
    return int(match[1]) if match else None


def table_count(text: str) -> int | None:
    """`Tables`: `45`, `0/4000 (In compliance)`."""
    match = re.match(r"(\d+)\b", text.strip())
    return int(match[1]) if match else None


def size_bytes(text: str) -> int | None:
    """`Data Size`: the used part of `66.1 GB / 64 GB (103.28%)`, `9.2 MB/1.00 GB (In compliance)`."""
    match = re.match(r"(\d+(?:\.\d+)?) ?(bytes|B|[KMGT]B)\b", text.strip())
    return round(float(match[1]) * UNITS[match[2]]) if match else None


def major_version(text: str) -> int | None:
    """`17.5`, `17`."""
    match = re.match(r"(\d+)(?:\.|$)", text.strip())
    return int(match[1]) if match else None


def day(text: str) -> dt.date | None:
    """The day of `2025-01-01 12:00:00 +0000`, `2026-06-21 19:18`."""
    try:
        return dt.date.fromisoformat(text.strip()[:10])
    except ValueError:
        return None
