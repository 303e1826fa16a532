"""Streaming replication: base backup, following, falling behind on purpose, catching up, promotion.

A follower that is *held* is connected to nobody, so what its leader commits meanwhile is truly not there: promoted
in that state, it has lost it. `recovery_min_apply_delay` lets a connected follower trail by the time that the
scenario calls `drain`.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import psycopg

from reconciler.simulator.engines.postgres.errors import ServerError, tool_failed
from reconciler.simulator.engines.postgres.server import LOOPBACK, SUPERUSER, Server
from reconciler.simulator.engines.postgres.settings import standby_settings

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE = 60.0
"""Seconds that anything of this may take."""
COMMITS = "pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
"""Transactions with an effect that have ended, counted since the cluster was made; the same on leader and follower."""
WRITTEN = f"select {COMMITS}, pg_current_wal_lsn()::text"  # no input in it
REPLAYED = f"select {COMMITS}, pg_last_wal_replay_lsn() >= %s::pg_lsn"  # no input in it


def back_up(source: Server, name: str, *, slot: str = "") -> Server:
    """A copy of `source` as a data directory that is not started yet.

    With a slot `source` keeps what comes after the copy until a standby has got it.

    Raises:
        ServerError: `pg_basebackup` failed, as when all streams of `source` are in use.
    """
    copy = Server(source.workshop, name, source.binaries)
    copy.database, copy.roles, copy.access = source.database, dict(source.roles), source.access
    copy.make_folder()
    keep = ["-C", "-S", slot] if slot else []
    where = ("-h", LOOPBACK, "-p", str(source.port), "-U", SUPERUSER)
    how = ("-D", str(copy.folder), "-X", "stream", "-c", "fast", "--no-sync", *keep)
    done = source.workshop.launcher.run(
        [source.binaries.tool("pg_basebackup"), *where, *how], PGPASSWORD=source.workshop.password
    )
    if done.returncode:
        copy.remove()
        raise tool_failed("pg_basebackup", done.stderr, source.workshop.folder)
    copy.write("standby.conf", "")
    return copy


def follow(leader: Server, name: str, *, delay_ms: int, held: bool) -> Server:
    """A running standby of `leader`; while held it receives nothing.

    Raises:
        ServerError: it could not be made.
    """
    slot = slot_name(name)
    follower = back_up(leader, name, slot=slot)
    follower.write("standby.signal", "")
    follower.leader, follower.slot, follower.delay_ms = leader, slot, delay_ms
    _tell_leader(follower, connected=not held)
    follower.start()
    return follower


def slot_name(name: str) -> str:
    """A slot's name may hold lower-case letters, digits and underscores only."""
    return "s_" + name.lower().replace("-", "_")


def connect(follower: Server) -> None:
    """Let a held follower stream again."""
    _tell_leader(follower, connected=True)
    follower.reload()


def follow_other(follower: Server, leader: Server) -> None:
    """Let a standby stream from `leader` instead, which has all that it has."""
    leader.ask("select pg_create_physical_replication_slot(%s, true)", follower.slot)
    follower.leader = leader
    connect(follower)


def _tell_leader(follower: Server, *, connected: bool) -> None:
    port = follower.leader.port if follower.leader is not None and connected else None
    text = standby_settings(
        port=port,
        password=follower.workshop.password,
        slot=follower.slot,
        delay_ms=follower.delay_ms,
    )
    follower.write("standby.conf", text)


def promote(follower: Server) -> int:
    """Make a standby writable; how many commits its leader had at that moment that it never got.

    Raises:
        ServerError: it is still read-only after a minute.
    """
    leader = follower.leader
    with follower.connect() as connection:
        (done,) = connection.execute("select pg_promote(true, 60)").fetchone() or (False,)
    if not done:
        raise ServerError("A follower could not be promoted within a minute.")
    (got,) = follower.ask(f"select {COMMITS}")
    had = leader.ask(f"select {COMMITS}")[0] if leader is not None and leader.pid else got
    follower.write("standby.conf", "")
    follower.reload()
    drop_slot(follower)
    return max(0, int(had) - int(got))


def drop_slot(follower: Server) -> None:
    """Let the leader forget a follower, so that it keeps no log for it any more."""
    leader, follower.leader = follower.leader, None
    if leader is None or not leader.pid:
        return

    def is_gone() -> bool:
        """The slot is in use until the old connection has ended."""
        try:
            leader.ask(
                "select pg_drop_replication_slot(slot_name) from pg_replication_slots"
                " where slot_name = %s",
                follower.slot,
            )
        except psycopg.errors.ObjectInUse:
            return False
        return True

    wait_until(is_gone, "a replication slot was not given back")


def lag(follower: Server, leader: Server) -> tuple[int, int]:
    """Commits that `follower` has, and by how many it is behind; 0 only when it has replayed all of the log.

    The leader is read first: what it writes after that look does not count.
    """
    had, position = leader.ask(WRITTEN)
    got, reached = follower.ask(REPLAYED, position)
    return int(got), 0 if reached else max(1, int(had) - int(got))


def wait_replayed(follower: Server, leader: Server) -> None:
    """Wait until the follower has all that the leader had at the begin.

    Raises:
        ServerError: it has not within a minute.
    """
    _had, position = leader.ask(WRITTEN)
    wait_until(
        lambda: bool(follower.ask(REPLAYED, position)[1]), "a follower did not catch up in time"
    )


def wait_until(is_so: Callable[[], bool], otherwise: str) -> None:
    """Look again until it is so.

    Raises:
        ServerError: a minute has passed.
    """
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        if time.monotonic() > deadline:
            raise ServerError(f"PostgreSQL took more than {PATIENCE:g} seconds: {otherwise}.")
        time.sleep(0.01)
