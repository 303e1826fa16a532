"""Letting apps know a database by its names, and proving that they do.

Replacing an attachment makes two releases on the app, `Detach NAME` and `Attach NAME`, which are not atomic: when
the second fails, the app may run without the config var. So the releases' outcome is read, and the names are.
Source: heroku/cli v11.9.0 src/commands/pg/promote.ts, which exits 0 in that case.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reconciler.apply.behaviours.base import Behaviour, Seen, absent, done, under_way
from reconciler.apply.together import both
from reconciler.core.steps import Attach, AwaitRelease, ProveUnattached
from reconciler.errors import HerokuRefusedError, StepConflictError, StepError
from reconciler.render.steps import describe

if TYPE_CHECKING:
    from reconciler.apply.run import Run
    from reconciler.core.names import AppName, AttachmentName
    from reconciler.core.observed import ObservedAttachment
    from reconciler.core.plan import DatabasePlan

RELEASES_A_NAME = 2
"""So many releases replacing one name makes."""
RELEASES_OF_OTHERS = 10
"""So many that somebody else made meanwhile are read past."""
RELEASES_READ = 1000
"""How many are read at most: so many Heroku gives at once. Source: heroku/cli v11.9.0, `Range: …; max=1000`."""


def releases_key(app: AppName) -> str:
    """The memory of the app's newest release before this attempt moved any of its names."""
    return f"releases of {app} before"


def releases_before(run: Run, app: AppName) -> int | None:
    """That release's version; None where it was not read."""
    version = run.recall(releases_key(app))
    return None if version is None else int(version)


def releases_to_read(plan: DatabasePlan, app: AppName, times: int = 1) -> int:
    """As many of the newest as all names of `plan` on `app` make when each is moved so many times."""
    steps = (step for stage in plan.stages for step in stage.steps)
    names = sum(isinstance(step, Attach) and step.app == app for step in steps)
    return min(times * RELEASES_A_NAME * names + RELEASES_OF_OTHERS, RELEASES_READ)


def says_attached(description: str, name: AttachmentName) -> bool:
    """Whether a release says that `name` was attached."""
    return re.search(rf"\bAttach {re.escape(name)}(?![A-Z0-9_])", description) is not None


def attached_to(description: str) -> str | None:
    """To which add-on, where the release says so: the words after the name are not documented."""
    named = re.search(r"@ref:([\w-]+)", description)
    return named[1] if named else None


class AttachBehaviour(Behaviour[Attach]):
    """Attach, in place of what is to be replaced."""

    patience_s = 120
    undo_insists = True

    def __init__(self, step: Attach, run: Run) -> None:
        super().__init__(step, run)
        self.turn = step.app  # the releases of one app follow one another

    async def foresee(self) -> bool:
        """Whether the name leads to what is to be replaced."""
        return (await self.look()).state == "absent"

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
        """Let the name lead back to what it led to, or take a name away that was free before; else it is not ours."""
        attachment = await self.heroku.attachment(self.step.app, self.step.name)
        if self._is_foreign(attachment) or not self._is_to_be_undone(attachment):
            return
        if self.step.replaces is None:
            await self.heroku.detach(app=self.step.app, name=self.step.name)
        else:
            newest = await self.heroku.newest_releases(self.step.app, 1)
            self.run.led_back_after[describe(self.step)] = newest[0].version if newest else 0
            await self.heroku.attach(
                app=self.step.app,
                name=self.step.name,
                addon=self.step.replaces,
                namespace=self.step.namespace,
            )

    async def is_undone(self) -> bool:
        """The name leads where it led before, or we have not touched it and it does not lead to what takes over.

        Raises:
            StepConflictError: somebody has led it elsewhere since.
        """
        try:
            attachment = await self.heroku.attachment(self.step.app, self.step.name)
        except HerokuRefusedError:
            if self._has_acted:
                raise
            return True
        if not self._is_to_be_undone(attachment):
            return True
        if self.step.replaces is None:
            return attachment is None or attachment.addon != self.step.addon
        if attachment is not None and self._is_foreign(attachment):
            raise StepConflictError(
                f"{self.step.app}::{self.step.name} leads to {attachment.addon}, which nothing in this plan did.",
                hint=f"Lead it to where it belongs (before: {self.step.replaces}), then run the same again.",
            )
        return attachment is not None and attachment.addon == self.step.replaces

    @property
    def _has_acted(self) -> bool:
        """Whether this attempt has moved the name, or was about to."""
        return describe(self.step) in self.run.progress.intents

    def _is_to_be_undone(self, attachment: ObservedAttachment | None) -> bool:
        """Whether the name is ours to lead back: also where somebody else has led it to what takes over."""
        is_led_over = attachment is not None and attachment.addon == self.step.addon
        return self._has_acted or (self.step.replaces is not None and is_led_over)

    def _is_foreign(self, attachment: ObservedAttachment | None) -> bool:
        ours = {self.step.addon, self.step.replaces}
        return attachment is not None and attachment.addon not in ours


class AwaitReleaseBehaviour(Behaviour[AwaitRelease]):
    """Read how the release of an attachment ended."""

    patience_s = 900

    async def foresee(self) -> bool:
        """Remember how far the app's releases are: those of an earlier attempt prove nothing."""
        async with self.run.turn(releases_key(self.step.app)):
            if releases_before(self.run, self.step.app) is None:
                newest = await self.heroku.newest_releases(self.step.app, 1)
                version = newest[0].version if newest else 0
                self.run.remember(releases_key(self.step.app), str(version))
        return False

    async def look(self) -> Seen:
        """Done when the newest release that attached the name succeeded and its config var is there."""
        releases, names = await both(
            self.heroku.newest_releases(
                self.step.app, releases_to_read(self.run.plan, self.step.app)
            ),
            self.heroku.config_var_names(self.step.app),
        )
        before = self._before()
        release = next(
            (one for one in releases if one.version > before and self._is_ours(one.description)),
            None,
        )
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
        if f"{self.step.name}_URL" not in names:
            return under_way(f"the config var {self.step.name}_URL is not there yet")
        return done(f"release v{release.version} succeeded")

    def _before(self) -> int:
        """The newest version that cannot be ours; 0 where this attempt has not moved the name itself."""
        moved = any(
            isinstance(step, Attach)
            and (step.app, step.name) == (self.step.app, self.step.name)
            and describe(step) in self.run.progress.intents
            for stage in self.run.plan.stages
            for step in stage.steps
        )
        return (releases_before(self.run, self.step.app) or 0) if moved else 0

    def _is_ours(self, description: str) -> bool:
        """Whether it says that the name was attached, and not that it was to another database."""
        if not says_attached(description, self.step.name):
            return False
        return attached_to(description) in {None, self.step.addon}


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
