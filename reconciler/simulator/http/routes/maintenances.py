"""Data API: maintenances and their windows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from reconciler.simulator.http.show_data import show_maintenance, time_or_null
from reconciler.simulator.moments import parse_day, parse_time_of_day, window_text
from reconciler.simulator.world import databases
from reconciler.simulator.world import maintenances as world_maintenances
from reconciler.simulator.world.refusals import bad_request, not_found

if TYPE_CHECKING:
    from reconciler.simulator.http.call import Call, Handler
    from reconciler.simulator.world.model import Database

BASE = "/data/maintenances/v1"
MOST_HISTORY = 20


def routes() -> dict[str, dict[str, Handler]]:
    """Paths of this resource."""
    return {
        f"{BASE}/apps/{{app}}": {"GET": list_of_app},
        f"{BASE}/{{database}}": {"GET": get_one},
        f"{BASE}/{{database}}/history": {"GET": history},
        f"{BASE}/{{database}}/history/": {"GET": history},
        f"{BASE}/{{database}}/run": {"POST": run},
        f"{BASE}/{{database}}/schedule": {"POST": schedule},
        f"{BASE}/{{database}}/window": {"GET": window, "POST": set_window},
    }


def list_of_app(call: Call) -> dict[str, Any]:
    """The maintenances of an app's own databases."""
    world = call.heroku.world
    owned = [world.databases[found] for found in world.index.owned[call.app.id]]
    return {
        "maintenances": [
            show_maintenance(call.heroku, database, database.maintenance)
            for database in owned
            if database.maintenance is not None
        ]
    }


def get_one(call: Call) -> dict[str, Any]:
    """The latest maintenance, over or not; 404 when there never was one."""
    database = call.database
    if database.maintenance is None:
        raise not_found("maintenance")
    return show_maintenance(call.heroku, database, database.maintenance)


def history(call: Call) -> dict[str, Any]:
    """Past maintenances, newest first."""
    limit = call.query.get("limit", "5")
    if not limit.isdecimal() or not 0 < int(limit) <= MOST_HISTORY:
        raise bad_request("limit must be from 1 to 20.")
    database = call.database
    newest = database.history[::-1][: int(limit)]
    return {"maintenances": [show_maintenance(call.heroku, database, past) for past in newest]}


def run(call: Call) -> dict[str, Any]:
    """Run the maintenance now."""
    world_maintenances.run_by_hand(call.heroku, _dedicated(call))
    return {"message": "Maintenance triggered."}


def schedule(call: Call) -> dict[str, Any]:
    """Move the maintenance by weeks."""
    weeks = call.text("delay_weeks") or "2"
    if not re.fullmatch(r"-?\d{1,3}", weeks):
        raise bad_request("delay_weeks must be a whole number.")
    database = _dedicated(call)
    moved = world_maintenances.move_by_weeks(call.heroku, database, int(weeks))
    return {**show_maintenance(call.heroku, database, moved), "customer_requested": True}


def window(call: Call) -> dict[str, Any]:
    """The weekly window."""
    return _show_window(_dedicated(call), None)


def set_window(call: Call) -> dict[str, Any]:
    """Change the weekly window."""
    day = parse_day(call.named("day_of_week"))
    minute = parse_time_of_day(call.named("time_of_day"))
    if day is None or minute is None or minute % 30:
        raise bad_request("day_of_week or time_of_day is invalid; minutes are 00 or 30.")
    database = _dedicated(call)
    previous = window_text(database.window_day, database.window_minute)
    world_maintenances.set_window(call.heroku, database, day, minute)
    return _show_window(database, previous)


def _show_window(database: Database, previous: str | None) -> dict[str, Any]:
    maintenance = database.maintenance
    pending = maintenance if maintenance is not None and maintenance.status == "ready" else None
    return {
        "window": window_text(database.window_day, database.window_minute),
        "previous_window": previous,
        "scheduled_for": time_or_null(pending.scheduled_for if pending else None),
        "previously_scheduled_for": time_or_null(
            pending.previously_scheduled_for if pending else None
        ),
    }


def _dedicated(call: Call) -> Database:
    database = databases.find(call.heroku, call.path["database"])
    if not call.heroku.served_plan(database).offers("maintenance_window"):
        raise bad_request("You can't trigger maintenance on an Essential tier database.")
    return database
