"""Apps, maintenance mode, process types, dynos, config vars."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from reconciler.simulator.http.call import Answer
from reconciler.simulator.http.paging import page
from reconciler.simulator.http.show_platform import (
    show_app,
    show_collaborator,
    show_dyno,
    show_formation,
)
from reconciler.simulator.world import apps as world_apps
from reconciler.simulator.world.refusals import bad_request, not_found
from reconciler.simulator.world.releases import config_vars as world_config_vars
from reconciler.simulator.world.releases import restart

if TYPE_CHECKING:
    from reconciler.simulator.http.call import Call, Handler
    from reconciler.simulator.world.model import App, Formation


def routes() -> dict[str, dict[str, Handler]]:
    """Paths of this resource."""
    return {
        "/apps": {"GET": list_apps},
        "/users/~/apps": {"GET": list_apps},
        "/filters/apps": {"POST": filter_apps},
        "/apps/{app}": {"GET": get_app, "PATCH": change_app},
        "/apps/{app}/formation": {"GET": list_formation, "PATCH": scale_many},
        "/apps/{app}/formation/{type}": {"GET": get_formation, "PATCH": scale_one},
        "/apps/{app}/dynos": {"GET": list_dynos, "DELETE": restart_all},
        "/apps/{app}/dynos/{dyno}": {"GET": get_dyno, "DELETE": restart_one},
        "/apps/{app}/dynos/{dyno}/actions/stop": {"POST": restart_one},
        "/apps/{app}/formations/{type}": {"DELETE": restart_type},
        "/apps/{app}/formations/{type}/actions/stop": {"POST": restart_type},
        "/apps/{app}/collaborators": {"GET": collaborators},
        "/apps/{app}/pipeline-couplings": {"GET": pipeline},
        "/apps/{app}/config-vars": {"GET": config_vars, "PATCH": change_config},
    }


def list_apps(call: Call) -> Answer:
    """All apps, paged."""
    fields = {"name": _name, "id": _id, "updated_at": _updated_at}
    every = list(call.heroku.world.apps.values())
    return page(call.headers.get("range", ""), every, fields, lambda app: show_app(call, app))


def _name(app: App) -> str:
    return app.name


def _id(app: App) -> str:
    return app.id


def _updated_at(app: App) -> str:
    return str(app.updated_at)


def filter_apps(call: Call) -> list[Any]:
    """Apps by id, many at once."""
    wanted = call.body.get("in", {})
    ids = wanted.get("id", []) if isinstance(wanted, dict) else []
    found = [call.heroku.world.apps.get(str(app_id)) for app_id in ids]
    return [show_app(call, app) for app in found if app is not None]


def get_app(call: Call) -> dict[str, Any]:
    """One app."""
    return show_app(call, call.app)


def collaborators(call: Call) -> list[Any]:
    """The account alone: the owner, or a member of the team."""
    return [show_collaborator(call, call.app)]


def pipeline(call: Call) -> NoReturn:
    """No app is in a pipeline."""
    _ = call.app  # 404 when there is none
    raise not_found("pipeline coupling", resource="pipeline_coupling")


def change_app(call: Call) -> dict[str, Any]:
    """Maintenance mode on or off; nothing else of an app can be changed here."""
    app, wanted = call.app, call.body.get("maintenance")
    unknown = sorted(set(call.body) - {"maintenance"})
    if unknown or not isinstance(wanted, bool):
        raise bad_request(
            f"The stand-in changes only maintenance, not {', '.join(unknown) or 'this'}."
        )
    world_apps.set_maintenance(call.heroku, app, on=wanted)
    return show_app(call, app)


def list_formation(call: Call) -> list[Any]:
    """All process types."""
    app = call.app
    return [show_formation(app, found) for found in app.formation.values()]


def get_formation(call: Call) -> dict[str, Any]:
    """One process type."""
    return show_formation(call.app, world_apps.formation_of(call.app, call.path["type"]))


def scale_many(call: Call) -> list[Any]:
    """Scale several process types at once; all updates are checked before the first takes effect."""
    app, updates = call.app, call.body.get("updates")
    if not isinstance(updates, list) or not all(isinstance(each, dict) for each in updates):
        raise bad_request("updates must be a list of objects.")
    prepared = []
    for update in updates:
        formation = world_apps.formation_of(app, str(update.get("type", "")))
        prepared.append((formation, _quantity(formation, update), _size(update)))
    for formation, quantity, size in prepared:
        world_apps.scale(call.heroku, app, formation, quantity=quantity, size=size)
    return [show_formation(app, found) for found in app.formation.values()]


def scale_one(call: Call) -> dict[str, Any]:
    """Scale one process type."""
    app = call.app
    formation = world_apps.formation_of(app, call.path["type"])
    quantity, size = _quantity(formation, call.body), _size(call.body)
    world_apps.scale(call.heroku, app, formation, quantity=quantity, size=size)
    return show_formation(app, formation)


def _quantity(formation: Formation, update: dict[str, Any]) -> int | None:
    quantity = update.get("quantity")
    return None if quantity is None else world_apps.wanted_quantity(formation, quantity)


def _size(update: dict[str, Any]) -> str | None:
    """`size` as the vendor's CLI sends it, or `dyno_size` as the schema has it."""
    size = update.get("dyno_size", update.get("size"))
    if isinstance(size, dict):
        size = size.get("name")
    if size is not None and not isinstance(size, str):
        raise bad_request("size must be a string.")
    return size


def list_dynos(call: Call) -> list[Any]:
    """All running dynos, those being stopped included."""
    app = call.app
    found = sorted(app.dynos.values(), key=lambda dyno: dyno.name)
    return [show_dyno(app, dyno, call.heroku.now) for dyno in found]


def restart_all(call: Call) -> Answer:
    """Restart every dyno."""
    if not call.app.dynos:
        raise not_found("dyno", resource="dyno")
    restart(call.heroku, call.app)
    return Answer({}, 202)


def get_dyno(call: Call) -> dict[str, Any]:
    """One dyno by name or id."""
    app = call.app
    return show_dyno(app, world_apps.dyno_of(app, call.path["dyno"]), call.heroku.now)


def restart_one(call: Call) -> Answer:
    """Restart one dyno. One that is stopped starts again too: the formation asks for it."""
    dyno = world_apps.dyno_of(call.app, call.path["dyno"])
    restart(call.heroku, call.app, [dyno])
    return Answer({}, 202)


def restart_type(call: Call) -> Answer:
    """Restart all dynos of one process type; stopped ones start again too."""
    app = call.app
    kind = world_apps.formation_of(app, call.path["type"]).type
    restart(call.heroku, app, [dyno for dyno in app.dynos.values() if dyno.type == kind])
    return Answer({}, 202)


def config_vars(call: Call) -> dict[str, Any]:
    """All config vars with their values."""
    return dict(world_config_vars(call.heroku, call.app))


def change_config(call: Call) -> dict[str, Any]:
    """Set or remove config vars."""
    world_apps.change_config(call.heroku, call.app, call.body)
    return dict(world_config_vars(call.heroku, call.app))
