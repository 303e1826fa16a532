"""The database of an add-on and its roles: made, renamed, given new passwords."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import sql

from reconciler.simulator.engines.postgres.server import SUPERUSER
from reconciler.simulator.world.urls import DEFAULT

if TYPE_CHECKING:
    from typing import Any

    import psycopg

    from reconciler.simulator.engines.postgres.server import Server

Logins = tuple[tuple[str, str, str], ...]
"""Credential name, user, password of each."""


def make_database(server: Server, name: str, logins: Logins) -> None:
    """Make the roles and an empty database that the default one owns."""
    with server.connect(SUPERUSER) as connection:
        for _credential, user, password in logins:
            _make_role(connection, user, password)
        owner = sql.Identifier(_users(logins)[DEFAULT])
        connection.execute(
            sql.SQL("create database {} owner {}").format(sql.Identifier(name), owner)
        )
        _keep_others_out(connection, name)
    server.database, server.roles = name, _users(logins)


def empty_database(server: Server) -> None:
    """Make the database anew with nothing in it; everybody's sessions end."""
    server.forget_connection()
    name, owner = sql.Identifier(server.database), sql.Identifier(server.roles[DEFAULT])
    with server.connect(SUPERUSER) as connection:
        connection.execute(sql.SQL("drop database {} with (force)").format(name))
        connection.execute(sql.SQL("create database {} owner {}").format(name, owner))
        _keep_others_out(connection, server.database)
        for user in server.roles.values():
            _let_in(connection, server.database, user)


def become(server: Server, name: str, logins: Logins) -> None:
    """Rename the database to `name` and make its roles those of `logins`."""
    if name != server.database:
        server.forget_connection()
        _rename_database(server, name)
    set_logins(server, logins)


def _rename_database(server: Server, name: str) -> None:
    """Rename it; nobody is left in it and nobody gets in meanwhile."""
    old, new = sql.Identifier(server.database), sql.Identifier(name)
    with server.connect(SUPERUSER) as connection:
        connection.execute(sql.SQL("alter database {} with allow_connections false").format(old))
        connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s",
            (server.database,),
        )
        connection.execute(sql.SQL("alter database {} rename to {}").format(old, new))
        connection.execute(sql.SQL("alter database {} with allow_connections true").format(new))
    server.database = name


def set_logins(server: Server, logins: Logins) -> None:
    """Make the roles those of `logins`: rename, make, drop. What is owned stays owned."""
    wanted = _users(logins)
    with server.connect() as connection:
        for credential, user in server.roles.items():
            if credential not in wanted:
                _drop_role(connection, user)
        for credential, user, password in logins:
            held = server.roles.get(credential)
            if held is None:
                _make_role(connection, user, password)
                _let_in(connection, server.database, user)
                continue
            if held != user:
                connection.execute(
                    sql.SQL("alter role {} rename to {}").format(
                        sql.Identifier(held), sql.Identifier(user)
                    )
                )
            connection.execute(
                sql.SQL("alter role {} password {}").format(
                    sql.Identifier(user), sql.Literal(password)
                )
            )
    server.roles = wanted


def _make_role(connection: psycopg.Connection[Any], user: str, password: str) -> None:
    connection.execute(
        sql.SQL("create role {} login password {}").format(
            sql.Identifier(user), sql.Literal(password)
        )
    )


def _drop_role(connection: psycopg.Connection[Any], user: str) -> None:
    """Drop a role; what it owns goes to the superuser, its sessions end."""
    role = sql.Identifier(user)
    connection.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity where usename = %s", (user,)
    )
    connection.execute(
        sql.SQL("reassign owned by {} to {}").format(role, sql.Identifier(SUPERUSER))
    )
    connection.execute(sql.SQL("drop owned by {}").format(role))
    connection.execute(sql.SQL("drop role {}").format(role))


def _keep_others_out(connection: psycopg.Connection[Any], database: str) -> None:
    """Only roles that were let in may connect, as to a database of one's own."""
    connection.execute(
        sql.SQL("revoke connect on database {} from public").format(sql.Identifier(database))
    )


def _let_in(connection: psycopg.Connection[Any], database: str, user: str) -> None:
    connection.execute(
        sql.SQL("grant connect on database {} to {}").format(
            sql.Identifier(database), sql.Identifier(user)
        )
    )


def _users(logins: Logins) -> dict[str, str]:
    return {credential: user for credential, user, _password in logins}
