"""Copying one database over another on Heroku's side.

Each attempt has a label of its own, which holds the moment from which on writes were stopped: a copy from before
somebody wrote again is never taken for this attempt's, not even when the journal of the earlier one is lost.

A request whose answer was lost is never sent again: it may still arrive. So it is looked for, then given up, and none
is begun while another copy is under way into the same database.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.apply.behaviours.base import Behaviour, Seen, absent, done, under_way
from reconciler.apply.behaviours.closing import STOPPED
from reconciler.apply.behaviours.switching import read_database
from reconciler.apply.together import both
from reconciler.core.naming import is_mark
from reconciler.core.steps import Copy
from reconciler.errors import HerokuUnclearError, StepConflictError, StepError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.apply.ports import ObservedTransfer
    from reconciler.apply.run import Run

LISTED_S = 60.0
"""How long a copy whose request was not answered may be missing in the list before it is given up."""


class CopyBehaviour(Behaviour[Copy]):
    """Start the transfer and wait for its end."""

    may_repeat = False  # a request that arrives late would wipe the target under the second copy

    def __init__(self, step: Copy, run: Run) -> None:
        super().__init__(step, run)
        self._unclear_since: float | None = None
        """Monotonic second at which the answer to our request was lost."""

    @property
    def _label(self) -> str:
        """What the transfer of this attempt is called; empty while none was begun."""
        since = self.run.recall(STOPPED)
        return f"{self.step.target} {self.run.plan_id} {since}" if since else ""

    def _is_mine(self, transfer: ObservedTransfer) -> bool:
        return bool(self._label) and transfer.to_name == self._label

    async def look(self) -> Seen:
        """Done when the transfer of this attempt says that it succeeded."""
        transfers = await self.heroku.transfers(self.step.app)
        mine = [one for one in transfers if self._is_mine(one)]
        if not mine:
            self._check_not_lost()
            return absent()
        transfer = mine[-1]
        self._check_alone([one for one in transfers if one is not transfer])
        if not transfer.is_finished:
            return under_way(_percent(transfer.processed_bytes, transfer.source_bytes))
        if not transfer.has_succeeded:
            raise StepError(f"The copy to {self.step.target} failed; the source is untouched.")
        return done(f"{transfer.processed_bytes:,} bytes")

    def _check_not_lost(self) -> None:
        since = self._unclear_since
        if since is not None and self.run.clock.monotonic() - since >= LISTED_S:
            raise StepError(
                f"The request to copy to {self.step.target} was not answered, and {LISTED_S:.0f} s later no such "
                "copy is listed; it is not sent again, since it may still arrive.",
                hint="Run the same apply again: it copies anew.",
            )

    def _check_alone(self, others: Iterable[ObservedTransfer], names: Iterable[str] = ()) -> None:
        """No other copy is under way into the target, be it a late one of ours or under one of its `names`."""
        for one in others:
            into = one.to_name.partition(" ")[0]
            if not one.is_finished and into in {self.step.target, *names}:
                raise StepConflictError(
                    f"Another copy is under way into {self.step.target}; both would be mixed.",
                    hint="When it has ended, run the same apply again. To end it: "
                    f"heroku pg:backups:cancel -a {self.step.app}",
                )

    async def foresee(self) -> bool:
        """Look for another copy before anything is closed for this one."""
        transfers = await self.heroku.transfers(self.step.app)
        self._check_alone(one for one in transfers if not self._is_mine(one))
        return False

    async def guard(self) -> None:
        """Only the default credential exists, and nobody reads or writes what is about to be overwritten."""
        source = await read_database(self.heroku, self.step.source)
        if source.credential_count is not None and source.credential_count > 1:
            raise StepConflictError(
                f"{self.step.source} has {source.credential_count} credentials; a copy takes "
                "only what the default one may read."
            )
        target = await read_database(self.heroku, self.step.target)
        if target.is_following:
            raise StepConflictError(
                f"{self.step.target} is a follower; nothing can be copied to it."
            )
        attachments, transfers = await both(
            self.heroku.attachments_of(self.step.target), self.heroku.transfers(self.step.app)
        )
        self._check_alone(transfers, [one.name for one in attachments])
        readers = [f"{one.app}::{one.name}" for one in attachments if not is_mark(one.name)]
        if readers:
            raise StepConflictError(
                f"{self.step.target} is in use as {', '.join(readers)}; a copy would wipe it."
            )

    async def act(self) -> None:
        """Remember that the source's data is final from here on, then start the transfer."""
        self.run.remember_now(STOPPED)
        try:
            await self.heroku.copy(
                source=self.step.source,
                target=self.step.target,
                from_name=str(self.step.source),
                to_name=self._label,
            )
        except HerokuUnclearError:
            self._unclear_since = self.run.clock.monotonic()
            raise

    async def undo(self) -> None:
        """Stop a transfer that still runs."""
        for transfer in await self.heroku.transfers(self.step.app):
            if self._is_mine(transfer) and not transfer.is_finished:
                await self.heroku.cancel_transfer(self.step.app, transfer.id)

    async def is_undone(self) -> bool:
        """No transfer of this attempt runs."""
        return all(
            one.is_finished or not self._is_mine(one)
            for one in await self.heroku.transfers(self.step.app)
        )


def _percent(part: int, whole: int) -> str:
    return f"{100 * part // whole} % copied" if whole else "copying"
