"""Releases: each change of an app's config makes one, restarts its dynos and may run a release phase."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.simulator.world.model import Release
from reconciler.simulator.world.refusals import not_found

if TYPE_CHECKING:
    from reconciler.simulator.world.heroku import Heroku
    from reconciler.simulator.world.model import App


def add_release(heroku: Heroku, app: App, description: str) -> Release:
    """Make the next release: `succeeded` at once, or `pending` while a release phase runs."""
    phase = app.release_phase != "none"
    release = Release(
        id=heroku.world.mint.uuid("release"),
        version=app.releases[-1].version + 1 if app.releases else 1,
        status="pending" if phase else "succeeded",
        description=description,
        created_at=heroku.now,
        updated_at=heroku.now,
    )
    app.releases.append(release)
    if not phase:
        restart(heroku, app)
    elif app.release_phase != "hangs":
        due = heroku.now + heroku.timing.release_phase
        heroku.world.later(due, "release-phase-ends", app.id, release.id)
    return release


def end_release_phase(heroku: Heroku, app_id: str, release_id: str) -> None:
    """The event: the release phase has ended one way or the other."""
    app = heroku.world.apps[app_id]
    release = next(found for found in app.releases if found.id == release_id)
    release.status = "failed" if app.release_phase == "fails" else "succeeded"
    release.updated_at = heroku.now
    if release.status == "succeeded":
        restart(heroku, app)


def restart(heroku: Heroku, app: App) -> None:
    """Start every dyno anew."""
    for dyno in app.dynos.values():
        if dyno.gone_at is None:
            dyno.up_at = heroku.now + heroku.timing.dyno_start


def current_release(app: App) -> Release | None:
    """The release that runs: the newest that succeeded."""
    return next((found for found in reversed(app.releases) if found.status == "succeeded"), None)


def find_release(app: App, id_or_version: str) -> Release:
    """The release with that id or version.

    Raises:
        Refusal: 404.
    """
    for release in app.releases:
        if id_or_version in {release.id, str(release.version)}:
            return release
    raise not_found("release", resource="release")
