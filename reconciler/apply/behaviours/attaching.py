"""Letting apps know a database by its names, and proving that they do.

Replacing an attachment makes two releases on the app, `Detach NAME` and `Attach NAME`, which are not atomic: when
the second fails, the app may run without the config var. So the releases' outcome is read, and the names are.
Source: heroku/cli v11.9.0 src/commands/pg/promote.ts, which exits 0 in that case.
"""

from __future__ import annotations

import re

from reconciler.apply.behaviours.base import Behaviour, Seen, absent, done, under_way
from reconciler.core.steps import Attach, AwaitRelease, ProveUnattached
from reconciler.errors import StepConflictError, StepError

RELEASES_READ = 10
"""How many of the newest releases are searched for ours."""


class AttachBehaviour(Behaviour[Attach]):
    """Attach, in place of what is to be replaced."""

    patience_s = 120
    undo_insists = True

    async def look(self) -> Seen:
        """Done when the app's name leads to the add-on, with the same namespace."""
        step = self.step
        attachment = await self.heroku.attachment(step.app, step.name)
        if attachment is None:
            return absent("not attached")
        if attachment.addon == step.addon:
            if attachment.namespace == step.namespace:
                return done(f"leads to {step.addon}")
            raise StepConflictError(
                f"{step.app}::{step.name} leads to {step.addon} as {attachment.namespace or 'default'}, "
                f"planned was {step.namespace or 'default'}."
            )
        if attachment.addon == step.replaces:
            return absent(f"leads to {attachment.addon}")
        raise StepConflictError(
            f"{step.app}::{step.name} leads to {attachment.addon}, which the plan does not replace."
        )

    async def act(self) -> None:
        """One request; it replaces the attachment of the same name."""
        await self.heroku.attach(
            app=self.step.app,
            name=self.step.name,
            addon=self.step.addon,
            namespace=self.step.namespace,
        )

    async def undo(self) -> None:
        """Let the name lead back to what it led to, or take a name away that was free before."""
        if self.step.replaces is None:
            await self.heroku.detach(app=self.step.app, name=self.step.name)
        else:
            await self.heroku.attach(
                app=self.step.app,
                name=self.step.name,
                addon=self.step.replaces,
                namespace=self.step.namespace,
            )

    async def is_undone(self) -> bool:
        """The name leads where it led before, and the app has the config var."""
        attachment = await self.heroku.attachment(self.step.app, self.step.name)
        if self.step.replaces is None:
            return attachment is None or attachment.addon != self.step.addon
        return attachment is not None and attachment.addon == self.step.replaces


class AwaitReleaseBehaviour(Behaviour[AwaitRelease]):
    """Read how the release of an attachment ended."""

    patience_s = 900

    async def look(self) -> Seen:
        """Done when the newest release that attached the name succeeded and its config var is there."""
        word = re.compile(rf"\bAttach {re.escape(self.step.name)}(?![A-Z0-9_])")
        releases = await self.heroku.newest_releases(self.step.app, RELEASES_READ)
        release = next((one for one in releases if word.search(one.description)), None)
        if release is None:
            return under_way(f"no release that says Attach {self.step.name} yet")
        if release.status == "pending":
            return under_way(f"release v{release.version} is running")
        if release.status != "succeeded":
            raise StepError(
                f"Release v{release.version} of {self.step.app} (Attach {self.step.name}) "
                f"{release.status}.",
                hint=f"Look at its output: heroku releases:output v{release.version} -a {self.step.app}",
            )
        if f"{self.step.name}_URL" not in await self.heroku.config_var_names(self.step.app):
            return under_way(f"the config var {self.step.name}_URL is not there yet")
        return done(f"release v{release.version} succeeded")


class ProveUnattachedBehaviour(Behaviour[ProveUnattached]):
    """Prove that nobody reads the old primary."""

    patience_s = 60

    async def look(self) -> Seen:
        """Done when only our own aliases lead to it."""
        readers = [
            f"{one.app}::{one.name}"
            for one in await self.heroku.attachments_of(self.step.addon)
            if (one.app, one.name) not in self.step.aliases
        ]
        if readers:
            return under_way(f"still read as {', '.join(readers)}")
        return done("nothing but its alias leads to it")
