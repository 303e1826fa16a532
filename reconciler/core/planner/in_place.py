"""The stages of changes that keep the add-on: `addons:upgrade`, and what needs no method."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.core.plan import BackupChange, MaintenanceWindowChange
from reconciler.core.planner.belongings import backup_stage, window_stage
from reconciler.core.planner.followers import follower_stages, outgrown_first
from reconciler.core.planner.hooks import hooks_after, hooks_before
from reconciler.core.planner.moves import (
    attach_stages,
    missing_names,
    stage,
)
from reconciler.core.steps import (
    AwaitMaintenanceReady,
    ChangeServicePlan,
    ConfirmServing,
    MaintenanceOff,
    MaintenanceOn,
    RunMaintenance,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.core.names import AppName, AttachmentName
    from reconciler.core.plan import Phase, Stage
    from reconciler.core.planner.followers import NewFollower
    from reconciler.core.rules import Situation


def upgrade_stages(situation: Situation, followers: tuple[NewFollower, ...]) -> Iterator[Stage]:
    """All stages of `addons:upgrade`; what needs no method comes after it, with the apps open."""
    change = ChangeServicePlan(
        addon=situation.observed.addon,
        app=situation.observed.app,
        before=situation.observed.service_plan,
        after=situation.desired.service_plan,
    )
    followers, raising = outgrown_first(situation, followers)
    yield from raising
    if situation.before is not None and situation.before.is_essential:
        yield from stage("cutover", [change])
    else:
        yield from _through_maintenance(situation, change)
    own = (situation.desired.app, situation.desired.attachment)
    yield from stage("cutover", [_confirm(situation, *own)])
    yield from around_it(situation, followers, creating="cutover")


def around_stages(situation: Situation, followers: tuple[NewFollower, ...]) -> Iterator[Stage]:
    """All stages of a change that leaves the primary as it is."""
    yield from around_it(situation, followers, creating="prepare")


def _through_maintenance(situation: Situation, change: ChangeServicePlan) -> Iterator[Stage]:
    """Source: heroku/cli v11.9.0 src/commands/data/maintenances/run.ts: the owning app must be closed."""
    addon, owner, after = change.addon, change.app, change.after
    yield from stage("prepare", [change])
    yield from stage("prepare", [AwaitMaintenanceReady(addon=addon, after=after)])
    yield from stage("cutover", [MaintenanceOn(app=owner)])
    yield from hooks_before(situation)
    yield from stage("cutover", [RunMaintenance(addon=addon, app=owner, after=after)])
    yield from stage("cutover", [MaintenanceOff(app=owner)])
    yield from hooks_after(situation)


def around_it(
    situation: Situation, followers: tuple[NewFollower, ...], *, creating: Phase
) -> Iterator[Stage]:
    """The stages of all that needs no method: followers, names, the weekly window, backups."""
    addon = situation.observed.addon
    caught_up = situation.catalogue.caught_up_commits
    yield from follower_stages(followers, creating=creating, caught_up_commits=caught_up)
    moves = missing_names(situation)
    yield from attach_stages("cutover", addon, moves)
    yield from stage("cutover", (_confirm(situation, one.app, one.name) for one in moves))
    for change in situation.changes:
        if isinstance(change, MaintenanceWindowChange):
            yield from window_stage(addon, change.after)
    changed = {one.name for one in situation.changes if isinstance(one, BackupChange)}
    backups = (one for one in situation.desired.backups if one.name in changed)
    yield from backup_stage(addon, backups)


def _confirm(situation: Situation, app: AppName, name: AttachmentName) -> ConfirmServing:
    return ConfirmServing(
        app=app,
        name=name,
        addon=situation.observed.addon,
        service_plan=situation.desired.service_plan,
    )
