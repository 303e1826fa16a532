"""What is known of how far the apply of a plan got, as the page shows it beside the plan."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.core.names import DatabaseName
    from reconciler.render.standing import Standing


def moment_text(at: str) -> str:
    """`2026-12-14 10:00:00 UTC` of a journal's time; what is none stays as it is."""
    try:
        return f"{dt.datetime.fromisoformat(at).astimezone(dt.UTC):%Y-%m-%d %H:%M:%S} UTC"
    except ValueError:
        return at


@dataclass(frozen=True, slots=True)
class DatabaseProgress:
    """How far one database got. All times are ISO 8601, UTC, as the journal has them."""

    standing: Standing
    since: str = ""
    """Of the last thing that was written."""
    last: str = ""
    """That last thing, in words."""
    stages_done: frozenset[int] = frozenset()
    closed_since: str = ""
    """When the cutover began that is neither finished nor taken back."""
    closed_s: float | None = None
    """For how many seconds the last cutover that ended had its apps closed."""


@dataclass(frozen=True, slots=True)
class RunProgress:
    """How far the whole plan got, as of the last entry of its journal."""

    databases: Mapping[DatabaseName, DatabaseProgress]
    as_of: str

    def of(self, name: DatabaseName) -> DatabaseProgress:
        """That of one database, which may not have begun."""
        return self.databases.get(name, DatabaseProgress("not begun"))

    def is_done(self, name: DatabaseName) -> bool:
        """Whether nothing is left to be done for it."""
        return self.of(name).standing == "done"
