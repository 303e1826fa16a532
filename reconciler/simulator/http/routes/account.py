"""Account, rate limit, regions, spaces, teams."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.simulator.http.auth import refill
from reconciler.simulator.http.paging import page
from reconciler.simulator.http.show_platform import (
    show_account,
    show_addon,
    show_app,
    show_region,
    show_space,
    show_team,
)
from reconciler.simulator.world.refusals import not_found

if TYPE_CHECKING:
    from reconciler.simulator.http.call import Answer, Call, Handler
    from reconciler.simulator.world.model import Addon, App


def routes() -> dict[str, dict[str, Handler]]:
    """Paths of this resource."""
    return {
        "/account": {"GET": account},
        "/users/~": {"GET": account},
        "/account/rate-limits": {"GET": rate_limits},
        "/regions": {"GET": regions},
        "/spaces": {"GET": spaces},
        "/spaces/{space}": {"GET": space},
        "/teams": {"GET": teams},
        "/teams/{team}": {"GET": team},
        "/teams/{team}/addons": {"GET": team_addons},
        "/teams/{team}/apps": {"GET": team_apps},
    }


def account(call: Call) -> dict[str, Any]:
    """Who asks."""
    return show_account(call.heroku.world)


def rate_limits(call: Call) -> dict[str, Any]:
    """How many requests are left; asking is free."""
    world = call.heroku.world
    refill(world.account, world.now)
    return {"remaining": int(world.account.requests_left)}


def regions(call: Call) -> list[Any]:
    """The two of the Common Runtime and those of the Private Spaces."""
    names = {"us", "eu", *call.heroku.world.spaces.values()}
    return [show_region(name) for name in sorted(names)]


def spaces(call: Call) -> list[Any]:
    """All Private Spaces."""
    found = sorted(call.heroku.world.spaces.items())
    return [show_space(name, region, sdk=call.sdk) for name, region in found]


def space(call: Call) -> dict[str, Any]:
    """One Private Space by name."""
    name = call.path["space"]
    if name not in call.heroku.world.spaces:
        raise not_found("space", resource="space")
    return show_space(name, call.heroku.world.spaces[name], sdk=call.sdk)


def teams(call: Call) -> list[Any]:
    """The team that has the Private Spaces; none without them."""
    return [show_team()] if call.heroku.world.spaces else []


def team(call: Call) -> dict[str, Any]:
    """The team of the Private Spaces, where there are any."""
    _known_team(call)
    return show_team()


def team_apps(call: Call) -> Answer:
    """Its apps: those in its spaces."""
    fields = {"name": _name, "id": _id}
    header = call.headers.get("range", "")
    return page(header, _apps(call), fields, lambda app: show_app(call, app))


def team_addons(call: Call) -> Answer:
    """The add-ons of its apps."""
    world = call.heroku.world
    owned = [world.addons[found] for app in _apps(call) for found in world.index.owned[app.id]]
    fields = {"id": _id, "name": _name}
    header = call.headers.get("range", "")
    return page(header, owned, fields, lambda addon: show_addon(call, addon))


def _apps(call: Call) -> list[App]:
    _known_team(call)
    return [app for app in call.heroku.world.apps.values() if app.space is not None]


def _name(found: App | Addon) -> str:
    return found.name


def _id(found: App | Addon) -> str:
    return found.id


def _known_team(call: Call) -> None:
    known = call.heroku.world.spaces and call.path["team"] in show_team().values()
    if not known:
        raise not_found("team", resource="team")
