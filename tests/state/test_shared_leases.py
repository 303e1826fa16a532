"""Leases that several processes share: who gets them, who loses them, and what is not written then."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from support.apply_world import plan_for
from support.state_machines import NEVER_S, NO_LIMITS, recorded
from support.state_wire import QuickLink

from reconciler.adapters.clock import SystemClock
from reconciler.adapters.state.link import IDLE_MS, Link
from reconciler.adapters.state.shared import SharedState, recording
from reconciler.adapters.state.shared_leases import MARGIN_S, SharedLeases
from reconciler.adapters.state.tables import LEASE_S
from reconciler.apply.control import StoppedError
from reconciler.apply.journal import Entry
from reconciler.apply.leases import LeasesHere, Work
from reconciler.apply.outcome import Outcome
from reconciler.core.limits import Limits
from reconciler.core.names import AppName, DatabaseName
from reconciler.errors import LeaseLostError, StateError, StepConflictError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from support.state_server import StateDatabase, StateServer

    from reconciler.adapters.state.link import Connection
    from reconciler.adapters.state.shared_journal import SharedJournal
    from reconciler.apply.ports import Clock

ORDERS, USERS = DatabaseName("orders"), DatabaseName("users")
SHOP = AppName("shop")
BEGUN = Entry(at="2026-11-22T20:00:00.000+00:00", database=ORDERS, what="begun")


@dataclass
class Machine:
    """One process with its own connections; its clock is moved by hand, its heart beats when told."""

    leases: SharedLeases
    journal: SharedJournal
    passed_s: float = 0

    def claim(self, *works: Work) -> dict[DatabaseName, str]:
        claims = asyncio.run(self.leases.claim(works))
        return {name: claim.answer for name, claim in claims.items()}

    def release(self, name: DatabaseName, outcome: Outcome) -> None:
        asyncio.run(self.leases.release(name, outcome))


@pytest.fixture
def machine(database: StateDatabase) -> Iterator[Callable[..., Machine]]:
    plan = plan_for("orders")
    recorded(database.url, plan)
    with contextlib.ExitStack() as stack:

        def made(limits: Limits = NO_LIMITS, clock: Clock | None = None) -> Machine:
            inner = stack.enter_context(
                recording(
                    plan,
                    [QuickLink(database.url) for _ in range(3)],
                    limits=limits,
                    clock=clock or SystemClock(),
                    beat_s=NEVER_S,
                    now_s=lambda: one.passed_s,
                    awake_s=lambda: one.passed_s,
                )
            )
            one = Machine(inner.leases, inner.journal)
            return one

        yield made


def _silence(database: StateDatabase, seconds: float) -> None:
    """Let so much time pass without a heartbeat."""
    database.ask("UPDATE leases SET heartbeat = heartbeat - make_interval(secs => %s)", seconds)


def test_one_database_is_worked_on_by_one_machine(machine: Callable[..., Machine]) -> None:
    here, there = machine(), machine()

    assert here.claim(Work(ORDERS)) == {ORDERS: "granted"}
    assert there.claim(Work(ORDERS), Work(USERS)) == {ORDERS: "busy", USERS: "granted"}
    said = asyncio.run(there.leases.claim([Work(ORDERS)]))[ORDERS].text
    assert said.startswith(f"{here.leases.who} works on it since 20")
    assert said.endswith("last heard of 0 s ago")


def test_many_machines_at_once_get_each_database_once(machine: Callable[..., Machine]) -> None:
    names = [DatabaseName(f"db-{number}") for number in range(20)]
    machines = [machine() for _ in range(4)]

    async def everybody() -> list[dict[DatabaseName, str]]:
        answers = await asyncio.gather(
            *(one.leases.claim([Work(name) for name in names]) for one in machines)
        )
        return [{name: claim.answer for name, claim in one.items()} for one in answers]

    granted = [name for one in asyncio.run(everybody()) for name in names if one[name] == "granted"]
    assert sorted(granted) == sorted(names)


def test_a_machine_that_is_not_heard_of_is_followed_by_another(
    machine: Callable[..., Machine], database: StateDatabase
) -> None:
    here, there = machine(), machine()
    here.claim(Work(ORDERS))

    _silence(database, LEASE_S - 1)
    assert there.claim(Work(ORDERS)) == {ORDERS: "busy"}
    _silence(database, 1)
    assert there.claim(Work(ORDERS)) == {ORDERS: "granted"}


def test_who_lost_a_lease_can_neither_write_nor_send(
    machine: Callable[..., Machine], database: StateDatabase
) -> None:
    here, there = machine(), machine()
    here.claim(Work(ORDERS))
    here.journal.append(BEGUN)
    here.leases.check(ORDERS)
    _silence(database, LEASE_S)
    there.claim(Work(ORDERS))

    with pytest.raises(LeaseLostError, match="orders is worked on by another process"):
        here.journal.append(BEGUN)
    here.passed_s += LEASE_S - MARGIN_S
    with pytest.raises(LeaseLostError, match="The lease of orders was lost"):
        here.leases.check(ORDERS)
    there.journal.append(BEGUN)
    assert there.journal.entries() == (BEGUN, BEGUN)


def test_who_is_paused_in_the_middle_of_a_transaction_keeps_nobody_from_taking_over(
    machine: Callable[..., Machine], database: StateDatabase
) -> None:
    there = machine()
    paused = machine()
    paused.claim(Work(ORDERS))
    _silence(database, LEASE_S)
    locked, go_on = threading.Event(), threading.Event()

    def stuck(connection: Connection) -> None:
        connection.execute("SELECT 1 FROM leases FOR UPDATE")
        locked.set()
        go_on.wait(60)
        connection.execute("SELECT 1")

    quick = Link(database.url, idle_ms=IDLE_MS // 20)
    with contextlib.closing(quick) as link, ThreadPoolExecutor(1) as elsewhere:
        held = elsewhere.submit(link.run, stuck)
        locked.wait(10)
        try:
            assert there.claim(Work(ORDERS)) == {ORDERS: "granted"}
        finally:
            go_on.set()
        with pytest.raises(StateError):
            held.result()


def test_who_was_paused_and_lost_nothing_goes_on(machine: Callable[..., Machine]) -> None:
    here = machine()
    here.claim(Work(ORDERS))

    here.passed_s += 10 * LEASE_S

    here.leases.check(ORDERS)
    here.journal.append(BEGUN)


def test_a_lease_cannot_be_proved_while_the_state_is_away(
    machine: Callable[..., Machine], server: StateServer
) -> None:
    here = machine()
    here.claim(Work(ORDERS))
    server.server.stop()
    try:
        here.leases.check(ORDERS)
        here.passed_s += LEASE_S - MARGIN_S
        with pytest.raises(LeaseLostError):
            here.leases.check(ORDERS)
        with pytest.raises(StateError, match="cannot be reached") as caught:
            here.journal.append(BEGUN)
        assert "canary" not in str(caught.value)
    finally:
        server.server.start()
    here.leases.check(ORDERS)
    here.journal.append(BEGUN)


@pytest.mark.parametrize(
    ("limits", "works", "granted"),
    [
        (Limits(), 3, 3),
        (Limits(at_once=2), 3, 2),
        (Limits(at_once_per_app=1), 3, 1),
        (Limits(at_once_per_label={"team": 1}), 3, 1),
        (Limits(at_once_per_label={"tier": 1}), 3, 3),
    ],
)
def test_limits_hold_over_all_machines(
    machine: Callable[..., Machine], limits: Limits, works: int, granted: int
) -> None:
    wanted = [
        Work(DatabaseName(f"db-{number}"), (SHOP,), {"team": "payments"}) for number in range(works)
    ]
    alone = asyncio.run(LeasesHere(limits).claim(wanted))
    machines = [machine(limits) for _ in wanted]
    answers = [one.claim(work)[work.name] for one, work in zip(machines, wanted, strict=True)]

    assert answers.count("granted") == granted
    assert [claim.answer for claim in alone.values()] == answers


def test_room_is_made_by_an_end(machine: Callable[..., Machine]) -> None:
    here, there = machine(Limits(at_once=1)), machine(Limits(at_once=1))
    here.claim(Work(ORDERS))
    assert there.claim(Work(USERS)) == {USERS: "busy"}

    here.release(ORDERS, Outcome(ORDERS, "done"))

    assert there.claim(Work(USERS)) == {USERS: "granted"}


def test_a_failure_elsewhere_is_told_to_who_waited_for_it(
    machine: Callable[..., Machine], database: StateDatabase
) -> None:
    here, there, later = machine(), machine(), machine()
    database.ask(
        "INSERT INTO work (plan, database, phases, state) SELECT plan, 'orders', '{cutover}', 'open' FROM runs"
    )
    here.claim(Work(ORDERS))
    there.claim(Work(ORDERS))

    here.release(ORDERS, Outcome(ORDERS, "backed-out", "lag does not end"))

    claim = asyncio.run(there.leases.claim([Work(ORDERS)]))[ORDERS]
    assert (claim.answer, claim.state) == ("settled", "backed-out")
    assert claim.text == f"lag does not end ({here.leases.who})"
    assert later.claim(Work(ORDERS)) == {ORDERS: "granted"}


class TestApps:
    """Two cutovers never close and open the same app."""

    def reserve(self, one: Machine, name: DatabaseName) -> None:
        """Reserve the shop or give up at the first waiting."""

        def wait(text: str) -> None:
            raise StoppedError(text)

        asyncio.run(one.leases.reserve(name, [SHOP], wait))

    def test_the_second_cutover_waits_for_the_first(self, machine: Callable[..., Machine]) -> None:
        here, there = machine(), machine()
        here.claim(Work(ORDERS))
        there.claim(Work(USERS))
        self.reserve(here, ORDERS)
        self.reserve(here, ORDERS)

        with pytest.raises(StoppedError, match="orders has its cutover with shop first"):
            self.reserve(there, USERS)
        asyncio.run(here.leases.give_back(ORDERS, is_cutting_over=False))
        self.reserve(there, USERS)

    def test_an_app_that_a_dead_process_left_closed_stays_its_databases(
        self, machine: Callable[..., Machine], database: StateDatabase
    ) -> None:
        here, there = machine(), machine()
        here.claim(Work(ORDERS))
        there.claim(Work(USERS))
        self.reserve(here, ORDERS)
        here.journal.append(BEGUN.model_copy(update={"what": "cutover-begun"}))
        database.ask("UPDATE leases SET heartbeat = '2000-01-01' WHERE database = 'orders'")

        with pytest.raises(StoppedError, match="the cutover of orders with shop was cut off"):
            self.reserve(there, USERS)
        assert there.claim(Work(ORDERS)) == {ORDERS: "granted"}
        self.reserve(there, ORDERS)

    def test_an_app_that_a_dead_process_never_closed_is_free(
        self, machine: Callable[..., Machine], database: StateDatabase
    ) -> None:
        here, there = machine(), machine()
        here.claim(Work(ORDERS))
        there.claim(Work(USERS))
        self.reserve(here, ORDERS)
        database.ask("UPDATE leases SET heartbeat = '2000-01-01' WHERE database = 'orders'")

        self.reserve(there, USERS)


def test_a_newer_state_is_left_alone(database: StateDatabase) -> None:
    SharedState(database.url).close()
    database.ask("UPDATE about SET version = 2")

    with pytest.raises(StateError, match="has version 2; this reconcile knows version 1"):
        SharedState(database.url)


@pytest.mark.parametrize("url", ["nonsense", "postgresql://u:canary@h:port/d", "canary=1 x"])
def test_what_is_no_address_is_not_repeated(url: str) -> None:
    with pytest.raises((UsageError, StateError)) as caught:
        SharedState(url)
    assert "canary" not in str(caught.value)


def test_a_wrong_password_is_said_and_not_shown(database: StateDatabase) -> None:
    wrong = database.url.replace("canary-of-the-state", "canary-of-somebody")

    with pytest.raises(StateError, match=r"cannot be reached: .*authentication failed") as caught:
        SharedState(wrong)
    assert "canary" not in str(caught.value)


def test_a_damaged_entry_is_said(machine: Callable[..., Machine], database: StateDatabase) -> None:
    here = machine()
    here.claim(Work(ORDERS))
    here.journal.append(BEGUN)
    database.ask("UPDATE entries SET body = '{'")

    with pytest.raises(StateError, match="is damaged, or written by another version"):
        here.journal.entries()


def test_nobody_finishes_a_cut_off_cutover_for_ever(
    machine: Callable[..., Machine], database: StateDatabase
) -> None:
    clock = _Hurried()
    here, there = machine(), machine(clock=clock)
    here.claim(Work(ORDERS))
    TestApps().reserve(here, ORDERS)
    here.journal.append(BEGUN.model_copy(update={"what": "cutover-begun"}))
    database.ask("UPDATE leases SET heartbeat = '2000-01-01'")
    there.claim(Work(USERS))

    with pytest.raises(StepConflictError, match="was cut off") as caught:
        asyncio.run(there.leases.reserve(USERS, [SHOP], lambda _: None))
    assert caught.value.hint == "Finish that first: reconcile apply"
    assert 60 <= clock.passed_s < 70


class _Hurried(SystemClock):
    """Waits no time, and counts it."""

    passed_s = 0.0

    def monotonic(self) -> float:
        return self.passed_s

    async def sleep(self, seconds: float) -> None:
        self.passed_s += seconds
