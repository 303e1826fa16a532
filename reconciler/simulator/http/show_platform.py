"""Platform API objects as JSON. Source of the fields: heroku/platform-api schema.json; `3.sdk` differs as noted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.simulator.minting import fixed_id
from reconciler.simulator.moments import platform_time
from reconciler.simulator.plans import SERVICE, Plan
from reconciler.simulator.world.releases import current_release

if TYPE_CHECKING:
    from reconciler.simulator.http.call import Call
    from reconciler.simulator.world.heroku import Heroku
    from reconciler.simulator.world.model import Addon, App, Attachment, Dyno, Formation, Release
    from reconciler.simulator.world.world import World

BORN = 1_420_070_400.0
"""2015-01-01: when what is the same in every world was made."""
TEAM = "team"
"""Who has the Private Spaces and the apps in them."""
PLACES = {
    "us": ("United States", "Virginia", "us-east-1"),
    "eu": ("Europe", "Ireland", "eu-west-1"),
}


def stub(found: App | Addon) -> dict[str, str]:
    """`{id, name}`."""
    return {"id": found.id, "name": found.name}


def fixed_stub(kind: str, name: str) -> dict[str, str]:
    """`{id, name}` of what is the same in every world."""
    return {"id": fixed_id(kind, name), "name": name}


def owner(world: World) -> dict[str, str]:
    """The account that owns everything."""
    return {"id": fixed_id("account", world.account.email), "email": world.account.email}


def owner_of(world: World, app: App) -> dict[str, str]:
    """Who owns the app: the account, or the team in which it has permissions."""
    if app.permissions is None:
        return owner(world)
    return {"id": fixed_id("account", TEAM), "email": f"{TEAM}@herokumanager.com"}


def times(created_at: float, updated_at: float) -> dict[str, str]:
    """`created_at` and `updated_at`."""
    return {"created_at": platform_time(created_at), "updated_at": platform_time(updated_at)}


def show_app(call: Call, app: App) -> dict[str, Any]:
    """App."""
    space = None
    if app.space is not None:
        space = {**fixed_stub("space", app.space), "shield": False}
    is_of_team = space is not None or app.permissions is not None
    released = current_release(app)
    shown: dict[str, Any] = {
        **stub(app),
        "maintenance": app.maintenance,
        "space": space,
        "region": fixed_stub("region", app.region),
        "team": fixed_stub("team", TEAM) if is_of_team else None,
        "organization": {"name": TEAM} if is_of_team else None,
        "owner": owner_of(call.heroku.world, app),
        "generation": "cedar" if call.sdk else fixed_stub("generation", "cedar"),
        "stack": fixed_stub("stack", "heroku-24"),
        "build_stack": fixed_stub("stack", "heroku-24"),
        "internal_routing": None,
        "acm": False,
        "archived_at": None,
        "released_at": platform_time(released.created_at) if released else None,
        "repo_size": None,
        "slug_size": None,
        "buildpack_provided_description": None,
        "git_url": f"https://git.heroku.com/{app.name}.git",
        "web_url": f"https://{app.name}.herokuapp.com/",
        **times(app.created_at, app.updated_at),
    }
    if call.sdk:
        shown |= {"base_image_name": None, "buildpacks": [], "current_build_architecture": []}
    return shown


def show_collaborator(call: Call, app: App) -> dict[str, Any]:
    """Collaborator: the account, as owner or as a member of the team."""
    user = owner(call.heroku.world)
    is_owner = app.permissions is None
    return {
        "id": fixed_id("collaborator", app.id),
        "app": stub(app),
        "user": {**user, "federated": False},
        "role": "owner" if is_owner else "member",
        "permissions": [
            {"name": name, "description": f"Can {name} the app"} for name in app.permissions or ()
        ],
        **times(app.created_at, app.updated_at),
    }


def show_addon(call: Call, addon: Addon) -> dict[str, Any]:
    """AddOn; `Accept-Expansion` turns the stubs of service and plan into whole objects."""
    plan = call.heroku.plans[addon.plan]
    app = call.heroku.world.apps[addon.app_id]
    expand_plan = call.asks("accept-expansion", "plan")
    expand_service = call.asks("accept-expansion", "addon_service")
    return {
        **stub(addon),
        "app": stub(app),
        "billing_entity": {**stub(app), "type": "app"},
        "addon_service": show_service() if expand_service else fixed_stub("service", SERVICE),
        "plan": show_plan(plan, sdk=call.sdk) if expand_plan else plan_stub(plan),
        "state": addon.state,
        "config_vars": addon_vars(call.heroku, addon),
        "billed_price": price(plan, sdk=call.sdk),
        "provider_id": addon.id,
        "actions": [],
        "web_url": f"https://addons-sso.heroku.com/apps/{app.id}/addons/{addon.id}",
        **times(addon.created_at, addon.updated_at),
    }


def addon_vars(heroku: Heroku, addon: Addon) -> list[str]:
    """Names of the config vars on the owning app; none while provisioning."""
    if addon.state != "provisioned":
        return []
    attached = heroku.world.attachments_of_addon(addon.id)
    return sorted(f"{held.name}_URL" for held in attached if held.app_id == addon.app_id)


def show_attachment(call: Call, attachment: Attachment) -> dict[str, Any]:
    """AddOnAttachment; `Accept-Inclusion` adds the plan and the config var names."""
    world = call.heroku.world
    addon, app = world.addons[attachment.addon_id], world.apps[attachment.app_id]
    shown_addon: dict[str, Any] = {**stub(addon), "app": stub(world.apps[addon.app_id])}
    if call.asks("accept-inclusion", "addon:plan"):
        shown_addon["plan"] = plan_stub(call.heroku.plans[addon.plan])
    shown: dict[str, Any] = {
        "id": attachment.id,
        "name": attachment.name,
        "namespace": attachment.namespace,
        "app": stub(app),
        "addon": shown_addon,
        "web_url": f"https://addons-sso.heroku.com/apps/{app.id}/addons/{addon.id}",
        "log_input_url": None,
        **times(attachment.created_at, attachment.updated_at),
    }
    if call.asks("accept-inclusion", "config_vars"):
        shown["config_vars"] = [f"{attachment.name}_URL"]
    return shown


def plan_stub(plan: Plan) -> dict[str, str]:
    """`{id, name}` with the service before the name."""
    return fixed_stub("plan", plan.full_name)


def price(plan: Plan, *, sdk: bool) -> dict[str, Any]:
    """Cents a month; a plan whose price no source knows counts as negotiated."""
    shown: dict[str, Any] = {
        "cents": plan.cents or 0,
        "contract": plan.cents is None,
        "unit": "month",
    }
    return {**shown, "metered": False} if sdk else shown


def show_plan(plan: Plan, *, sdk: bool) -> dict[str, Any]:
    """Plan."""
    inside = plan.needs_space
    return {
        **plan_stub(plan),
        "human_name": plan.human_name,
        "description": f"Heroku Postgres {plan.human_name}",
        "addon_service": fixed_stub("service", SERVICE),
        "price": price(plan, sdk=sdk),
        "state": "ga",
        "visible": True,
        "default": plan.name == "essential-0",
        "space_default": plan.name == "private-0",
        "installable_inside_private_network": inside,
        "installable_outside_private_network": not inside,
        "compliance": None,
        **times(BORN, BORN),
    }


def show_service() -> dict[str, Any]:
    """AddOnService of Heroku Postgres, the only one here."""
    return {
        **fixed_stub("service", SERVICE),
        "human_name": "Heroku Postgres",
        "state": "ga",
        "cli_plugin_name": "heroku-postgresql",
        "supports_multiple_installations": True,
        "supports_sharing": True,
        "supported_generations": [fixed_stub("generation", "cedar")],
        **times(BORN, BORN),
    }


def show_formation(app: App, formation: Formation) -> dict[str, Any]:
    """Formation."""
    return {
        "id": formation.id,
        "type": formation.type,
        "quantity": formation.quantity,
        "size": formation.size,
        "dyno_size": fixed_stub("dyno-size", formation.size),
        "command": formation.command,
        "app": stub(app),
        **times(app.created_at, formation.updated_at),
    }


def show_dyno(app: App, dyno: Dyno, now: float) -> dict[str, Any]:
    """Dyno: `starting`, then `up` until it has left the list."""
    release = current_release(app)
    return {
        "id": dyno.id,
        "name": dyno.name,
        "type": dyno.type,
        "state": "up" if now >= dyno.up_at else "starting",
        "size": dyno.size,
        "command": app.formation[dyno.type].command,
        "release": {"id": release.id, "version": release.version} if release else None,
        "app": stub(app),
        "attach_url": None,
        **times(dyno.up_at, dyno.up_at),
    }


def show_release(call: Call, app: App, release: Release) -> dict[str, Any]:
    """Release; `current` is the newest that succeeded."""
    current = current_release(app)
    owned = call.heroku.world.index.owned[app.id]
    plans = sorted(
        {call.heroku.plans[call.heroku.world.addons[held].plan].full_name for held in owned}
    )
    shown: dict[str, Any] = {
        "id": release.id,
        "version": release.version,
        "status": release.status,
        "description": release.description,
        "current": current is not None and current.id == release.id,
        "user": owner(call.heroku.world),
        "slug": None,
        "addon_plan_names": plans,
        "app": stub(app),
        "artifacts": [],
        "output_stream_url": None,
        "eligible_for_rollback": release.status == "succeeded",
        **times(release.created_at, release.updated_at),
    }
    return {**shown, "oci_image": None} if call.sdk else shown


def show_region(name: str) -> dict[str, Any]:
    """Region."""
    country, locale, provider = PLACES.get(name, (name.title(), name.title(), name))
    return {
        **fixed_stub("region", name),
        "country": country,
        "locale": locale,
        "description": country,
        "private_capable": name not in {"us", "eu"},
        "provider": {"name": "amazon-web-services", "region": provider},
        **times(BORN, BORN),
    }


def show_team() -> dict[str, Any]:
    """Team."""
    return {**fixed_stub("team", TEAM), "role": "admin", "default": False, "type": "team"}


def show_space(name: str, region: str, *, sdk: bool) -> dict[str, Any]:
    """Space."""
    return {
        **fixed_stub("space", name),
        "region": fixed_stub("region", region),
        "team": fixed_stub("team", TEAM),
        "organization": {"name": TEAM},
        "shield": False,
        "state": "allocated",
        "cidr": "10.0.0.0/16",
        "data_cidr": "10.1.0.0/16",
        "generation": "cedar" if sdk else fixed_stub("generation", "cedar"),
        **times(BORN, BORN),
    }


def show_account(world: World) -> dict[str, Any]:
    """Account."""
    return {
        **owner(world),
        "name": None,
        "verified": True,
        "suspended_at": None,
        "delinquent_at": None,
        "two_factor_authentication": True,
        "federated": False,
        "default_team": None,
        "last_login": None,
        "country_of_residence": None,
        **times(BORN, BORN),
    }
