"""Closing an app and opening it again: maintenance mode and dynos.

What was so before is remembered before it is changed, and restored to exactly that: an app that was in
maintenance mode before stays in it, a process type that had no dyno gets none.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from reconciler.apply.behaviours.base import Behaviour, Seen, absent, done, under_way
from reconciler.core.names import AppName, ProcessType
from reconciler.core.steps import MaintenanceOff, MaintenanceOn, ScaleDown, ScaleUp
from reconciler.errors import StepConflictError

if TYPE_CHECKING:
    from reconciler.apply.ports import Heroku
    from reconciler.apply.run import Run
    from reconciler.core.observed import ObservedApp

RELEASE = ProcessType("release")
"""The release phase's process type: never scaled, runs by itself."""


STOPPED = "writes must stay stopped since"
"""The memory that data was taken from the old primary as final: a write to it from then on would be lost."""


def flag_key(app: AppName) -> str:
    """The memory of an app's maintenance flag."""
    return f"maintenance {app}"


def dynos_key(app: AppName) -> str:
    """The memory of an app's formation."""
    return f"dynos {app}"


async def read_app(heroku: Heroku, name: AppName) -> ObservedApp:
    """The app.

    Raises:
        StepConflictError: it is gone.
    """
    app = await heroku.app(name)
    if app is None:
        raise StepConflictError(f"The app {name} is not there any more.")
    return app


def check_not_reopened(run: Run, what: str) -> None:
    """Nobody may write to the old primary once its data was taken as final.

    Raises:
        StepConflictError: somebody could.
    """
    since = run.recall(STOPPED)
    if since is not None:
        raise StepConflictError(
            f"{what} by somebody else after {since}: the old primary may have newer data "
            "than the new one.",
            hint="The old primary stays in charge. Plan again.",
        )


class MaintenanceOnBehaviour(Behaviour[MaintenanceOn]):
    """Close the app."""

    patience_s = 60
    undo_insists = True

    async def look(self) -> Seen:
        """Done when the flag is on; a conflict when somebody opened the app in the middle."""
        app = await read_app(self.heroku, self.step.app)
        if app.in_maintenance:
            return done("in maintenance mode")
        check_not_reopened(self.run, f"{self.step.app} was opened")
        return absent("open")

    async def act(self) -> None:
        """Remember the flag, then set it."""
        app = await read_app(self.heroku, self.step.app)
        self.run.remember(flag_key(self.step.app), json.dumps(app.in_maintenance))
        await self.heroku.set_maintenance(self.step.app, on=True)

    async def undo(self) -> None:
        """Open the app if it was open before."""
        if self.run.recall(flag_key(self.step.app)) == "false":
            await self.heroku.set_maintenance(self.step.app, on=False)

    async def is_undone(self) -> bool:
        """Open, or was closed before."""
        return await is_flag_restored(self.run, self.step.app)


async def is_flag_restored(run: Run, name: AppName) -> bool:
    """Whether the app is open, or we did not close it."""
    if run.recall(flag_key(name)) in {None, "true"}:
        return True
    return not (await read_app(run.heroku, name)).in_maintenance


class MaintenanceOffBehaviour(Behaviour[MaintenanceOff]):
    """Open the app."""

    patience_s = 120

    @property
    def insists(self) -> bool:
        """A look that shows it open may be from before we closed it."""
        return self.run.recall(flag_key(self.step.app)) == "false"

    async def look(self) -> Seen:
        """Done when the flag is off, or when it was on before we came."""
        if await is_flag_restored(self.run, self.step.app):
            was_closed = self.run.recall(flag_key(self.step.app)) in {None, "true"}
            return done("was in maintenance mode before, left so" if was_closed else "open")
        return absent("in maintenance mode")

    async def act(self) -> None:
        """Clear the flag."""
        await self.heroku.set_maintenance(self.step.app, on=False)


class ScaleDownBehaviour(Behaviour[ScaleDown]):
    """Stop the dynos."""

    patience_s = 300
    undo_insists = True

    def _is_meant(self, kind: ProcessType) -> bool:
        return kind != RELEASE and (not self.step.process_types or kind in self.step.process_types)

    async def look(self) -> Seen:
        """Done when nothing is scheduled to run and nothing still runs."""
        app = await read_app(self.heroku, self.step.app)
        wanted = [kind for kind, count in app.formation if count and self._is_meant(kind)]
        if wanted:
            check_not_reopened(self.run, f"{', '.join(wanted)} of {self.step.app} was scaled up")
            return absent(f"{', '.join(wanted)} scaled up")
        alive = [kind for kind in await self.heroku.running(self.step.app) if self._is_meant(kind)]
        if alive:
            return under_way(f"{len(alive)} dynos still there: {', '.join(sorted(set(alive)))}")
        return done("no dyno left")

    async def act(self) -> None:
        """Remember the formation, then set the process types to 0."""
        app = await read_app(self.heroku, self.step.app)
        before = {kind: count for kind, count in app.formation if count and self._is_meant(kind)}
        self.run.remember(dynos_key(self.step.app), json.dumps(before, sort_keys=True))
        if before:
            await self.heroku.scale(self.step.app, dict.fromkeys(before, 0))

    async def undo(self) -> None:
        """Scale up to what ran before."""
        await scale_up(self.run, self.step.app)

    async def is_undone(self) -> bool:
        """Whether the formation is what it was."""
        return not await missing_dynos(self.run, self.step.app)


async def missing_dynos(run: Run, name: AppName) -> dict[ProcessType, int]:
    """What must be scaled to how many, to have again what we stopped."""
    before = remembered_dynos(run, name)
    if not before:
        return {}
    now = dict((await read_app(run.heroku, name)).formation)
    return {kind: count for kind, count in before.items() if now.get(kind, 0) != count}


def remembered_dynos(run: Run, name: AppName) -> dict[ProcessType, int]:
    """What we stopped."""
    before: dict[ProcessType, int] = json.loads(run.recall(dynos_key(name)) or "{}")
    return before


async def scale_up(run: Run, name: AppName) -> None:
    """Scale to what was remembered, in one request."""
    before = remembered_dynos(run, name)
    if before:
        await run.heroku.scale(name, before)


class ScaleUpBehaviour(Behaviour[ScaleUp]):
    """Start the dynos again."""

    patience_s = 120

    @property
    def insists(self) -> bool:
        """A look that shows all of them may be from before we stopped them."""
        return bool(remembered_dynos(self.run, self.step.app))

    async def look(self) -> Seen:
        """Done when the formation is what it was before the scale-down."""
        missing = await missing_dynos(self.run, self.step.app)
        if missing:
            return absent("to scale up: " + ", ".join(f"{k}={n}" for k, n in missing.items()))
        return done("as before")

    async def act(self) -> None:
        """Scale to what was remembered."""
        await scale_up(self.run, self.step.app)
