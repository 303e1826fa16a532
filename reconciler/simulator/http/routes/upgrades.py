"""Data API: version upgrades."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.simulator.world import upgrades as world_upgrades

if TYPE_CHECKING:
    from reconciler.simulator.http.call import Call, Handler

BASE = "/client/v11/databases/{database}/upgrade"


def routes() -> dict[str, dict[str, Handler]]:
    """Paths of this resource."""
    return {
        f"{BASE}/prepare": {"POST": prepare},
        f"{BASE}/dry_run": {"POST": dry_run},
        f"{BASE}/run": {"POST": run},
        f"{BASE}/cancel": {"POST": cancel},
        f"{BASE}/wait_status": {"GET": wait_status},
    }


def prepare(call: Call) -> dict[str, Any]:
    """Start preparing an upgrade."""
    database = call.database
    version = world_upgrades.target_version(call.heroku, database, call.body.get("version"))
    world_upgrades.prepare(call.heroku, database, version)
    return {"message": f"Your upgrade to version {version} is being prepared."}


def dry_run(call: Call) -> dict[str, Any]:
    """Start a trial."""
    world_upgrades.target_version(call.heroku, call.database, call.body.get("version"))
    world_upgrades.dry_run(call.database)
    return {"message": "Started a test upgrade."}


def run(call: Call) -> dict[str, Any]:
    """Run an upgrade."""
    world_upgrades.run(call.heroku, call.database, call.body.get("version"))
    return {"message": "Started your upgrade."}


def cancel(call: Call) -> dict[str, Any]:
    """Give up a prepared upgrade."""
    world_upgrades.cancel(call.database)
    return {"message": "You canceled the upgrade."}


def wait_status(call: Call) -> dict[str, Any]:
    """How far it is."""
    return world_upgrades.wait_status(call.database)
