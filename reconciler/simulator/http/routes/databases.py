"""Data API: database info, waiting, unfollow, pooling, settings, links."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.simulator.http.call import Answer
from reconciler.simulator.http.show_data import show_link
from reconciler.simulator.http.show_database import connections, show_database
from reconciler.simulator.http.show_platform import show_attachment
from reconciler.simulator.world import databases as world_databases
from reconciler.simulator.world import settings as world_settings
from reconciler.simulator.world.attachments import attach, check_namespace
from reconciler.simulator.world.links import add_link, find_link
from reconciler.simulator.world.refusals import bad_request
from reconciler.simulator.world.urls import DEFAULT

if TYPE_CHECKING:
    from reconciler.simulator.http.call import Call, Handler

V11 = "/client/v11/databases/{database}"


def routes() -> dict[str, dict[str, Handler]]:
    """Paths of this resource."""
    return {
        V11: {"GET": info},
        f"{V11}/wait_status": {"GET": wait_status},
        f"{V11}/unfollow": {"PUT": unfollow},
        f"{V11}/followers": {"GET": followers},
        f"{V11}/connection-pooling": {"GET": pooling, "POST": attach_pool},
        f"{V11}/reset": {"PUT": reset},
        f"{V11}/connection_reset": {"POST": connection_reset},
        f"{V11}/stats_reset": {"PUT": stats_reset},
        f"{V11}/user_connections": {"GET": user_connections},
        f"{V11}/links": {"GET": list_links, "POST": create_link},
        f"{V11}/links/{{link}}": {"GET": get_link, "DELETE": delete_link},
        "/postgres/v0/databases/{database}/config": {"GET": settings, "PATCH": change_settings},
    }


def info(call: Call) -> dict[str, Any]:
    """Everything about one database."""
    return show_database(call.heroku, call.database)


def wait_status(call: Call) -> dict[str, Any]:
    """Whether an operation is in progress."""
    waiting = world_databases.condition(call.heroku, call.database).waiting
    return {"waiting?": bool(waiting), "message": waiting or "available"}


def unfollow(call: Call) -> dict[str, Any]:
    """Start making a follower writable."""
    world_databases.begin_unfollow(call.heroku, call.database)
    return {"message": "Unfollowing. Use `heroku pg:wait` to track status."}


def followers(call: Call) -> list[Any]:
    """The databases that follow this one."""
    found = call.heroku.world.followers_of(call.database.id)
    return [show_database(call.heroku, database) for database in found]


def pooling(call: Call) -> dict[str, Any]:
    """Whether there is a pool."""
    attached = call.heroku.world.attachments_of_addon(call.database.id)
    on = any((held.namespace or "").startswith("connection-pooling:") for held in attached)
    text = "enabled" if on else "disabled"
    return {"status": text, "message": f"Connection pooling is {text}."}


def attach_pool(call: Call) -> Answer:
    """Attach a pool to an app."""
    heroku, database = call.heroku, call.database
    addon, app = heroku.world.addons[database.id], heroku.app(call.named("app"))
    namespace = f"connection-pooling:{call.text('credential') or 'default'}"
    check_namespace(heroku, addon, namespace)
    name = call.text("name") or _pool_name(call, app.id)
    attachment = attach(heroku, addon, app, name=name, namespace=namespace)
    return Answer(show_attachment(call, attachment), 201)


def _pool_name(call: Call, app_id: str) -> str:
    """The name of the app's attachment and `_CONNECTION_POOL`; the stand-in's choice."""
    attached = call.heroku.world.attachments_of_addon(call.database.id)
    plain = [held.name for held in attached if held.app_id == app_id and held.namespace is None]
    first = "DATABASE" if "DATABASE" in plain or not plain else plain[0]
    return f"{first}_CONNECTION_POOL"


def reset(call: Call) -> dict[str, Any]:
    """Throw all data away."""
    world_databases.reset(call.heroku, call.database)
    return {"message": "Reset successful."}


def connection_reset(call: Call) -> dict[str, Any]:
    """Close all connections; the stand-in's dynos connect again at once."""
    _ = call.database  # 404 when there is none
    return {"message": "Connections terminated."}


def stats_reset(call: Call) -> dict[str, Any]:
    """Forget the statistics; none are kept."""
    _ = call.database  # 404 when there is none
    return {"message": "Statistics reset successful."}


def user_connections(call: Call) -> dict[str, Any]:
    """Connections by role: all are the default one's."""
    database = call.database
    roles = {held.user: 0 for held in database.credentials.values()}
    roles[database.credentials[DEFAULT].user] = connections(call.heroku, database)
    return {"connections": roles}


def list_links(call: Call) -> list[Any]:
    """All data links."""
    return [show_link(call.heroku, link) for link in call.database.links]


def create_link(call: Call) -> dict[str, Any]:
    """Link another database."""
    target = call.heroku.addon(call.named("target"))
    link = add_link(call.heroku, call.database, target, name=call.text("as"))
    return show_link(call.heroku, link)


def get_link(call: Call) -> dict[str, Any]:
    """One data link."""
    return show_link(call.heroku, find_link(call.database, call.path["link"]))


def delete_link(call: Call) -> dict[str, Any]:
    """Remove a data link."""
    link = find_link(call.database, call.path["link"])
    call.database.links.remove(link)
    return show_link(call.heroku, link)


def settings(call: Call) -> dict[str, Any]:
    """All settings with value, default and description."""
    return world_settings.show(call.heroku, call.database)


def change_settings(call: Call) -> dict[str, Any]:
    """Change settings."""
    if not call.body:
        raise bad_request("No settings given.")
    world_settings.change(call.heroku, call.database, call.body)
    return world_settings.show(call.heroku, call.database)
