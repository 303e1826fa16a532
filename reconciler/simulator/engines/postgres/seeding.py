"""Filling a fresh database with as much as the scenario says it holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import sql

from reconciler.simulator.world.urls import DEFAULT

if TYPE_CHECKING:
    from typing import Any

    import psycopg

    from reconciler.simulator.engines.postgres.server import Server

WRITES = "writes"
"""The table that the dynos of the stand-in write to."""
ROWS_A_PAGE = 8
PAGE = 8192
FILLER = 976
"""Characters that make a row an eighth of a page."""


def seed(server: Server, *, num_bytes: int, num_tables: int, with_writes: bool) -> None:
    """Make `num_tables` tables that hold `num_bytes` together, owned by the default role.

    One of them is the table `writes` when the dynos of an app need it; it begins empty.
    """
    names = [f"seed_{number:03d}" for number in range(1, num_tables + 1 - with_writes)]
    pages = num_bytes // PAGE
    with server.connect() as connection:
        connection.execute(sql.SQL("set role {}").format(sql.Identifier(server.roles[DEFAULT])))
        if with_writes:
            _make_writes(connection)
        for place, name in enumerate(names):
            share = pages // len(names) + (place < pages % len(names))
            _make_filled(connection, name, rows=share * ROWS_A_PAGE)


def _make_writes(connection: psycopg.Connection[Any]) -> None:
    connection.execute(
        f"create table {WRITES} (app text not null, dyno text not null, n bigint not null,"
        " at timestamptz not null default clock_timestamp(), primary key (app, n))"
    )


def _make_filled(connection: psycopg.Connection[Any], name: str, *, rows: int) -> None:
    """One table; its content differs from row to row and is not compressed."""
    table = sql.Identifier(name)
    connection.execute(
        sql.SQL(
            "create table {} (id bigint primary key, content text storage plain not null)"
        ).format(table)
    )
    connection.execute(
        sql.SQL(
            "insert into {} select i, rpad(md5(i::text), {}, md5((i * 7)::text))"
            " from generate_series(1, {}) i"
        ).format(table, sql.Literal(FILLER), sql.Literal(rows))
    )
