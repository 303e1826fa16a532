"""Data API: credentials of a database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.simulator.http.show_data import show_credential
from reconciler.simulator.world import credentials as world_credentials

if TYPE_CHECKING:
    from reconciler.simulator.http.call import Call, Handler

BASE = "/postgres/v0/databases/{database}"


def routes() -> dict[str, dict[str, Handler]]:
    """Paths of this resource."""
    return {
        f"{BASE}/credentials": {"GET": list_all, "POST": create},
        f"{BASE}/credentials/{{credential}}": {"GET": get_one, "DELETE": destroy},
        f"{BASE}/credentials_rotation": {"POST": rotate_all},
        f"{BASE}/credentials/{{credential}}/credentials_rotation": {"POST": rotate_one},
        f"{BASE}/repair-default": {"POST": repair_default},
    }


def list_all(call: Call) -> list[Any]:
    """All credentials; on Essential the default one alone."""
    database = call.database
    return [show_credential(database, held) for held in database.credentials.values()]


def get_one(call: Call) -> dict[str, Any]:
    """One credential by name."""
    database = call.database
    found = world_credentials.find(database, call.path["credential"])
    return show_credential(database, found)


def create(call: Call) -> dict[str, Any]:
    """Start making one."""
    world_credentials.create(call.heroku, call.database, call.named("name"))
    return {"message": "Credential is being created."}


def destroy(call: Call) -> dict[str, Any]:
    """Start removing one."""
    world_credentials.destroy(call.heroku, call.database, call.path["credential"])
    return {"message": "Credential is being destroyed."}


def rotate_all(call: Call) -> dict[str, Any]:
    """New passwords for all."""
    world_credentials.rotate(call.heroku, call.database, list(call.database.credentials))
    return {"message": "Credentials rotated."}


def rotate_one(call: Call) -> dict[str, Any]:
    """A new password for one."""
    world_credentials.rotate(call.heroku, call.database, [call.path["credential"]])
    return {"message": "Credential rotated."}


def repair_default(call: Call) -> dict[str, Any]:
    """Nothing is ever broken here."""
    world_credentials.check_tier(call.heroku, call.database)
    return {
        "message": "Resetting permissions and object ownership for default role to factory settings."
    }
