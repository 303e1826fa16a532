"""The way to the shared state breaks or goes dead at any of its operations, and at any moment of them.

What breaks is tried again: nothing is done twice or forgotten. What goes dead is not waited for: each operation comes
to an end, the lease is known to be failing, and another machine has the work once the lease is over.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar, cast

import pytest
from support.apply_world import plan_for
from support.state_machines import NEVER_S, NO_LIMITS, recorded
from support.state_wire import QuickLink, state_wire
from support.waiting import until

from reconciler.adapters.clock import SystemClock
from reconciler.adapters.state.impatient import SILENT_S
from reconciler.adapters.state.link import ANSWER_S, IDLE_MS
from reconciler.adapters.state.shared import recording
from reconciler.adapters.state.shared_leases import FAILING_S, MARGIN_S
from reconciler.adapters.state.tables import LEASE_S
from reconciler.apply.journal import Entry
from reconciler.apply.leases import Work
from reconciler.apply.outcome import Outcome
from reconciler.core.contents import Certificate
from reconciler.core.names import AddonName, AppName, DatabaseName
from reconciler.errors import LeaseLostError, StateError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from support.state_server import StateDatabase, StateServer
    from support.state_wire import StateWire

    from reconciler.adapters.state.link import BoundedConnection, Connection
    from reconciler.adapters.state.shared_certificates import SharedCertificates
    from reconciler.adapters.state.shared_journal import SharedJournal
    from reconciler.adapters.state.shared_leases import SharedLeases

T = TypeVar("T")
ORDERS, SHOP = DatabaseName("orders"), AppName("shop")
BRIEFLY_S = 0.2
"""For an answer that will not come."""
BEGUN = Entry(at="2026-11-22T20:00:00.000+00:00", database=ORDERS, what="begun")
DONE = Outcome(ORDERS, "done", "well")
CERTIFICATE = Certificate(
    plan="a" * 64,
    database=ORDERS,
    method="pg-copy",
    old=AddonName("postgresql-old-1"),
    new=AddonName("postgresql-new-1"),
    compared_at=BEGUN.at,
    over="sql",
    checks=(),
)


@dataclass
class Trouble:
    """What happens to the next transaction, once."""

    moment: str = "never"
    make: Callable[[], None] = field(default=lambda: None)
    answer_s: float = math.inf
    """How long an answer is waited for from then on, at most."""
    has_come: bool = False

    def at(self, moment: str) -> None:
        if moment == self.moment:
            self.moment = "never"
            self.make()
            self.has_come = True


class TroubledLink(QuickLink):
    """A link with trouble before a transaction is sent, or when all but its end is done."""

    def __init__(self, url: str, trouble: Trouble, idle_ms: int) -> None:
        super().__init__(url, idle_ms=idle_ms)
        self._trouble = trouble

    def run(self, work: Callable[[Connection], T], **limits: float) -> T:
        def watched(connection: Connection) -> T:
            done = work(connection)
            self._trouble.at("at its end")
            if self._trouble.has_come:
                bounded = cast("BoundedConnection", connection)
                bounded.until = min(bounded.until, time.monotonic() + self._trouble.answer_s)
            return done

        self._trouble.at("before it")
        if self._trouble.has_come:
            limits["answer_s"] = min(limits.get("answer_s", ANSWER_S), self._trouble.answer_s)
        return super().run(watched, **limits)


@dataclass
class Machine:
    """One process; its clock is moved by hand, its heart beats when told."""

    leases: SharedLeases
    journal: SharedJournal
    certificates: SharedCertificates
    trouble: Trouble = field(default_factory=Trouble)
    passed_s: float = 0.0
    awake_s: float = 0.0

    def goes_on(self, seconds: float) -> None:
        """Let time pass in which it is not paused."""
        self.passed_s += seconds
        self.awake_s += seconds

    def claim(self) -> str:
        return asyncio.run(self.leases.claim([Work(ORDERS, (SHOP,))]))[ORDERS].answer

    def entries(self) -> int:
        return len(self.journal.entries_of(ORDERS))

    def append(self) -> None:
        self.journal.append(BEGUN)

    def keep(self) -> None:
        self.certificates.keep(CERTIFICATE)

    def reserve(self) -> None:
        asyncio.run(self.leases.reserve(ORDERS, [SHOP], pytest.fail))

    def give_back(self) -> None:
        asyncio.run(self.leases.give_back(ORDERS, is_cutting_over=False))

    def release(self) -> None:
        asyncio.run(self.leases.release(ORDERS, DONE))

    def beat(self) -> None:
        self.leases.beat()


OPERATIONS: dict[str, tuple[tuple[str, ...], bool]] = {
    "claim": ((), True),
    "entries": (("claim",), True),
    "append": (("claim", "entries"), True),
    "keep": (("claim",), True),
    "reserve": (("claim",), True),
    "give_back": (("claim", "reserve"), False),
    "release": (("claim",), False),
    "beat": (("claim",), False),
}
"""Each, with what comes before it, and whether it fails when there is no answer; the others end by time."""
MOMENTS = ("before it", "at its end", "after its end")
"""The last: it is done, and the answer is lost."""


@pytest.fixture
def wire(database: StateDatabase) -> Iterator[StateWire]:
    recorded(database.url, plan_for("orders"), ORDERS)
    with state_wire(database.url) as made:
        yield made


@pytest.fixture
def machine(wire: StateWire) -> Iterator[Callable[..., Machine]]:
    with contextlib.ExitStack() as stack:

        def made(url: str, idle_ms: int = IDLE_MS) -> Machine:
            trouble = Trouble()
            inner = stack.enter_context(
                recording(
                    plan_for("orders"),
                    [TroubledLink(url, trouble, idle_ms) for _ in range(3)],
                    limits=NO_LIMITS,
                    clock=SystemClock(),
                    beat_s=NEVER_S,
                    now_s=lambda: one.passed_s,
                    awake_s=lambda: one.awake_s,
                )
            )
            stack.callback(wire.mend)
            one = Machine(inner.leases, inner.journal, inner.certificates, trouble)
            return one

        yield made


def rows(database: StateDatabase) -> dict[str, int]:
    tables = ("leases", "entries", "reserved", "certificates")
    found = {name: database.ask(f"SELECT count(*) FROM {name}")[0][0] for name in tables}  # noqa: S608
    return found | {"done": database.ask("SELECT count(*) FROM work WHERE state = 'done'")[0][0]}


def after(operation: str) -> dict[str, int]:
    """What the state holds once the operation was done once."""
    return {
        "leases": int(operation != "release"),
        "entries": int(operation == "append"),
        "reserved": int(operation == "reserve"),
        "certificates": int(operation == "keep"),
        "done": int(operation == "release"),
    }


def prepared(machine: Callable[..., Machine], url: str, operation: str, **idle: int) -> Machine:
    one = machine(url, **idle)
    for step in OPERATIONS[operation][0]:
        getattr(one, step)()
    one.beat()
    return one


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_connection_that_breaks_costs_nothing(
    machine: Callable[[str], Machine],
    wire: StateWire,
    database: StateDatabase,
    operation: str,
    moment: str,
) -> None:
    here = prepared(machine, wire.url, operation)
    here.trouble.make = wire.answer_by_reset if moment == "after its end" else wire.reset
    here.trouble.moment = "before it" if moment == "before it" else "at its end"

    answer = getattr(here, operation)()

    assert here.trouble.moment == "never"
    assert answer in (None, "granted", 0)
    assert rows(database) == after(operation)
    here.goes_on(FAILING_S)
    assert not here.leases.is_failing(ORDERS)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_process_that_was_paused_in_a_transaction_does_it_again(
    machine: Callable[..., Machine], database: StateDatabase, operation: str
) -> None:
    """The server has ended it meanwhile, so that what it had locked is free for others."""
    here = prepared(machine, database.url, operation, idle_ms=IDLE_MS // 20)
    here.trouble.make = lambda: until(lambda: is_free(database))
    here.trouble.moment = "at its end"

    answer = getattr(here, operation)()

    assert here.trouble.moment == "never"
    assert answer in (None, "granted", 0)
    assert rows(database) == after(operation)


def is_free(database: StateDatabase) -> bool:
    """Whether nobody is in a transaction there and says nothing."""
    silent = "datname = current_database() AND state LIKE 'idle in transaction%%'"
    query = f"SELECT count(*) FROM pg_stat_activity WHERE {silent}"  # noqa: S608
    return database.ask(query)[0][0] == 0


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_link_that_goes_dead_is_not_waited_for_and_another_machine_takes_over(
    machine: Callable[[str], Machine],
    wire: StateWire,
    database: StateDatabase,
    operation: str,
    moment: str,
) -> None:
    here, there = prepared(machine, wire.url, operation), machine(database.url)
    here.trouble.make = wire.lose_answers if moment == "after its end" else wire.go_dead
    here.trouble.moment = "before it" if moment == "before it" else "at its end"
    here.trouble.answer_s = BRIEFLY_S
    fails = pytest.raises(StateError) if OPERATIONS[operation][1] else contextlib.nullcontext()

    with fails:
        getattr(here, operation)()
    wire.go_away()
    assert_stops(here, is_held=operation not in {"claim", "release"})
    database.ask("UPDATE leases SET heartbeat = heartbeat - make_interval(secs => %s)", LEASE_S)
    if operation in {"claim", "release"}:  # what was never got, or was given up, is not renewed
        wire.mend()
        here.beat()
    assert there.claim() == "granted"
    wire.mend()
    here.beat()
    with pytest.raises(LeaseLostError):
        here.append()
    assert rows(database)["entries"] <= 1


def assert_stops(here: Machine, *, is_held: bool) -> None:
    """Whoever is not answered knows it while there is time, and writes nothing once there is none."""
    here.beat()
    here.goes_on(FAILING_S)
    assert here.leases.is_failing(ORDERS) is is_held
    here.goes_on(LEASE_S - MARGIN_S - FAILING_S)
    with pytest.raises(LeaseLostError):
        here.leases.check(ORDERS)


@pytest.mark.parametrize("operation", ["append", "keep"])
def test_nothing_waits_for_a_state_that_no_heartbeat_has_reached_for_long(
    machine: Callable[[str], Machine], wire: StateWire, operation: str
) -> None:
    here = prepared(machine, wire.url, operation)
    wire.go_away()
    here.beat()
    here.goes_on(SILENT_S)
    wire.mend()

    with pytest.raises(StateError, match=r"does not answer\.$"):
        getattr(here, operation)()  # it would be answered, but nobody knows that yet
    here.beat()
    getattr(here, operation)()


def test_a_process_that_was_paused_asks_again(
    machine: Callable[[str], Machine], wire: StateWire
) -> None:
    here = prepared(machine, wire.url, "append")

    here.passed_s += LEASE_S

    assert not here.leases.is_failing(ORDERS)
    here.append()  # nobody has taken it over


def test_a_process_that_was_paused_while_its_heartbeat_was_under_way_asks_again(
    machine: Callable[[str], Machine], wire: StateWire
) -> None:
    here = prepared(machine, wire.url, "append")
    wire.go_away()
    here.beat()
    here.passed_s += LEASE_S
    wire.mend()

    assert not here.leases.is_failing(ORDERS)  # it has waited for no answer while it was paused
    here.append()


def test_a_server_that_was_started_anew_costs_nothing(
    machine: Callable[[str], Machine], database: StateDatabase, server: StateServer
) -> None:
    here = machine(database.url)
    here.claim()
    here.entries()
    here.beat()

    for operation in ("beat", "append", "reserve", "give_back", "release"):
        server.server.stop()
        server.server.start()
        getattr(here, operation)()

    assert rows(database) == {
        "leases": 0,
        "entries": 1,
        "reserved": 0,
        "certificates": 0,
        "done": 1,
    }
