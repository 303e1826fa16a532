"""A PostgreSQL server for shared state, and a fresh database in it for each test."""

from __future__ import annotations

import os
import tempfile
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from reconciler.simulator.engines.postgres.binaries import find_binaries
from reconciler.simulator.engines.postgres.launching import find_launcher
from reconciler.simulator.engines.postgres.server import Server
from reconciler.simulator.engines.postgres.workshop import Workshop, free_port, run_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PASSWORD = "canary-of-the-state"  # noqa: S105  # what no output may show


@dataclass(frozen=True)
class StateServer:
    """A server that can be stopped and started again."""

    server: Server

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://postgres:{PASSWORD}@127.0.0.1:{self.server.port}/{database}"

    def fresh(self) -> StateDatabase:
        name = f"state_{uuid.uuid4().hex}"
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return StateDatabase(self, name)


@dataclass(frozen=True)
class StateDatabase:
    """One database for shared state."""

    on: StateServer
    name: str

    @property
    def url(self) -> str:
        return self.on.url(self.name)

    def ask(self, query: str, *values: object) -> Sequence[tuple[Any, ...]]:
        with psycopg.connect(self.url, autocommit=True, options="-c search_path=reconcile") as one:
            done = one.execute(query, values)  # type: ignore[arg-type]  # written in tests
            return done.fetchall() if done.description else []


@contextmanager
def state_server() -> Iterator[StateServer]:
    binaries = find_binaries({})
    launcher = find_launcher(binaries[-1], root=os.geteuid() == 0)
    place = Path(tempfile.gettempdir())
    with run_folder(place, public=launcher.user is not None) as folder:
        port = free_port()  # the same after a stop: who waits for the server tries there
        workshop = Workshop(folder, launcher, binaries, PASSWORD, ports=lambda: port)
        server = Server(workshop, "state", binaries[-1])
        server.initialise()
        server.start()
        try:
            yield StateServer(server)
        finally:
            workshop.stop_all()
