"""Attachments: the names under which apps know databases, and the releases that their changes make."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reconciler.simulator.minting import COLOURS
from reconciler.simulator.world.model import Attachment
from reconciler.simulator.world.refusals import confirmation_required, not_found, unprocessable
from reconciler.simulator.world.releases import add_release
from reconciler.simulator.world.urls import DEFAULT
from reconciler.simulator.world.writers import GENERATED, refresh

if TYPE_CHECKING:
    from reconciler.simulator.world.heroku import Heroku
    from reconciler.simulator.world.model import Addon, App

NAME = re.compile(r"[A-Z][A-Z0-9_]*")
POOL = f"connection-pooling:{DEFAULT}"


def attach(
    heroku: Heroku,
    addon: Addon,
    app: App,
    *,
    name: str | None,
    namespace: str | None = None,
    confirm: str | None = None,
) -> Attachment:
    """Make an attachment; one of the same name on the app is replaced when `confirm` is the app's name.

    A replacement makes two releases, "Detach NAME" and "Attach NAME".
    Source: heroku/cli v11.9.0 src/commands/pg/promote.ts.

    Raises:
        Refusal: 422 for a bad name or namespace, 423 when the name is taken and not confirmed,
            404 for an add-on that is being destroyed.
    """
    if is_leaving(addon):
        raise not_found("add-on", resource="add_on")
    check_namespace(heroku, addon, namespace)
    name = checked_name(name) if name else generated_name(heroku, app)
    present = heroku.world.attachment_on(app.id, name)
    if present is not None:
        if confirm != app.name:
            raise confirmation_required(
                f"Adding {addon.name} to app {app.name} would overwrite existing vars {name}_URL."
            )
        detach(heroku, present)
    attachment = put(heroku, addon, app, name=name, namespace=namespace)
    if addon.state != "provisioning":
        add_release(heroku, app, f"Attach {name} (@ref:{addon.name})")
        refresh(heroku, [addon.id])
    return attachment


def is_leaving(addon: Addon) -> bool:
    """Whether it is being destroyed, or never came to be."""
    return addon.state.startswith("deprovision")


def put(
    heroku: Heroku, addon: Addon, app: App, *, name: str, namespace: str | None = None
) -> Attachment:
    """Make an attachment under a name that is free, without a release."""
    attachment = Attachment(
        id=heroku.world.mint.uuid("attachment"),
        name=name,
        app_id=app.id,
        addon_id=addon.id,
        namespace=namespace,
        created_at=heroku.now,
        updated_at=heroku.now,
    )
    heroku.world.add_attachment(attachment)
    return attachment


def detach(heroku: Heroku, attachment: Attachment) -> None:
    """Remove an attachment and its config var; makes the release "Detach NAME"."""
    app = heroku.world.apps[attachment.app_id]
    addon = heroku.world.addons[attachment.addon_id]
    heroku.world.remove_attachment(attachment)
    if addon.state != "provisioning":
        add_release(heroku, app, f"Detach {attachment.name} (@ref:{addon.name})")
    refresh(heroku, [addon.id])


def checked_name(name: str) -> str:
    """`name`, when it can be an attachment's.

    Raises:
        Refusal: 422.
    """
    if not NAME.fullmatch(name):
        raise unprocessable(
            f"Attachment name {name} is invalid: use capital letters, digits and underscores."
        )
    return name


def generated_name(heroku: Heroku, app: App) -> str:
    """A free `HEROKU_POSTGRESQL_<COLOUR>` on that app; numbered when all colours are taken."""
    taken = heroku.world.index.of_app[app.id]
    first = heroku.world.mint.number("colour", len(COLOURS))
    for step in range(len(COLOURS)):
        name = GENERATED + COLOURS[(first + step) % len(COLOURS)]
        if name not in taken:
            return name
    number = next(
        n for n in range(2, len(taken) + 3) if f"{GENERATED}{COLOURS[first]}_{n}" not in taken
    )
    return f"{GENERATED}{COLOURS[first]}_{number}"


def check_namespace(heroku: Heroku, addon: Addon, namespace: str | None) -> None:
    """Refuse a credential that does not exist, and pooling where the tier has none.

    Raises:
        Refusal: 422.
    """
    if namespace is None:
        return
    kind, _, name = namespace.partition(":")
    database = heroku.world.databases[addon.id]
    pools = heroku.plans[addon.plan].offers("connection_pooling")
    if kind == "connection-pooling" and not pools:
        raise unprocessable("You can't use connection pooling on Essential-tier databases.")
    if kind not in {"credential", "connection-pooling"} or name not in database.credentials:
        raise unprocessable(f"Unknown namespace {namespace} on {addon.name}.")
