"""Databases of the Data API: what state one is in, and its being followed and unfollowed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.simulator.engines.model import ModelEngine
from reconciler.simulator.world.measuring import measure
from reconciler.simulator.world.refusals import NotYetThere, not_found, unprocessable
from reconciler.simulator.world.releases import add_release
from reconciler.simulator.world.urls import new_credential, new_host
from reconciler.simulator.world.writers import is_writable, refresh

if TYPE_CHECKING:
    from reconciler.simulator.world.heroku import Heroku
    from reconciler.simulator.world.model import Database

EMPTY_BYTES = 8_000_000


@dataclass(frozen=True, slots=True)
class Condition:
    """`status` as the info row says it; `waiting` is the message while an operation is in progress."""

    status: str
    waiting: str = ""


def find(heroku: Heroku, id_or_name: str) -> Database:
    """The database with that add-on id or name, as the Data API knows it.

    Raises:
        Refusal: 404, with an empty body while it is still being provisioned.
    """
    addon = heroku.world.addon(id_or_name)
    if addon is None or addon.state.startswith("deprovision"):
        raise not_found("database")
    database = heroku.world.databases[addon.id]
    if heroku.now < database.known_from:
        raise NotYetThere
    return database


def condition(heroku: Heroku, database: Database) -> Condition:
    """What state the database is in now.

    `Upgrading Plan: Replacing Primary` and `..., Maintenance Scheduled` are from public reports; the other
    texts are the stand-in's choice.
    """
    upgrade = database.upgrade
    if heroku.now < database.ready_at:
        return Condition("Preparing", "preparing")
    if database.unfollowing:
        return Condition("Unfollowing", "unfollowing")
    if upgrade is not None and upgrade.status == "running":
        return Condition("Upgrading Version", "upgrading")
    if database.read_only:
        return Condition("Upgrading Plan: Read-Only", "upgrading plan")
    return _maintenance_condition(database)


def _maintenance_condition(database: Database) -> Condition:
    maintenance = database.maintenance
    if maintenance is not None and maintenance.status == "running":
        return Condition("Running Maintenance", "running maintenance")
    if maintenance is not None and maintenance.plan is not None:
        if maintenance.status == "preparing":
            return Condition("Upgrading Plan: Replacing Primary", "replacing primary")
        if maintenance.status == "ready":
            return Condition("Upgrading Plan: Replacing Primary, Maintenance Scheduled")
    return Condition("Available")


def begin_unfollow(heroku: Heroku, database: Database) -> None:
    """Start making a follower writable; done some seconds later.

    Raises:
        Refusal: 422 when it follows nothing.
    """
    if database.leader_id is None:
        raise unprocessable("This database is not a follower.")
    if heroku.now < database.ready_at:
        raise unprocessable("This database is still being prepared.")
    if not database.unfollowing:
        database.unfollowing = True
        due = heroku.now + heroku.timing.unfollow
        heroku.world.later(due, "unfollowed", database.id)


def end_unfollow(heroku: Heroku, database_id: str, _detail: str) -> None:
    """The event: it is writable, follows nothing, and counts as a fork of its old leader."""
    database = heroku.world.databases.get(database_id)
    if database is None or database.leader_id is None:
        return
    leader = heroku.world.databases[database.leader_id]
    shown = measure(heroku, database).behind or 0
    missing = heroku.engine.unfollow(database, leader, now=heroku.now)
    if shown > missing:
        database.commits.count -= shown - missing
    database.missing_commits = max(shown, missing)
    database.forked_from = leader.id
    database.unfollowing = False
    database.followable_from = heroku.now + heroku.timing.follow_pause
    heroku.world.set_leader(database, None)
    refresh(heroku, [database.id])


def reset(heroku: Heroku, database: Database) -> None:
    """Throw all data away: as empty as a new database.

    Raises:
        Refusal: 422 for one that cannot be written, or whose data is real.
    """
    if not isinstance(heroku.engine, ModelEngine):
        raise unprocessable("Real databases are not reset here; use psql.")
    if not is_writable(database):
        raise unprocessable("This database is read-only.")
    database.num_bytes, database.num_tables = EMPTY_BYTES, 0


def change_address(heroku: Heroku, database: Database) -> None:
    """Move to another server: new host, new config var values, a release on each attached app."""
    addon = heroku.world.addons[database.id]
    region = heroku.world.apps[addon.app_id].region
    moved = heroku.engine.replace(database, now=heroku.now)
    if not moved:
        heroku.world.move_host(database, new_host(heroku.world.mint, region))
        release_on_attached_apps(heroku, database, verb="Update")
    for moved_id, address in moved.items():
        heroku.world.move_host(heroku.world.databases[moved_id], address.host, address.port)
        release_on_attached_apps(heroku, heroku.world.databases[moved_id], verb="Update")


def change_identity(heroku: Heroku, database: Database) -> None:
    """Become another database on a shared server: new host, name and credentials."""
    database.name = f"d{heroku.world.mint.letters('database', 13)}"
    database.credentials = {
        name: new_credential(heroku.world.mint, name) for name in database.credentials
    }
    change_address(heroku, database)


def release_on_attached_apps(heroku: Heroku, database: Database, *, verb: str) -> None:
    """One release on every app whose config vars the database has changed."""
    names: dict[str, list[str]] = {}
    for attachment in heroku.world.attachments_of_addon(database.id):
        names.setdefault(attachment.app_id, []).append(attachment.name)
    addon = heroku.world.addons[database.id]
    for app_id, attached in names.items():
        text = f"{verb} {', '.join(attached)} (@ref:{addon.name})"
        app = heroku.world.apps[app_id]
        add_release(heroku, app, text, by_provider=verb == "Update")
