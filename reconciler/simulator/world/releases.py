"""Releases: each change of an app's config makes one, restarts its dynos and may run a release phase.

Config vars change at once for whoever reads them, but the dynos run with those of the current release: a
release whose phase is running, has failed or hangs is not deployed. Source: Dev Center "Release Phase",
2024-12-03 ("the config var value remains changed even if the release command fails").
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.simulator.world import faults
from reconciler.simulator.world.model import Release
from reconciler.simulator.world.refusals import not_found
from reconciler.simulator.world.urls import attachment_url
from reconciler.simulator.world.writers import note_running, refresh_app

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.simulator.world.heroku import Heroku
    from reconciler.simulator.world.model import App, Dyno

LONGEST_PHASE = 3600.0
"""Seconds after which a release phase is ended. Source: Dev Center "Release Phase", 2020-02-11."""


def add_release(
    heroku: Heroku, app: App, description: str, *, by_provider: bool = False
) -> Release:
    """Make the next release: `succeeded` at once, or `pending` while a release phase runs.

    A release `by_provider`, as after a failover, runs no release phase.
    Source: Dev Center "Release Phase", 2017-11-01 and 2024-12-03.
    """
    outcome = "none" if by_provider else _outcome(heroku, app, description)
    release = Release(
        id=heroku.world.mint.uuid("release"),
        version=app.releases[-1].version + 1 if app.releases else 1,
        status="succeeded" if outcome == "none" else "pending",
        description=description,
        created_at=heroku.now,
        updated_at=heroku.now,
        config=config_vars(heroku, app),
    )
    app.releases.append(release)
    if outcome == "none":
        _deploy(heroku, app)
    else:
        phase = LONGEST_PHASE if outcome == "hangs" else heroku.timing.release_phase
        heroku.world.later(
            heroku.now + phase, "release-phase-ends", app.id, f"{release.id} {outcome}"
        )
    return release


def _outcome(heroku: Heroku, app: App, description: str) -> str:
    """How the release phase will end; `none` when there is none."""
    if app.release_phase == "none":
        return "none"
    for outcome in ("fails", "hangs"):
        kind = f"release-phase-{outcome}"
        if faults.strike(heroku.world, kind, app=app.name, release=description):
            return outcome
    return app.release_phase


def end_release_phase(heroku: Heroku, app_id: str, detail: str) -> None:
    """The event: the release phase has ended one way or the other."""
    app = heroku.world.apps[app_id]
    release_id, _, outcome = detail.partition(" ")
    release = next(found for found in app.releases if found.id == release_id)
    release.status = "succeeded" if outcome == "succeeds" else "failed"
    release.updated_at = heroku.now
    if release.status == "succeeded" and current_release(app) is release:
        _deploy(heroku, app)


def _deploy(heroku: Heroku, app: App) -> None:
    """Let the dynos run with the current release."""
    note_running(heroku.world, app)
    restart(heroku, app)
    refresh_app(heroku, app)


def restart(heroku: Heroku, app: App, dynos: Iterable[Dyno] | None = None) -> None:
    """Start these dynos anew, or all; those that are being stopped are left alone."""
    for dyno in app.dynos.values() if dynos is None else dynos:
        if dyno.gone_at is None:
            dyno.up_at = heroku.now + heroku.timing.dyno_start


def config_vars(heroku: Heroku, app: App) -> dict[str, str]:
    """All config vars, sorted by name, as the API shows them."""
    return dict(sorted({**app.config, **attachment_vars(heroku, app)}.items()))


def attachment_vars(heroku: Heroku, app: App) -> dict[str, str]:
    """The config vars that attachments set; none for a database that is not there yet, or no more."""
    found: dict[str, str] = {}
    for attachment in heroku.world.attachments_of_app(app.id):
        if heroku.world.addons[attachment.addon_id].state != "provisioned":
            continue
        value = attachment_url(heroku.world.databases[attachment.addon_id], attachment)
        if value is not None:
            found[f"{attachment.name}_URL"] = value
    return found


def settle_config(heroku: Heroku, app: App) -> None:
    """Let the current release have the config vars of now; for a world that is being made."""
    release = current_release(app)
    if release is not None:
        release.config = config_vars(heroku, app)
        note_running(heroku.world, app)


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
