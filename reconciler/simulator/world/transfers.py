"""Transfers: copies between databases, and backups. They take three minutes a gigabyte.

Source of the pace: Dev Center "Changing the Plan or Infrastructure of a Heroku Postgres Database", 2025-02-26.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.simulator.plans import GIGABYTE
from reconciler.simulator.world.model import Transfer
from reconciler.simulator.world.refusals import bad_request, not_found, unprocessable
from reconciler.simulator.world.urls import database_at
from reconciler.simulator.world.writers import is_writable, refresh

if TYPE_CHECKING:
    from reconciler.simulator.world.heroku import Heroku
    from reconciler.simulator.world.model import App, Database


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
        Refusal: 400 without a source, 422 for a database onto itself.
    """
    if not from_url:
        raise bad_request("from_url is required.")
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


class Ends:
    """What a transfer goes from and to."""

    def __init__(  # noqa: PLR0917  # two of each, in the order of the journey
        self,
        from_type: str,
        to_type: str,
        from_name: str,
        to_name: str,
        source: Database | None,
        target: Database | None,
    ) -> None:
        self.from_type = from_type
        self.to_type = to_type
        self.from_name = from_name
        self.to_name = to_name
        self.source = source
        self.target = target


def begin_backup(heroku: Heroku, database: Database, *, schedule_id: str | None = None) -> Transfer:
    """Start `pg:backups:capture`."""
    name = heroku.world.addons[database.id].name
    ends = Ends("pg_dump", "gof3r", name, "BACKUP", database, None)
    return _begin(heroku, database, ends, "", schedule_id=schedule_id)


def _begin(
    heroku: Heroku, database: Database, ends: Ends, failure: str, *, schedule_id: str | None = None
) -> Transfer:
    app = heroku.world.apps[heroku.world.addons[database.id].app_id]
    num_bytes = ends.source.num_bytes if ends.source is not None else 0
    pace, least = heroku.timing.transfer_per_gb, heroku.timing.transfer_least
    due = heroku.now + max(least, num_bytes / GIGABYTE * pace if not failure else 0.0)
    transfer = Transfer(
        id=heroku.world.mint.uuid("transfer"),
        num=len(app.transfers) + 1,
        app_id=app.id,
        from_type=ends.from_type,
        to_type=ends.to_type,
        from_name=ends.from_name,
        to_name=ends.to_name,
        from_id=ends.source.id if ends.source is not None else None,
        to_id=ends.target.id if ends.target is not None else None,
        source_bytes=num_bytes,
        created_at=heroku.now,
        due=due,
        failure=failure,
        schedule_id=schedule_id,
    )
    heroku.world.transfers[transfer.id] = transfer
    app.transfers.append(transfer.id)
    heroku.world.later(due, "transfer-ends", transfer.id)
    return transfer


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
    if not transfer.failure and transfer.to_type == "pg_restore":
        transfer.failure = _why_not(heroku, source, target)
    transfer.succeeded = not transfer.failure
    if transfer.succeeded and source is not None and target is not None:
        heroku.engine.copy(source, target, now=heroku.now)
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
    return int(transfer.source_bytes * min(1.0, (stop - transfer.created_at) / whole))


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
