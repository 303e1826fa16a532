"""Heroku's own plan change: asked for, prepared, run.

The Platform API shows the wanted plan as soon as it was asked for; only the Data API tells what serves.
Source: field logs of plan changes, 2021 to 2026 (third-party); heroku/cli v11.9.0 src/commands/addons/upgrade.ts
prints "done" whether or not the request arrived.
"""

from __future__ import annotations

from reconciler.apply.behaviours.base import Behaviour, Seen, absent, done, under_way
from reconciler.apply.behaviours.switching import read_database
from reconciler.apply.together import both
from reconciler.core.steps import AwaitMaintenanceReady, ChangeServicePlan, RunMaintenance
from reconciler.errors import StepConflictError

IN_FLIGHT = ("pending", "preparing")


class ChangeServicePlanBehaviour(Behaviour[ChangeServicePlan]):
    """Ask for the plan."""

    patience_s = 300

    async def look(self) -> Seen:
        """Done when the request was taken: the Platform API shows the wanted plan."""
        database = await read_database(self.heroku, self.step.addon)
        if database.service_plan == self.step.after:
            return done(f"asked for {self.step.after}, serving {database.serving_plan}")
        if database.service_plan != self.step.before:
            raise StepConflictError(
                f"{self.step.addon} is on {database.service_plan}, planned was to change it "
                f"from {self.step.before}."
            )
        return absent(f"on {database.service_plan}")

    async def guard(self) -> None:
        """No other change is under way: what a second request does then is not known."""
        database = await read_database(self.heroku, self.step.addon)
        if database.is_converging or database.is_waiting:
            raise StepConflictError(
                f"{self.step.addon} is busy ({database.status or 'waiting'}): "
                "another change is under way."
            )

    async def act(self) -> None:
        """One request."""
        await self.heroku.change_service_plan(
            addon=self.step.addon, app=self.step.app, service_plan=self.step.after
        )

    async def undo(self) -> None:
        """Say that there is no way.

        Source: Dev Center, updating-heroku-postgres-databases, 2025-02-26, names a Help article only; no request that
        stops a plan change is known.
        """
        raise StepConflictError(
            f"No request is known that stops the plan change of {self.step.addon}.",
            hint="It goes on in Heroku's window. Ask Heroku Support to stop it, or change the plan back after it.",
        )

    async def is_undone(self) -> bool:
        """The plan that serves is the one that is asked for, and it is the old one."""
        database = await read_database(self.heroku, self.step.addon)
        return database.service_plan == self.step.before


class AwaitMaintenanceReadyBehaviour(Behaviour[AwaitMaintenanceReady]):
    """Wait for the replacement."""

    async def look(self) -> Seen:
        """Done when the maintenance can be run, or has run already: what serves is read after it."""
        maintenance = await self.heroku.maintenance(self.step.addon)
        database = await read_database(self.heroku, self.step.addon)
        if database.serving_plan == self.step.after:
            return done(f"already serving {self.step.after}")
        status = maintenance.status if maintenance else "not announced yet"
        if status == "ready" and maintenance is not None:
            return done(f"ready, window {maintenance.window or 'unknown'}")
        return under_way(f"maintenance {status}", is_herokus=status == "running")


class RunMaintenanceBehaviour(Behaviour[RunMaintenance]):
    """Run the maintenance now."""

    patience_s = 900

    async def look(self) -> Seen:
        """Done when the Data API serves the new plan; the maintenance's own word is not enough."""
        database, maintenance = await both(
            read_database(self.heroku, self.step.addon), self.heroku.maintenance(self.step.addon)
        )
        if database.serving_plan == self.step.after and not database.is_waiting:
            return done(f"serving {self.step.after}")
        status = maintenance.status if maintenance else "none"
        return (
            absent("maintenance ready") if status == "ready" else under_way(f"maintenance {status}")
        )

    async def guard(self) -> None:
        """The maintenance is ready and the owning app is closed."""
        app, maintenance = await both(
            self.heroku.app(self.step.app), self.heroku.maintenance(self.step.addon)
        )
        if app is None or not app.in_maintenance:
            raise StepConflictError(f"{self.step.app} is not in maintenance mode.")
        if maintenance is not None and maintenance.status in IN_FLIGHT:
            raise StepConflictError(
                f"The maintenance of {self.step.addon} is {maintenance.status} again."
            )

    async def act(self) -> None:
        """One request."""
        await self.heroku.run_maintenance(self.step.addon)
