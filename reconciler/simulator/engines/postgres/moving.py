"""Getting data from one server to another: dump and restore, and the change to a prepared replacement."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from typing import TYPE_CHECKING

import psycopg

from reconciler.simulator.engines.postgres import replicating, roles
from reconciler.simulator.engines.postgres.errors import ServerError, telling_line
from reconciler.simulator.engines.postgres.server import LOOPBACK, SUPERUSER, Server
from reconciler.simulator.world.urls import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.simulator.engines.postgres.binaries import Binaries
    from reconciler.simulator.engines.postgres.roles import Logins
    from reconciler.simulator.engines.postgres.workshop import Workshop

DUMP = ("-Fc", "-Z0", "--no-owner", "--no-privileges")
RESTORE = ("--no-owner", "--no-privileges", "--exit-on-error")


def new_server(
    workshop: Workshop, name: str, binaries: Binaries, *, database: str, logins: Logins
) -> Server:
    """A running server with an empty database and its roles.

    Raises:
        ServerError: it could not be made; nothing of it stays.
    """
    server = Server(workshop, name, binaries)
    try:
        server.initialise()
        server.start()
        roles.make_database(server, database, logins)
    except (ServerError, OSError, psycopg.Error):
        server.remove()
        raise
    return server


def copy(source: Server, target: Server) -> str:
    """Replace what `target` holds by a dump of `source`; why it failed, or nothing.

    The tools are those of the newer major version. Everything belongs to the target's default role then;
    other roles, and what they were allowed, are not copied.
    """
    roles.empty_database(target)
    tools = max(source.binaries, target.binaries)
    owner = target.roles[DEFAULT]
    dump = [tools.tool("pg_dump"), *DUMP, *_where(source)]
    restore = [tools.tool("pg_restore"), *RESTORE, f"--role={owner}", *_where(target)]
    return _pipe(dump, restore, source.workshop.password)


def _where(server: Server) -> tuple[str, ...]:
    return ("-h", LOOPBACK, "-p", str(server.port), "-U", SUPERUSER, "-d", server.database)


def _pipe(dump: Sequence[str], restore: Sequence[str], password: str) -> str:
    """Run both, the first into the second; both must end well."""
    environment = {**os.environ, "PGPASSWORD": password, "PGSSLMODE": "disable"}
    with tempfile.TemporaryFile() as dump_said, tempfile.TemporaryFile() as restore_said:
        reader = subprocess.Popen(  # noqa: S603  # the programs of `binaries`
            dump,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=dump_said,
            env=environment,
            start_new_session=True,
        )
        with reader:
            done = subprocess.run(  # noqa: S603  # the programs of `binaries`
                restore,
                stdin=reader.stdout,
                stdout=subprocess.DEVNULL,
                stderr=restore_said,
                env=environment,
                check=False,
                start_new_session=True,
            )
            if reader.stdout is not None:
                reader.stdout.close()
        for said, code in ((restore_said, done.returncode), (dump_said, reader.returncode)):
            said.seek(0)
            text = said.read().decode(errors="replace")
            if code and text.strip():
                return telling_line(text)
        failed = bool(done.returncode or reader.returncode)
        return "the copy was cut off" if failed else ""


def move_by_copy(source: Server, name: str, binaries: Binaries, logins: Logins) -> Server:
    """A new server that holds what `source` holds, perhaps of another major version.

    Raises:
        ServerError: it could not be made; nothing of it stays.
    """
    target = new_server(source.workshop, name, binaries, database=source.database, logins=logins)
    why = copy(source, target)
    if why:
        target.remove()
        raise ServerError(f"A database could not be moved to another server: {why}")
    return target


def switch(old: Server, replacement: Server, followers: Sequence[Server]) -> None:
    """Let `replacement`, a standby of `old`, take its place; `followers` follow it from then on.

    `old` must be closed already. It is told to end in order, so that each standby has all of its log.

    Raises:
        ServerError: a standby did not get everything in time.
    """
    for standby in (replacement, *followers):
        replicating.wait_replayed(standby, old)
    old.stop(signal.SIGINT)
    replicating.promote(replacement)
    for follower in followers:
        replicating.follow_other(follower, replacement)
