"""The stages of `pg:upgrade`: another major version on the same add-on.

Every app that could write is closed both ways before it runs, though one database serves before and after: Heroku
asks for downtime "to ensure that no data is lost" (Dev Center upgrading-heroku-postgres-databases, 2024-09-10).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.core.planner.closing import closing_stages, opening_stage
from reconciler.core.planner.hooks import hooks_after
from reconciler.core.planner.in_place import around_it
from reconciler.core.planner.moves import stage
from reconciler.core.planner.switch import writing_apps
from reconciler.core.steps import (
    AwaitUpgradeReady,
    ConfirmServing,
    PrepareUpgrade,
    RunUpgrade,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.core.plan import Stage, VersionChange
    from reconciler.core.planner.followers import NewFollower
    from reconciler.core.rules import Situation


def version_stages(situation: Situation, followers: tuple[NewFollower, ...]) -> Iterator[Stage]:
    """All stages of an upgrade; what needs no method comes after it, with the apps open.

    Raises:
        ValueError: no other version is wanted; the rules should have said so.
    """
    change = situation.version_change
    if change is None:
        raise ValueError(f"{situation.desired.name} wants no other version")
    addon, apps = situation.observed.addon, writing_apps(situation)
    is_prepared = situation.before is None or not situation.before.is_essential
    if is_prepared:
        prepare = PrepareUpgrade(addon=addon, before=change.before, after=change.after)
        yield from stage("prepare", [prepare])
        yield from stage("prepare", [AwaitUpgradeReady(addon=addon, after=change.after)])
    run = RunUpgrade(addon=addon, before=change.before, after=change.after, is_prepared=is_prepared)
    yield from closing_stages(situation, apps)
    yield from stage("cutover", [run])
    yield from opening_stage(situation, apps)
    yield from hooks_after(situation)
    yield from stage("cutover", _confirmations(situation, change))
    yield from around_it(situation, followers, creating="cutover")


def _confirmations(situation: Situation, change: VersionChange) -> Iterator[ConfirmServing]:
    """That the primary serves the new version, and each listed follower that stays."""
    desired, primary = situation.desired, situation.observed
    yield ConfirmServing(
        app=desired.app,
        name=desired.attachment,
        addon=primary.addon,
        service_plan=desired.service_plan,
        version=change.after,
    )
    made_anew = {(one.app, one.attachment) for one in situation.missing_followers}
    for one in desired.followers:
        held = situation.snapshot.attached_as(one.app, one.attachment)
        if held is not None and (one.app, one.attachment) not in made_anew:
            yield ConfirmServing(
                app=one.app,
                name=one.attachment,
                addon=held.addon,
                service_plan=one.service_plan,
                leader=primary.addon,
                version=change.after,
            )
