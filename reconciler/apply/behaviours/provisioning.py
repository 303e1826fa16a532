"""Making a new database, and seeing that one serves as wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.apply.behaviours.base import Behaviour, Seen, absent, done, under_way
from reconciler.apply.behaviours.switching import read_database
from reconciler.core.naming import is_mark
from reconciler.core.steps import ConfirmServing, Provision
from reconciler.errors import StepConflictError

if TYPE_CHECKING:
    from reconciler.core.observed import ObservedDatabase


class ProvisionBehaviour(Behaviour[Provision]):
    """Create the add-on under its planned name."""

    async def look(self) -> Seen:
        """Done when both APIs know it, on the planned service plan, and Heroku is not working on it."""
        database = await self.heroku.addon(self.step.addon)
        if database is None:
            return await self._not_there()
        if database.state == "provisioning" or database.serving_plan is None:
            return under_way("being provisioned")
        if database.state != "provisioned":
            raise StepConflictError(
                f"{self.step.addon} is {database.state}: Heroku could not provision it.",
                hint="Plan again; the next plan chooses another name.",
            )
        if database.serving_plan != self.step.service_plan or database.app != self.step.app:
            raise StepConflictError(
                f"{self.step.addon} is {database.serving_plan} on {database.app}, "
                f"planned was {self.step.service_plan} on {self.step.app}."
            )
        if database.is_waiting:
            return under_way(database.status)
        return done(f"{database.serving_plan}, PostgreSQL {database.version}")

    async def _not_there(self) -> Seen:
        """To be created now, or once the leader can be followed again.

        A database that was just unfollowed or forked can not be followed for minutes to hours.
        Source: Dev Center, heroku-postgres-follower-databases, 2026-03-31.
        """
        leader = await self.heroku.addon(self.step.follow) if self.step.follow else None
        if leader is not None and leader.fork_follow.startswith("Temporarily"):
            return under_way(f"{leader.addon} can not be followed yet")
        return absent()

    async def guard(self) -> None:
        """The leader is there, and can be followed."""
        if self.step.follow is None:
            return
        leader = await self.heroku.addon(self.step.follow)
        if leader is None or leader.state != "provisioned":
            raise StepConflictError(f"{self.step.follow} is not there to be followed.")
        if leader.is_following:
            raise StepConflictError(f"{self.step.follow} is a follower itself.")

    async def act(self) -> None:
        """One create, under a name that no second one can take."""
        await self.heroku.provision(
            addon=self.step.addon,
            app=self.step.app,
            service_plan=self.step.service_plan,
            attachment=self.step.attachment,
            follow=self.step.follow,
            version=self.step.version,
            region=self.step.region,
        )

    async def undo(self) -> None:
        """Destroy what this step made, if nobody came to rely on it.

        Raises:
            StepConflictError: an app reads it, or somebody follows it.
        """
        if await self.is_undone():
            return
        readers = [
            f"{one.app}::{one.name}"
            for one in await self.heroku.attachments_of(self.step.addon)
            if not is_mark(one.name)
        ]
        database = await read_database(self.heroku, self.step.addon)
        if readers or database.follower_count:
            raise StepConflictError(
                f"{self.step.addon} is in use ({', '.join(readers) or 'it is followed'}), so it stays."
            )
        await self.heroku.deprovision(addon=self.step.addon, app=self.step.app)

    async def is_undone(self) -> bool:
        """It is not there any more, or on its way out."""
        database = await self.heroku.addon(self.step.addon)
        return database is None or database.state in {"deprovisioning", "deprovisioned"}


class ConfirmServingBehaviour(Behaviour[ConfirmServing]):
    """The last word on whether a change is done."""

    async def look(self) -> Seen:
        """Done when the app's name leads to the add-on and the Data API serves the plan there."""
        step = self.step
        attachment = await self.heroku.attachment(step.app, step.name)
        if attachment is None or attachment.addon != step.addon:
            at = "nothing" if attachment is None else attachment.addon
            return under_way(f"{step.app}::{step.name} leads to {at}")
        database = await self.heroku.addon(step.addon)
        if database is None:
            raise StepConflictError(f"The database {step.addon} is not there any more.")
        missing = self._missing(database)
        if missing:
            return under_way(missing)
        version = f", PostgreSQL {step.version}" if step.version is not None else ""
        return done(
            f"{step.app}::{step.name} is {step.addon}, serving {database.serving_plan}{version}"
        )

    def _missing(self, database: ObservedDatabase) -> str:
        """What `database` itself is not yet; empty when it is all."""
        step = self.step
        if database.serving_plan != step.service_plan:
            return f"still serving {database.serving_plan}"
        if step.version not in {None, database.version}:
            return f"still PostgreSQL {database.version}"
        if database.is_waiting:
            return database.status or "Heroku is working on it"
        if database.is_following != (step.leader is not None):
            return "read-only" if database.is_following else "not following yet"
        if step.leader is not None and database.leader not in {None, step.leader}:
            return f"follows {database.leader}"
        return ""
