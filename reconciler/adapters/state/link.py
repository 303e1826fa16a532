"""One connection to the shared state; opened again when it broke, and silent about its password.

No answer is waited for without end. The server limits a statement by itself, but a server that is stopped, or a network
that swallows what is sent while whoever stands in between keeps the connection, would else hold us for hours: with apps
closed, and a heartbeat that nobody misses. What was not answered may have been done all the same.
"""

from __future__ import annotations

import math
import threading
import time
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

import psycopg
from psycopg.conninfo import conninfo_to_dict

from reconciler.errors import StateError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

T = TypeVar("T")
Connection = psycopg.Connection[tuple[object, ...]]

CONNECT_S = 5
STATEMENT_MS = 10_000
ANSWER_S = 12.0
"""How long a transaction may take where nothing else is said: the server's own limit comes first, and says why."""
IDLE_MS = 5_000
"""After so long without a word in a transaction the server ends it: a process that is paused in one holds its locks,
and nobody could take its work over."""
BETWEEN_S = 0.2
"""Pause before another attempt."""
BROKEN = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    psycopg.errors.IdleInTransactionSessionTimeout,
)
"""What says that the connection is gone; the last because this process was paused in a transaction, which is undone."""
WAY_ON = "Nothing is done that could not be recorded. Mend that and run the same command again."


class _NoAnswerError(psycopg.OperationalError):
    """The server has said nothing for too long; the connection is closed."""


class BoundedConnection(psycopg.Connection[tuple[object, ...]]):
    """A connection that waits for nothing beyond `until`, a monotonic second."""

    until = math.inf

    def wait(self, gen: Generator[Any, Any, T], *args: Any, **kwargs: Any) -> T:
        """The end of `gen`, which wakes up several times a second while the server says nothing.

        Raises:
            _NoAnswerError: the time is up.
        """
        return super().wait(self._until_late(gen), *args, **kwargs)

    def _until_late(self, gen: Generator[Any, Any, T]) -> Generator[Any, Any, T]:
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                if not ready and time.monotonic() >= self.until:
                    self.pgconn.finish()
                    raise _NoAnswerError("no answer in time")
                wanted = gen.send(ready)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]  # of a generator whose end is T


class Link:
    """Runs transactions on one connection; may be used from several threads, one at a time."""

    def __init__(self, url: str, *, idle_ms: int = IDLE_MS) -> None:
        try:
            self._options = conninfo_to_dict(url)
        except psycopg.ProgrammingError:
            # The message may quote the URL, and the URL may hold a password.
            raise UsageError(
                "The address of the shared state is not one of PostgreSQL.",
                hint="It looks like postgresql://user@host:5432/database; its password may come from PGPASSWORD.",
            ) from None
        self._url = url
        self._idle_ms = idle_ms
        self._connection: BoundedConnection | None = None
        self._lock = threading.Lock()
        self._closing = threading.Event()

    @property
    def where(self) -> str:
        """Host and database, without user and password."""
        host = self._options.get("host") or "this machine"
        return f"the shared state {self._options.get('dbname') or ''} on {host}".replace("  ", " ")

    def run(
        self,
        work: Callable[[Connection], T],
        *,
        patience_s: float = 0,
        answer_s: float = ANSWER_S,
    ) -> T:
        """The result of `work` in one transaction, of which each attempt takes at most about `answer_s`.

        What a broken connection interrupted is tried again for `patience_s`, and once in any case if that is not 0:
        this process may have been paused for longer. So `work` may be done twice.

        Raises:
            StateError: the database cannot be reached, does not answer in time, or does not do as asked.
        """
        until = time.monotonic() + patience_s
        attempts = 0
        while True:
            attempts += 1
            try:
                with self._lock:
                    return self._run(work, answer_s)
            except BROKEN as error:
                is_owed_another = attempts == 1 and patience_s and not _is_late(error)
                is_last = time.monotonic() >= until and not is_owed_another
                if is_last or self._closing.wait(BETWEEN_S):
                    raise self._failed("cannot be reached", error) from None
            except psycopg.Error as error:
                raise self._failed("does not do as asked", error) from None

    def close(self) -> None:
        """Give the connection back; attempts that wait end."""
        self._closing.set()
        with self._lock:
            self._drop()

    def _run(self, work: Callable[[Connection], T], answer_s: float) -> T:
        if self._connection is None:
            self._connection = BoundedConnection.connect(
                self._url,
                autocommit=True,
                connect_timeout=math.ceil(min(CONNECT_S, answer_s)),
                application_name="reconcile",
                options=(
                    f"-c statement_timeout={STATEMENT_MS} -c search_path=reconcile"
                    f" -c idle_in_transaction_session_timeout={self._idle_ms}"
                ),
                keepalives_idle=5,
                keepalives_interval=2,
                keepalives_count=3,
                tcp_user_timeout=10_000,
            )
        self._connection.until = time.monotonic() + answer_s
        try:
            with self._connection.transaction():
                return work(self._connection)
        except BROKEN:
            self._drop()
            raise

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _failed(self, what: str, error: psycopg.Error) -> StateError:
        text = (str(error).strip().splitlines() or ["no reason given"])[0]
        password = str(self._options.get("password") or "")
        for secret in (password, quote(password, safe="")):
            text = text.replace(secret, "***") if secret else text
        return self.error(f"{what}: {text}")

    def error(self, what: str) -> StateError:
        """That the state `what`, in a sentence."""
        return StateError(f"{self.where[0].upper()}{self.where[1:]} {what}.", hint=WAY_ON)


def _is_late(error: psycopg.Error) -> bool:
    """Whether it was waited for as long as was allowed; whoever was paused meanwhile hears of it at once."""
    return isinstance(error, (_NoAnswerError, psycopg.errors.ConnectionTimeout))
