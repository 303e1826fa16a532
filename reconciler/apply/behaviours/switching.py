"""Turning a follower into a database of its own, without losing a commit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.apply.behaviours.base import Behaviour, Seen, absent, done, under_way
from reconciler.apply.behaviours.closing import STOPPED
from reconciler.core.naming import is_mark
from reconciler.core.steps import AwaitFollower, AwaitNoLag, EndFollowing, Unfollow
from reconciler.errors import StepConflictError
from reconciler.render.steps import describe

if TYPE_CHECKING:
    from reconciler.apply.ports import Heroku
    from reconciler.apply.run import Run
    from reconciler.core.names import AddonName
    from reconciler.core.observed import ObservedDatabase

ZERO_READS = 2
"""How often in a row the lag must be read as 0."""


async def read_database(heroku: Heroku, name: AddonName) -> ObservedDatabase:
    """The add-on.

    Raises:
        StepConflictError: it is gone.
    """
    database = await heroku.addon(name)
    if database is None:
        raise StepConflictError(f"The database {name} is not there any more.")
    return database


def check_follows(database: ObservedDatabase, leader: AddonName) -> None:
    """Check that `database` follows `leader`.

    Raises:
        StepConflictError: it follows nobody, or somebody else.
    """
    if not database.is_following:
        raise StepConflictError(
            f"{database.addon} is not a follower any more and cannot become one again.",
            hint="Plan again: a new follower will be made, and this one is named as left over.",
        )
    if database.leader not in {None, leader}:
        raise StepConflictError(f"{database.addon} follows {database.leader}, not {leader}.")


def lag_note(database: ObservedDatabase) -> str:
    """The lag in words."""
    lag = database.lag_commits
    return "lag unknown" if lag is None else f"{lag} commits behind"


class AwaitFollowerBehaviour(Behaviour[AwaitFollower]):
    """Wait until the follower has caught up."""

    async def look(self) -> Seen:
        """Done when it is within the given distance."""
        database = await read_database(self.heroku, self.step.follower)
        check_follows(database, self.step.leader)
        is_close = (
            database.lag_commits is not None and database.lag_commits <= self.step.at_most_commits
        )
        return done(lag_note(database)) if is_close else under_way(lag_note(database))


class AwaitNoLagBehaviour(Behaviour[AwaitNoLag]):
    """Wait until nothing is left to replay."""

    def __init__(self, step: AwaitNoLag, run: Run) -> None:
        super().__init__(step, run)
        self._zeros = 0

    async def look(self) -> Seen:
        """Done when the lag was 0 twice in a row, or when our own unfollow already came after that."""
        database = await read_database(self.heroku, self.step.follower)
        if not database.is_following and self.run.recall(STOPPED):
            return done("unfollowed at 0 commits behind")
        check_follows(database, self.step.leader)
        self._zeros = self._zeros + 1 if database.lag_commits == 0 else 0
        if self._zeros >= ZERO_READS:
            return done(f"0 commits behind, read {ZERO_READS} times in a row")
        return under_way(lag_note(database))


class UnfollowBehaviour(Behaviour[Unfollow]):
    """Cut the follower from its leader."""

    async def look(self) -> Seen:
        """Done when it follows nobody and Heroku has finished working on it."""
        database = await read_database(self.heroku, self.step.follower)
        if database.is_following:
            return absent(lag_note(database))
        if database.is_waiting:
            return under_way(database.status or "becoming writable")
        return done("writable, follows nobody")

    async def foresee(self) -> bool:
        """Whether it follows; the guard looks again."""
        return (await self.look()).state == "absent"

    async def guard(self) -> None:
        """Still following the planned leader, at 0 commits behind, read twice: after an untrue 0 the lag jumps back.

        Nothing else can tell: the step before has read it, but a whole stage may lie in between.
        """
        for _ in range(ZERO_READS):
            database = await read_database(self.heroku, self.step.follower)
            check_follows(database, self.step.leader)
            if database.lag_commits != 0:
                raise StepConflictError(
                    f"{self.step.follower} is {lag_note(database)}: unfollowing now would lose them."
                )

    async def act(self) -> None:
        """Remember that the old primary's data is final from here on, then unfollow."""
        self.run.remember_now(STOPPED)
        await self.heroku.unfollow(self.step.follower)


class EndFollowingBehaviour(Behaviour[EndFollowing]):
    """Cut a follower that was replaced from its leader, which is about to outgrow it."""

    async def look(self) -> Seen:
        """Done when it follows nobody, or is not there any more."""
        database = await self.heroku.addon(self.step.follower)
        if database is None:
            return done("not there any more")
        if database.is_following:
            check_follows(database, self.step.leader)
            return absent(f"follows {self.step.leader}")
        if database.is_waiting:
            return under_way(database.status or "becoming writable")
        return done("follows nobody")

    async def guard(self) -> None:
        """No app reads it: what it holds grows old from here on."""
        readers = [
            f"{one.app}::{one.name}"
            for one in await self.heroku.attachments_of(self.step.follower)
            if not is_mark(one.name)
        ]
        if readers:
            raise StepConflictError(
                f"{self.step.follower} is still read as {', '.join(readers)}.",
                hint="Nothing was asked of its leader. Plan again.",
            )

    async def act(self) -> None:
        """One request."""
        await self.heroku.unfollow(self.step.follower)

    async def why_no_way_back(self) -> str:
        """Its names must not lead back to data that has stopped."""
        if describe(self.step) in self.run.progress.intents:
            return f"{self.step.follower} was told to stop following"
        seen = await self.look()
        return "" if seen.state == "absent" else f"{self.step.follower} follows nobody any more"
