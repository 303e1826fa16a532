"""Database info of the Data API: the fields, and the rows that `pg:info` prints.

Source of names, order and formats: heroku/cli v11.9.0 src/lib/pg/types.ts, heroku/typescript-api-schema
shogun-schemas.json, outputs of `pg:info` in public repositories. The texts of rows while something is in
progress are the stand-in's choice, but for `Upgrading Plan: Replacing Primary` (public reports).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.simulator.moments import data_time, moment, row_time, window_text
from reconciler.simulator.plans import GIGABYTE
from reconciler.simulator.world.databases import condition
from reconciler.simulator.world.measuring import measure
from reconciler.simulator.world.urls import DEFAULT, address, url

if TYPE_CHECKING:
    from reconciler.simulator.engines import Measures
    from reconciler.simulator.plans import Plan
    from reconciler.simulator.world.heroku import Heroku
    from reconciler.simulator.world.model import Database

MOST_ESSENTIAL_TABLES = 4000
ROLLBACK_DAYS = 7
"""Where the catalogue does not say."""


def show_database(heroku: Heroku, database: Database) -> dict[str, Any]:
    """The whole object; its body holds a password."""
    world = heroku.world
    addon = world.addons[database.id]
    leader = world.databases.get(database.leader_id or "")
    measures = measure(heroku, database)
    default = database.credentials[DEFAULT]
    behind = measures.behind or 0
    shown: dict[str, Any] = {
        "addon_id": database.id,
        "heroku_resource_id": database.id,
        "name": addon.name,
        "plan": database.plan,
        "created_at": data_time(database.created_at),
        "formation": {"id": f"formation-{database.id[:8]}", "primary": f"server-{database.id[:8]}"},
        "metaas_source": f"source-{database.id[:8]}",
        "database_name": database.name,
        "database_user": default.user,
        "database_password": default.password,
        "port": database.port,
        "resource_url": url(database, default),
        "available_for_ingress": True,
        "waiting?": bool(condition(heroku, database).waiting),
        "credentials": len(database.credentials),
        "num_bytes": measures.num_bytes,
        "num_tables": measures.num_tables,
        "num_connections": connections(heroku, database),
        "num_connections_waiting": 0,
        "current_transaction": measures.transactions,
        "target_transaction": str(measures.transactions + behind) if leader else None,
        "postgres_version": database.version,
        "leader": None,
        "forked_from": forked_from(heroku, database),
        "hot_standby?": leader is not None,
        "is_in_recovery": leader is not None,
        "info": info_rows(heroku, database, measures),
    }
    if leader is not None:
        shown["following"] = address(leader)
        shown["leader"] = {"addon_id": leader.id, "name": world.addons[leader.id].name}
    return shown


def forked_from(heroku: Heroku, database: Database) -> str | None:
    """The address of the database this one came from, as long as that exists."""
    source = heroku.world.databases.get(database.forked_from or "")
    return address(source) if source is not None else None


def connections(heroku: Heroku, database: Database) -> int:
    """Two for each dyno of each app that is attached; the stand-in's choice."""
    attached = {held.app_id for held in heroku.world.attachments_of_addon(database.id)}
    return sum(2 * len(heroku.world.apps[app_id].dynos) for app_id in attached)


def info_rows(heroku: Heroku, database: Database, measures: Measures) -> list[dict[str, Any]]:
    """The rows in the order in which each tier shows them."""
    plan = heroku.served_plan(database)
    if plan.is_essential:
        return _essential_rows(heroku, database, plan, measures)
    return _dedicated_rows(heroku, database, plan, measures)


def _essential_rows(
    heroku: Heroku, database: Database, plan: Plan, measures: Measures
) -> list[dict[str, Any]]:
    size = "unknown usage" if plan.storage_bytes is None else _gigabytes(measures.num_bytes)
    return [
        _row("Plan", plan.name),
        _row("Status", condition(heroku, database).status),
        _row("Connections", f"{connections(heroku, database)}/{plan.connections or 'unknown'}"),
        _row("PG Version", database.version),
        _row("Created", row_time(database.created_at)),
        _row("Data Size", f"{size} / {_room(plan)} ({_compliance(plan, measures)})"),
        _row("Tables", f"{measures.num_tables}/{MOST_ESSENTIAL_TABLES} (In compliance)"),
        _row("Fork/Follow", "Unsupported"),
        _row("Rollback", "Unsupported"),
        _row("Continuous Protection", "On"),
    ]


def _dedicated_rows(
    heroku: Heroku, database: Database, plan: Plan, measures: Measures
) -> list[dict[str, Any]]:
    world = heroku.world
    leader = world.databases.get(database.leader_id or "")
    rows = [
        _row("Plan", plan.human_name),
        _row("Status", condition(heroku, database).status),
    ]
    if plan.features and plan.features.ha and leader is None:
        rows.append(_row("HA Status", "Available"))
    rows += [
        _row("Data Size", _data_size(plan, measures)),
        _row("Tables", measures.num_tables),
        _row("PG Version", database.version),
        _row("Connections", f"{connections(heroku, database)}/{plan.connections or 'unknown'}"),
        _row("Connection Pooling", "Available"),
        _row("Credentials", len(database.credentials)),
        _row("Fork/Follow", _fork_follow(heroku, database)),
        _row("Rollback", f"earliest from {row_time(_earliest(heroku, database, plan))}"),
        _row("Created", row_time(database.created_at)),
        _row("Region", world.apps[world.addons[database.id].app_id].region),
        _row("Data Encryption", "In Use"),
        _row("Continuous Protection", "On"),
        _row("Maintenance", maintenance_text(database)),
        _row("Maintenance window", window_text(database.window_day, database.window_minute)),
    ]
    if leader is not None:
        rows += [
            _row("Following", address(leader), resolve=True),
            _row("Behind By", f"{measures.behind} commits"),
        ]
    followers = world.followers_of(database.id)
    rows.append(_row("Followers", *(address(found) for found in followers), resolve=True))
    source = forked_from(heroku, database)
    if source is not None:
        rows.append(_row("Forked From", source, resolve=True))
    rows.append(_row("Forks", resolve=True))
    return rows


def maintenance_text(database: Database) -> str:
    """The `Maintenance` row."""
    maintenance = database.maintenance
    if maintenance is None or maintenance.status == "completed":
        return "not required"
    parts = []
    if maintenance.required_by is not None:
        parts.append(f"required by {data_time(maintenance.required_by)}")
    if maintenance.scheduled_for is not None:
        parts.append(f"scheduled for {data_time(maintenance.scheduled_for)}")
    if maintenance.status == "preparing":
        parts.append("replacement currently being prepared")
    if maintenance.status == "running":
        parts.append("currently running")
    return ", ".join(parts)


def _row(name: str, *values: str | int, resolve: bool = False) -> dict[str, Any]:
    row: dict[str, Any] = {"name": name, "values": list(values)}
    return {**row, "resolve_db_name": True} if resolve else row


def _fork_follow(heroku: Heroku, database: Database) -> str:
    if database.leader_id is not None:
        return "Unavailable on followers"
    if heroku.now < max(database.ready_at, database.followable_from):
        return "Temporarily Unavailable"
    return "Available"


def _earliest(heroku: Heroku, database: Database, plan: Plan) -> float:
    known = plan.features.rollback_days if plan.features is not None else None
    days = ROLLBACK_DAYS if known is None else known
    day = moment(heroku.now - days * 86400).replace(hour=0, minute=0, second=0, microsecond=0)
    return max(database.created_at, day.timestamp())


def _gigabytes(num_bytes: int) -> str:
    if num_bytes < GIGABYTE:
        return f"{num_bytes / 2**20:.1f} MB"
    return f"{num_bytes / GIGABYTE:.1f} GB"


def _room(plan: Plan) -> str:
    return "unknown" if plan.storage_bytes is None else f"{plan.storage_bytes / GIGABYTE:g} GB"


def _data_size(plan: Plan, measures: Measures) -> str:
    if plan.storage_bytes is None:
        return _gigabytes(measures.num_bytes)
    share = measures.num_bytes / plan.storage_bytes * 100
    return f"{_gigabytes(measures.num_bytes)} / {_room(plan)} ({share:.2f}%)"


def _compliance(plan: Plan, measures: Measures) -> str:
    over = plan.storage_bytes is not None and measures.num_bytes > plan.storage_bytes
    return "Not in compliance" if over else "In compliance"
