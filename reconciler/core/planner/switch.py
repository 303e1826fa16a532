"""The stages of the methods that end on another add-on: the follower switch and the copy.

The frame is one: close every app that could write, take the data as final, move every name, prove that nobody
reads the old primary, open again. In between the one unfollows and the other copies. Nothing that can wait until
the apps are open is done while they are closed: the downtime is the product.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.core.naming import is_mark
from reconciler.core.planner.belongings import belongings
from reconciler.core.planner.followers import follower_stages
from reconciler.core.planner.moves import (
    attach_in_rounds,
    await_releases,
    names_of_primary,
    stage,
)
from reconciler.core.rules.copies import target_version
from reconciler.core.steps import (
    Attach,
    AwaitFollower,
    AwaitNoLag,
    ConfirmServing,
    Copy,
    MaintenanceOff,
    MaintenanceOn,
    ProveUnattached,
    Provision,
    ScaleDown,
    ScaleUp,
    Unfollow,
    VerifyCopy,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.core.names import AppName, AttachmentName
    from reconciler.core.plan import Stage
    from reconciler.core.planner.followers import NewFollower
    from reconciler.core.planner.target import Target
    from reconciler.core.rules import Situation


def switch_stages(
    situation: Situation, target: Target, followers: tuple[NewFollower, ...]
) -> Iterator[Stage]:
    """All stages of a follower switch or a copy to `target`."""
    apps = writing_apps(situation)
    kinds = situation.desired.scale_down
    yield from _prepare(situation, target)
    yield from stage("cutover", (MaintenanceOn(app=one) for one in apps))
    yield from stage("cutover", (ScaleDown(app=one, process_types=kinds) for one in apps))
    yield from _take_data(situation, target)
    yield from _move_names(situation, target)
    yield from stage("cutover", (ScaleUp(app=one, process_types=kinds) for one in apps))
    yield from stage("cutover", (MaintenanceOff(app=one) for one in apps))
    yield from belongings(situation, target.addon)
    yield from follower_stages(
        followers, creating="cutover", caught_up_commits=situation.catalogue.caught_up_commits
    )


def writing_apps(situation: Situation) -> tuple[AppName, ...]:
    """Every app that knows the primary, the pool or a credential of it by a name that it reads."""
    return tuple(
        sorted({one.app for one in situation.observed.attachments if not is_mark(one.name)})
    )


def _prepare(situation: Situation, target: Target) -> Iterator[Stage]:
    old = situation.observed.addon
    is_follower = situation.way == "follower-switch"
    if not target.is_adopted:
        provision = Provision(
            addon=target.addon,
            app=situation.observed.app,
            service_plan=situation.desired.service_plan,
            attachment=target.names.next_attachment,
            follow=old if is_follower else None,
            version=None if is_follower else target_version(situation),
        )
        yield from stage("prepare", [provision])
    if is_follower:
        caught_up = situation.catalogue.caught_up_commits
        wait = AwaitFollower(follower=target.addon, leader=old, at_most_commits=caught_up)
        yield from stage("prepare", [wait])


def _take_data(situation: Situation, target: Target) -> Iterator[Stage]:
    old = situation.observed.addon
    if situation.way == "follower-switch":
        yield from stage("cutover", [AwaitNoLag(follower=target.addon, leader=old)])
        yield from stage("cutover", [Unfollow(follower=target.addon, leader=old)])
    else:
        copy = Copy(source=old, target=target.addon, app=situation.observed.app)
        yield from stage("cutover", [copy])
        yield from stage("cutover", [VerifyCopy(source=old, target=target.addon)])


def _move_names(situation: Situation, target: Target) -> Iterator[Stage]:
    old, owner = situation.observed.addon, situation.observed.app
    alias = Attach(app=owner, name=target.names.replaced_alias, addon=old)
    moves = names_of_primary(situation)
    yield from stage("cutover", [alias])
    yield from attach_in_rounds("cutover", target.addon, moves)
    yield from await_releases("cutover", target.addon, moves)
    yield from stage("cutover", [ProveUnattached(addon=old, aliases=_aliases(situation, target))])
    yield from stage(
        "cutover",
        [
            ConfirmServing(
                app=situation.desired.app,
                name=situation.desired.attachment,
                addon=target.addon,
                service_plan=situation.desired.service_plan,
            )
        ],
    )


def _aliases(situation: Situation, target: Target) -> tuple[tuple[AppName, AttachmentName], ...]:
    """Every mark of ours on the old primary: they stay."""
    marks = {(one.app, one.name) for one in situation.observed.attachments if is_mark(one.name)}
    marks.add((situation.observed.app, target.names.replaced_alias))
    return tuple(sorted(marks))
