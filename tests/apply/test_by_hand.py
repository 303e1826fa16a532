"""What people do by hand meanwhile: nothing they did is undone unsaid, and nothing that was written is lost."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx
import pytest
from support.hands import (
    attach,
    by_hand,
    close,
    killed_after,
    led_to,
    once,
    open_up,
    remove,
    take_away,
)
from support.killing import CASES, Case

from reconciler.core.observed import POOLER
from reconciler.errors import StateError

if TYPE_CHECKING:
    from support.apply_world import World
    from support.judge import Judge

    from reconciler.apply.journal import Entry
    from reconciler.apply.outcome import Outcome

ORDERS = CASES["orders"]
OLD, BLUE = "postgresql-green-10003", "postgresql-blue-10002"
FOLLOWER = "postgresql-grey-10004"
NEW = "shop-orders-standard-2-c4c848"
NAMES = (
    ("shop", "DATABASE", ""),
    ("shop", "DATABASE_CONNECTION_POOL", POOLER),
    ("shop", "WORKER_POOL", POOLER),
    ("reports", "ORDERS", ""),
)
SHOP = ("DATABASE", "DATABASE_CONNECTION_POOL", "WORKER_POOL")
ATTACHING, SCALING = ("POST", "/addon-attachments"), ("PATCH", "/formation")
LAST_NAME = 5
"""Requests that attach: an alias, then four names."""


def applied(world: World, case: Case = ORDERS) -> Outcome:
    (outcome,) = asyncio.run(world.applied(case.plan()))
    return outcome


def prepared(world: World, case: Case = ORDERS) -> None:
    (outcome,) = asyncio.run(world.applied(case.plan(), phases=frozenset({"prepare"})))
    assert outcome.state == "pending"


def aborted(world: World) -> Outcome:
    return asyncio.run(world.aborted(ORDERS.plan()))


@dataclass
class FullJournal:
    """A journal on a disk that is full."""

    lines: list[Entry] = field(default_factory=list)

    def append(self, entry: Entry) -> None:
        raise StateError(f"No space left on device for {entry.what}.")

    def entries(self) -> tuple[Entry, ...]:
        return tuple(self.lines)

    def entries_of(self, database: str) -> tuple[Entry, ...]:
        return tuple(one for one in self.lines if one.database == database)


@pytest.mark.parametrize("nth", range(2, LAST_NAME + 1))
def test_a_run_that_goes_on_and_fails_takes_back_all_that_any_run_has_done(nth: int) -> None:
    world, judge = ORDERS.world()
    killed_after(world, judge, ATTACHING, nth, case=ORDERS)

    (failed,) = asyncio.run(world.applied(ORDERS.plan(), journal=FullJournal(world.journal.lines)))

    assert failed.state in {"failed", "backed-out"}
    assert failed.closed == ()
    assert led_to(world, "shop", *SHOP) | led_to(world, "reports", "ORDERS") == {OLD}
    assert judge.broken == []
    assert judge.lost() == []


def opened_by_hand_once_led_over() -> tuple[World, Judge]:
    world, judge = ORDERS.world()
    killed_after(world, judge, ATTACHING, LAST_NAME, case=ORDERS)
    open_up(world, "shop", web=3, worker=2)
    open_up(world, "reports", web=1)
    world.clock.world.advance(600)
    return world, judge


def test_abort_destroys_nothing_that_an_app_may_have_written_to() -> None:
    world, _ = opened_by_hand_once_led_over()

    refused = aborted(world)
    still = applied(world)
    for app, kinds in (("shop", ("web", "worker")), ("reports", ("web",))):
        close(world, app, *kinds)
    done = applied(world)

    assert refused.state == still.state == "failed"
    assert "reports and shop could write while names lead to" in refused.reason
    assert f"To go on with {NEW}, close reports and shop again by hand" in refused.hint
    assert (done.state, done.closed) == ("done", ())
    assert led_to(world, "shop", *SHOP) | led_to(world, "reports", "ORDERS") == {NEW}
    assert world.end()["databases"][NEW]


def test_whoever_leads_all_names_back_has_decided_and_abort_does_the_rest() -> None:
    world, _ = opened_by_hand_once_led_over()
    aborted(world)
    for app, name, namespace in NAMES:
        attach(world, app, name, OLD, namespace)

    early = aborted(world)
    world.clock.world.advance(60)
    outcome = aborted(world)

    assert early.state == "failed"  # the releases that lead back still run their phase
    assert (outcome.state, outcome.closed) == ("backed-out", ())
    assert led_to(world, "shop", *SHOP) | led_to(world, "reports", "ORDERS") == {OLD}


RELEASES_FAIL = {"kind": "release-phase-fails", "app": "shop", "release": "*"}


def test_abort_leaves_a_name_alone_that_somebody_has_led_elsewhere() -> None:
    world, _ = ORDERS.world()
    prepared(world)
    attach(world, "shop", "DATABASE", BLUE)

    outcome = aborted(world)

    assert outcome.state == "backed-out"
    assert led_to(world, "shop", "DATABASE") == {BLUE}


def test_a_name_that_we_moved_and_somebody_led_elsewhere_is_not_led_back() -> None:
    world, judge = ORDERS.world()
    killed_after(world, judge, ATTACHING, LAST_NAME, case=ORDERS)
    attach(world, "shop", "DATABASE", BLUE)

    outcome = applied(world)

    assert outcome.state == "failed"
    assert f"shop::DATABASE leads to {BLUE}" in outcome.reason
    assert outcome.closed != ()
    assert led_to(world, "shop", "DATABASE") == {BLUE}


@pytest.mark.parametrize("seconds", [1.0, 30.0])
def test_a_name_that_is_led_elsewhere_right_before_it_would_move_is_not_taken(
    seconds: float,
) -> None:
    world, _ = ORDERS.world()
    world.stand_in.world.timing.drain = seconds
    line = f"wait wait until {NEW} is 0 commits"
    report = once(world, line, lambda: attach(world, "shop", "DATABASE", BLUE))

    (outcome,) = asyncio.run(world.applied(ORDERS.plan(), report=report))

    assert outcome.state == "backed-out"
    assert f"leads to {BLUE}, which the plan does not replace" in outcome.reason
    assert led_to(world, "shop", "DATABASE") == {BLUE}
    assert led_to(world, "shop", "WORKER_POOL") == {OLD}


def test_done_is_only_what_the_last_looks_show() -> None:
    world, judge = ORDERS.world()
    killed_after(world, judge, SCALING, 3, case=ORDERS)
    attach(world, "shop", "WORKER_POOL", OLD)

    outcome = applied(world)

    assert outcome.state == "failed"
    assert OLD in outcome.reason
    assert not any(one.what == "done" for one in world.journal.lines)


def test_a_follower_that_was_promoted_by_hand_is_not_called_a_change_that_is_done() -> None:
    world, _ = ORDERS.world()
    prepared(world)
    addon = world.stand_in.world.addon(NEW)
    assert addon is not None
    by_hand(world, "PUT", f"/client/v11/databases/{addon.id}/unfollow")
    world.clock.world.advance(30)
    attach(world, "shop", "DATABASE", NEW)

    outcome = applied(world)

    assert outcome.state == "failed"
    assert outcome.closed == ()
    assert led_to(world, "shop", "WORKER_POOL") == {OLD}


WINDOW = Case(
    "with a window",
    text="""\
app = "ledger"
[database.lavender]
plan = "premium-4"
maintenance_window = "Tuesday 02:00"
""",
)


def test_what_closes_nothing_is_done_when_herokus_own_window_came_first() -> None:
    world, _ = WINDOW.world()
    prepared(world, WINDOW)
    world.clock.world.advance(8 * 86_400)

    outcome = applied(world, WINDOW)

    assert (outcome.state, outcome.closed_s) == ("done", None)
    assert asyncio.run(world.planned(WINDOW.desired())).databases == ()


def test_a_release_of_another_database_under_that_name_proves_nothing() -> None:
    world, _ = ORDERS.world()
    attach(world, "shop", "DATABASE", BLUE)
    attach(world, "shop", "DATABASE", OLD)
    world.clock.world.advance(60)
    world.stand_in.world.timing.release_phase = 20.0
    stale = {"kind": "stale", "method": "GET", "path": "/apps/shop/releases", "age": "15s"}
    by_hand(world, "POST", "/sim/faults", stale)
    by_hand(world, "POST", "/sim/faults", RELEASES_FAIL | {"release": "Attach DATABASE *"})

    outcome = applied(world)

    assert outcome.state == "backed-out"
    assert led_to(world, "shop", *SHOP) == {OLD}


# --- what the plan found is not so any more


@pytest.mark.parametrize(("app", "name"), [("shop", "WORKER_POOL"), ("reports", "ORDERS")])
def test_done_before_is_said_only_where_every_name_still_leads_there(app: str, name: str) -> None:
    world, _ = ORDERS.world()
    assert applied(world).state == "done"
    attach(world, app, name, OLD)

    again = applied(world)
    (verified,) = asyncio.run(world.confirmed(ORDERS.plan()))

    assert (again.state, verified.state) == ("stale", "stale")


def test_a_name_that_came_since_is_noticed_before_anything_is_closed() -> None:
    world, _ = ORDERS.world()
    prepared(world)
    attach(world, "blog", "ORDERS", OLD)

    outcome = applied(world)

    assert (outcome.state, outcome.closed_s) == ("failed", None)
    assert "has not the names any more that the plan moves (blog::ORDERS)" in outcome.reason
    assert not any(one.endswith("/unfollow") for one in world.wire.requests)


def test_a_name_that_no_longer_goes_through_the_pool_is_not_put_back_there() -> None:
    world, _ = ORDERS.world()
    prepared(world)
    attach(world, "shop", "WORKER_POOL", OLD)

    outcome = applied(world)

    assert (outcome.state, outcome.closed_s) == ("failed", None)
    assert f"shop::WORKER_POOL, shop::WORKER_POOL {POOLER}" in outcome.reason


# --- abort takes back what was done, and nothing else


def test_abort_brings_no_name_back_that_somebody_has_taken_away() -> None:
    world, _ = ORDERS.world()
    prepared(world)
    take_away(world, "shop", "WORKER_POOL")

    aborted(world)

    assert led_to(world, "shop", "WORKER_POOL") == {"nothing"}


MORE_NAMES = Case(
    "more names",
    text="""\
app = "shop"
[database.orders]
plan = "standard-2"
[[database.orders.follower]]
app = "reports"
attachment = "ORDERS_REPLICA"
plan = "standard-0"
[[database.orders.attach]]
app = "blog"
as = "ORDERS"
[[database.orders.attach]]
app = "reports"
as = "ORDERS"
""",
)


def test_abort_leaves_a_name_to_who_made_it_before_us() -> None:
    world, _ = MORE_NAMES.world()
    prepared(world, MORE_NAMES)
    attach(world, "blog", "ORDERS", OLD)

    asyncio.run(world.aborted(MORE_NAMES.plan()))

    assert led_to(world, "blog", "ORDERS") == {OLD}


def test_abort_opens_apps_although_a_follower_that_nobody_has_touched_is_gone() -> None:
    world, judge = ORDERS.world()
    killed_after(world, judge, SCALING, 2, case=ORDERS)
    remove(world, FOLLOWER)

    outcome = aborted(world)

    assert (outcome.state, outcome.closed) == ("backed-out", ())


def test_abort_opens_the_other_app_although_one_can_not_be_seen_any_more() -> None:
    world, judge = ORDERS.world()
    killed_after(world, judge, SCALING, 2, case=ORDERS)

    def before(request: httpx.Request) -> httpx.Response | None:
        is_hidden = request.url.path.startswith("/apps/reports")
        gone = {"id": "not_found", "message": "Couldn't find that app."}
        return httpx.Response(404, json=gone) if is_hidden else None

    world.wire.before = before

    outcome = aborted(world)

    assert outcome.state == "failed"
    assert any("reports could not be looked at and may be closed" in one for one in outcome.closed)
    assert world.end()["apps"]["shop"]["maintenance"] is False


def test_abort_opens_nothing_that_somebody_has_closed_after_we_opened_it() -> None:
    world, _ = MORE_NAMES.world()

    def before(request: httpx.Request) -> httpx.Response | None:
        is_attaching = (request.method, request.url.path) == ATTACHING
        return httpx.Response(422, json={"id": "x", "message": "not now"}) if is_attaching else None

    world.wire.before = before
    assert applied(world, MORE_NAMES).state == "failed"
    world.wire.before = lambda _: None
    by_hand(world, "PATCH", "/apps/shop", {"maintenance": True})

    asyncio.run(world.aborted(MORE_NAMES.plan()))

    assert world.end()["apps"]["shop"]["maintenance"] is True


# --- a deploy in between


def without_clock(world: World) -> None:
    shop = world.stand_in.world.app("shop")
    assert shop is not None
    del shop.formation["clock"]


def test_a_process_type_that_is_gone_keeps_no_other_from_running_again() -> None:
    world, judge = ORDERS.world()
    killed_after(world, judge, SCALING, 2, case=ORDERS)
    without_clock(world)

    outcome = aborted(world)

    assert (outcome.state, outcome.closed) == ("backed-out", ())
    formation = world.end()["apps"]["shop"]["formation"]
    assert (formation["web"], formation["worker"]) == (3, 2)


def test_a_process_type_that_is_gone_keeps_no_cutover_from_its_end() -> None:
    world, judge = ORDERS.world()
    killed_after(world, judge, ATTACHING, LAST_NAME, case=ORDERS)
    without_clock(world)

    outcome = applied(world)

    assert (outcome.state, outcome.closed) == ("done", ())
    assert any("the app has it no more: clock" in event.text for event in world.events)
