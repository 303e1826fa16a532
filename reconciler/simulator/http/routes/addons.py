"""Add-ons: lists, create, plan change, rename, destroy, resolve, config."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.simulator.http.call import Answer
from reconciler.simulator.http.paging import page
from reconciler.simulator.http.show_platform import show_addon
from reconciler.simulator.plans import SERVICE
from reconciler.simulator.world import addons as world_addons
from reconciler.simulator.world.refusals import bad_request, not_found
from reconciler.simulator.world.resolving import resolve_addons
from reconciler.simulator.world.urls import url

if TYPE_CHECKING:
    from reconciler.simulator.http.call import Call, Handler
    from reconciler.simulator.world.model import Addon

PLAN_CHANGES = "Your database's plan is being changed."
MAINTENANCE = " This triggers a maintenance that you can run with `heroku data:maintenances:run`."


def routes() -> dict[str, dict[str, Handler]]:
    """Paths of this resource."""
    one: dict[str, Handler] = {"GET": get_addon, "PATCH": change_addon, "DELETE": destroy_addon}
    return {
        "/addons": {"GET": list_addons},
        "/users/~/addons": {"GET": list_addons},
        "/apps/{app}/addons": {"GET": list_app_addons, "POST": create_addon},
        "/addons/{addon}": {"GET": get_addon},
        "/apps/{app}/addons/{addon}": one,
        "/addons/{addon}/config": {"GET": addon_config},
        "/addons/{addon}/config/{namespace}": {"GET": namespace_config},
        "/actions/addons/resolve": {"POST": resolve},
    }


def _page(call: Call, found: list[Addon]) -> Answer:
    fields = {"id": _id, "name": _name}
    return page(call.headers.get("range", ""), found, fields, lambda addon: show_addon(call, addon))


def _id(addon: Addon) -> str:
    return addon.id


def _name(addon: Addon) -> str:
    return addon.name


def list_addons(call: Call) -> Answer:
    """All add-ons of the account, paged."""
    return _page(call, list(call.heroku.world.addons.values()))


def list_app_addons(call: Call) -> Answer:
    """The add-ons that the app owns; foreign ones do not appear (the stand-in's choice)."""
    world = call.heroku.world
    return _page(call, [world.addons[found] for found in world.index.owned[call.app.id]])


def get_addon(call: Call) -> dict[str, Any]:
    """One add-on."""
    return show_addon(call, call.addon)


def create_addon(call: Call) -> Answer:
    """Start a database: 201 and `provisioning`."""
    attachment = call.body.get("attachment") or {}
    if not isinstance(attachment, dict):
        raise bad_request("attachment must be an object.")
    wanted = world_addons.Wanted(
        plan=call.named("plan"),
        name=call.text("name"),
        attachment=attachment.get("name"),
        confirm=call.text("confirm"),
        config=world_addons.read_options(call.body.get("config")),
    )
    addon = world_addons.create(call.heroku, call.app, wanted)
    follows = "follow" in (wanted.config or {})
    message = (
        "Follower will become available for read-only queries when up-to-date."
        if follows
        else "Database should be available in a few minutes."
    )
    return Answer({**show_addon(call, addon), "provision_message": message}, 201)


def change_addon(call: Call) -> dict[str, Any]:
    """Another plan, another name, or both."""
    addon, before = call.addon, call.addon.plan
    message, name = None, call.text("name")
    if name is not None and name != addon.name:
        world_addons.free_name(call.heroku, name)
    if call.body.get("plan") is not None:
        plan = world_addons.change_plan(call.heroku, addon, call.named("plan"))
        message = (
            f"Your database's plan is being changed from {before} to {plan.name}."
            if plan.is_essential
            else PLAN_CHANGES + MAINTENANCE
        )
    if name is not None:
        world_addons.rename(call.heroku, addon, name)
    if message is None and name is None:
        raise bad_request("plan is required.")
    return {**show_addon(call, addon), "provision_message": message}


def destroy_addon(call: Call) -> Answer:
    """Start deprovisioning: 202, then 404 some seconds later."""
    addon, force = call.addon, call.body.get("force", False)
    world_addons.destroy(call.heroku, addon, force=force is True)
    return Answer(show_addon(call, addon), 202)


def addon_config(call: Call) -> list[Any]:
    """The add-on's config vars with values."""
    database = call.heroku.world.databases[call.addon.id]
    return [{"name": "url", "value": url(database, database.credentials["default"])}]


def namespace_config(call: Call) -> list[Any]:
    """The config of one namespace; empty when there is no such credential."""
    database = call.heroku.world.databases[call.addon.id]
    kind, _, name = call.path["namespace"].partition(":")
    credential = database.credentials.get(name)
    if kind != "credential" or credential is None:
        return []
    return [{"name": "url", "value": url(database, credential)}]


def resolve(call: Call) -> list[Any]:
    """Add-ons meant by a name."""
    text, app_name = call.named("addon"), call.text("app")
    app = call.heroku.app(app_name) if app_name else None
    service = call.text("addon_service")
    found = resolve_addons(call.heroku, text, app) if service in {None, SERVICE} else []
    if not found:
        raise not_found("add-on", resource="add_on")
    return [show_addon(call, addon) for addon in found]
