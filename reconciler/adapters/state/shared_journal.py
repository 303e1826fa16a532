"""The journal in the shared state: only who holds a database's lease can write of it.

That an entry is refused once another process holds the lease is what keeps an old holder from going on: every step
writes its intent before it acts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from pydantic import ValidationError

from reconciler.adapters.state.impatient import Heart, Impatient
from reconciler.apply.journal import Entry
from reconciler.errors import LeaseLostError, StateError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.adapters.state.link import Connection, Link
    from reconciler.core.names import DatabaseName


class Held(Heart, Protocol):
    """What `SharedLeases` knows of the leases that this process holds."""

    def epoch_of(self, name: DatabaseName) -> int | None:
        """The epoch of the lease; None where it never was ours."""


class SharedJournal:
    """One plan's entries; implements `apply.journal.Journal`."""

    def __init__(self, link: Link, plan: str, held: Held) -> None:
        self._link = link
        self._briefly = Impatient(link, held)
        self._plan = plan
        self._held = held
        self._written: dict[DatabaseName, int] = {}

    def append(self, entry: Entry) -> None:
        """Add one entry; durable when this returns.

        Raises:
            LeaseLostError: the lease of its database is not ours.
            StateError: it could not be made durable.
        """
        name = entry.database
        if name not in self._written:
            self.entries_of(name)
        number = self._written[name] + 1
        epoch = self._held.epoch_of(name)
        body = entry.model_dump_json(exclude_defaults=True)
        if not self._briefly.run(
            lambda connection: _append(connection, (self._plan, name, number), epoch, body)
        ):
            raise LeaseLostError(
                f"{name} is worked on by another process.",
                hint="See: reconcile status",
            )
        self._written[name] = number

    def entries(self) -> tuple[Entry, ...]:
        """Everything so far, oldest first."""
        return entries_of_plan(self._link, self._plan)

    def entries_of(self, database: DatabaseName) -> tuple[Entry, ...]:
        """What was written of one database, oldest first."""
        entries = self._briefly.run(
            lambda connection: entries_of_database(connection, self._plan, database)
        )
        self._written[database] = len(entries)
        return entries


def entries_of_database(connection: Connection, plan: str, database: str) -> tuple[Entry, ...]:
    """What was written of one database in one plan, oldest first.

    Raises:
        StateError: it was damaged, or written by another version.
    """
    return _read(
        connection.execute(
            "SELECT body FROM entries WHERE plan = %s AND database = %s ORDER BY number",
            [plan, database],
        )
    )


def entries_of_plan(link: Link, plan: str) -> tuple[Entry, ...]:
    """All entries of one plan, oldest first.

    Raises:
        StateError: they cannot be read, or were written by another version.
    """
    return _read(
        link.run(
            lambda connection: connection.execute(
                "SELECT body FROM entries WHERE plan = %s ORDER BY id", [plan]
            ).fetchall()
        )
    )


def _append(
    connection: Connection, key: tuple[str, str, int], epoch: int | None, body: str
) -> bool:
    """Whether the entry is there now. The lease's row is locked meanwhile: nobody takes it over in between.

    One statement, since apps may be closed while it is on its way; an entry that is there already is the same one.
    """
    plan, database, number = key
    there = connection.execute(
        """
        WITH mine AS (
            SELECT 1 FROM leases WHERE plan = %s AND database = %s AND epoch = %s FOR SHARE
        )
        INSERT INTO entries (plan, database, number, body) SELECT %s, %s, %s, %s FROM mine
        ON CONFLICT (plan, database, number) DO UPDATE SET body = excluded.body
        WHERE entries.body = excluded.body
        RETURNING 1
        """,
        [plan, database, epoch, plan, database, number, body],
    ).fetchone()
    return there is not None


def _read(rows: Iterable[tuple[object, ...]]) -> tuple[Entry, ...]:
    try:
        return tuple(Entry.model_validate_json(str(body)) for (body,) in rows)
    except ValidationError:
        raise StateError(
            "An entry of the shared state is damaged, or written by another version.",
            hint="It tells what was so before apps were closed: look at their maintenance mode and dynos by hand.",
        ) from None
