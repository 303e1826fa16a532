"""Cases of apply to be killed in, the moments at which they can be, and the kill itself.

A moment is a request, an entry of the journal, something told (from which notices are sent) or a hook, and before or
after it. From the kill on, nothing of that process gets through: no request, no entry, no line, no hook.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from support.apply_world import ESTATE, Judge, Killed, ListJournal, desired_for, make_world

from reconciler.adapters.hooks import ProcessHooks
from reconciler.adapters.toml_files import read_desired
from reconciler.apply.tools import Tools
from reconciler.catalogue import load_catalogue

if TYPE_CHECKING:
    import random

    import httpx
    from support.apply_world import World

    from reconciler.apply.events import Event
    from reconciler.apply.journal import Entry
    from reconciler.apply.outcome import Outcome
    from reconciler.apply.ports import HookCall, HookEnd
    from reconciler.core.desired import DesiredState
    from reconciler.core.names import DatabaseName
    from reconciler.core.plan import Plan

Kind = Literal["request", "entry", "event", "hook"]
KINDS: tuple[Kind, ...] = ("request", "entry", "event", "hook")
SPACES = ESTATE.with_name("spaces.toml")
MOVED = """\
app = "shop-private"
[database.orders]
plan = "private-0"
moved_from = { app = "shop" }
[[database.orders.pooler]]
as = "DATABASE_CONNECTION_POOL"
"""
MOVED_BY_COPY = """\
app = "blog-private"
[database.posts]
plan = "private-0"
moved_from = { app = "blog" }
"""
RAISED = """\
app = "depot"
[database.stock]
plan = "standard-3"
[[database.stock.follower]]
app = "charts"
attachment = "STOCK_REPLICA"
plan = "standard-3"
"""


@dataclass(frozen=True)
class Case:
    """One change to be carried out, in a world of its own."""

    name: str
    scenario: Path = ESTATE
    text: str = ""
    """The desired state; empty: the estate's own, of the database of that name."""
    with_hooks: bool = False

    def desired(self) -> DesiredState:
        if self.text:
            with tempfile.TemporaryDirectory() as folder:
                file = Path(folder, "desired.toml")
                file.write_text(self.text, encoding="utf-8")
                return read_desired([file], catalogue=load_catalogue())
        desired = desired_for(self.name.partition("+")[0])
        if not self.with_hooks:
            return desired
        hooks = {"before_writes_stop": (("true", "1"),), "after_writes_resume": (("true", "2"),)}
        (one,) = desired.databases
        return replace(desired, databases=(one.model_copy(update=hooks),))

    def plan(self) -> Plan:
        return _plan(self)

    def world(self) -> tuple[World, Judge]:
        world = make_world(self.scenario)
        judge = Judge(world, self.plan())
        world.wire.after = judge.watch
        world.tools = Tools(hooks=Hooks())
        return world, judge


@cache
def _plan(case: Case) -> Plan:
    return asyncio.run(make_world(case.scenario).planned(case.desired()))


CASES = {
    one.name: one
    for one in (
        *(Case(name) for name in ("annals", "crimson", "diary", "lavender", "legacy", "orders")),
        *(Case(f"{name}+hooks", with_hooks=True) for name in ("lavender", "legacy", "orders")),
        Case("moved", SPACES, MOVED),
        Case("moved by copy", SPACES, MOVED_BY_COPY),
        Case("raised", SPACES, RAISED),
    )
}
"""Each method; with the operator's commands; to another app; and with a follower that is outgrown, made anew first."""


@dataclass
class Hooks:
    """Real processes, and in which order they were run."""

    ran: list[str] = field(default_factory=list)
    processes: ProcessHooks = field(
        default_factory=lambda: ProcessHooks(Path.cwd(), environment=os.environ)
    )

    async def run(self, call: HookCall) -> HookEnd:
        end = await self.processes.run(call)
        self.ran.append(call.phase)
        return end


@dataclass(frozen=True)
class Moment:
    """The `nth` of its kind in one process, counted from 1."""

    kind: Kind
    nth: int
    when: Literal["before", "after"]

    def __str__(self) -> str:
        return f"{self.when} {self.kind} {self.nth}"


@dataclass
class Killer:
    """Kills one process at `moment`."""

    moment: Moment
    world: World
    judge: Judge
    count: int = 0
    is_dead: bool = False

    def at(self, kind: Kind, when: Literal["before", "after"]) -> None:
        """Something of that kind is about to be, or has been."""
        if self.is_dead:
            raise Killed
        is_mine = kind == self.moment.kind
        self.count += is_mine and when == "before"
        if is_mine and when == self.moment.when and self.count == self.moment.nth:
            self.is_dead = True
            raise Killed

    def before(self, _: httpx.Request) -> None:
        self.at("request", "before")

    def after(self, request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        answer = self.judge.watch(request, answer)
        self.at("request", "after")
        return answer

    def report(self, event: Event) -> None:
        self.at("event", "before")
        self.world.events.append(event)
        self.at("event", "after")


@dataclass
class KilledJournal:
    """The journal of a process that will be killed."""

    inner: ListJournal
    killer: Killer

    def append(self, entry: Entry) -> None:
        self.killer.at("entry", "before")
        self.inner.append(entry)
        self.killer.at("entry", "after")

    def entries(self) -> tuple[Entry, ...]:
        return self.inner.entries()

    def entries_of(self, database: DatabaseName) -> tuple[Entry, ...]:
        return self.inner.entries_of(database)


@dataclass
class KilledHooks:
    """The hooks of a process that will be killed."""

    inner: Any
    killer: Killer

    async def run(self, call: HookCall) -> HookEnd:
        self.killer.at("hook", "before")
        end: HookEnd = await self.inner.run(call)
        self.killer.at("hook", "after")
        return end


def apply(case: Case, world: World, judge: Judge) -> Outcome:
    """One apply that nobody kills."""
    judge.new_process()
    world.wire.before, world.wire.after = lambda _: None, judge.watch
    (outcome,) = asyncio.run(world.applied(case.plan()))
    return outcome


def apply_until(case: Case, world: World, judge: Judge, moment: Moment) -> bool:
    """One apply that is killed at `moment`; whether it came to that."""
    judge.new_process()
    killer = Killer(moment, world, judge)
    world.wire.before, world.wire.after = killer.before, killer.after
    tools, world.tools = world.tools, Tools(hooks=KilledHooks(world.tools.hooks, killer))
    journal = KilledJournal(world.journal, killer)
    with suppress(Killed):
        asyncio.run(world.applied(case.plan(), journal=journal, report=killer.report))
    world.tools = tools
    return killer.is_dead


@dataclass(frozen=True)
class Clean:
    """A run that nobody kills."""

    end: dict[str, Any]
    counts: dict[Kind, int]
    requests: tuple[str, ...]
    notes: tuple[str, ...]


def end_of(world: World) -> dict[str, Any]:
    """What is there at the end, but for what hangs on the moment of an unfollow; the judge counts lost commits."""
    end = world.end()
    for one in end["databases"].values():
        del one["missing_commits"]
    return end


@cache
def clean_run(case: Case) -> Clean:
    world, judge = case.world()
    outcome = apply(case, world, judge)
    assert (outcome.state, judge.verdict(outcome), judge.twice) == ("done", [], [])
    counts: dict[Kind, int] = {
        "request": len(world.wire.requests),
        "entry": len(world.journal.lines),
        "event": len(world.events),
        "hook": len(world.tools.hooks.ran),  # type: ignore[attr-defined]
    }
    return Clean(end_of(world), counts, tuple(world.wire.requests), outcome.notes)


def moments(case: Case) -> list[Moment]:
    """Every moment of a clean run."""
    counts = clean_run(case).counts
    return [
        Moment(kind, nth, when)
        for kind in KINDS
        for nth in range(1, counts[kind] + 1)
        for when in ("before", "after")
    ]


def drawn(dice: random.Random, case: Case) -> Moment:
    """Some moment, each kind as likely."""
    counts = clean_run(case).counts
    kind = dice.choice([kind for kind in KINDS if counts[kind]])
    when: Literal["before", "after"] = "before" if dice.randint(0, 1) else "after"
    return Moment(kind, dice.randint(1, counts[kind]), when)
