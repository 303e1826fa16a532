"""`/sim`: what the stand-in says about itself. No part of Heroku, no authentication, never counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from reconciler.simulator.moments import platform_time
from reconciler.simulator.world.writers import is_writable

if TYPE_CHECKING:
    from starlette.requests import Request

    from reconciler.simulator.standin import StandIn

LEAST_GAP = 0.25
"""Seconds without an acknowledged write from which on they count as an outage, unless asked otherwise."""


def sim_routes(standin: StandIn) -> list[Route]:
    """The paths below `/sim`."""

    async def unknown_routes(_request: Request) -> Response:
        return JSONResponse(
            {"total": sum(standin.unknown_routes.values()), "routes": dict(standin.unknown_routes)}
        )

    async def forget_routes(_request: Request) -> Response:
        standin.unknown_routes.clear()
        return JSONResponse({"total": 0, "routes": {}})

    async def requests(_request: Request) -> Response:
        return JSONResponse(
            {"total": sum(standin.requests.values()), "routes": dict(standin.requests)}
        )

    async def state(_request: Request) -> Response:
        async with standin.turn(changes=False):
            return JSONResponse(summary(standin))

    async def ledger(request: Request) -> Response:
        if standin.ledger is None:
            message = "No application writes here: see --databases postgres and [app.NAME.dynos]."
            return JSONResponse({"id": "not_found", "message": message}, 404)
        async with standin.turn(changes=False):
            pass
        try:
            least_gap = float(request.query_params.get("least_gap", LEAST_GAP))
        except ValueError:
            return JSONResponse({"id": "bad_request", "message": "least_gap is no number."}, 400)
        return JSONResponse(await standin.ledger(least_gap))

    return [
        Route("/sim/ledger", ledger),
        Route("/sim/unknown-routes", unknown_routes),
        Route("/sim/unknown-routes", forget_routes, methods=["DELETE"]),
        Route("/sim/requests", requests),
        Route("/sim/state", state),
    ]


def summary(standin: StandIn) -> dict[str, Any]:
    """The world in a few words, without any password."""
    world = standin.world
    databases = {}
    for database in world.databases.values():
        addon = world.addons[database.id]
        attached = world.attachments_of_addon(database.id)
        leader = world.addons.get(database.leader_id or "")
        databases[addon.name] = {
            "app": world.apps[addon.app_id].name,
            "plan": addon.plan,
            "serves": database.plan,
            "state": addon.state,
            "follows": leader.name if leader else None,
            "writable": is_writable(database),
            "attached": sorted(f"{world.apps[held.app_id].name}::{held.name}" for held in attached),
            "missing_commits": database.missing_commits,
        }
    apps = {
        app.name: {
            "maintenance": app.maintenance,
            "formation": {held.type: held.quantity for held in app.formation.values()},
            "dynos": sorted(app.dynos),
            "release": app.releases[-1].version if app.releases else None,
            "commits": int(app.commits.at(world.now)),
        }
        for app in world.apps.values()
    }
    return {"now": platform_time(world.now), "apps": apps, "databases": databases}
