"""The model engine: a database is a few numbers, so that thousands fit and nothing has to be installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.simulator.engines import Measures
from reconciler.simulator.world.model import Meter, Trail

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from reconciler.simulator.engines import Address
    from reconciler.simulator.world.model import Database, Event, Timing
    from reconciler.simulator.world.world import World

FIRST_DISTANCE = 4000
"""Commits that a follower is behind right after its base copy, at least."""
USUAL_DISTANCE = 150.0
"""Commits that a follower stays behind while its leader is written to; below the 200 that count as caught up."""


class ModelEngine:
    """Databases that are numbers in the world itself."""

    def is_ready(self, world: World, event: Event) -> bool:
        """Numbers need no time."""
        del world, event
        return True

    def pass_time(self, *, now: float) -> None:
        """Numbers are looked up when they are asked for."""

    def provision(self, database: Database, *, now: float) -> None:
        """Start counting commits."""
        database.commits = Meter(database.commits.count, now)

    def follow(self, follower: Database, leader: Database, timing: Timing, *, now: float) -> None:
        """Start `FIRST_DISTANCE` or more commits behind and work that off within `timing.catch_up`."""
        follower.num_bytes, follower.num_tables = leader.num_bytes, leader.num_tables
        follower.version = leader.version
        behind = FIRST_DISTANCE + int(leader.commits.at(now)) % 4000
        usual = USUAL_DISTANCE if leader.commits.per_second else 0.0
        follower.trail = Trail(behind, now, behind / max(timing.catch_up, 1.0), usual)

    def fork(self, fork: Database, source: Database, *, now: float) -> None:
        """Take over the numbers of `source`."""
        self._take_over(source, fork, now=now)
        fork.version = source.version

    def unfollow(self, follower: Database, leader: Database, *, now: float) -> int:
        """Keep what has arrived."""
        missing = int(follower.trail.at(now))
        follower.commits = Meter(leader.commits.at(now) - missing, now)
        follower.trail = Trail()
        return missing

    def copy(self, source: Database, target: Database, *, transfer: str, now: float) -> str:
        """Take over size, tables and commits of `source`."""
        del transfer
        self._take_over(source, target, now=now)
        return ""

    @staticmethod
    def _take_over(source: Database, target: Database, *, now: float) -> None:
        target.num_bytes, target.num_tables = source.num_bytes, source.num_tables
        target.commits = Meter(source.commits.at(now), now, target.commits.per_second)

    def replace(self, database: Database, *, now: float) -> Mapping[str, Address]:
        """Nothing moves: the numbers stay."""
        del database, now
        return {}

    def set_credentials(self, database: Database, followers: Iterable[Database]) -> None:
        """Numbers need none."""

    def set_writes(
        self,
        database: Database,
        followers: list[Database],
        timing: Timing,
        *,
        per_second: float,
        now: float,
    ) -> None:
        """Turn the meter; followers keep their usual distance, or drain when nobody writes any more."""
        if database.commits.per_second == per_second:
            return
        database.commits.turn(now, per_second)
        for follower in followers:
            trail = follower.trail
            behind = trail.at(now)
            pace = trail.per_second
            if not per_second and behind <= USUAL_DISTANCE * 2:
                pace = behind / max(timing.drain, 0.001)
            follower.trail = Trail(behind, now, pace, USUAL_DISTANCE if per_second else 0.0)

    def drop(self, database: Database) -> None:
        """Nothing is left to remove."""

    def measure(self, database: Database, leader: Database | None, *, now: float) -> Measures:
        """Read the numbers at `now`."""
        behind = int(database.trail.at(now)) if leader else None
        own = leader.commits.at(now) - (behind or 0) if leader else database.commits.at(now)
        return Measures(database.num_bytes, database.num_tables, max(0, int(own)), behind)
