"""Schedules of daily backups. They are kept and shown; the stand-in does not run them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from reconciler.simulator.world.model import Schedule
from reconciler.simulator.world.refusals import bad_request, not_found

if TYPE_CHECKING:
    from reconciler.simulator.world.heroku import Heroku
    from reconciler.simulator.world.model import Database


def put(heroku: Heroku, database: Database, *, name: str, hour: str, timezone: str) -> Schedule:
    """Make a schedule, or change the one of that name.

    Source: that it is an upsert: terraform-provider-herokux, api/postgres/backup.go.

    Raises:
        Refusal: 400 for no hour of the day or no time zone.
    """
    if not hour.isdecimal() or int(hour) > 23:  # noqa: PLR2004  # hours of a day
        raise bad_request("hour must be from 0 to 23.")
    if not is_timezone(timezone):
        raise bad_request(f"Unknown time zone {timezone}.")
    for schedule in database.schedules:
        if schedule.name == name:
            schedule.hour, schedule.timezone = int(hour), timezone
            schedule.updated_at = heroku.now
            return schedule
    made = Schedule(
        id=heroku.world.mint.uuid("schedule"),
        name=name,
        hour=int(hour),
        timezone=timezone,
        created_at=heroku.now,
        updated_at=heroku.now,
    )
    database.schedules.append(made)
    return made


def is_timezone(name: str) -> bool:
    """Whether `America/New_York` and the like is known here; without zone data, whether it looks like one."""
    try:
        ZoneInfo(name)
    except ZoneInfoNotFoundError:
        return name == "UTC"
    except ValueError:
        return False
    return True


def remove(database: Database, schedule_id: str) -> Schedule:
    """Take a schedule out.

    Raises:
        Refusal: 404.
    """
    for schedule in database.schedules:
        if schedule.id == schedule_id:
            database.schedules.remove(schedule)
            return schedule
    raise not_found("schedule")
