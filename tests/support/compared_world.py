"""Real databases behind a stand-in in this process, apply with SQL, and somebody who tampers at a known moment."""

from __future__ import annotations

import asyncio
import contextlib
import os
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx
import psycopg
from support.apply_world import FakeClock, Wire, World
from support.real_world import sql
from support.waiting import PATIENCE_S

from reconciler.adapters.certificate_files import CertificateFolder
from reconciler.adapters.sql import SqlContents
from reconciler.adapters.toml_files import read_desired
from reconciler.apply.tools import Tools
from reconciler.catalogue import load_catalogue
from reconciler.simulator.clock import ManualClock
from reconciler.simulator.engines.postgres.session import real_databases
from reconciler.simulator.scenario import parse_world
from reconciler.simulator.standin import StandIn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pydantic import SecretStr

    from reconciler.apply.events import Event
    from reconciler.apply.outcome import Outcome
    from reconciler.apply.ports import Comparison, Pair
    from reconciler.core.contents import Certificate
    from reconciler.core.plan import Plan

SCENARIO = """
[clock]
start = 2026-11-22T20:00:00Z
[timing]
provision = "4s"
catch_up = "2s"
drain = "1s"
unfollow = "1s"
transfer_per_gb = "1s"
transfer_least = "1s"
dyno_stop = "1s"
dyno_start = "1s"
[databases]
bytes_per_gb = "1MB"
[app.shop]
formation = { web = 1 }
[app.shop.database.orders]
name = "orders-old"
plan = "PLAN"
version = "16.10"
size = "1GB"
tables = 4
attachments = ["DATABASE"]
"""
DESIRED = """
[database.orders]
app = "shop"
plan = "standard-2"
method = "METHOD"
"""
SHOP = """
create table items (id bigserial primary key, name text not null);
insert into items (name) select 'item ' || n from generate_series(1, 500) n;
create index items_by_name on items (name);
create view named as select name from items;
"""


class Unhurried(SqlContents):
    """Compares as ever, and has the time for it on a slow machine too."""

    async def compare(self, pair: Pair, *, within_s: float, **urls: SecretStr) -> Comparison:
        return await super().compare(pair, within_s=max(within_s, PATIENCE_S), **urls)


@dataclass
class Compared:
    """A world to apply a plan in; `tamper` is called when a line that is told has the words in it."""

    world: World
    plan: Plan
    folder: Path
    engine: Any
    when: str = ""
    tamper: Callable[[Compared], None] = lambda _: None
    rows_within_s: float | None = None
    outputs: list[str] = field(default_factory=list)

    def apply(self, **options: Any) -> Outcome:
        """One apply, with SQL of its own as each process has."""
        return asyncio.run(self._apply(options))

    async def _apply(self, options: dict[str, Any]) -> Outcome:
        contents = Unhurried(is_stand_in=True, rows_within_s=self.rows_within_s)
        self.world.tools = Tools(contents=contents, certificates=CertificateFolder(self.folder))
        self.world.events = Heard(self)  # type: ignore[assignment]
        try:
            (outcome,) = await self.world.applied(self.plan, **options)
        finally:
            await contents.close()
        return outcome

    @property
    def new(self) -> str:
        return next(
            step.addon
            for stage in self.plan.databases[0].stages
            for step in stage.steps
            if step.kind == "provision"
        )

    def ask(self, addon: str, query: str) -> list[tuple[Any, ...]]:
        """What the owner of `addon` gets."""
        return sql(self.url(addon), query)

    def url(self, addon: str) -> str:
        world = self.world.stand_in.world
        database = world.databases[world.index.addons[addon]]
        held = database.credentials["default"]
        place = f"{database.host}:{database.port}/{database.name}"
        return f"postgres://{held.user}:{held.password}@{place}"

    def as_superuser(self, addon: str, query: str) -> None:
        world = self.world.stand_in.world
        server = self.engine.server_of(world.index.addons[addon])
        with server.connect() as connection:
            connection.execute(query)

    def certificate(self) -> Certificate:
        found = CertificateFolder(self.folder).kept(self.plan.databases[0].name)
        assert found is not None
        return found

    def leads_to(self) -> str:
        names = self.world.end()["databases"]
        return next(addon for addon, one in names.items() if "shop::DATABASE" in one["attached"])

    def is_open(self) -> bool:
        app = self.world.end()["apps"]["shop"]
        return not app["maintenance"] and app["formation"]["web"] == 1

    def everything_written(self) -> str:
        """All that apply has told, remembered and left in files."""
        files = [path.read_text() for path in self.folder.rglob("*") if path.is_file()]
        lines = [entry.model_dump_json() for entry in self.world.journal.lines]
        return "\n".join([*self.outputs, *lines, *files])


class Heard(list[Any]):
    """Takes every line that is told, and lets somebody tamper at the right one."""

    def __init__(self, compared: Compared) -> None:
        super().__init__()
        self.compared = compared

    def append(self, event: Event) -> None:
        super().append(event)
        line = f"{event.kind} {event.text}"
        self.compared.outputs.append(line)
        if self.compared.when and self.compared.when in line:
            self.compared.when = ""
            self.compared.tamper(self.compared)


@contextlib.contextmanager
def compared_world(folder: Path, method: str) -> Iterator[Compared]:
    """One database with a few tables, and a plan that replaces it by `method`."""
    plan_before = "essential-1" if method == "pg-copy" else "standard-0"
    world = parse_world(SCENARIO.replace("PLAN", plan_before), file="test.toml")
    with real_databases(world, environment=os.environ, parent=folder) as engine:
        clock = ManualClock(datetime.fromtimestamp(world.now, UTC))
        stand_in = StandIn(world, clock, engine=engine)
        fake = FakeClock(clock)
        transport = httpx.ASGITransport(app=stand_in.app, raise_app_exceptions=True)
        wire = Wire(transport, fake)

        def work_is_done(_: httpx.Request) -> None:
            engine.work.wait()
            stand_in.settle()

        wire.before = work_is_done
        made = World(stand_in, fake, wire)
        desired = folder / "desired.toml"
        desired.write_text(DESIRED.replace("METHOD", method))
        wanted = read_desired([desired], catalogue=load_catalogue())
        plan = asyncio.run(made.planned(replace(wanted, places={})))
        certificates = folder / "certificates"
        compared = Compared(made, plan, certificates, engine)
        with psycopg.connect(compared.url("orders-old"), autocommit=True) as connection:
            connection.execute(SHOP)
        yield compared
