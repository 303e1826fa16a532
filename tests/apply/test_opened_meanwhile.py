"""Opened and closed again between two runs: a look at the present moment shows nothing of it, and writes came in."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx
import pytest
from support.apply_world import ListJournal
from support.hands import by_hand, close, commits, killed_after, led_to, open_up
from support.killing import CASES

from reconciler.errors import StateError

if TYPE_CHECKING:
    from support.apply_world import World

    from reconciler.apply.journal import Entry

ORDERS, LEGACY = CASES["orders"], CASES["legacy"]
OLD, NEW = "postgresql-green-10003", "shop-orders-standard-2-c4c848"
FOLLOWER = "postgresql-grey-10004"
SHOP = ("DATABASE", "DATABASE_CONNECTION_POOL", "WORKER_POOL")
ATTACHING, UNFOLLOWING = ("POST", "/addon-attachments"), ("PUT", "/unfollow")


def opened_for_a_while(world: World) -> None:
    """Both apps of the orders, by people, for ten minutes."""
    open_up(world, "shop", web=3, worker=2)
    open_up(world, "reports", web=1)
    world.clock.world.advance(600)
    close(world, "shop", "web", "worker")
    close(world, "reports", "web")


def test_what_was_written_to_the_old_one_after_its_data_was_taken_is_not_lost() -> None:
    world, judge = ORDERS.world()
    killed_after(world, judge, UNFOLLOWING, 1, case=ORDERS)
    before = commits(world, OLD)
    opened_for_a_while(world)
    assert commits(world, OLD) > before

    (outcome,) = asyncio.run(world.applied(ORDERS.plan()))

    assert (outcome.state, outcome.closed) == ("backed-out", ())
    assert "was scaled up, and down again, by somebody else" in outcome.reason
    assert led_to(world, "shop", *SHOP) == {OLD}
    assert judge.lost() == []


def test_a_copy_from_before_somebody_wrote_again_is_not_taken() -> None:
    world, judge = LEGACY.world()
    killed_after(world, judge, ("POST", "/transfers"), 1, case=LEGACY)
    open_up(world, "blog", web=1, worker=1)
    world.clock.world.advance(600)
    close(world, "blog", "web", "worker")

    (first,) = asyncio.run(world.applied(LEGACY.plan()))
    judge.new_process()
    (second,) = asyncio.run(world.applied(LEGACY.plan()))

    assert (first.state, second.state) == ("backed-out", "done")
    assert judge.lost() == []


def test_what_was_written_to_the_new_one_is_neither_destroyed_nor_given_up() -> None:
    world, judge = ORDERS.world()
    killed_after(world, judge, ATTACHING, 5, case=ORDERS)
    world.clock.world.advance(30)
    before = commits(world, NEW)
    opened_for_a_while(world)
    assert commits(world, NEW) > before

    aborted = asyncio.run(world.aborted(ORDERS.plan()))

    assert aborted.state == "failed"
    assert f"could write while names lead to {NEW}" in aborted.reason
    assert judge.deleted == []

    (decided,) = asyncio.run(world.applied(ORDERS.plan()))

    assert (decided.state, decided.closed) == ("done", ())
    assert led_to(world, "shop", *SHOP) == {NEW}


@pytest.mark.parametrize("names", [2, 5], ids=["one name moved", "all names moved"])
def test_people_are_told_before_anything_goes_on(names: int) -> None:
    """What the app with the moved name wrote, going back would lose; what the other wrote, going on."""
    world, judge = ORDERS.world()
    killed_after(world, judge, ATTACHING, names, case=ORDERS)
    world.clock.world.advance(30)
    opened_for_a_while(world)
    led = led_to(world, "shop", *SHOP), led_to(world, "reports", "ORDERS")

    (told,) = asyncio.run(world.applied(ORDERS.plan()))

    assert told.state == "failed"
    assert "may hold writes that going back would lose" in told.reason
    assert f"To go on with {NEW}" in told.hint
    assert (led_to(world, "shop", *SHOP), led_to(world, "reports", "ORDERS")) == led
    assert any(one.startswith("shop is in maintenance mode") for one in told.closed)

    (decided,) = asyncio.run(world.applied(ORDERS.plan()))

    assert (decided.state, decided.closed) == ("done", ())


def test_what_a_back_out_has_opened_is_not_taken_as_final_by_the_next_run() -> None:
    world, judge = ORDERS.world()
    shop = world.stand_in.world.app("shop")
    assert shop is not None
    by_hand(
        world, "POST", "/sim/faults", {"kind": "release-phase-fails", "app": "shop", "release": "*"}
    )
    releases = len(shop.releases)

    def before(request: httpx.Request) -> httpx.Response | None:
        is_opening = request.method == "PATCH" and request.url.path.startswith("/apps/reports")
        if is_opening and len(shop.releases) > releases + 2:
            return httpx.Response(403, json={"id": "forbidden", "message": "locked"})
        return None

    world.wire.before = before
    (first,) = asyncio.run(world.applied(ORDERS.plan()))
    by_hand(world, "DELETE", "/sim/faults")
    world.wire.before = lambda _: None
    judge.new_process()
    world.clock.world.advance(3_600)
    close(world, "shop", "web", "worker", "clock")

    (second,) = asyncio.run(world.applied(ORDERS.plan()))

    assert first.state == "failed"
    assert (second.state, second.closed) == ("backed-out", ())
    assert judge.lost() == []


class AwayAfterNoWayBack(ListJournal):
    """A shared state that has written down the point of no return, says that it could not, and stays away."""

    is_away = False

    def append(self, entry: Entry) -> None:
        if self.is_away:
            raise StateError("The shared state does not answer.")
        super().append(entry)
        if entry.key.startswith("no way back"):
            self.is_away = True
            raise StateError("The shared state does not answer.")


@pytest.mark.parametrize("is_aborted", [False, True])
def test_a_point_of_no_return_that_nobody_went_beyond_is_none(*, is_aborted: bool) -> None:
    world, judge = ORDERS.world()
    journal = AwayAfterNoWayBack(world.journal.lines)
    (first,) = asyncio.run(world.applied(ORDERS.plan(), journal=journal))
    judge.new_process()
    world.clock.world.advance(600)

    if is_aborted:
        second = asyncio.run(world.aborted(ORDERS.plan()))
    else:
        (second,) = asyncio.run(world.applied(ORDERS.plan()))

    assert first.state == second.state == "backed-out"
    assert second.closed == ()
    assert led_to(world, "shop", *SHOP) == {OLD}
    assert led_to(world, "reports", "ORDERS_REPLICA") == {FOLLOWER}
    assert [
        one for one in judge.broken if not one.startswith("I6: destroy")
    ] == []  # that is abort's
    assert judge.lost() == []
