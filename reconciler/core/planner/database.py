"""The plan of one database whose method is chosen."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.core import estimates
from reconciler.core.money import money
from reconciler.core.plan import DatabasePlan, fingerprint_of
from reconciler.core.planner.followers import new_followers
from reconciler.core.planner.hooks import hooks_left_out
from reconciler.core.planner.in_place import around_stages, upgrade_stages
from reconciler.core.planner.surroundings import blast_radius
from reconciler.core.planner.switch import switch_stages
from reconciler.core.planner.target import new_primary
from reconciler.core.planner.version import version_stages
from reconciler.core.planner.words import back_out, undo_until
from reconciler.core.rules import findings
from reconciler.core.rules.rule import COPYING
from reconciler.core.starting_point import starting_point_of
from reconciler.core.steps import ChangeServicePlan, RunMaintenance, RunUpgrade, ScaleUp

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.core.methods import Chosen
    from reconciler.core.plan import Stage
    from reconciler.core.planner.followers import NewFollower
    from reconciler.core.planner.target import Target
    from reconciler.core.rules import Situation
    from reconciler.core.rules.rule import Kind


def database_plan(undecided: Situation, choice: Chosen) -> DatabasePlan:
    """The plan that makes the situation's changes by the chosen method."""
    decided = undecided.by(choice.method or "around")
    desired = decided.desired
    target = new_primary(decided) if decided.way in COPYING else None
    followers = new_followers(decided, target.addon if target else decided.observed.addon)
    situation = _without_own_work(decided, target, followers)
    stages = tuple(_stages(situation, target, followers))
    start = starting_point_of(situation.observed)
    is_replacing = target is not None or any(one.alias_for for one in followers)
    return DatabasePlan(
        name=desired.name,
        app=desired.app,
        attachment=desired.attachment,
        starting_point=start,
        from_fingerprint=fingerprint_of(start),
        to_fingerprint=fingerprint_of(desired),
        to_service_plan=desired.service_plan,
        changes=situation.changes,
        method=choice.method,
        because=choice.because,
        rejected=choice.rejected,
        preparation=estimates.preparation(situation),
        downtime=estimates.downtime(situation),
        money=money(situation),
        stages=stages,
        point_of_no_return=_point_of_no_return(stages, situation),
        undo_until=undo_until(situation),
        back_out=back_out(situation, target),
        cutover_limit_s=estimates.cutover_limit_s(situation),
        keep_old_primary=str(desired.keep_old_primary) if is_replacing else "",
        cutover_window=desired.cutover_window,
        labels=desired.labels,
        warnings=(
            *_said(situation, "warning"),
            *_leftovers(target, followers),
            *hooks_left_out(situation, stages),
        ),
        redo=tuple(_said(situation, "redo")),
        blast_radius=blast_radius(situation, stages),
    )


def _stages(
    situation: Situation, target: Target | None, followers: tuple[NewFollower, ...]
) -> Iterator[Stage]:
    if target is not None:
        return switch_stages(situation, target, followers)
    if situation.way == "addons-upgrade":
        return upgrade_stages(situation, followers)
    if situation.way == "pg-upgrade":
        return version_stages(situation, followers)
    return around_stages(situation, followers)


def _without_own_work(
    situation: Situation, target: Target | None, followers: tuple[NewFollower, ...]
) -> Situation:
    """The same without the followers that an earlier attempt at this plan made, so that the plan stays the same."""
    ours = {one.target.addon for one in followers}
    if target is not None and not target.is_adopted:
        ours.add(target.addon)
    seen = situation.observed
    others = tuple(one for one in seen.followers if one not in ours)
    count = seen.follower_count
    if count is not None:
        count -= len(seen.followers) - len(others)
    without = replace(seen, followers=others, follower_count=count)
    return replace(situation, observed=without)


def _point_of_no_return(stages: tuple[Stage, ...], situation: Situation) -> int | None:
    """The first stage that lets somebody write to what is new, or hands over to Heroku for good."""
    is_at_once = situation.before is not None and situation.before.is_essential
    last = {
        "follower-switch": ScaleUp,
        "pg-copy": ScaleUp,
        "addons-upgrade": ChangeServicePlan if is_at_once else RunMaintenance,
        "pg-upgrade": RunUpgrade,
    }.get(situation.way)
    if last is None:
        return None
    return next(
        index
        for index, stage in enumerate(stages)
        if any(isinstance(step, last) for step in stage.steps)
    )


def _said(situation: Situation, kind: Kind) -> Iterator[str]:
    return (f"{one.text} [{one.rule}]" for one in findings(situation, kind))


def _leftovers(target: Target | None, followers: tuple[NewFollower, ...]) -> Iterator[str]:
    targets = ((target,) if target else ()) + tuple(one.target for one in followers)
    for each in targets:
        for addon in each.leftovers:
            yield f"{addon} is left over from an earlier attempt and cannot be used; deprovision it"
