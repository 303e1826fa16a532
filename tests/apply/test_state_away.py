"""The state goes away while databases wait or are begun: all come to an end, and what is left closed is said."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from support.apply_world import ListJournal, judged_world, plan_for

from reconciler.apply.cutover import NO_WAY_BACK
from reconciler.apply.leases import Claim, LeasesHere
from reconciler.apply.outcome import Outcome
from reconciler.core.limits import Limits
from reconciler.core.names import DatabaseName
from reconciler.errors import LeaseLostError, StateError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from support.apply_world import World

    from reconciler.apply.journal import Entry
    from reconciler.apply.leases import Work

LEGACY, ORDERS = DatabaseName("legacy"), DatabaseName("orders")
WAITS = Claim("busy", "[limits] at_once is 1")
HINT = "Mend it and run the same apply again."


def away() -> StateError:
    return StateError("The shared state does not answer.", hint=HINT)


@dataclass
class Journal(ListJournal):
    """Goes away for good right after the point of no return, or can not be read of one database."""

    goes: bool = False
    unreadable: DatabaseName | None = None
    why: StateError = field(default_factory=away)
    is_away: bool = False

    def append(self, entry: Entry) -> None:
        if self.is_away:
            raise self.why
        super().append(entry)
        self.is_away |= self.goes and entry.key == NO_WAY_BACK

    def entries_of(self, database: DatabaseName) -> tuple[Entry, ...]:
        if self.is_away or database == self.unreadable:
            raise self.why
        return super().entries_of(database)


class Leases(LeasesHere):
    """Answers as told for some and grants the others, as long as the state is there."""

    poll_s = 1.0

    def __init__(self, journal: Journal, **answers: Claim) -> None:
        super().__init__(Limits())
        self.journal = journal
        self.answers = answers
        self.released: list[tuple[DatabaseName, str]] = []

    async def claim(self, works: Sequence[Work]) -> dict[DatabaseName, Claim]:
        if self.journal.is_away:
            raise away()
        return {one.name: self.answers.get(one.name, Claim("granted")) for one in works}

    async def release(self, name: DatabaseName, outcome: Outcome) -> None:
        self.released.append((name, outcome.state))


class MuteLeases(LeasesHere):
    """Can not be told how anything ended."""

    async def release(self, name: DatabaseName, outcome: Outcome) -> None:
        del name, outcome
        raise away()


def ends(world: World) -> dict[DatabaseName, Outcome | None]:
    """How each database ended, as it was told."""
    return {one.database: one.outcome for one in world.events if one.kind == "end"}


def test_what_is_left_closed_is_said_although_the_state_does_not_answer_those_who_wait() -> None:
    plan = plan_for("legacy", "orders")
    world, judge = judged_world(plan)
    journal = Journal(goes=True)
    leases = Leases(journal, legacy=WAITS)

    legacy, orders = asyncio.run(world.applied(plan, journal=journal, leases=leases))

    assert legacy == Outcome(LEGACY, "failed", str(away()), HINT)
    assert orders.state == "failed"
    assert "shop is in maintenance mode" in " ".join(orders.closed)
    assert ends(world) == {LEGACY: legacy, ORDERS: orders}
    assert {one.database for one in journal.lines} == {ORDERS}
    assert world.end()["apps"]["blog"] == judge.before["apps"]["blog"]


def test_a_state_that_does_not_answer_before_anything_was_done_ends_the_apply() -> None:
    world, _ = judged_world()
    journal = Journal(is_away=True)

    with pytest.raises(StateError, match="does not answer"):
        asyncio.run(
            world.applied(plan_for("legacy", "orders"), journal=journal, leases=Leases(journal))
        )

    assert (world.wire.requests, world.events, journal.lines) == ([], [], [])


def test_what_an_earlier_run_has_left_closed_is_said_although_nothing_can_be_claimed() -> None:
    plan = plan_for("legacy", "orders")
    world, _ = judged_world(plan)
    earlier = Journal(goes=True)
    _, left = asyncio.run(
        world.applied(plan, journal=earlier, leases=Leases(earlier, legacy=WAITS))
    )
    world.wire.requests.clear()
    journal = Journal(earlier.lines, is_away=True)

    legacy, orders = asyncio.run(world.applied(plan, journal=journal, leases=Leases(journal)))

    assert legacy == Outcome(LEGACY, "failed", str(away()), HINT)
    assert orders == Outcome(ORDERS, "failed", str(away()), HINT, closed=left.closed)
    assert left.closed
    assert {one.partition(" ")[0] for one in world.wire.requests} == {"GET"}


@pytest.mark.parametrize(
    ("why", "state"), [(away(), "failed"), (LeaseLostError("Taken over."), "pending")]
)
def test_what_can_not_be_read_is_not_begun_and_left_to_others(why: StateError, state: str) -> None:
    plan = plan_for("legacy", "orders")
    world, judge = judged_world(plan)
    journal = Journal(unreadable=LEGACY, why=why)
    leases = Leases(journal)

    legacy, orders = asyncio.run(world.applied(plan, journal=journal, leases=leases))

    assert (legacy.state, legacy.reason, legacy.hint) == (state, str(why), why.hint)
    assert (orders.state, ends(world)) == ("done", {LEGACY: legacy, ORDERS: orders})
    assert leases.released == [(LEGACY, "pending"), (ORDERS, "done")]
    assert world.end()["apps"]["blog"] == judge.before["apps"]["blog"]


def test_what_ended_elsewhere_and_can_not_be_read_is_not_believed() -> None:
    plan = plan_for("legacy", "orders")
    world, _ = judged_world(plan)
    journal = Journal(unreadable=LEGACY)
    leases = Leases(journal, legacy=Claim("settled", "backed out there", "backed-out"))

    legacy, orders = asyncio.run(world.applied(plan, journal=journal, leases=leases))

    assert legacy == Outcome(LEGACY, "failed", str(away()), HINT)
    assert orders.state == "done"


def test_an_end_stands_although_the_lease_can_not_be_given_back() -> None:
    world, _ = judged_world()

    (outcome,) = asyncio.run(world.applied(plan_for("orders"), leases=MuteLeases(Limits())))

    assert outcome.state == "done"
    assert [(one.kind, one.outcome) for one in world.events[-2:]] == [
        ("trouble", None),
        ("end", outcome),
    ]
    assert world.events[-2].text == f"this could not be recorded: {away()}"


def test_an_abort_stands_although_the_lease_can_not_be_given_back() -> None:
    world, judge = judged_world()
    asyncio.run(world.applied(plan_for("orders"), phases=frozenset({"prepare"})))

    outcome = asyncio.run(world.aborted(plan_for("orders"), leases=MuteLeases(Limits())))

    assert (outcome.state, judge.lost()) == ("backed-out", [])
