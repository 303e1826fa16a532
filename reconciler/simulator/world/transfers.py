"""Transfers: copies between databases, and backups. They take three minutes a gigabyte.

Source of the pace: Dev Center "Changing the Plan or Infrastructure of a Heroku Postgres Database", 2025-02-26.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.simulator.engines.model import ModelEngine
from reconciler.simulator.plans import GIGABYTE
from reconciler.simulator.world import faults
from reconciler.simulator.world.model import Transfer
from reconciler.simulator.world.refusals import bad_request, not_found, unprocessable
from reconciler.simulator.world.urls import database_at
from reconciler.simulator.world.writers import is_writable, refresh

if TYPE_CHECKING:
    from reconciler.simulator.world.heroku import Heroku
    from reconciler.simulator.world.model import App, Database

BACKUPS = "https://backups.example.com/"


def begin_copy(
    heroku: Heroku,
    database: Database,
    *,
    from_url: str,
    to_url: str | None,
    from_name: str,
    to_name: str,
) -> Transfer:
    """Start `pg:copy`; `database` is the one in the path. A bad URL makes it fail later, as a real one would.

    Raises:
        Refusal: 400 without a source, 422 for a database onto itself or a tier without logical backups.
    """
    if not from_url:
        raise bad_request("from_url is required.")
    _check_tier(heroku, database)
    source = database_at(heroku.world, from_url)
    target = database_at(heroku.world, to_url) if to_url else database
    if source is not None and target is not None and source.id == target.id:
        raise unprocessable("Cannot copy a database onto itself.")
    failure = _why_not(heroku, source, target)
    return _begin(
        heroku,
        database,
        Ends("pg_dump", "pg_restore", from_name, to_name, source, target),
        failure,
    )


@dataclass(frozen=True, slots=True)
class Ends:
    """What a transfer goes from and to. `backup` is the one that is restored."""

    from_type: str
    to_type: str
    from_name: str
    to_name: str
    source: Database | None = None
    target: Database | None = None
    backup: Transfer | None = None

    @property
    def from_id(self) -> str | None:
        """Id of the database, or of the backup, that it comes from."""
        origin = self.source or self.backup
        return origin.id if origin is not None else None

    @property
    def num_bytes(self) -> int:
        """How much there is to move."""
        if self.backup is not None:
            return self.backup.source_bytes
        return self.source.num_bytes if self.source is not None else 0

    @property
    def num_tables(self) -> int:
        """How many tables there are to move."""
        origin = self.source or self.backup
        return origin.num_tables if origin is not None else 0


def begin_backup(heroku: Heroku, database: Database, *, schedule_id: str | None = None) -> Transfer:
    """Start `pg:backups:capture`.

    Raises:
        Refusal: 422 on a tier without logical backups.
    """
    _check_tier(heroku, database)
    name = heroku.world.addons[database.id].name
    ends = Ends("pg_dump", "gof3r", name, "BACKUP", database, None)
    return _begin(heroku, database, ends, "", schedule_id=schedule_id)


def begin_restore(heroku: Heroku, database: Database, url: str) -> Transfer:
    """Start `pg:backups:restore`; only a backup made here can be fetched, any other URL fails later.

    Raises:
        Refusal: 400 without a URL, 422 where databases are real (their dumps are not kept).
    """
    if not url:
        raise bad_request("backup_url is required.")
    if not isinstance(heroku.engine, ModelEngine):
        raise unprocessable("Restores are not served for real databases.")
    backup = heroku.world.transfers.get(url.partition("?")[0].removeprefix(BACKUPS))
    name = heroku.world.addons[database.id].name
    if backup is None or not backup.succeeded:
        ends = Ends("htcat", "pg_restore", "BACKUP", name, None, database)
        return _begin(heroku, database, ends, "could not fetch the backup: 404 Not Found")
    ends = Ends("gof3r", "pg_restore", "BACKUP", name, None, database, backup)
    return _begin(heroku, database, ends, "")


def _check_tier(heroku: Heroku, database: Database) -> None:
    plan = heroku.served_plan(database)
    if not plan.offers("pgbackups"):
        raise unprocessable(f"Logical backups are not supported on the {plan.tier} tier.")


def backup_url(transfer: Transfer) -> str:
    """Where a backup lies; invented, and no secret."""
    return f"{BACKUPS}{transfer.id}"


def _begin(
    heroku: Heroku, database: Database, ends: Ends, failure: str, *, schedule_id: str | None = None
) -> Transfer:
    addon = heroku.world.addons[database.id]
    app = heroku.world.apps[addon.app_id]
    pace, least = heroku.timing.transfer_per_gb, heroku.timing.transfer_least
    whole = max(least, ends.num_bytes / GIGABYTE * pace if not failure else 0.0)
    transfer = Transfer(
        id=heroku.world.mint.uuid("transfer"),
        num=len(app.transfers) + 1,
        app_id=app.id,
        from_type=ends.from_type,
        to_type=ends.to_type,
        from_name=ends.from_name,
        to_name=ends.to_name,
        from_id=ends.from_id,
        to_id=ends.target.id if ends.target is not None else None,
        source_bytes=ends.num_bytes,
        created_at=heroku.now,
        due=heroku.now + whole,
        failure=failure,
        schedule_id=schedule_id,
        num_tables=ends.num_tables,
    )
    heroku.world.transfers[transfer.id] = transfer
    app.transfers.append(transfer.id)
    if not _stopped(heroku, transfer, app.name, addon.name):
        heroku.world.later(transfer.due, "transfer-ends", transfer.id)
    return transfer


def _stopped(heroku: Heroku, transfer: Transfer, app: str, database: str) -> bool:
    """Let a fault stop it on its way; whether it will hang there instead of ending."""
    hangs = faults.strike(heroku.world, "transfer-hangs", app=app, database=database)
    fails = faults.strike(heroku.world, "transfer-fails", app=app, database=database)
    fault = hangs or fails
    if fault is not None:
        transfer.share = fault.percent / 100.0
        transfer.due = heroku.now + (transfer.due - heroku.now) * transfer.share
    if fails is not None:
        transfer.failure = "pg_dump: error: server closed the connection unexpectedly"
    return hangs is not None


def _why_not(heroku: Heroku, source: Database | None, target: Database | None) -> str:
    """Why the copy will fail; empty when it will not."""
    if source is None:
        return "pg_dump: error: connection to server failed: password authentication failed"
    if target is None:
        return "pg_restore: error: connection to server failed: password authentication failed"
    if not is_writable(target):
        return "pg_restore: error: cannot execute DROP TABLE in a read-only transaction"
    room = heroku.served_plan(target).storage_bytes
    if room is not None and source.num_bytes > room:
        return "pg_restore: error: could not extend file: No space left on device"
    if int(target.version.partition(".")[0]) < int(source.version.partition(".")[0]):
        return "pg_restore: error: the dump is of a newer PostgreSQL version than the target"
    return ""


def end(heroku: Heroku, transfer_id: str, _detail: str) -> None:
    """The event: the target holds what the source holds, or it failed."""
    transfer = heroku.world.transfers[transfer_id]
    if transfer.finished_at is not None:
        return
    source = heroku.world.databases.get(transfer.from_id or "")
    target = heroku.world.databases.get(transfer.to_id or "")
    transfer.finished_at = heroku.now
    if transfer.from_type == "gof3r" and not transfer.failure and target is not None:
        target.num_bytes, target.num_tables = transfer.source_bytes, transfer.num_tables
    elif not transfer.failure and transfer.to_type == "pg_restore":
        transfer.failure = _why_not(heroku, source, target)
    if not transfer.failure and source is not None and target is not None:
        copy = heroku.engine.copy
        transfer.failure = copy(source, target, transfer=transfer.id, now=heroku.now)
    transfer.succeeded = not transfer.failure
    if transfer.succeeded and target is not None:
        refresh(heroku, [target.id])


def cancel(heroku: Heroku, transfer: Transfer) -> None:
    """Stop it; the target is left incomplete.

    Raises:
        Refusal: 422 when it is over.
    """
    if transfer.finished_at is not None:
        raise unprocessable("This transfer has finished.")
    transfer.canceled_at = transfer.finished_at = heroku.now
    transfer.succeeded = False


def processed_bytes(transfer: Transfer, now: float) -> int:
    """How much has been moved at `now`."""
    stop = transfer.finished_at if transfer.finished_at is not None else now
    whole = max(transfer.due - transfer.created_at, 0.001)
    moved = min(1.0, (stop - transfer.created_at) / whole) * transfer.share
    return int(transfer.source_bytes * moved)


def find(heroku: Heroku, app: App, num_or_id: str) -> Transfer:
    """The transfer of that app with that number or id.

    Raises:
        Refusal: 404.
    """
    found = heroku.world.transfers.get(num_or_id)
    if found is None and num_or_id.isdecimal() and 0 < int(num_or_id) <= len(app.transfers):
        found = heroku.world.transfers[app.transfers[int(num_or_id) - 1]]
    if found is None or found.app_id != app.id:
        raise not_found("transfer")
    return found
