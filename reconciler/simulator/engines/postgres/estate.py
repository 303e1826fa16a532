"""The databases that a scenario describes, made for real before the first request."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from reconciler.simulator.engines.postgres import moving, replicating, tasks
from reconciler.simulator.engines.postgres.engine import logins_of
from reconciler.simulator.engines.postgres.errors import ServerError, as_sentence
from reconciler.simulator.engines.postgres.seeding import seed
from reconciler.simulator.engines.postgres.settings import MOST_STREAMS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from reconciler.simulator.engines.postgres.engine import PostgresEngine
    from reconciler.simulator.engines.postgres.server import Server
    from reconciler.simulator.world.model import Database
    from reconciler.simulator.world.world import World

SERVER_BYTES = 100_000_000
"""What an empty server takes on disk, with the log that it keeps."""
OVERHEAD = 2.2
"""Content lies in tables and, for a while, in the log too."""


def make_estate(engine: PostgresEngine, world: World) -> None:
    """Make every database of `world`; their addresses in it are real then.

    Raises:
        ServerError: there is no room, or a server could not be made.
    """
    check_estate(engine, world)
    leaders = [each for each in world.databases.values() if each.leader_id is None]
    followers = [each for each in world.databases.values() if each.leader_id is not None]
    _make(engine, world, {each.id: partial(_make_leader, engine, world, each) for each in leaders})
    _make(
        engine, world, {each.id: partial(_make_follower, engine, world, each) for each in followers}
    )
    for follower in followers:
        leader = world.databases[follower.leader_id or ""]
        engine.follow(follower, leader, world.timing, now=world.now - world.timing.catch_up)
    for database in world.databases.values():
        if _has_replacement(database):
            server = engine.server_of(database.id)
            if server is not None:
                made = tasks.make_replacement(server, engine.new_name(database.id))
                engine.put_replacement(database, made)


def check_estate(engine: PostgresEngine, world: World) -> None:
    """Whether it can be made at all.

    Raises:
        ServerError: a leader has more followers than it can stream to, or the disk is too small.
    """
    for database in world.databases.values():
        streams = len(world.followers_of(database.id)) + _has_replacement(database)
        if streams > MOST_STREAMS - 2:
            raise ServerError(
                f"{world.addons[database.id].name} has {streams} followers and prepared replacements;"
                f" a real database here has at most {MOST_STREAMS - 2}."
            )
    needed = sum(_disk_bytes(engine, world, each) for each in world.databases.values())
    free = engine.workshop.room()
    if needed > free:
        raise ServerError(
            f"The databases of this scenario need {needed / 1e9:.1f} GB, and {engine.workshop.folder}"
            f" has {free / 1e9:.1f} GB left.",
            hint="Make room, set TMPDIR to another place, or lower bytes_per_gb in the scenario.",
        )


def _disk_bytes(engine: PostgresEngine, world: World, database: Database) -> int:
    held = world.databases.get(database.leader_id or "", database)
    return SERVER_BYTES + int(engine.content_bytes(held.num_bytes) * OVERHEAD)


def _has_replacement(database: Database) -> bool:
    maintenance = database.maintenance
    return (
        maintenance is not None and maintenance.plan is not None and maintenance.status == "ready"
    )


def _make(engine: PostgresEngine, world: World, pieces: Mapping[str, Callable[[], Server]]) -> None:
    """Make several at once and put each where it belongs; the first failure is told when all have ended."""
    done = engine.work.submit_all(list(pieces.values()))
    for database_id, future in zip(pieces, done, strict=True):
        database = world.databases[database_id]
        error = future.exception()
        if error is not None:
            raise as_sentence(error, engine.workshop.folder)
        address = engine.put(database, future.result())
        world.move_host(database, address.host, address.port)


def _make_leader(engine: PostgresEngine, world: World, database: Database) -> Server:
    server = moving.new_server(
        engine.workshop,
        engine.new_name(database.id),
        engine.binaries_for(database.version),
        database=database.name,
        logins=logins_of(database),
    )
    attached = world.attachments_of_addon(database.id)
    seed(
        server,
        num_bytes=engine.content_bytes(database.num_bytes),
        num_tables=database.num_tables,
        with_writes=any(world.apps[each.app_id].writing is not None for each in attached),
    )
    return server


def _make_follower(engine: PostgresEngine, world: World, database: Database) -> Server:
    leader = engine.server_of(database.leader_id or "")
    if leader is None:
        raise ServerError(f"The leader of {world.addons[database.id].name} was not made.")
    delay = engine.delay_ms(world.timing)
    return replicating.follow(leader, engine.new_name(database.id), delay_ms=delay, held=False)
