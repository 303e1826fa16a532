"""What belongs to a database and does not come along: backup schedules, the maintenance window."""

from __future__ import annotations

from reconciler.apply.behaviours.base import Behaviour, Seen, absent, done
from reconciler.core.observed import ObservedSchedule
from reconciler.core.steps import ScheduleBackup, SetMaintenanceWindow


class ScheduleBackupBehaviour(Behaviour[ScheduleBackup]):
    """Schedule the daily backup."""

    patience_s = 120

    def _wanted(self) -> ObservedSchedule:
        return ObservedSchedule(
            name=self.step.name, hour=self.step.hour, timezone=self.step.timezone
        )

    async def look(self) -> Seen:
        """Done when the schedule is listed as wanted."""
        return (
            done("scheduled")
            if self._wanted() in await self.heroku.schedules(self.step.addon)
            else absent()
        )

    async def act(self) -> None:
        """One request; it acts as upsert by name."""
        await self.heroku.schedule_backup(self.step.addon, self._wanted())


class SetMaintenanceWindowBehaviour(Behaviour[SetMaintenanceWindow]):
    """Set Heroku's weekly window."""

    patience_s = 120

    async def look(self) -> Seen:
        """Done when the window that Heroku tells begins as wanted, such as `Sundays 02:00 to …`."""
        maintenance = await self.heroku.maintenance_window(self.step.addon)
        begins = f"{self.step.day}s {self.step.time} ".casefold()
        return (
            done(maintenance) if maintenance.casefold().startswith(begins) else absent(maintenance)
        )

    async def act(self) -> None:
        """One request."""
        await self.heroku.set_maintenance_window(
            self.step.addon, day=self.step.day.casefold(), time=self.step.time
        )
