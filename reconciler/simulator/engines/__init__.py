"""What a database is. The world decides what happens and when; an engine is where the data lives.

`model` keeps numbers only. Another engine may put real servers behind the same world.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from reconciler.simulator.world.model import Database, Timing


@dataclass(frozen=True, slots=True)
class Measures:
    """What one look into a database shows."""

    num_bytes: int
    num_tables: int
    transactions: int
    """Commits that this database has."""
    behind: int | None
    """Commits that its leader has and it has not; None for a leader."""


class Engine(Protocol):
    """The acts of a database. Each takes effect at `now`, in the order in which they are called."""

    def provision(self, database: Database, *, now: float) -> None:
        """Make an empty, writable database."""
        ...

    def follow(self, follower: Database, leader: Database, timing: Timing, *, now: float) -> None:
        """Make `follower` a streaming copy of `leader`, far behind at first."""
        ...

    def fork(self, fork: Database, source: Database, *, now: float) -> None:
        """Make `fork` a writable copy of what `source` holds now."""
        ...

    def unfollow(self, follower: Database, leader: Database, *, now: float) -> int:
        """Make `follower` writable; answer how many commits of the leader it never got."""
        ...

    def copy(self, source: Database, target: Database, *, now: float) -> None:
        """Replace what `target` holds by what `source` holds now."""
        ...

    def replace(self, database: Database, *, now: float) -> None:
        """Move the data to another server; its address has changed already."""
        ...

    def set_writes(
        self,
        database: Database,
        followers: list[Database],
        timing: Timing,
        *,
        per_second: float,
        now: float,
    ) -> None:
        """From `now` on `database` gets that many commits a second, and its followers trail it."""
        ...

    def drop(self, database: Database) -> None:
        """Destroy it."""
        ...

    def measure(self, database: Database, leader: Database | None, *, now: float) -> Measures:
        """Look into it."""
        ...
