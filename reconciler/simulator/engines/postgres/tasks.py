"""What has to be done to servers before an event of the world can take place.

Each function here runs in a thread, gets servers and plain values, and gives what the engine takes over when
the event happens. None of them looks at the world, which may change meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import psycopg

from reconciler.simulator.engines.postgres import moving, replicating

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from reconciler.simulator.engines.postgres.binaries import Binaries
    from reconciler.simulator.engines.postgres.roles import Logins
    from reconciler.simulator.engines.postgres.server import Server


@dataclass(frozen=True, slots=True)
class Moved:
    """A database's new server, and those of its followers that got new ones too, by their ids."""

    server: Server
    followers: Mapping[str, Server] = field(default_factory=dict)


def fork(source: Server, name: str) -> Server:
    """A writable copy of what `source` holds now."""
    copied = replicating.back_up(source, name)
    copied.start()
    return copied


def make_replacement(server: Server, name: str) -> Server:
    """A standby of the same leader, or of `server` itself when it is one."""
    return replicating.follow(server.leader or server, name, delay_ms=0, held=False)


def change_over(
    old: Server, replacement: Server | None, name: str, followers: Mapping[str, Server]
) -> Moved:
    """Let a replacement, made now if there is none, take the place of `old`."""
    new = replacement or make_replacement(old, name)
    if old.leader is not None:
        replicating.wait_replayed(new, old.leader)
        new.delay_ms = old.delay_ms
        replicating.connect(new)
    else:
        moving.switch(old, new, tuple(followers.values()))
        new.access = old.access
    return Moved(new)


def upgrade(
    old: Server,
    binaries: Binaries,
    name: Callable[[], str],
    logins: Logins,
    followers: Mapping[str, Server],
) -> Moved:
    """Move the data to a server of another major version; followers are made anew from it."""
    new = moving.move_by_copy(old, name(), binaries, logins)
    remade = {
        follower_id: replicating.follow(new, name(), delay_ms=follower.delay_ms, held=False)
        for follower_id, follower in followers.items()
    }
    for follower in remade.values():
        replicating.wait_replayed(follower, new)
    return Moved(new, remade)


def copy(source: Server, target: Server) -> str:
    """Dump and restore; why it failed, or nothing. A failed copy is an outcome, no defect of the stand-in."""
    try:
        return moving.copy(source, target)
    except psycopg.Error as error:
        return f"pg_restore: error: {str(error).partition(chr(10))[0]}"
