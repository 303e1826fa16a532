"""Destroying what was replaced: the one step that nothing can take back."""

from __future__ import annotations

import datetime as dt

from reconciler.apply.behaviours.base import Behaviour, Seen, absent, done, under_way
from reconciler.apply.behaviours.switching import read_database
from reconciler.core.steps import Deprovision
from reconciler.errors import StepConflictError


class DeprovisionBehaviour(Behaviour[Deprovision]):
    """Destroy the add-on."""

    patience_s = 900
    may_repeat = False

    async def look(self) -> Seen:
        """Done when the Platform API does not know it any more."""
        database = await self.heroku.addon(self.step.addon)
        if database is None:
            return done("not there any more")
        if database.state == "deprovisioning":
            return under_way("being destroyed")
        return absent(f"{database.state} on {database.app}")

    async def guard(self) -> None:
        """Kept long enough by Heroku's clock, read by nobody, followed by nobody; looked at right now."""
        now = await self.heroku.time()
        if now < dt.datetime.fromisoformat(self.step.not_before):
            raise StepConflictError(
                f"{self.step.addon} is kept until {self.step.not_before}; Heroku's clock says "
                f"{now:%Y-%m-%dT%H:%M:%SZ}."
            )
        attachments = await self.heroku.attachments_of(self.step.addon)
        readers = [
            f"{one.app}::{one.name}"
            for one in attachments
            if (one.app, one.name) not in self.step.aliases
        ]
        if readers:
            raise StepConflictError(f"{self.step.addon} is still read as {', '.join(readers)}.")
        database = await read_database(self.heroku, self.step.addon)
        if database.follower_count or database.app != self.step.app:
            raise StepConflictError(
                f"{self.step.addon} on {database.app} has {database.follower_count} followers; "
                f"planned was one of {self.step.app} that nobody follows."
            )
        self.run.tell(
            "seen", f"proof before destroying {self.step.addon}: nothing but its alias leads to it"
        )

    async def act(self) -> None:
        """One request, which Heroku refuses while another app is attached."""
        await self.heroku.deprovision(addon=self.step.addon, app=self.step.app)
