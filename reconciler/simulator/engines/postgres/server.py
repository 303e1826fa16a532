"""One PostgreSQL server: a data directory, a process, a port on loopback."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import threading
import time
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from reconciler.simulator.engines.postgres.errors import ServerError, telling_line, tool_failed
from reconciler.simulator.engines.postgres.settings import ACCESS, settings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from reconciler.simulator.engines.postgres.binaries import Binaries
    from reconciler.simulator.engines.postgres.workshop import Workshop

LOOPBACK = "127.0.0.1"
SUPERUSER = "postgres"
START_PATIENCE = 60.0
"""Seconds until a server must answer; recovery of a base backup is part of it."""
STOP_PATIENCE = 10.0
PORT_TRIES = 5
TAKEN = "Address already in use"


class Server:
    """A server of ours. `database` is the one in it that apps use; `roles` are its users by credential name."""

    def __init__(self, workshop: Workshop, name: str, binaries: Binaries) -> None:
        self.workshop = workshop
        self.name = name
        self.binaries = binaries
        self.folder = workshop.folder / name
        self.log = workshop.folder / f"{name}.log"
        self.port = 0
        self.database = SUPERUSER
        self.roles: dict[str, str] = {}
        self.access = "open"
        """`open`, `read-only`, or `closed` to everybody but the superuser."""
        self.slot = ""
        """The replication slot on `leader` that it streams from, when it is a standby."""
        self.leader: Server | None = None
        self.delay_ms = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._has_answered = False
        self._held: psycopg.Connection[Any] | None = None
        self._lock = threading.Lock()

    @property
    def has_died(self) -> bool:
        """Whether its process has ended, after it had once answered, though nobody stopped it."""
        return self._has_answered and self._has_ended()

    @property
    def pid(self) -> int | None:
        """The process, while it has one."""
        return self._process.pid if self._process is not None else None

    def initialise(self) -> None:
        """Make an empty data directory.

        Raises:
            ServerError: `initdb` failed.
        """
        secret = self.workshop.folder / f"{self.name}.secret"
        _write(secret, self.workshop.password)
        self.make_folder()
        self.workshop.launcher.hand_over(secret)
        major = self.binaries.major
        more = ["--no-data-checksums"] if major >= 18 else []  # noqa: PLR2004  # on by default since 18
        self.tool(
            "initdb",
            "-D",
            str(self.folder),
            "-U",
            SUPERUSER,
            "--auth=scram-sha-256",
            f"--pwfile={secret}",
            "-E",
            "UTF8",
            "--no-locale",
            "--no-sync",
            "--no-instructions",
            *more,
        )
        secret.unlink()
        self.write("postgresql.conf", settings(major))
        self.write("pg_hba.conf", ACCESS)
        self.write("standby.conf", "")

    def make_folder(self) -> None:
        """Make the data directory itself, owned by whoever runs the server."""
        self.folder.mkdir(mode=0o700)
        self.workshop.launcher.hand_over(self.folder)

    def write(self, name: str, text: str) -> None:
        """Write one file of the data directory, readable by its owner alone.

        Raises:
            ServerError: it cannot be written.
        """
        path = self.folder / name
        try:
            _write(path, text)
            self.workshop.launcher.hand_over(path)
        except OSError as error:
            raise tool_failed("Writing settings", str(error.strerror), self.folder) from error

    def tool(self, name: str, *arguments: str) -> None:
        """Run one of PostgreSQL's tools as whoever runs the server.

        Raises:
            ServerError: it failed.
        """
        done = self.workshop.launcher.run([self.binaries.tool(name), *arguments])
        if done.returncode:
            raise tool_failed(name, done.stderr + done.stdout, self.workshop.folder)

    def start(self) -> None:
        """Start the process on a free port and wait until it answers.

        Raises:
            ServerError: it ended, or did not answer in time.
        """
        for _ in range(PORT_TRIES):
            self.port = self.workshop.ports()
            begun = self.log.stat().st_size if self.log.exists() else 0
            with self.log.open("ab") as output:
                command = [self.binaries.tool("postgres"), "-D", str(self.folder)]
                self._process = self.workshop.launcher.start(
                    [*command, "-p", str(self.port)], output=output
                )
                self.workshop.running.add(self)
            if self._answers():
                self._has_answered = True
                return
            said = self.log.read_text(errors="replace")[begun:]
            self.stop()
            if TAKEN not in said:
                raise tool_failed("A PostgreSQL server", said, self.workshop.folder)
        raise ServerError(
            f"A PostgreSQL server found {PORT_TRIES} ports taken, the last of them {self.port}."
        )

    def _answers(self) -> bool:
        """Whether it lets us in before it ends or the time is up."""
        deadline = time.monotonic() + START_PATIENCE
        while time.monotonic() < deadline and not self._has_ended():
            if self._is_ready():
                with contextlib.suppress(psycopg.OperationalError):
                    self.connect(SUPERUSER).close()
                    return True
            time.sleep(0.02)
        return False

    def _is_ready(self) -> bool:
        """What it has written into its lock file, as `pg_ctl start` reads it: until then another may have the port."""
        try:
            pid, *_, status = (self.folder / "postmaster.pid").read_text().splitlines()[:8]
        except (OSError, ValueError):
            return False
        return pid == str(self.pid) and status.strip() == "ready"

    def _has_ended(self) -> bool:
        process = self._process
        return process is not None and process.poll() is not None

    def reload(self) -> None:
        """Let it read its settings again."""
        self._send(signal.SIGHUP)

    def stop(self, how: signal.Signals = signal.SIGQUIT) -> None:
        """End the process: SIGQUIT at once, SIGINT after telling its followers everything."""
        self.forget_connection()
        self._has_answered = False
        process, self._process = self._process, None
        if process is None:
            return
        self.workshop.running.discard(self)
        for sent in (how, signal.SIGQUIT, signal.SIGKILL):
            process.send_signal(sent)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(STOP_PATIENCE)
                return

    def remove(self) -> None:
        """End it and remove all that it kept."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
        self.log.unlink(missing_ok=True)

    def connect(self, database: str | None = None) -> psycopg.Connection[Any]:
        """A new connection of the superuser; every statement commits by itself."""
        return psycopg.connect(
            host=LOOPBACK,
            port=self.port,
            user=SUPERUSER,
            password=self.workshop.password,
            dbname=database or self.database,
            autocommit=True,
            connect_timeout=5,
            sslmode="disable",
            gssencmode="disable",
            application_name="stand-in",
        )

    def ask(self, query: str, *values: object) -> Sequence[Any]:
        """The one row that `query` gives, over a connection that is kept.

        Raises:
            psycopg.Error: it cannot be asked.
        """
        with self._lock:
            try:
                return self._ask_once(query, values)
            except psycopg.OperationalError:
                if self._held is not None and not self._held.closed:
                    raise
                self._drop_held()
                return self._ask_once(query, values)

    def _ask_once(self, query: str, values: Sequence[object]) -> Sequence[Any]:
        if self._held is None:
            self._held = self.connect()
        row = self._held.execute(query.encode(), values or None).fetchone()
        return row or ()

    def forget_connection(self) -> None:
        """Close the kept connection, as before its database is renamed or dropped."""
        with self._lock:
            self._drop_held()

    def _drop_held(self) -> None:
        held, self._held = self._held, None
        if held is not None:
            held.close()

    def end_sessions(self) -> None:
        """Throw everybody but the superuser out."""
        self.ask(
            "select count(pg_terminate_backend(pid)) from pg_stat_activity"
            " where backend_type = 'client backend' and usename <> %s",
            SUPERUSER,
        )

    def set_access(self, access: str) -> None:
        """Be `open`, `read-only` or `closed` from now on, for running sessions too."""
        name = sql.Identifier(self.database)
        limit = sql.Literal(0 if access == "closed" else -1)
        mode = sql.SQL("on" if access == "read-only" else "off")
        with self.connect(SUPERUSER) as connection:
            connection.execute(
                sql.SQL("alter database {} with connection limit {}").format(name, limit)
            )
            connection.execute(
                sql.SQL("alter database {} set default_transaction_read_only = {}").format(
                    name, mode
                )
            )
        self.access = access
        if access != "open":
            self.end_sessions()

    def why_it_died(self) -> str:
        """One line of its log."""
        try:
            return telling_line(self.log.read_text(errors="replace")[-4000:])
        except OSError:
            return ""

    def _send(self, sent: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(sent)


def _write(path: Path, text: str) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
