"""Copying one database over another on Heroku's side, and comparing both ends.

Each attempt has a label of its own, which holds the moment from which on writes were stopped: a copy from before
somebody wrote again is never taken for this attempt's, not even when the journal of the earlier one is lost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.apply.behaviours.base import Behaviour, Seen, absent, done, under_way
from reconciler.apply.behaviours.closing import STOPPED
from reconciler.apply.behaviours.switching import read_database
from reconciler.core.naming import is_mark
from reconciler.core.steps import Copy, VerifyCopy
from reconciler.errors import StepConflictError, StepError

if TYPE_CHECKING:
    from reconciler.apply.ports import ObservedTransfer


class CopyBehaviour(Behaviour[Copy]):
    """Start the transfer and wait for its end."""

    may_repeat = False  # a request that arrives late would wipe the target under the second copy

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
            return absent()
        transfer = mine[-1]
        if not transfer.is_finished:
            return under_way(_percent(transfer.processed_bytes, transfer.source_bytes))
        if not transfer.has_succeeded:
            raise StepError(f"The copy to {self.step.target} failed; the source is untouched.")
        return done(f"{transfer.processed_bytes:,} bytes")

    async def guard(self) -> None:
        """Only the default credential exists, and no app reads what is about to be overwritten."""
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
        readers = [
            f"{one.app}::{one.name}"
            for one in await self.heroku.attachments_of(self.step.target)
            if not is_mark(one.name)
        ]
        if readers:
            raise StepConflictError(
                f"{self.step.target} is in use as {', '.join(readers)}; a copy would wipe it."
            )

    async def act(self) -> None:
        """Remember that the source's data is final from here on, then start the transfer."""
        self.run.remember_now(STOPPED)
        await self.heroku.copy(
            source=self.step.source,
            target=self.step.target,
            from_name=str(self.step.source),
            to_name=self._label,
        )

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


class VerifyCopyBehaviour(Behaviour[VerifyCopy]):
    """Compare both ends by what the Data API tells of them."""

    patience_s = 120

    async def look(self) -> Seen:
        """Done when the table counts agree and the target holds data where the source does."""
        source = await read_database(self.heroku, self.step.source)
        target = await read_database(self.heroku, self.step.target)
        counts = (source.table_count, target.table_count)
        sizes = (source.data_size_bytes, target.data_size_bytes)
        note = f"tables {counts[0]} and {counts[1]}, bytes {sizes[0]} and {sizes[1]}"
        if None in counts or None in sizes:
            return under_way(f"not all known yet: {note}")
        if counts[0] != counts[1] or (sizes[0] and not sizes[1]):
            return under_way(f"different: {note}")
        return done(note)
