"""What a database is. The world decides what happens and when; an engine is where the data lives.

`model` keeps numbers only; `postgres` puts real servers behind the same world.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from reconciler.simulator.world.model import Database, Event, Timing
    from reconciler.simulator.world.world import World


@dataclass(frozen=True, slots=True)
class Address:
    """Where a real server listens."""

    host: str
    port: int


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

    def is_ready(self, world: World, event: Event) -> bool:
        """Whether `event`, which is due, can take place; asked again until it can."""
        ...

    def pass_time(self, *, now: float) -> None:
        """The world has reached `now`."""
        ...

    def provision(self, database: Database, *, now: float) -> Address | None:
        """Make an empty, writable database; its address when it has a real one."""
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

    def copy(self, source: Database, target: Database, *, transfer: str, now: float) -> str:
        """Replace what `target` holds by what `source` holds; why that failed, or nothing.

        `transfer` is the id of the transfer that this is.
        """
        ...

    def replace(self, database: Database, *, now: float) -> Mapping[str, Address]:
        """Move the data to another server; the new addresses of real ones, followers' too, by id."""
        ...

    def set_credentials(self, database: Database, followers: Iterable[Database]) -> None:
        """Its credentials have changed."""
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
