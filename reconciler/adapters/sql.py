"""Looking into two databases over SQL and comparing what they hold; implements `apply.ports.Contents`.

Read-only in every way: the session is read-only by default, each database is read in one read-only transaction with
one snapshot, every statement has a time limit, and nothing but the server's own functions is on the search path. The
snapshots are kept while rows are still to be counted, so that counting can go on while the new one is written to.

An address has the password in it. It is taken apart here and kept nowhere; of a foreign error only its kind is told,
since its text may quote the address. Heroku's databases are reached with TLS only, the stand-in's on this machine only.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import unquote, urlsplit

from reconciler.adapters import sql_queries as queries
from reconciler.apply.ports import Comparison
from reconciler.core.contents import (
    Check,
    Count,
    Held,
    SequenceFact,
    TableFact,
    checks_of,
    differences_of,
    is_countable,
    rows_check,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Sequence

    import psycopg
    from pydantic import SecretStr

    from reconciler.apply.ports import Pair

    Connect = Callable[..., Awaitable[psycopg.AsyncConnection[Any]]]

T = TypeVar("T")

LOOPBACK = ("127.0.0.1", "::1", "localhost")
CONNECT_S = 3
"""How long a connection may take, whole seconds: what can not be reached by then counts as not reachable."""
REST_S = 300.0
"""How long rows are counted on once the apps are open: the snapshots keep the server from cleaning up meanwhile."""
HELD_S = 900
"""After so long without a statement the server ends our transaction by itself, should we be gone."""
BATCH_TABLES, BATCH_BYTES = 100, 64 * 1024 * 1024
"""How many tables, and how much of them, one statement counts."""
OUT_OF_TIME = "out of time"
NOTICE_S = 1.0
"""How long one asking for the rest waits for it."""


class _NotReachedError(Exception):
    """There is no SQL to be had here; the text is fit to be told. Never leaves this module."""


@dataclass
class _Session:
    """Both databases, each in its transaction, and what is still to be counted there."""

    old: psycopg.AsyncConnection[Any]
    new: psycopg.AsyncConnection[Any]
    left: list[TableFact] = field(default_factory=list)
    task: asyncio.Task[Comparison] | None = None

    async def close(self) -> None:
        if self.task is not None:
            self.task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self.task
        for connection in (self.old, self.new):
            with contextlib.suppress(Exception):
                await connection.close()


class SqlContents:
    """Compares over SQL. Belongs to the event loop that it is used on; close it at the end."""

    def __init__(
        self,
        *,
        is_stand_in: bool,
        rows_within_s: float | None = None,
        connect: Connect | None = None,
    ) -> None:
        """`rows_within_s`: how long rows are counted while the apps are closed; None: while there is time.

        `connect` makes a connection as `psycopg.AsyncConnection.connect` does, which it is by default.
        """
        self._is_stand_in = is_stand_in
        self._connect = connect
        self._rows_within_s = rows_within_s
        self._sessions: dict[Pair, _Session] = {}
        self._ready: dict[Pair, _Session] = {}
        """Connected, and in no transaction yet."""

    async def open(
        self, pair: Pair, *, old_url: SecretStr, new_url: SecretStr, within_s: float
    ) -> None:
        """Connect before anything is closed: that takes longer than comparing a small database."""
        await self._forget(pair)
        with contextlib.suppress(TimeoutError, _NotReachedError):
            async with asyncio.timeout(CONNECT_S + 1):
                self._ready[pair] = await self._opened(old_url, new_url, within_s)

    async def compare(
        self, pair: Pair, *, old_url: SecretStr, new_url: SecretStr, within_s: float
    ) -> Comparison:
        """What a look of at most `within_s` seconds showed; goes on counting what it had no time for."""
        ready = self._ready.pop(pair, None)
        await self._forget(pair)
        if ready is not None:
            found = await self._compare(pair, ready, within_s)
            if not found.why_not:  # else a server has been started anew since: connect again
                return found
        try:
            async with asyncio.timeout(within_s + 1):
                session = await self._opened(old_url, new_url, within_s)
        except TimeoutError:
            return Comparison(why_not="no answer in time")
        except _NotReachedError as error:
            return Comparison(why_not=str(error))
        return await self._compare(pair, session, within_s)

    async def _compare(self, pair: Pair, session: _Session, within_s: float) -> Comparison:
        until = time.monotonic() + within_s
        self._sessions[pair] = session
        try:
            async with asyncio.timeout(within_s + 1):
                checks = await _compared(session, pair, until, self._rows_within_s)
        except TimeoutError:
            await self._forget(pair)
            return Comparison(why_not="no answer in time")
        except _errors() as error:
            await self._forget(pair)
            return Comparison(why_not=f"it could not be read ({_kind(error)})")
        if session.left and not differences_of(checks):
            session.task = asyncio.create_task(_counted_on(session))
        else:
            await self._forget(pair)
        return Comparison(checks=checks)

    async def rest(self, pair: Pair) -> Comparison | None:
        """What was counted since; None while that goes on."""
        session = self._sessions.get(pair)
        if session is None or session.task is None:
            return Comparison(why_not="nothing was left to be counted, or its snapshot is gone")
        await asyncio.wait({session.task}, timeout=NOTICE_S)
        if not session.task.done():
            return None
        found = session.task.result()
        await self._forget(pair)
        return found

    async def close(self) -> None:
        """Give every session back."""
        for pair in {*self._sessions, *self._ready}:
            await self._forget(pair)

    async def _forget(self, pair: Pair) -> None:
        for session in (self._sessions.pop(pair, None), self._ready.pop(pair, None)):
            if session is not None:
                await session.close()

    async def _opened(self, old_url: SecretStr, new_url: SecretStr, within_s: float) -> _Session:
        """Both connections, or none.

        Raises:
            _NotReachedError: at least one of them is not to be had.
        """
        both = [
            asyncio.ensure_future(self._connection(url, within_s)) for url in (old_url, new_url)
        ]
        try:
            old, new = await asyncio.gather(*both)
        except BaseException:
            for task in both:
                task.cancel()
            for ended in await asyncio.gather(*both, return_exceptions=True):
                if not isinstance(ended, BaseException):
                    await ended.close()
            raise
        return _Session(old, new)

    async def _connection(self, url: SecretStr, within_s: float) -> psycopg.AsyncConnection[Any]:
        import psycopg  # noqa: PLC0415  # 60 ms that only a cutover needs
        from psycopg import IsolationLevel  # noqa: PLC0415

        connect: Connect = self._connect or psycopg.AsyncConnection.connect
        try:
            connection = await connect(**self._parameters(url.get_secret_value()), autocommit=True)
        except psycopg.Error as error:
            raise _NotReachedError(f"it could not be connected to ({_kind(error)})") from None
        try:
            await connection.execute(queries.careful(within_s=within_s, held_s=HELD_S).encode())
            await connection.set_autocommit(False)
            await connection.set_read_only(True)
            await connection.set_isolation_level(IsolationLevel.REPEATABLE_READ)
        except psycopg.Error as error:
            await connection.close()
            raise _NotReachedError(f"it could not be read ({_kind(error)})") from None
        return connection

    def _parameters(self, url: str) -> dict[str, Any]:
        """Host, port, name, role and password of the address, and nothing else that it may say."""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port or 5432
        except ValueError:
            raise _NotReachedError("its address is not one") from None
        is_here = host in LOOPBACK
        if parts.scheme not in {"postgres", "postgresql"} or not host:
            raise _NotReachedError("its address is not one")
        if self._is_stand_in and not is_here:
            raise _NotReachedError("the stand-in's model databases answer no SQL")
        if is_here and not self._is_stand_in:
            raise _NotReachedError("its address is on this machine, which is not Heroku's")
        return {
            "host": host,
            "port": port,
            "dbname": unquote(parts.path.lstrip("/")),
            "user": unquote(parts.username or ""),
            "password": unquote(parts.password or ""),
            "sslmode": "disable" if self._is_stand_in else "require",
            "connect_timeout": CONNECT_S,
            "application_name": "reconcile",
        }


async def _compared(
    session: _Session, pair: Pair, until: float, rows_within_s: float | None
) -> tuple[Check, ...]:
    """Everything but rows, then the rows of the smallest tables first while there is time."""
    old, new = await _both(_held(session.old), _held(session.new))
    checks = checks_of(old, new, pair.way)
    there = {one.name for one in new.tables}
    tables = sorted(
        (one for one in old.tables if one.name in there and is_countable(one, pair.way)),
        key=lambda one: (one.num_bytes, one.name),
    )
    if rows_within_s is not None:
        until = min(until, time.monotonic() + rows_within_s)
    counts, session.left = await _counted(session, tables, until)
    passed_over = [one.name for one in old.tables if not is_countable(one, pair.way)]
    rows = rows_check(counts, left=[one.name for one in session.left])
    if passed_over:
        noted = tuple(f"{name}: unlogged, a follower never has its rows" for name in passed_over)
        rows = rows.model_copy(update={"not_compared": (*rows.not_compared, *noted)})
    return (*checks, rows)


async def _counted_on(session: _Session) -> Comparison:
    """The rest of the rows, in the snapshots from before the apps were opened."""
    try:
        async with asyncio.timeout(REST_S + 5):
            counts, left = await _counted(session, session.left, time.monotonic() + REST_S)
    except TimeoutError:
        return Comparison(why_not="no answer in time")
    except _errors() as error:
        return Comparison(why_not=f"counting was cut off ({_kind(error)})")
    unreached = [
        Count(table=one.name, why_not=f"not within {REST_S:.0f} s after the cutover")
        for one in left
    ]
    return Comparison(checks=(rows_check([*counts, *unreached]),))


async def _counted(
    session: _Session, tables: Sequence[TableFact], until: float
) -> tuple[list[Count], list[TableFact]]:
    """The rows of each table in both databases until the time is up, and the tables that are left."""
    counts: list[Count] = []
    left = deque(_batches(tables))
    while left:
        batch = left[0]
        left_s = until - time.monotonic()
        if left_s <= 0:
            break
        old, new = await _both(_rows(session.old, batch, left_s), _rows(session.new, batch, left_s))
        if OUT_OF_TIME in (old, new):
            break
        left.popleft()
        if isinstance(old, tuple) and isinstance(new, tuple):
            numbers = zip(batch, old, new, strict=True)
            counts += [Count(table=one.name, old=n_old, new=n_new) for one, n_old, n_new in numbers]
        elif len(batch) > 1:  # one of them can not be read: ask for each alone
            left.extendleft([one] for one in reversed(batch))
        else:
            why_not = old if isinstance(old, str) else str(new)
            counts.append(Count(table=batch[0].name, why_not=why_not))
    return counts, [one for batch in left for one in batch]


def _batches(tables: Sequence[TableFact]) -> list[list[TableFact]]:
    """Tables that are counted by one statement: the way to a database is long and most tables are small."""
    batches: list[list[TableFact]] = []
    num_bytes = 0
    for table in tables:
        num_bytes += table.num_bytes
        if not batches or len(batches[-1]) >= BATCH_TABLES or num_bytes > BATCH_BYTES:
            batches.append([])
            num_bytes = table.num_bytes
        batches[-1].append(table)
    return batches


async def _rows(
    connection: psycopg.AsyncConnection[Any], tables: Sequence[TableFact], left_s: float
) -> tuple[int, ...] | str:
    """The number of rows of each, or why there is none."""
    import psycopg  # noqa: PLC0415  # as above

    try:
        async with connection.transaction():  # a savepoint: the snapshot outlives a failure
            await connection.execute(queries.time_limit(left_s).encode())
            cursor = await connection.execute(queries.count_of(tables))
            return tuple(int(count) for _, count in sorted(await cursor.fetchall()))
    except psycopg.errors.QueryCanceled:
        return OUT_OF_TIME
    except (
        psycopg.errors.InsufficientPrivilege,
        psycopg.errors.UndefinedTable,
        psycopg.errors.LockNotAvailable,
    ) as error:
        return f"it could not be read ({_kind(error)})"


async def _held(connection: psycopg.AsyncConnection[Any]) -> Held:
    """All that one database holds but rows."""

    async def rows(query: str) -> list[tuple[Any, ...]]:
        cursor = await connection.execute(query.encode())
        return await cursor.fetchall()

    ((version, num_bytes, encoding),) = await rows(queries.SERVER)
    return Held(
        version=version,
        num_bytes=num_bytes,
        encoding=encoding,
        extensions=tuple(name for (name,) in await rows(queries.EXTENSIONS)),
        tables=tuple(
            TableFact(schema_name=schema, table=table, num_bytes=size, is_unlogged=is_unlogged)
            for schema, table, size, is_unlogged in await rows(queries.TABLES)
        ),
        objects=tuple(name for (name,) in await rows(queries.OBJECTS)),
        invalid_indexes=tuple(name for (name,) in await rows(queries.INVALID_INDEXES)),
        sequences=tuple(
            SequenceFact(name=name, last=last, is_readable=readable, is_descending=descending)
            for name, last, readable, descending in await rows(queries.SEQUENCES)
        ),
        grants=tuple(name for (name,) in await rows(queries.GRANTS)),
    )


async def _both(first: Coroutine[Any, Any, T], second: Coroutine[Any, Any, T]) -> tuple[T, T]:
    """Both at once, and both to their ends, so that no connection is left in the middle of a statement."""
    ended = await asyncio.gather(first, second, return_exceptions=True)
    for failure in ended:
        if isinstance(failure, BaseException):
            raise failure
    one, two = (result for result in ended if not isinstance(result, BaseException))
    return one, two


def _errors() -> type[Exception]:
    import psycopg  # noqa: PLC0415  # as above

    return psycopg.Error


def _kind(error: BaseException) -> str:
    """What kind of error it is: its text may quote the address, the host or a value."""
    return str(getattr(error, "sqlstate", None) or type(error).__name__)
