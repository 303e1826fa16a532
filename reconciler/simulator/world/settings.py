"""Settings of a database. Keys: heroku/typescript-api-schema shogun-schemas.json."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.simulator.world.refusals import bad_request

if TYPE_CHECKING:
    from reconciler.simulator.world.heroku import Heroku
    from reconciler.simulator.world.model import Database

DEFAULTS: dict[str, bool | int | str] = {
    "log_lock_waits": True,
    "log_connections": True,
    "log_min_duration_statement": 2000,
    "log_statement": "ddl",
    "track_functions": "none",
    "log_min_error_statement": "error",
    "pgbouncer_max_client_conn": 10000,
    "pgbouncer_max_db_connections": 90,
    "pgbouncer_default_pool_size": 90,
    "data_connector_details_logs": False,
    "auto_explain": False,
}
"""Setting to default; the defaults are the stand-in's choice but for `log_min_duration_statement`."""
CHOICES = {
    "log_statement": ("none", "ddl", "mod", "all"),
    "track_functions": ("none", "pl", "all"),
    "log_min_error_statement": ("error", "log", "fatal", "panic"),
}


def show(heroku: Heroku, database: Database) -> dict[str, Any]:
    """Setting to `{value, default, desc, values?}`.

    Raises:
        Refusal: 400 on Essential.
    """
    _check_tier(heroku, database)
    shown: dict[str, Any] = {}
    for key, default in DEFAULTS.items():
        value = database.settings.get(key, default)
        shown[key] = {"value": value, "default": default, "desc": f"The {key} setting."}
        if key in CHOICES:
            shown[key]["values"] = dict.fromkeys(CHOICES[key], "")
    return shown


def change(heroku: Heroku, database: Database, changes: dict[str, Any]) -> None:
    """Set them all or none.

    Raises:
        Refusal: 400 for a setting or a value that does not exist.
    """
    _check_tier(heroku, database)
    for key, value in changes.items():
        if key not in DEFAULTS or not isinstance(value, type(DEFAULTS[key])):
            raise bad_request(f"Invalid setting {key}.")
        if key in CHOICES and value not in CHOICES[key]:
            raise bad_request(f"Invalid value for {key}.")
    database.settings.update(changes)


def _check_tier(heroku: Heroku, database: Database) -> None:
    if heroku.served_plan(database).is_essential:
        raise bad_request("You can't perform this operation on Essential-tier databases.")
