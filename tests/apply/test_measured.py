"""What is measured over several runs: from the first that has closed something to the last that opens it."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import TYPE_CHECKING

import pytest
from support.apply_world import FakeClock, Killed, World, make_world, plan_for

from reconciler.apply.journal import CLOSED, PREPARED
from reconciler.core.endpoint import HEROKU
from reconciler.render.measured import took
from reconciler.simulator.clock import ManualClock

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from reconciler.apply.outcome import Outcome
    from reconciler.core.plan import Plan

HOUR_S = 3_600.0


def killed_at(world: World, path: str) -> None:
    """A run that ends right before the request to a path that ends so."""
    killed_once(world, lambda request: request.url.path.endswith(path))


def killed_once(world: World, is_time: Callable[[httpx.Request], bool]) -> None:
    """A run that ends right before the first request for which it is time."""

    def kill(request: httpx.Request) -> None:
        if is_time(request):
            raise Killed

    world.wire.before = kill
    with pytest.raises(Killed):
        asyncio.run(world.applied(plan_for("orders")))
    world.wire.before = lambda _: None


def aborted(world: World) -> Outcome:
    return asyncio.run(world.aborted(plan_for("orders")))


def against(endpoint: str) -> Plan:
    return plan_for("orders").model_copy(update={"endpoint": endpoint}).with_digest()


def at_of(world: World, what: str) -> dt.datetime:
    """When the first entry of that kind was written."""
    return next(
        dt.datetime.fromisoformat(one.at) for one in world.journal.lines if one.what == what
    )


def measured(world: World, key: str) -> float:
    (value,) = (float(one.value) for one in world.journal.lines if one.key == key)
    return value


def test_preparation_counts_the_time_in_which_nobody_was_at_work() -> None:
    world = make_world()
    killed_once(world, lambda _: bool(world.requested("POST")))
    began = at_of(world, "begun")
    asyncio.run(world.clock.sleep(HOUR_S))

    (outcome,) = asyncio.run(world.applied(plan_for("orders")))

    prepared = measured(world, PREPARED)
    assert outcome.prepared_s == pytest.approx(prepared, abs=0.01)
    (entry,) = (one for one in world.journal.lines if one.key == PREPARED)
    ended = dt.datetime.fromisoformat(entry.at)
    assert prepared == pytest.approx((ended - began).total_seconds(), abs=0.01)
    assert prepared > HOUR_S
    assert entry.text.startswith("prepared in ")


def test_downtime_counts_the_time_in_which_nobody_was_at_work() -> None:
    world = make_world()
    killed_at(world, "/unfollow")
    closed = at_of(world, "cutover-begun")
    asyncio.run(world.clock.sleep(HOUR_S))

    (outcome,) = asyncio.run(world.applied(against(HEROKU)))

    spent = (at_of(world, "opened") - closed).total_seconds()
    assert outcome.closed_s == pytest.approx(spent, abs=0.01)
    assert measured(world, CLOSED) == pytest.approx(spent, abs=0.01)
    (entry,) = (one for one in world.journal.lines if one.what == "opened")
    assert entry.text.endswith(", so longer than predicted")


def test_the_journal_does_not_judge_a_prediction_by_the_time_of_a_stand_in() -> None:
    world = make_world()

    asyncio.run(world.applied(plan_for("orders")))

    texts = [one.text for one in world.journal.lines if one.key in {CLOSED, PREPARED}]
    assert len(texts) == 2
    assert all(one.endswith(" of Heroku's time") for one in texts)


class TickingClock(FakeClock):
    """No two readings of it are the same."""

    def monotonic(self) -> float:
        self.world.advance(0.001)
        return super().monotonic()


def test_the_journal_the_events_and_the_outcome_tell_one_downtime() -> None:
    world = make_world()
    assert isinstance(world.stand_in.clock, ManualClock)
    world.clock = TickingClock(world.stand_in.clock)

    (outcome,) = asyncio.run(world.applied(plan_for("orders")))

    (opened,) = (one for one in world.events if one.kind == "open")
    assert outcome.closed_s is not None
    assert opened.closed_s == outcome.closed_s
    assert measured(world, CLOSED) == round(outcome.closed_s, 3)
    assert opened.text == f"open again after {took(outcome.closed_s)}"


def test_a_cutover_that_an_abort_takes_back_is_measured_too() -> None:
    world = make_world()
    killed_at(world, "/unfollow")
    closed = at_of(world, "cutover-begun")
    asyncio.run(world.clock.sleep(HOUR_S))

    outcome = aborted(world)

    spent = (at_of(world, "backed-out") - closed).total_seconds()
    assert outcome.state == "backed-out"
    assert spent > HOUR_S
    assert outcome.closed_s == pytest.approx(spent, abs=0.01)
    assert measured(world, CLOSED) == pytest.approx(spent, abs=0.01)


def test_what_was_done_before_is_not_measured_again() -> None:
    world = make_world()
    asyncio.run(world.applied(plan_for("orders")))

    (again,) = asyncio.run(world.applied(plan_for("orders")))

    assert (again.state, again.closed_s, again.prepared_s) == ("done", None, None)


def test_without_a_closing_no_downtime_is_measured() -> None:
    world = make_world()

    (outcome,) = asyncio.run(world.applied(plan_for("crimson")))

    assert (outcome.state, outcome.closed_s) == ("done", None)
    assert [one for one in world.journal.lines if one.key == CLOSED] == []
