"""Add-ons: created, renamed, put on another plan, destroyed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.simulator.world import attachments, faults
from reconciler.simulator.world.databases import (
    EMPTY_BYTES,
    change_identity,
    release_on_attached_apps,
)
from reconciler.simulator.world.maintenances import begin_replacement
from reconciler.simulator.world.model import Addon, Database
from reconciler.simulator.world.refusals import (
    bad_request,
    confirmation_required,
    not_found,
    unprocessable,
)
from reconciler.simulator.world.resolving import database_named
from reconciler.simulator.world.rules import (
    check_fit,
    check_follower,
    check_forkable,
    check_network,
    check_plan_change,
    sold_plan,
)
from reconciler.simulator.world.urls import DEFAULT, new_credential, new_host
from reconciler.simulator.world.writers import refresh

if TYPE_CHECKING:
    from reconciler.simulator.plans import Plan
    from reconciler.simulator.world.heroku import Heroku
    from reconciler.simulator.world.model import App

ADDON_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9_-]{2,255}")
NEVER = 1e11
MINOR = {18: "18.1", 17: "17.9", 16: "16.10"}
"""The minor versions that a new database gets; the stand-in's choice."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A create request: `config` holds the options after `--`, such as follow, fork and version."""

    plan: str
    name: str | None = None
    attachment: str | None = None
    confirm: str | None = None
    config: dict[str, str] | None = None


def create(heroku: Heroku, app: App, wanted: Wanted) -> Addon:
    """Start a new database; it is `provisioned` some minutes later.

    Raises:
        Refusal: 422 for every rule it breaks, 404 for an unknown source, 423 when its name is taken on the app.
    """
    options = dict(wanted.config or {})
    plan = sold_plan(heroku, wanted.plan)
    check_network(app, plan, options.get("region"))
    if app.space is not None and not plan.needs_space and wanted.confirm != app.name:
        raise confirmation_required(
            "This add-on is not automatically networked with this Private Space."
        )
    leader = _source(heroku, app, options.get("follow"))
    fork = _source(heroku, app, options.get("fork") or options.get("rollback"))
    if leader is not None:
        check_follower(heroku, leader, plan)
    if fork is not None:
        check_forkable(heroku, fork)
        check_fit(plan, fork.num_bytes)
    version = _version(heroku, options.get("version"), leader or fork)
    addon = Addon(
        id=heroku.world.mint.uuid("addon"),
        name=free_name(heroku, wanted.name),
        app_id=app.id,
        plan=plan.name,
        state="provisioning",
        created_at=heroku.now,
        updated_at=heroku.now,
    )
    if wanted.attachment:
        _check_first_name(heroku, addon, app, wanted)
    database = _new_database(heroku, app, addon, version)
    heroku.world.add_database(addon, database)
    _first_attachments(heroku, addon, app, wanted)
    source = leader or fork
    kind = "follow" if leader is not None else "fork"
    detail = f"{kind} {source.id}" if source is not None else ""
    heroku.world.later(database.ready_at, "provisioned", addon.id, detail)
    return addon


def _source(heroku: Heroku, app: App, text: str | None) -> Database | None:
    if text is None:
        return None
    found = database_named(heroku, app, text)
    if found is None or attachments.is_leaving(heroku.world.addons[found.id]):
        raise not_found("database to follow or fork", resource="add_on")
    return found


def _version(heroku: Heroku, asked: str | None, source: Database | None) -> str:
    """The full version: the source's, the asked one, or the newest."""
    if source is not None:
        if asked is not None and asked != source.version.partition(".")[0]:
            raise unprocessable("A follower or fork has the version of its source.")
        return source.version
    major = heroku.plans.versions[0] if asked is None else int(asked) if asked.isdecimal() else 0
    if major not in heroku.plans.versions:
        raise unprocessable(f"PostgreSQL version {asked} is not supported.")
    return MINOR.get(major, f"{major}.1")


def free_name(heroku: Heroku, name: str | None) -> str:
    """`name`, or a generated one.

    Raises:
        Refusal: 422 when it is taken or cannot be a name.
    """
    if name is None:
        while heroku.world.addon(made := heroku.world.mint.addon_name()) is not None:
            pass
        return made
    if not ADDON_NAME.fullmatch(name):
        raise unprocessable(f"Add-on name {name} is invalid.")
    if heroku.world.addon(name) is not None:
        raise unprocessable(f"Name {name} is already taken.")
    return name


def _new_database(heroku: Heroku, app: App, addon: Addon, version: str) -> Database:
    mint, now, provision = heroku.world.mint, heroku.now, heroku.timing.provision
    return Database(
        id=addon.id,
        plan=addon.plan,
        version=version,
        host=new_host(mint, app.region),
        port=5432,
        name=f"d{mint.letters('database', 13)}",
        num_bytes=EMPTY_BYTES,
        num_tables=0,
        created_at=now,
        known_from=now + provision / 2,
        ready_at=now + provision,
        window_day=mint.number("day", 7),
        window_minute=30 * mint.number("half hour", 48),
        credentials={DEFAULT: new_credential(mint, DEFAULT)},
    )


def _check_first_name(heroku: Heroku, addon: Addon, app: App, wanted: Wanted) -> None:
    name = attachments.checked_name(wanted.attachment or "")
    if heroku.world.attachment_on(app.id, name) is not None and wanted.confirm != app.name:
        raise confirmation_required(
            f"Adding {addon.name} to app {app.name} would overwrite existing vars {name}_URL."
        )


def _first_attachments(heroku: Heroku, addon: Addon, app: App, wanted: Wanted) -> None:
    """The asked name; else a colour, and DATABASE too when the app has none (the stand-in's choice)."""
    if wanted.attachment:
        attachments.attach(heroku, addon, app, name=wanted.attachment, confirm=wanted.confirm)
        return
    attachments.put(heroku, addon, app, name=attachments.generated_name(heroku, app))
    if heroku.world.attachment_on(app.id, "DATABASE") is None:
        attachments.put(heroku, addon, app, name="DATABASE")


def end_provisioning(heroku: Heroku, addon_id: str, detail: str) -> None:
    """The event: the database is there; its config vars are set and the attached apps restart."""
    addon = heroku.world.addons.get(addon_id)
    if addon is None or addon.state != "provisioning":
        return
    database = heroku.world.databases[addon_id]
    kind, _, source_id = detail.partition(" ")
    source = heroku.world.databases.get(source_id)
    app_name = heroku.world.apps[addon.app_id].name
    if faults.strike(heroku.world, "provisioning-hangs", app=app_name, database=addon.name):
        database.ready_at = NEVER
        return
    if faults.strike(heroku.world, "provisioning-fails", app=app_name, database=addon.name):
        addon.state = "deprovisioned"
        return
    if source is not None and attachments.is_leaving(heroku.world.addons[source_id]):
        source = None
    address = heroku.engine.provision(database, now=heroku.now)
    if address is not None:
        heroku.world.move_host(database, address.host, address.port)
    if source is None and detail:
        addon.state = "deprovisioned"
        return
    if source is not None and kind == "follow":
        heroku.world.set_leader(database, source.id)
        heroku.engine.follow(database, source, heroku.timing, now=heroku.now)
    elif source is not None:
        database.forked_from = source.id
        database.followable_from = heroku.now + heroku.timing.follow_pause
        heroku.engine.fork(database, source, now=heroku.now)
    addon.state = "provisioned"
    addon.updated_at = heroku.now
    database.ready_at = min(database.ready_at, heroku.now)
    release_on_attached_apps(heroku, database, verb="Attach")
    refresh(heroku, [addon_id])


def change_plan(heroku: Heroku, addon: Addon, plan_name: str) -> Plan:
    """Accept a plan change: the Platform API shows the target at once, the Data API when it is done.

    The current plan again is accepted and changes nothing (not established; the stand-in's choice).

    Raises:
        Refusal: 422.
    """
    plan = sold_plan(heroku, plan_name)
    if plan.name == addon.plan:
        return plan
    database = heroku.world.databases[addon.id]
    if not plan.is_essential:
        check_network(heroku.world.apps[addon.app_id], plan)
    check_plan_change(heroku, database, plan)
    addon.plan = plan.name
    addon.updated_at = heroku.now
    if plan.is_essential:
        database.read_only = True
        due = heroku.now + heroku.timing.essential_change
        heroku.world.later(due, "essential-changed", addon.id)
        refresh(heroku, [addon.id])
    else:
        begin_replacement(heroku, database, plan.name)
    return plan


def end_essential_change(heroku: Heroku, addon_id: str, _detail: str) -> None:
    """The event: the data is on the new plan, at a new URL, and can be written again."""
    database = heroku.world.databases.get(addon_id)
    if database is None:
        return
    database.plan = heroku.world.addons[addon_id].plan
    database.read_only = False
    if database.upgrade is not None:
        database.version = MINOR.get(database.upgrade.version, f"{database.upgrade.version}.1")
        database.upgrade = None
    change_identity(heroku, database)
    refresh(heroku, [addon_id])


def rename(heroku: Heroku, addon: Addon, name: str) -> None:
    """Give the add-on another name.

    Raises:
        Refusal: 422 when it is taken.
    """
    if name != addon.name:
        heroku.world.rename_addon(addon, free_name(heroku, name))
        addon.updated_at = heroku.now


def destroy(heroku: Heroku, addon: Addon, *, force: bool) -> None:
    """Start deprovisioning: attachments and config vars go at once, the record some seconds later.

    Raises:
        Refusal: 422 while it is attached to other apps and `force` is not given, or while it has
            followers (neither is established; the stand-in's choice is to be strict).
    """
    if addon.state == "deprovisioning":
        return
    others = sorted(
        heroku.world.apps[found.app_id].name
        for found in heroku.world.attachments_of_addon(addon.id)
        if found.app_id != addon.app_id
    )
    if others and not force:
        raise unprocessable(f"{addon.name} is attached to other apps: {', '.join(others)}.")
    if heroku.world.followers_of(addon.id):
        raise unprocessable(f"{addon.name} has followers. Destroy or unfollow them first.")
    for attachment in heroku.world.attachments_of_addon(addon.id):
        attachments.detach(heroku, attachment)
    addon.state = "deprovisioning"
    addon.updated_at = heroku.now
    due = heroku.now + heroku.timing.deprovision
    heroku.world.later(due, "deprovisioned", addon.id)


def end_deprovisioning(heroku: Heroku, addon_id: str, _detail: str) -> None:
    """The event: both APIs answer 404 from now on."""
    heroku.engine.drop(heroku.world.databases[addon_id])
    heroku.world.remove_database(addon_id)


def read_options(raw: object) -> dict[str, str]:
    """The `config` object of a create request; values are strings or true.

    Raises:
        Refusal: 400.
    """
    if raw is None:
        return {}
    if not isinstance(raw, dict):
        raise bad_request("config must be an object.")
    return {str(key): str(value) for key, value in raw.items() if value is not None}
