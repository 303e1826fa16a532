"""Another major version of PostgreSQL, by Heroku's own upgrade: asked for, prepared, run.

Heroku tells how far an upgrade is, but not to which version it leads, and "not waiting" means prepared as well as
nothing to do. So the version that the Data API tells is the only proof of the end, and an upgrade that somebody
else has prepared is never run: it might lead elsewhere, and no way leads back.
Source: heroku/cli v11.9.0 src/commands/pg/upgrade and its tests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.apply.behaviours.base import Behaviour, Seen, absent, done, under_way
from reconciler.apply.behaviours.closing import MaintenanceOnBehaviour, ScaleDownBehaviour
from reconciler.apply.behaviours.switching import read_database
from reconciler.apply.run import steps_of
from reconciler.core.steps import (
    AwaitUpgradeReady,
    MaintenanceOn,
    PrepareUpgrade,
    RunUpgrade,
    ScaleDown,
)
from reconciler.errors import HerokuRefusedError, StepConflictError, StepError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.apply.ports import ObservedUpgrade
    from reconciler.apply.run import Run
    from reconciler.core.observed import ObservedDatabase

ASKED = "version upgrade asked for since"
"""The memory that this apply asked Heroku to prepare it; written before it asks."""
RUN = "version upgrade run since"
"""The memory that this apply asked Heroku to run it; written before it asks."""

NOT_TOLD = "the Data API does not tell the version now"


def check_version(database: ObservedDatabase, *, before: int, after: int) -> None:
    """Check that the database is on the version that the upgrade starts from, or that none is told now.

    Raises:
        StepConflictError: it is on another one.
    """
    if database.version not in {before, None}:
        raise StepConflictError(
            f"{database.addon} is on PostgreSQL {database.version}, planned was from {before} to {after}."
        )


def failure_of(
    upgrade: ObservedUpgrade, step: PrepareUpgrade | AwaitUpgradeReady | RunUpgrade
) -> StepError:
    """What to raise when Heroku says that the upgrade has failed."""
    return StepError(
        f"Heroku could not upgrade {step.addon} to PostgreSQL {step.after}: {upgrade.note}",
        hint=f"Let Heroku try it first: heroku pg:upgrade:dryrun {step.addon}",
    )


class PrepareUpgradeBehaviour(Behaviour[PrepareUpgrade]):
    """Ask for the preparation; abort cancels it."""

    patience_s = 300

    def _is_ours(self) -> bool:
        """Whether this apply has asked: only then is it known to which version it leads."""
        mine = {
            index for index, stage in enumerate(self.run.plan.stages) if self.step in stage.steps
        }
        return self.run.recall(ASKED) is not None or bool(mine & self.run.progress.stages_done)

    async def look(self) -> Seen:
        """Done when Heroku has taken the request, or has upgraded already."""
        database = await read_database(self.heroku, self.step.addon)
        if database.version == self.step.after:
            return done(f"already on PostgreSQL {self.step.after}")
        check_version(database, before=self.step.before, after=self.step.after)
        if database.version is None:
            return under_way(NOT_TOLD)
        upgrade = await self.heroku.version_upgrade(self.step.addon)
        if upgrade.status == "failed" and self._is_ours():
            raise failure_of(upgrade, self.step)
        if upgrade.status in {"none", "failed"}:
            return absent(upgrade.note)
        if self._is_ours():
            return done(upgrade.note)
        raise StepConflictError(
            f"A version upgrade of {self.step.addon} is under way that this apply did not ask for "
            f"({upgrade.note}); Heroku does not tell to which version.",
            hint=f"Cancel it, then run the same apply again: heroku pg:upgrade:cancel {self.step.addon}",
        )

    async def guard(self) -> None:
        """A leader that nothing else is done to."""
        database = await read_database(self.heroku, self.step.addon)
        if database.is_following:
            raise StepConflictError(f"{self.step.addon} is a follower; its leader is upgraded.")
        if database.is_converging or database.is_waiting:
            raise StepConflictError(
                f"{self.step.addon} is busy ({database.status or 'waiting'}): "
                "another change is under way."
            )

    async def act(self) -> None:
        """Remember that it is ours, then one request."""
        self.run.remember_now(ASKED)
        await self.heroku.prepare_upgrade(self.step.addon, version=self.step.after)

    async def undo(self) -> None:
        """Cancel what was prepared.

        Raises:
            StepConflictError: it runs, or has run; no request stops or takes back that.
        """
        if await self.is_undone():
            return
        database = await read_database(self.heroku, self.step.addon)
        check_version(database, before=self.step.before, after=self.step.after)
        try:
            await self.heroku.cancel_upgrade(self.step.addon)
        except HerokuRefusedError as error:
            if await self.is_undone():
                return
            raise StepConflictError(
                f"The version upgrade of {self.step.addon} cannot be cancelled: {error}",
                hint="Once it runs nothing stops it. Apply the plan to its end.",
            ) from error

    async def is_undone(self) -> bool:
        """Nothing of ours is prepared, and the version is the old one."""
        if not self._is_ours():
            return True
        database = await read_database(self.heroku, self.step.addon)
        upgrade = await self.heroku.version_upgrade(self.step.addon)
        return database.version == self.step.before and upgrade.status in {"none", "failed"}


class AwaitUpgradeReadyBehaviour(Behaviour[AwaitUpgradeReady]):
    """Wait until it can be run."""

    patience_s = 36 * 3600

    async def look(self) -> Seen:
        """Done when the upgrade is prepared and scheduled, or has run already in Heroku's own window.

        The version is read after the upgrade, which may end in between.
        """
        upgrade = await self.heroku.version_upgrade(self.step.addon)
        database = await read_database(self.heroku, self.step.addon)
        if database.version == self.step.after:
            return done(f"already on PostgreSQL {self.step.after}")
        if upgrade.status == "failed":
            raise failure_of(upgrade, self.step)
        if upgrade.status == "scheduled":
            return done(upgrade.note)
        return under_way(upgrade.note, is_herokus=upgrade.status == "at-work")


class RunUpgradeBehaviour(Behaviour[RunUpgrade]):
    """Run it now."""

    patience_s = 4 * 3600

    async def look(self) -> Seen:
        """Done when the Data API tells the new version and Heroku is not working on the database."""
        database = await read_database(self.heroku, self.step.addon)
        if database.version == self.step.after:
            if database.is_waiting:
                return under_way(database.status)
            return done(f"PostgreSQL {self.step.after} serves")
        check_version(database, before=self.step.before, after=self.step.after)
        if database.version is None:
            return under_way(NOT_TOLD)
        upgrade = await self.heroku.version_upgrade(self.step.addon)
        is_asked = self.run.recall(RUN) is not None
        if upgrade.status == "failed" and is_asked:
            raise failure_of(upgrade, self.step)
        if upgrade.status == "at-work" or database.is_waiting:
            return under_way(upgrade.note or database.status)
        is_gone = self.step.is_prepared and is_asked and upgrade.status == "none"
        return under_way("asked for, not begun yet") if is_gone else absent(upgrade.note)

    async def guard(self) -> None:
        """It is prepared where it must be, and every app that could write is closed, looked at right now."""
        if self.step.is_prepared:
            upgrade = await self.heroku.version_upgrade(self.step.addon)
            if upgrade.status != "scheduled":
                raise StepConflictError(
                    f"The version upgrade of {self.step.addon} is not prepared any more: "
                    f"{upgrade.note or upgrade.status}.",
                    hint="Plan again: reconcile plan",
                )
        for app, closing in _closings(self.run):
            seen = await closing.look()
            if not seen.is_done:
                raise StepConflictError(f"{app} could write meanwhile: {seen.note}.")

    async def act(self) -> None:
        """Remember that nothing stops it any more, then one request."""
        self.run.remember_now(RUN)
        await self.heroku.run_upgrade(self.step.addon, version=self.step.after)

    async def why_no_way_back(self) -> str:
        """That it runs or has run: nobody could stop it, and opening the apps would help nobody."""
        if self.step.is_prepared and self.run.recall(RUN) is None:
            return ""
        seen = await self.look()
        if seen.state == "absent":
            return ""
        return f"the version upgrade of {self.step.addon} was begun, and nothing stops it"


def _closings(run: Run) -> Iterator[tuple[str, MaintenanceOnBehaviour | ScaleDownBehaviour]]:
    """Every step of the plan that closes an app."""
    for step in steps_of(run.plan, "cutover"):
        match step:
            case MaintenanceOn():
                yield step.app, MaintenanceOnBehaviour(step, run)
            case ScaleDown():
                yield step.app, ScaleDownBehaviour(step, run)
            case _:
                pass
