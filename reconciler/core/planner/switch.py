"""The stages of the methods that end on another add-on: the follower switch and the copy.

The frame is one: close every app that could write, take the data as final, move every name, prove that nobody
reads the old primary, open again. In between the one unfollows and the other copies. Nothing that can wait until
the apps are open is done while they are closed: the downtime is the product.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.core.naming import is_mark
from reconciler.core.planner.belongings import belongings
from reconciler.core.planner.closing import closing_stages, opening_stage
from reconciler.core.planner.followers import follower_stages
from reconciler.core.planner.hooks import hooks_after
from reconciler.core.planner.moves import attachments, names_of_primary, releases, stage
from reconciler.core.rules.copies import target_version
from reconciler.core.rules.tiers import region_of_target
from reconciler.core.steps import (
    Attach,
    AwaitFollower,
    AwaitNoLag,
    CompareContents,
    CompareRest,
    ConfirmServing,
    Copy,
    ProveUnattached,
    Provision,
    Unfollow,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.core.contents import Way
    from reconciler.core.names import AppName, AttachmentName
    from reconciler.core.plan import Stage
    from reconciler.core.planner.followers import NewFollower
    from reconciler.core.planner.target import Target
    from reconciler.core.rules import Situation
    from reconciler.core.steps import Step


def switch_stages(
    situation: Situation, target: Target, followers: tuple[NewFollower, ...]
) -> Iterator[Stage]:
    """All stages of a follower switch or a copy to `target`."""
    apps = writing_apps(situation)
    opened = tuple(one for one in apps if one != situation.left_app)
    yield from _prepare(situation, target)
    yield from closing_stages(situation, apps)
    yield from _take_data(situation, target)
    yield from _move_names(situation, target)
    yield from opening_stage(situation, opened)
    yield from hooks_after(situation)
    yield from belongings(situation, target.addon)
    rest = CompareRest(old=situation.observed.addon, new=target.addon, way=_way(situation))
    yield from stage("cutover", [rest])
    yield from follower_stages(
        followers, creating="cutover", caught_up_commits=situation.catalogue.caught_up_commits
    )


def writing_apps(situation: Situation) -> tuple[AppName, ...]:
    """Every app that knows the primary, the pool or a credential of it by a name that it reads.

    With them the app that a database moves to: it is to read the new primary only.
    """
    apps = {one.app for one in situation.observed.attachments if not is_mark(one.name)}
    return tuple(sorted({*apps, *([situation.owner] if situation.is_move else [])}))


def _prepare(situation: Situation, target: Target) -> Iterator[Stage]:
    old = situation.observed.addon
    is_follower = situation.way == "follower-switch"
    if not target.is_adopted:
        provision = Provision(
            addon=target.addon,
            app=situation.owner,
            service_plan=situation.desired.service_plan,
            attachment=target.names.next_attachment,
            follow=old if is_follower else None,
            version=None if is_follower else target_version(situation),
            region=region_of_target(situation),
        )
        yield from stage("prepare", [provision])
    if is_follower:
        caught_up = situation.catalogue.caught_up_commits
        wait = AwaitFollower(follower=target.addon, leader=old, at_most_commits=caught_up)
        yield from stage("prepare", [wait])


def _take_data(situation: Situation, target: Target) -> Iterator[Stage]:
    """With the old primary's alias, which has to be there before its names are moved."""
    old = situation.observed.addon
    alias = Attach(app=situation.observed.app, name=target.names.replaced_alias, addon=old)
    if situation.way == "follower-switch":
        yield from stage("cutover", [AwaitNoLag(follower=target.addon, leader=old)])
        yield from stage("cutover", [Unfollow(follower=target.addon, leader=old), alias])
    else:
        copy = Copy(source=old, target=target.addon, app=situation.owner)
        yield from stage("cutover", [copy, alias])


def _way(situation: Situation) -> Way:
    return "follower-switch" if situation.way == "follower-switch" else "pg-copy"


def _move_names(situation: Situation, target: Target) -> Iterator[Stage]:
    """The names while the contents are compared, then everything that proves both, by reads alone."""
    old, new, moves = situation.observed.addon, target.addon, names_of_primary(situation)
    compare = CompareContents(old=old, new=new, way=_way(situation))
    yield from stage("cutover", [*attachments(new, moves), compare])
    proofs: list[Step] = [
        *releases(new, moves),
        ProveUnattached(addon=old, aliases=_aliases(situation, target)),
        ConfirmServing(
            app=situation.desired.app,
            name=situation.desired.attachment,
            addon=new,
            service_plan=situation.desired.service_plan,
        ),
    ]
    yield from stage("cutover", proofs)


def _aliases(situation: Situation, target: Target) -> tuple[tuple[AppName, AttachmentName], ...]:
    """What stays on the old primary: every mark of ours, and the names of an app that is left closed."""
    marks = {
        (one.app, one.name)
        for one in situation.observed.attachments
        if is_mark(one.name) or one.app == situation.left_app
    }
    marks.add((situation.observed.app, target.names.replaced_alias))
    return tuple(sorted(marks))
