"""The smaller objects of the Data API as JSON.

Source of the fields: heroku/typescript-api-schema shogun-schemas.json and heroku/cli v11.9.0 src/lib.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.simulator.moments import data_time, platform_time, window_text
from reconciler.simulator.plans import SERVICE
from reconciler.simulator.world.transfers import backup_url, processed_bytes

if TYPE_CHECKING:
    from reconciler.simulator.world.heroku import Heroku
    from reconciler.simulator.world.model import (
        Credential,
        Database,
        Link,
        Maintenance,
        Schedule,
        Transfer,
    )

CHANGEOVER = "changeover"


def time_or_null(seconds: float | None) -> str | None:
    """A Data API time, or null."""
    return data_time(seconds) if seconds is not None else None


def show_transfer(heroku: Heroku, transfer: Transfer, *, verbose: bool = True) -> dict[str, Any]:
    """Transfer; `num` is a number, as in the CLI's type. No URL with a password is ever shown."""
    moved = processed_bytes(transfer, heroku.now)
    updated = transfer.finished_at if transfer.finished_at is not None else heroku.now
    return {
        "uuid": transfer.id,
        "num": transfer.num,
        "from_type": transfer.from_type,
        "from_name": transfer.from_name,
        "from_uuid": transfer.from_id,
        "to_type": transfer.to_type,
        "to_name": transfer.to_name,
        "to_uuid": transfer.to_id,
        "from_url": None,
        "to_url": backup_url(transfer) if transfer.to_type == "gof3r" else None,
        "options": {},
        "source_bytes": transfer.source_bytes,
        "processed_bytes": moved,
        "succeeded": transfer.succeeded,
        "warnings": 0,
        "created_at": data_time(transfer.created_at),
        "started_at": data_time(transfer.created_at),
        "finished_at": time_or_null(transfer.finished_at),
        "canceled_at": time_or_null(transfer.canceled_at),
        "updated_at": data_time(updated),
        "deleted_at": time_or_null(transfer.deleted_at),
        "purged_at": None,
        "num_keep": 5,
        "schedule": {"uuid": transfer.schedule_id} if transfer.schedule_id else None,
        "logs": _logs(transfer) if verbose else [],
    }


def _logs(transfer: Transfer) -> list[dict[str, str]]:
    lines = [(transfer.created_at, "info", "Transfer started.")]
    if transfer.finished_at is not None:
        text = transfer.failure or (
            "Transfer canceled." if transfer.canceled_at else "Transfer finished."
        )
        lines.append((transfer.finished_at, "error" if transfer.failure else "info", text))
    return [
        {"created_at": data_time(at), "level": level, "message": text} for at, level, text in lines
    ]


def show_credential(database: Database, credential: Credential) -> dict[str, Any]:
    """Credential with its one user."""
    state = "active" if credential.state == "active" else "enabling"
    return {
        "uuid": credential.id,
        "name": credential.name,
        "state": credential.state,
        "database": database.name,
        "host": database.host,
        "port": database.port,
        "credentials": [
            {
                "user": credential.user,
                "password": credential.password,
                "state": state,
                "connections": 0,
            }
        ],
    }


def show_schedule(schedule: Schedule) -> dict[str, Any]:
    """Schedule of daily backups."""
    return {
        "uuid": schedule.id,
        "name": schedule.name,
        "hour": schedule.hour,
        "timezone": schedule.timezone,
        "days": ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"],
        "retain_weeks": 1,
        "retain_months": 0,
        "callback_url": None,
        "created_at": data_time(schedule.created_at),
        "updated_at": data_time(schedule.updated_at),
        "deleted_at": None,
    }


def show_link(heroku: Heroku, link: Link) -> dict[str, Any]:
    """Data link."""
    remote = heroku.world.addons.get(link.remote_id)
    attached = heroku.world.attachments_of_addon(link.remote_id)
    return {
        "id": link.id,
        "name": link.name,
        "created_at": platform_time(link.created_at),
        "remote_name": attached[0].name if attached else None,
        "remote": {
            "name": remote.name if remote else None,
            "attachment_name": attached[0].name if attached else None,
        },
    }


def show_maintenance(
    heroku: Heroku, database: Database, maintenance: Maintenance
) -> dict[str, Any]:
    """Maintenance."""
    world = heroku.world
    addon = world.addons[database.id]
    app = world.apps[addon.app_id]
    window = window_text(database.window_day, database.window_minute)
    began, ended = maintenance.started_at, maintenance.completed_at
    attached = [held for held in world.attachments_of_addon(addon.id) if held.app_id == app.id]
    return {
        "addon": {
            "uuid": addon.id,
            "name": addon.name,
            "attachments": sorted(f"{held.name}_URL" for held in attached),
            "kind": SERVICE,
            "plan": database.plan,
            "window": window,
        },
        "app": {"name": app.name, "uuid": app.id},
        "status": maintenance.status,
        "reason": maintenance.reason,
        "method": CHANGEOVER,
        "window": window,
        "required_by": time_or_null(maintenance.required_by),
        "scheduled_for": time_or_null(maintenance.scheduled_for),
        "previously_scheduled_for": time_or_null(maintenance.previously_scheduled_for),
        "started_at": time_or_null(began),
        "completed_at": time_or_null(ended),
        "server_created_at": data_time(maintenance.created_at),
        "duration_seconds": ended - began if began is not None and ended is not None else None,
        "addon_description": None,
    }
