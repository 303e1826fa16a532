"""The engine whose databases are PostgreSQL servers.

An event of the world that needs real work is put off until the work is done: `is_ready` starts it and says
whether it is over. So what the scenario says about durations is the least that anything takes. The acts
themselves then only take over what was made, within milliseconds.
"""

from __future__ import annotations

import contextlib
import copy
import itertools
from functools import partial
from typing import TYPE_CHECKING, Any

import psycopg

from reconciler.simulator.engines import Address, Measures
from reconciler.simulator.engines.postgres import moving, replicating, roles, tasks
from reconciler.simulator.engines.postgres.binaries import nearest
from reconciler.simulator.engines.postgres.errors import ServerError, as_sentence
from reconciler.simulator.engines.postgres.server import LOOPBACK
from reconciler.simulator.engines.postgres.work import Work
from reconciler.simulator.plans import GIGABYTE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from reconciler.simulator.engines.postgres.binaries import Binaries
    from reconciler.simulator.engines.postgres.roles import Logins
    from reconciler.simulator.engines.postgres.server import Server
    from reconciler.simulator.engines.postgres.workshop import Workshop
    from reconciler.simulator.world.model import Database, Event, Timing
    from reconciler.simulator.world.world import World

EMPTY_BYTES = 8_000_000
"""What a database without any row shows as its size."""
CONTENT = (
    "select coalesce(sum(pg_relation_size(c.oid)), 0)::bigint, count(*)"
    " from pg_class c join pg_namespace n on n.oid = c.relnamespace"
    " where c.relkind in ('r', 'p') and n.nspname <> 'information_schema'"
    r" and n.nspname not like 'pg\_%'"
)
MOVES = ("maintenance-ends", "upgrade-ends", "essential-changed")


class PostgresEngine:
    """Servers by database. `failure` is set when one can no longer be relied on; the stand-in then ends."""

    def __init__(self, workshop: Workshop, *, bytes_per_gb: int, speed: float) -> None:
        self.workshop = workshop
        self.work = Work()
        self.failure: BaseException | None = None
        self._scale = GIGABYTE / bytes_per_gb
        self._speed = speed
        self._servers: dict[str, Server] = {}
        self._replacements: dict[str, Server] = {}
        self._held: dict[str, float] = {}
        """Followers that receive nothing yet, until when in simulated time."""
        self._seen: dict[str, Measures] = {}
        self._numbers = itertools.count(1)

    # What time brings.

    def is_ready(self, world: World, event: Event) -> bool:
        """Whether the servers are as `event` needs them; the first question starts the work."""
        begin = self._work_for(world, event)
        if begin is None:
            return True
        key = (event.kind, event.subject)
        if self.failure is not None or not self.work.is_done(key, begin):
            return False
        error = self.work.failure(key)
        if error is not None:
            self._fail(error)
        elif event.kind == "replacement-ready":
            self.work.take(key)
        return error is None

    def pass_time(self, *, now: float) -> None:
        """Let followers stream whose time has come, and notice a server that has died."""
        for follower_id in [held for held, until in self._held.items() if until <= now]:
            self._release(follower_id)
        for server in self.workshop.running.copy():
            if server.has_died and self.failure is None:
                why = server.why_it_died()
                self._fail(
                    ServerError(
                        f"The PostgreSQL server of {server.name} has ended though nobody stopped it: {why}",
                        hint="Start the stand-in again; its databases begin anew.",
                    )
                )

    def close(self) -> None:
        """Stop everything, also what is being made."""
        self.failure = self.failure or ServerError("The databases are being stopped.")
        self.workshop.stop_all()
        self.work.close()
        self.workshop.stop_all()

    # The acts of a database.

    def provision(self, database: Database, *, now: float) -> Address | None:
        """Take over the server that was made for it; None when there was nothing to make one from."""
        del now
        server = self.work.take(("provisioned", database.id))
        if server is None:
            return None
        self._servers[database.id] = server
        return Address(LOOPBACK, server.port)

    def follow(self, follower: Database, leader: Database, timing: Timing, *, now: float) -> None:
        """Let it stream after `timing.catch_up`; as a physical copy it has its leader's name and roles."""
        server, above = self._servers[follower.id], self._servers[leader.id]
        if server.leader is not above:
            replicating.follow_other(server, above)
        follower.name, follower.version = leader.name, leader.version
        follower.credentials = copy.deepcopy(leader.credentials)
        follower.num_bytes, follower.num_tables = leader.num_bytes, leader.num_tables
        self._held[follower.id] = now + timing.catch_up

    def fork(self, fork: Database, source: Database, *, now: float) -> None:
        """Give the copy its own name and roles."""
        del now
        roles.become(self._servers[fork.id], fork.name, logins_of(fork))
        fork.version = source.version
        fork.num_bytes, fork.num_tables = source.num_bytes, source.num_tables

    def unfollow(self, follower: Database, leader: Database, *, now: float) -> int:
        """It has been promoted, or is now; how many commits of its leader it never got."""
        del leader, now
        missing = self.work.take(("unfollowed", follower.id))
        self._held.pop(follower.id, None)
        return replicating.promote(self._servers[follower.id]) if missing is None else int(missing)

    def copy(self, source: Database, target: Database, *, transfer: str, now: float) -> str:
        """What came of the dump and restore; its failure, or nothing."""
        del now
        failure = self.work.take(("transfer-ends", transfer))
        if failure is None:
            return tasks.copy(self._servers[source.id], self._servers[target.id])
        return str(failure)

    def replace(self, database: Database, *, now: float) -> Mapping[str, Address]:
        """Serve from the servers that were made; the old ones are no more."""
        del now
        for kind in MOVES:
            moved = self.work.take((kind, database.id))
            if moved is not None:
                break
        else:
            return {}
        taken = {database.id: moved.server, **moved.followers}
        for moved_id, server in taken.items():
            self._retire(self._servers.pop(moved_id))
            self._servers[moved_id] = server
        if moved.server.leader is None:
            roles.become(moved.server, database.name, logins_of(database))
        return {moved_id: Address(LOOPBACK, server.port) for moved_id, server in taken.items()}

    def set_credentials(self, database: Database, followers: Iterable[Database]) -> None:
        """Make the roles what the credentials say; followers get them by replication."""
        server = self._servers.get(database.id)
        if server is None or server.leader is not None:
            return
        roles.set_logins(server, logins_of(database))
        for follower in followers:
            follower.credentials = copy.deepcopy(database.credentials)

    def set_writes(
        self,
        database: Database,
        followers: list[Database],
        timing: Timing,
        *,
        per_second: float,
        now: float,
    ) -> None:
        """Who writes is real; only whether it is allowed is settled here."""
        del followers, timing, per_second, now
        server = self._servers.get(database.id)
        access = "closed" if database.away else "read-only" if database.read_only else "open"
        if server is not None and server.leader is None and server.access != access:
            server.set_access(access)

    def drop(self, database: Database) -> None:
        """Stop and remove its servers, also those that were still being made."""
        for key in self.work.keys_of(database.id):
            with contextlib.suppress(ServerError):
                _remove(self.work.take(key))
        self._held.pop(database.id, None)
        self._seen.pop(database.id, None)
        for server in (
            self._servers.pop(database.id, None),
            self._replacements.pop(database.id, None),
        ):
            if server is not None:
                self._retire(server)

    def measure(self, database: Database, leader: Database | None, *, now: float) -> Measures:
        """Look into it; while it is between two servers, what was seen last."""
        del now
        server = self._servers.get(database.id)
        above = self._servers.get(leader.id) if leader is not None else None
        if server is not None and (leader is None or above is not None):
            with contextlib.suppress(psycopg.Error):
                self._seen[database.id] = self._look(server, above)
        seen = self._seen.get(database.id, Measures(EMPTY_BYTES, 0, 0, None))
        database.num_bytes, database.num_tables = seen.num_bytes, seen.num_tables
        return seen

    def _look(self, server: Server, above: Server | None) -> Measures:
        content, num_tables = server.ask(CONTENT)
        num_bytes = EMPTY_BYTES + int(content * self._scale)
        if above is not None and server.leader is not None:
            transactions, behind = replicating.lag(server, above)
            return Measures(num_bytes, num_tables, transactions, behind)
        (transactions,) = server.ask(f"select {replicating.COMMITS}")
        promoted = None if above is None else 0
        return Measures(num_bytes, num_tables, int(transactions), promoted)

    # What it takes.

    def server_of(self, database_id: str) -> Server | None:
        """The server of that database, as soon as there is one."""
        return self._servers.get(database_id)

    def put(self, database: Database, server: Server) -> Address:
        """Let `server` be that database's; for a world that is being made."""
        self._servers[database.id] = server
        return Address(LOOPBACK, server.port)

    def put_replacement(self, database: Database, server: Server) -> None:
        """Let `server` be the prepared replacement of that database."""
        self._replacements[database.id] = server

    def content_bytes(self, num_bytes: int) -> int:
        """How much a database must really hold to show `num_bytes`."""
        return int(max(0, num_bytes - EMPTY_BYTES) / self._scale)

    def binaries_for(self, version: str) -> Binaries:
        """The programs that serve that version."""
        return nearest(self.workshop.binaries, int(version.partition(".")[0]))

    def new_name(self, database_id: str) -> str:
        """A name for a server that no other had."""
        return f"d{database_id[:8]}-{next(self._numbers)}"

    def delay_ms(self, timing: Timing) -> int:
        """Real milliseconds by which a follower trails: the scenario's `drain`."""
        return int(timing.drain / self._speed * 1000)

    def _work_for(self, world: World, event: Event) -> Callable[[], Any] | None:
        """What must be done before `event`; None: nothing."""
        database = world.databases.get(event.subject)
        server = self._servers.get(event.subject)
        begin: Callable[[], Any] | None = None
        if event.kind == "transfer-ends":
            begin = self._work_for_transfer(world, event.subject)
        elif event.kind == "provisioned" and database is not None:
            begin = self._work_for_provisioning(world, database, event.detail)
        elif database is not None and server is not None:
            begin = self._work_for_change(world, database, server, event.kind)
        return begin

    def _work_for_change(
        self, world: World, database: Database, server: Server, kind: str
    ) -> Callable[[], Any] | None:
        if kind == "unfollowed" and server.leader is not None:
            return partial(replicating.promote, server)
        if kind == "replacement-ready" and database.id not in self._replacements:
            return partial(self._prepare, database.id, server)
        if kind in MOVES:
            return self._work_for_move(world, database, server, kind)
        return None

    def _work_for_provisioning(
        self, world: World, database: Database, detail: str
    ) -> Callable[[], Any] | None:
        kind, _, source_id = detail.partition(" ")
        name = self.new_name(database.id)
        source = self._servers.get(source_id)
        if world.addons[database.id].state != "provisioning" or (detail and source is None):
            return None
        if source is None:
            return partial(
                moving.new_server,
                self.workshop,
                name,
                self.binaries_for(database.version),
                database=database.name,
                logins=logins_of(database),
            )
        if kind == "follow":
            delay = self.delay_ms(world.timing)
            return partial(replicating.follow, source, name, delay_ms=delay, held=True)
        return partial(tasks.fork, source, name)

    def _work_for_move(
        self, world: World, database: Database, server: Server, kind: str
    ) -> Callable[[], Any]:
        followers = {each.id: self._servers[each.id] for each in world.followers_of(database.id)}
        name = partial(self.new_name, database.id)
        wanted = database.upgrade.version if database.upgrade is not None else database.version
        binaries, logins = self.binaries_for(str(wanted)), logins_of(database)
        if kind == "essential-changed" or binaries != server.binaries:
            return partial(tasks.upgrade, server, binaries, name, logins, followers)
        for follower_id in followers:
            self._release(follower_id)
        replacement = self._replacements.pop(database.id, None)
        return partial(tasks.change_over, server, replacement, name(), followers)

    def _work_for_transfer(self, world: World, transfer_id: str) -> Callable[[], str] | None:
        transfer = world.transfers[transfer_id]
        source = self._servers.get(transfer.from_id or "")
        target = self._servers.get(transfer.to_id or "")
        over = transfer.finished_at is not None or transfer.failure
        if over or source is None or target is None or transfer.to_type != "pg_restore":
            return None
        return partial(tasks.copy, source, target)

    def _prepare(self, database_id: str, server: Server) -> None:
        """Make a replacement and keep it until its maintenance."""
        made = tasks.make_replacement(server, self.new_name(database_id))
        self._replacements[database_id] = made

    def _release(self, follower_id: str) -> None:
        """Let a follower stream."""
        if self._held.pop(follower_id, None) is not None and follower_id in self._servers:
            replicating.connect(self._servers[follower_id])

    def _retire(self, server: Server) -> None:
        """Stop a server for good; its leader keeps nothing for it any more."""
        server.stop()
        if server.leader is not None:
            replicating.drop_slot(server)
        server.remove()

    def _fail(self, error: BaseException) -> None:
        """Remember the first failure, as a sentence where it is one of the world's."""
        self.failure = self.failure or as_sentence(error, self.workshop.folder)


def logins_of(database: Database) -> Logins:
    """The roles that a database has, as far as they are there already."""
    return tuple(
        (name, held.user, held.password)
        for name, held in database.credentials.items()
        if held.state != "wait_for_provisioning"
    )


def _remove(made: object) -> None:
    """Remove what a piece of work made that nobody took over."""
    if isinstance(made, tasks.Moved):
        for server in (made.server, *made.followers.values()):
            server.remove()
    elif hasattr(made, "remove"):
        made.remove()
