"""From the names that people type to add-ons and attachments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.simulator.plans import SERVICE
from reconciler.simulator.world.urls import database_at

if TYPE_CHECKING:
    from reconciler.simulator.world.heroku import Heroku
    from reconciler.simulator.world.model import Addon, App, Attachment, Database


def attachment_name(text: str) -> str:
    """`DATABASE` for `DATABASE` and `DATABASE_URL`."""
    return text.removesuffix("_URL")


def resolve_addons(heroku: Heroku, text: str, app: App | None) -> list[Addon]:
    """Add-ons meant by a name, id, attachment name, config var or service slug; owned ones for a slug."""
    exact = heroku.world.addon(text)
    if exact is not None:
        return [exact] if app is None or _belongs(heroku, exact, app) else []
    if app is None:
        return []
    if text == SERVICE:
        return [heroku.world.addons[found] for found in heroku.world.index.owned[app.id]]
    found = heroku.world.attachment_on(app.id, attachment_name(text))
    return [heroku.world.addons[found.addon_id]] if found is not None else []


def resolve_attachments(heroku: Heroku, text: str, app: App | None) -> list[Attachment]:
    """Attachments meant by an attachment name, config var, add-on name or id."""
    if app is not None:
        found = heroku.world.attachment_on(app.id, attachment_name(text))
        if found is not None:
            return [found]
    addon = heroku.world.addon(text)
    if addon is not None:
        attached = heroku.world.attachments_of_addon(addon.id)
        return [held for held in attached if app is None or held.app_id == app.id]
    exact = heroku.world.attachments.get(text)
    return [exact] if exact is not None and app is None else []


def database_named(heroku: Heroku, app: App, text: str) -> Database | None:
    """The database in `--follow X`: config var, attachment, add-on name or id, URL, `app::VAR`.

    Source: heroku/cli v11.9.0 src/commands/addons/create.ts; that all of these work is from its examples.
    """
    if text.startswith("postgres://"):
        return database_at(heroku.world, text)
    other, separator, name = text.partition("::")
    if separator:
        named = heroku.world.app(other)
        return database_named(heroku, named, name) if named is not None else None
    found = heroku.world.attachment_on(app.id, attachment_name(text))
    addon = heroku.world.addons[found.addon_id] if found else heroku.world.addon(text)
    return heroku.world.databases[addon.id] if addon is not None else None


def _belongs(heroku: Heroku, addon: Addon, app: App) -> bool:
    attached = heroku.world.attachments_of_addon(addon.id)
    return addon.app_id == app.id or any(held.app_id == app.id for held in attached)
