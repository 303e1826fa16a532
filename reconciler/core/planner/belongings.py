"""What belongs to an add-on and does not come along to a new one: backup schedules, the maintenance window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.core.diff import observed_window
from reconciler.core.planner.moves import stage
from reconciler.core.rules.rule import is_tier
from reconciler.core.steps import ScheduleBackup, SetMaintenanceWindow

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from reconciler.core.desired import DesiredBackup
    from reconciler.core.names import AddonName
    from reconciler.core.observed import ObservedSchedule
    from reconciler.core.plan import Stage
    from reconciler.core.rules import Situation


def belongings(situation: Situation, addon: AddonName) -> Iterator[Stage]:
    """Stages that give the new primary the old one's schedules and window, or the wanted window."""
    kept = {one.name: one for one in situation.observed.schedules or ()}
    wanted_at = {one.name: one for one in situation.desired.backups}
    schedules = kept | wanted_at
    yield from backup_stage(addon, (schedules[name] for name in sorted(schedules)))
    wanted = situation.desired.maintenance_window
    window = str(wanted) if wanted is not None else observed_window(situation.observed)
    if window and not is_tier(situation.after, "essential"):
        yield from window_stage(addon, window)


def backup_stage(
    addon: AddonName, schedules: Iterable[DesiredBackup | ObservedSchedule]
) -> Iterator[Stage]:
    """A stage that schedules daily backups."""
    yield from stage(
        "cutover",
        (
            ScheduleBackup(addon=addon, name=one.name, hour=one.hour, timezone=one.timezone)
            for one in schedules
        ),
    )


def window_stage(addon: AddonName, window: str) -> Iterator[Stage]:
    """A stage that sets the canonical `window`, such as `Sunday 02:00`."""
    day, time = window.split(" ")
    yield from stage("cutover", [SetMaintenanceWindow(addon=addon, day=day, time=time)])
