"""The shared state's tables, in a schema of their own; made at the first use."""

from __future__ import annotations

from typing import TYPE_CHECKING, LiteralString

from reconciler.errors import StateError

if TYPE_CHECKING:
    from reconciler.adapters.state.link import Connection

VERSION = 1
LEASE_S = 20
"""So long after its last heartbeat the holder of a lease counts as dead, seconds."""

MAKE: tuple[LiteralString, ...] = (
    "CREATE SCHEMA IF NOT EXISTS reconcile",
    "CREATE TABLE reconcile.about (version integer NOT NULL)",
    "CREATE SEQUENCE reconcile.epochs",
    """
    CREATE TABLE reconcile.runs (
        plan text PRIMARY KEY,          -- its digest
        endpoint text NOT NULL,
        body text NOT NULL,             -- the plan file
        begun timestamptz NOT NULL DEFAULT now()
    )
    """,
    """
    CREATE TABLE reconcile.work (       -- what was approved, and how it ended
        plan text NOT NULL REFERENCES reconcile.runs,
        database text NOT NULL,
        phases text[] NOT NULL,
        state text NOT NULL,            -- open, or the outcome
        reason text NOT NULL DEFAULT '',
        holder text NOT NULL DEFAULT '',
        PRIMARY KEY (plan, database)
    )
    """,
    """
    CREATE TABLE reconcile.entries (    -- the journal
        id bigint GENERATED ALWAYS AS IDENTITY,
        plan text NOT NULL REFERENCES reconcile.runs,
        database text NOT NULL,
        number integer NOT NULL,        -- of this database in this plan, from 1
        body text NOT NULL,
        PRIMARY KEY (plan, database, number)
    )
    """,
    """
    CREATE TABLE reconcile.leases (     -- one row a database that is, or was until its holder died, worked on
        endpoint text NOT NULL,
        database text NOT NULL,
        plan text NOT NULL REFERENCES reconcile.runs,
        epoch bigint NOT NULL,          -- grows with every new holder
        holder text NOT NULL,           -- unique a process
        who text NOT NULL,              -- for people
        since timestamptz NOT NULL DEFAULT now(),
        heartbeat timestamptz NOT NULL DEFAULT now(),
        apps text[] NOT NULL,
        labels jsonb NOT NULL,
        PRIMARY KEY (endpoint, database)
    )
    """,
    f"CREATE VIEW reconcile.living AS SELECT * FROM reconcile.leases WHERE heartbeat > now() - interval '{LEASE_S} s'",  # noqa: S608  # a number of ours
    """
    CREATE TABLE reconcile.reserved (   -- apps that a cutover closes
        endpoint text NOT NULL,
        app text NOT NULL,
        plan text NOT NULL REFERENCES reconcile.runs,
        database text NOT NULL,
        PRIMARY KEY (endpoint, app)
    )
    """,
)
CERTIFICATES: LiteralString = """
    CREATE TABLE reconcile.certificates (   -- what was found when old and new were compared
        plan text NOT NULL REFERENCES reconcile.runs,
        database text NOT NULL,
        body text NOT NULL,
        PRIMARY KEY (plan, database)
    )
"""
"""Came later: who does not know of it does without, so the version stays."""


def make_tables(connection: Connection) -> None:
    """Make the tables where there are none, and those that came later.

    Raises:
        StateError: they were made by a newer version.
    """
    connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('reconcile', 0))")
    if not _is_there(connection, "reconcile.about"):
        for statement in MAKE:
            connection.execute(statement)
        connection.execute("INSERT INTO reconcile.about VALUES (%s)", [VERSION])
    row = connection.execute("SELECT max(version) FROM reconcile.about").fetchone()
    version = row[0] if row else None
    if version != VERSION:
        raise StateError(
            f"The shared state has version {version}; this reconcile knows version {VERSION}.",
            hint="Use the same reconcile everywhere, or name another database for it.",
        )
    if not _is_there(connection, "reconcile.certificates"):
        connection.execute(CERTIFICATES)


def _is_there(connection: Connection, table: str) -> bool:
    """Asked, not left to IF NOT EXISTS: that needs the right to create tables also where there is nothing to do."""
    row = connection.execute("SELECT to_regclass(%s)", [table]).fetchone()
    return row is not None and row[0] is not None
