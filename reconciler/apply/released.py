"""What the dynos of an app would run with: not what its names lead to, but what they led to at its newest good release.

Attaching changes a config var at once and makes a release; dynos start with the newest release that succeeded. So an
app whose names lead back may still run with the new database, while the release phase runs, or for as long as it fails.
Source: Dev Center "Release Phase", 2024-12-03.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.apply.behaviours.attaching import (
    attached_to,
    releases_before,
    releases_to_read,
    says_attached,
)
from reconciler.apply.run import steps_of, takers
from reconciler.apply.together import all_of
from reconciler.core.steps import Attach
from reconciler.errors import StepConflictError
from reconciler.render.steps import describe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.apply.ports import ObservedRelease
    from reconciler.apply.run import Run
    from reconciler.core.names import AppName

TIMES_MOVED = 4
"""So often one attempt moves a name, there and back and each again, as far as releases are read."""


async def run_with_the_old_one(run: Run) -> bool:
    """Whether each app of which a name was moved to what takes over, and back, would run with the old one again.

    False while a release is running, or is not shown yet.

    Raises:
        StepConflictError: one would run with the new one, and no release is on its way that changes that.
    """
    moved = _moved(run)
    apps = sorted({step.app for step in moved})
    found = await all_of(
        [_is_back(run, app, [one for one in moved if one.app == app]) for app in apps]
    )
    return all(found)


async def run_with_the_new_one(run: Run) -> frozenset[AppName]:
    """The apps whose dynos run with what takes over, or would, whatever their names lead to by now."""
    moved = _moved(run)
    apps = sorted({step.app for step in moved})
    releases = dict(zip(apps, await all_of([_releases(run, app) for app in apps]), strict=True))
    return frozenset(step.app for step in moved if _runs_with(run, step, releases[step.app]))


def _moved(run: Run) -> list[Attach]:
    """The names that this attempt has moved to what takes over, or was about to."""
    new = takers(run.plan)
    return [
        step
        for step in steps_of(run.plan, "cutover")
        if isinstance(step, Attach)
        and step.addon in new
        and step.replaces is not None
        and describe(step) in run.progress.intents
    ]


async def _releases(run: Run, app: AppName) -> tuple[ObservedRelease, ...]:
    return await run.heroku.newest_releases(app, releases_to_read(run.plan, app, TIMES_MOVED))


async def _is_back(run: Run, app: AppName, moved: Sequence[Attach]) -> bool:
    releases = await _releases(run, app)
    is_shown = all(_leads_back(run, step, releases) for step in moved)
    with_new = [step for step in moved if _runs_with(run, step, releases)]
    if is_shown and not with_new:
        return True
    is_running = any(one.status == "pending" for one in releases if one.version > _good(releases))
    if not is_shown or is_running:
        return False
    newest = releases[0]
    names = ", ".join(f"{app}::{step.name}" for step in with_new)
    raise StepConflictError(
        f"Release v{newest.version} of {app} {newest.status}: its dynos would still run with {with_new[0].addon} "
        f"as {names}.",
        hint=f"Look at heroku releases:output v{newest.version} -a {app}, make a release that succeeds, "
        "then run the same again.",
    )


def _good(releases: Sequence[ObservedRelease]) -> int:
    """The version that the dynos start with; 0 when none of these has succeeded."""
    return next((one.version for one in releases if one.status == "succeeded"), 0)


def _leads_back(run: Run, step: Attach, releases: Sequence[ObservedRelease]) -> bool:
    """Whether the release of leading the name back is shown."""
    newest = next((one for one in releases if says_attached(one.description, step.name)), None)
    is_later = newest is not None and newest.version > run.led_back_after.get(describe(step), 0)
    return newest is not None and is_later and attached_to(newest.description) != step.addon


def _runs_with(run: Run, step: Attach, releases: Sequence[ObservedRelease]) -> bool:
    """Whether at the newest good release the name led to what `step` attaches.

    Where releases do not say to which add-on, all of this attempt until the name was led back are taken for that.
    """
    good = _good(releases)
    attaching = (one for one in releases if says_attached(one.description, step.name))
    last = next((one for one in attaching if one.version <= good), None)
    if last is None:
        return False
    to = attached_to(last.description)
    if to is not None:
        return to == step.addon
    before = releases_before(run, step.app) or 0
    return before < last.version <= run.led_back_after.get(describe(step), last.version)
