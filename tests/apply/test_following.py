"""The fold over what was told, on what real runs tell."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx
import pytest
from support.apply_world import Killed, make_world, plan_for

from reconciler.apply.following import Followed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.apply.events import Event


def followed(events: Sequence[Event], name: str = "orders") -> list[Followed]:
    """As it stood after each event."""
    stands = [Followed(plan_for(name).databases[0])]
    for event in events:
        stands.append(stands[-1].after(event))
    return stands


@pytest.mark.parametrize("name", ["orders", "legacy", "lavender", "diary", "crimson"])
def test_percent_only_grows_and_is_100_only_at_the_confirmed_end(name: str) -> None:
    world = make_world()
    asyncio.run(world.applied(plan_for(name)))

    stands = followed(world.events, name)[1:]
    percents = [one.percent(event.at) for one, event in zip(stands, world.events, strict=True)]

    assert all(one is not None for one in percents)
    assert percents == sorted(percents, key=lambda one: one or 0)
    assert (percents[0], percents[-1], percents.count(100)) == (0, 100, 1)


def test_the_clock_runs_from_closed_to_open() -> None:
    world = make_world()
    asyncio.run(world.applied(plan_for("orders")))
    stands = followed(world.events)[1:]
    kinds = [event.kind for event in world.events]
    closed, opened = kinds.index("closed"), kinds.index("open")

    running = [one.closed_at is not None for one in stands]
    shown = [one.closed_for_s(event.at) for one, event in zip(stands, world.events, strict=True)]

    assert running == [closed <= at < opened for at in range(len(stands))]
    assert shown[closed] == pytest.approx(0, abs=0.01)
    assert shown[closed:opened] == sorted(shown[closed:opened], key=lambda one: one or 0)
    assert shown[opened] == shown[-1] == stands[-1].outcome.closed_s  # type: ignore[union-attr]


def test_nothing_is_foretold_before_the_begin_and_after_the_apps_are_open() -> None:
    world = make_world()
    asyncio.run(world.applied(plan_for("orders")))
    stands = followed(world.events)
    kinds = [event.kind for event in world.events]
    now = world.clock.now()

    assert stands[0].left(now) is None
    assert stands[kinds.index("closed")].left(now) is not None
    assert stands[kinds.index("open") + 1].left(now) is None
    assert stands[-1].left(now) is None


def test_a_killed_cutover_counts_from_when_it_was_closed() -> None:
    world = make_world()

    def kill(request: httpx.Request) -> None:
        if request.url.path.endswith("/unfollow"):
            raise Killed

    world.wire.before = kill
    with pytest.raises(Killed):
        asyncio.run(world.applied(plan_for("orders")))
    (first,) = (event for event in world.events if event.kind == "closed")
    world.wire.before = lambda _: None
    world.events.clear()
    asyncio.run(world.clock.sleep(3_600))

    (outcome,) = asyncio.run(world.applied(plan_for("orders")))

    (again,) = (event for event in world.events if event.kind == "closed")
    assert outcome.state == "done"
    assert again.closed_s is not None
    assert again.closed_s == pytest.approx((again.at - first.at).total_seconds(), abs=1)
    assert outcome.closed_s is not None
    assert outcome.closed_s > again.closed_s > 3_600


def test_trouble_is_news_until_something_goes_on() -> None:
    world = make_world()
    failures = iter(range(2))

    def unavailable(request: httpx.Request) -> httpx.Response | None:
        if request.method == "POST" and next(failures, None) is not None:
            return httpx.Response(503, json={"id": "maintenance", "message": "later"})
        return None

    world.wire.before = unavailable
    asyncio.run(world.applied(plan_for("orders")))
    stands = followed(world.events)[1:]

    troubled = [one.is_troubled for one in stands]
    assert True in troubled
    assert (troubled[-1], bool(stands[-1].trouble)) == (False, True)
