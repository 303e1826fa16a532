"""Data API: copies, backups and their schedules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.simulator.http.call import Answer
from reconciler.simulator.http.show_data import show_schedule, show_transfer
from reconciler.simulator.moments import data_time
from reconciler.simulator.world import schedules as world_schedules
from reconciler.simulator.world import transfers as world_transfers
from reconciler.simulator.world.refusals import not_found

if TYPE_CHECKING:
    from reconciler.simulator.http.call import Call, Handler
    from reconciler.simulator.world.model import Transfer

DATABASE = "/client/v11/databases/{database}"
APP = "/client/v11/apps/{app}/transfers"


def routes() -> dict[str, dict[str, Handler]]:
    """Paths of this resource."""
    return {
        f"{DATABASE}/transfers": {"POST": copy},
        f"{DATABASE}/backups": {"POST": backup},
        f"{DATABASE}/restores": {"POST": restore},
        APP: {"GET": list_of_app},
        f"{APP}/{{transfer}}": {"GET": get_one, "DELETE": delete},
        f"{APP}/{{transfer}}/actions/cancel": {"POST": cancel},
        f"{APP}/{{transfer}}/actions/public-url": {"POST": public_url},
        f"{DATABASE}/transfer-schedules": {"GET": list_schedules, "POST": set_schedule},
        f"{DATABASE}/transfer-schedules/{{schedule}}": {"DELETE": delete_schedule},
    }


def _one(call: Call) -> Transfer:
    return world_transfers.find(call.heroku, call.app, call.path["transfer"])


def copy(call: Call) -> Answer:
    """Start copying one database over another."""
    transfer = world_transfers.begin_copy(
        call.heroku,
        call.database,
        from_url=call.text("from_url") or "",
        to_url=call.text("to_url"),
        from_name=call.text("from_name") or "",
        to_name=call.text("to_name") or "",
    )
    return Answer(show_transfer(call.heroku, transfer), 201)


def backup(call: Call) -> Answer:
    """Start a backup."""
    transfer = world_transfers.begin_backup(call.heroku, call.database)
    return Answer(show_transfer(call.heroku, transfer), 201)


def restore(call: Call) -> Answer:
    """Start restoring a backup over a database."""
    url = call.text("backup_url") or ""
    return Answer(
        show_transfer(call.heroku, world_transfers.begin_restore(call.heroku, call.database, url)),
        201,
    )


def public_url(call: Call) -> dict[str, Any]:
    """Where the backup can be fetched for an hour; the address is invented."""
    transfer = _one(call)
    if transfer.to_type != "gof3r" or not transfer.succeeded:
        raise not_found("backup")
    expires = data_time(call.heroku.now + 3600)
    url = f"{world_transfers.backup_url(transfer)}?expires={int(call.heroku.now) + 3600}"
    return {"url": url, "expires_at": expires}


def list_of_app(call: Call) -> list[Any]:
    """All transfers of the app's databases that were not deleted."""
    every = [call.heroku.world.transfers[found] for found in call.app.transfers]
    kept = [found for found in every if found.deleted_at is None]
    return [show_transfer(call.heroku, found, verbose=False) for found in kept]


def get_one(call: Call) -> dict[str, Any]:
    """One transfer by number or id; with logs when `verbose` is asked for."""
    return show_transfer(call.heroku, _one(call), verbose=call.query.get("verbose") == "true")


def delete(call: Call) -> dict[str, Any]:
    """Forget a transfer."""
    transfer = _one(call)
    transfer.deleted_at = call.heroku.now
    return show_transfer(call.heroku, transfer)


def cancel(call: Call) -> Answer:
    """Stop a transfer."""
    transfer = _one(call)
    world_transfers.cancel(call.heroku, transfer)
    return Answer({"canceled_at": data_time(call.heroku.now)}, 201)


def list_schedules(call: Call) -> list[Any]:
    """The backup schedules of a database."""
    return [show_schedule(held) for held in call.database.schedules]


def set_schedule(call: Call) -> Answer:
    """Make a schedule, or change the one of that name."""
    made = world_schedules.put(
        call.heroku,
        call.database,
        name=call.text("schedule_name") or "DATABASE_URL",
        hour=call.text("hour", required=True) or "",
        timezone=call.text("timezone") or "UTC",
    )
    return Answer(show_schedule(made), 201)


def delete_schedule(call: Call) -> dict[str, Any]:
    """Remove a schedule."""
    return show_schedule(world_schedules.remove(call.database, call.path["schedule"]))
