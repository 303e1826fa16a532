"""One dyno that writes: a thread that inserts a row at a time to the URL it was booted with."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.simulator.dynos.ledger import Ledger

INSERT = "insert into writes (app, dyno, n) values (%s, %s, %s)"
STOP_PATIENCE = 10.0
RETRY_PAUSE = 0.05
"""Seconds before another attempt after one that failed, or sooner when the dyno writes faster."""


@dataclass(frozen=True, slots=True)
class Boot:
    """What a dyno is started with. `url` is what its config var held at that moment, nothing if it was not set."""

    app: str
    dyno: str
    dyno_id: str
    up_at: float
    url: str | None
    per_second: float


class Process:
    """A running dyno. `may_write` is asked before each write: whether requests reach it."""

    def __init__(self, boot: Boot, ledger: Ledger, may_write: Callable[[], bool]) -> None:
        self.boot = boot
        self._ledger = ledger
        self._may_write = may_write
        self._stop = threading.Event()
        self._busy = threading.Lock()
        self._connection: psycopg.Connection[Any] | None = None
        self._thread = threading.Thread(target=self._run, name=f"{boot.app} {boot.dyno}")

    def start(self) -> None:
        """Boot."""
        self._thread.start()

    def ask_to_stop(self) -> None:
        """Let it end after the write that is under way."""
        self._stop.set()

    def wait(self) -> None:
        """Wait until it has ended."""
        self._thread.join(STOP_PATIENCE)

    def finish_request(self) -> None:
        """Wait for the write that is under way; the next one asks again whether it may."""
        if self._busy.acquire(timeout=STOP_PATIENCE):
            self._busy.release()

    def _run(self) -> None:
        pause = 1.0 / self.boot.per_second
        due = time.monotonic()
        while not self._stop.wait(max(0.0, due - time.monotonic())):
            due = max(due + pause, time.monotonic())
            with self._busy:
                written = self._stop.is_set() or not self._may_write() or self._write()
            if not written:
                due = max(due, time.monotonic() + min(pause, RETRY_PAUSE))
        self._hang_up()

    def _write(self) -> bool:
        """Insert one row and remember what came of it; whether it was acknowledged."""
        app, dyno = self.boot.app, self.boot.dyno
        if self.boot.url is None:
            self._ledger.refuse(app, "NoDatabaseUrl")
            return False
        number = self._ledger.next_number(app)
        try:
            self._connected(self.boot.url).execute(INSERT, (app, dyno, number))
        except psycopg.Error as error:
            self._ledger.refuse(app, type(error).__name__)
            if self._connection is not None and self._connection.closed:
                self._hang_up()
            return False
        self._ledger.acknowledge(app, dyno, number)
        return True

    def _connected(self, url: str) -> psycopg.Connection[Any]:
        if self._connection is None:
            self._connection = psycopg.connect(
                url,
                autocommit=True,
                connect_timeout=5,
                sslmode="disable",
                gssencmode="disable",
                application_name=self.boot.dyno,
            )
        return self._connection

    def _hang_up(self) -> None:
        held, self._connection = self._connection, None
        if held is not None:
            with suppress(psycopg.Error):
                held.close()
