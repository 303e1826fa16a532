"""Maintenances: preparing -> ready -> running -> completed, by their window or by hand.

A plan change of Standard and above is one. `run` is accepted from `ready` only; that the owning app should be
in maintenance mode is a rule of the vendor's CLI, not of the server, as far as sources go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.simulator.moments import next_window
from reconciler.simulator.world import faults
from reconciler.simulator.world.databases import change_address
from reconciler.simulator.world.model import Maintenance
from reconciler.simulator.world.refusals import not_found, unprocessable
from reconciler.simulator.world.writers import refresh

if TYPE_CHECKING:
    from reconciler.simulator.world.heroku import Heroku
    from reconciler.simulator.world.model import Database

WEEK = 7 * 86400.0


def begin_replacement(heroku: Heroku, database: Database, plan: str) -> Maintenance:
    """Start preparing a replacement on `plan`; its maintenance is ready some hours later."""
    ready_at = heroku.now + heroku.timing.replacement
    database.maintenance = Maintenance(
        status="preparing", plan=plan, reason=None, created_at=heroku.now, ready_at=ready_at
    )
    heroku.world.later(ready_at, "replacement-ready", database.id)
    return database.maintenance


def make_ready(heroku: Heroku, database_id: str, _detail: str) -> None:
    """The event: the replacement is there; the maintenance waits for its window or for `run`."""
    database = heroku.world.databases.get(database_id)
    if database is None or database.maintenance is None:
        return
    database.maintenance.status = "ready"
    schedule(heroku, database, next_window(database.window_day, database.window_minute, heroku.now))


def schedule(heroku: Heroku, database: Database, when: float) -> None:
    """Let the maintenance run at `when` unless somebody runs it before."""
    maintenance = open_maintenance(database)
    maintenance.previously_scheduled_for = maintenance.scheduled_for
    maintenance.scheduled_for = when
    heroku.world.later(when, "window-begins", database.id)


def move_by_weeks(heroku: Heroku, database: Database, weeks: int) -> Maintenance:
    """Move a maintenance by whole weeks, also back; never into the past.

    Raises:
        Refusal: 404 without a maintenance, 422 when it cannot be moved there.
    """
    maintenance = open_maintenance(database)
    if maintenance.scheduled_for is None:
        raise unprocessable("This maintenance is not scheduled yet.")
    when = maintenance.scheduled_for + weeks * WEEK
    if when <= heroku.now:
        raise unprocessable("A maintenance can't be scheduled in the past.")
    if maintenance.required_by is not None and when > maintenance.required_by:
        raise unprocessable("The maintenance would be later than it is required.")
    schedule(heroku, database, when)
    return maintenance


def open_maintenance(database: Database) -> Maintenance:
    """The maintenance that is not over.

    Raises:
        Refusal: 404.
    """
    if database.maintenance is None or database.maintenance.status == "completed":
        raise not_found("maintenance")
    return database.maintenance


def run_by_hand(heroku: Heroku, database: Database) -> None:
    """Run it now.

    Raises:
        Refusal: 404 without a maintenance, 422 when it is not ready.
    """
    maintenance = open_maintenance(database)
    if maintenance.status != "ready":
        raise unprocessable(f"The maintenance can't be run while it is {maintenance.status}.")
    _run(heroku, database, maintenance)


def begin_window(heroku: Heroku, database_id: str, _detail: str) -> None:
    """The event: run it if it still waits for exactly this moment."""
    database = heroku.world.databases.get(database_id)
    maintenance = database.maintenance if database else None
    if database is None or maintenance is None:
        return
    if maintenance.status == "ready" and maintenance.scheduled_for == heroku.now:
        _run(heroku, database, maintenance)


def _run(heroku: Heroku, database: Database, maintenance: Maintenance) -> None:
    addon = heroku.world.addons[database.id]
    app = heroku.world.apps[addon.app_id].name
    if faults.strike(heroku.world, "maintenance-slips", app=app, database=addon.name):
        planned = maintenance.scheduled_for or heroku.now
        schedule(heroku, database, max(planned, heroku.now) + WEEK)
        return
    maintenance.status = "running"
    maintenance.started_at = heroku.now
    database.away = True
    refresh(heroku, [database.id])
    due = heroku.now + heroku.timing.maintenance
    heroku.world.later(due, "maintenance-ends", database.id)


def complete(heroku: Heroku, database_id: str, _detail: str) -> None:
    """The event: it serves from the replacement, at another host; followers stay followers of it."""
    database = heroku.world.databases.get(database_id)
    if database is None or database.maintenance is None:
        return
    maintenance = database.maintenance
    maintenance.status = "completed"
    maintenance.completed_at = heroku.now
    database.history.append(maintenance)
    database.away = False
    if maintenance.plan is not None:
        database.plan = maintenance.plan
    change_address(heroku, database)
    refresh(heroku, [database.id])


def set_window(heroku: Heroku, database: Database, day: int, minute: int) -> None:
    """Change the weekly window; what is scheduled moves to its next begin."""
    database.window_day, database.window_minute = day, minute
    maintenance = database.maintenance
    if maintenance is not None and maintenance.status == "ready":
        schedule(heroku, database, next_window(day, minute, heroku.now))
