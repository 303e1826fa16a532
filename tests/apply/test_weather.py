"""Answers that get lost, servers that stumble: apply ends in done, in backed out, or in a named wait; never in a lie."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx
import pytest
from support.apply_world import judged_world, plan_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.apply_world import Judge, World

    from reconciler.apply.outcome import Outcome

pytestmark = pytest.mark.slow

NAMES = ("annals", "crimson", "diary", "lavender", "legacy", "orders")
WRITES = ("POST", "PATCH", "PUT", "DELETE")


def reset(_: httpx.Request) -> httpx.Response:
    raise httpx.ReadError("connection reset")


def unavailable(_: httpx.Request) -> httpx.Response:
    return httpx.Response(503, json={"id": "server_error", "message": "try later"})


def limited(_: httpx.Request) -> httpx.Response:
    return httpx.Response(
        429, json={"id": "rate_limit", "message": "Your account reached the limit"}
    )


def refused(_: httpx.Request) -> httpx.Response:
    return httpx.Response(422, json={"id": "unprocessable_entity", "message": "not now"})


@dataclass
class Fault:
    """Answers with `how` instead of, or after the effect of, the writes for which `is_hit` says so."""

    judge: Judge
    is_hit: Callable[[httpx.Request, int], bool]
    how: Callable[[httpx.Request], httpx.Response]
    has_effect: bool = False
    writes: int = 0
    hits: int = 0

    def before(self, request: httpx.Request) -> httpx.Response | None:
        self.writes += request.method in WRITES
        if self.has_effect or not self._hits(request):
            return None
        return self.how(request)

    def after(self, request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        self.judge.watch(request, answer)
        return self.how(request) if self.has_effect and self._hits(request) else answer

    def _hits(self, request: httpx.Request) -> bool:
        is_hit = request.method in WRITES and self.is_hit(request, self.writes)
        self.hits += is_hit
        return is_hit


def nth_write(nth: int) -> Callable[[httpx.Request, int], bool]:
    return lambda _, count: count == nth


def every(pattern: str) -> Callable[[httpx.Request, int], bool]:
    return lambda request, _: bool(re.search(pattern, f"{request.method} {request.url.path}"))


def run_with(world: World, fault: Fault, name: str) -> tuple[str, str, tuple[str, ...]]:
    world.wire.before, world.wire.after = fault.before, fault.after
    (outcome,) = asyncio.run(world.applied(plan_for(name)))
    return outcome.state, outcome.reason, outcome.closed


def clean_end(name: str) -> tuple[dict[str, object], int]:
    world, _ = judged_world()
    asyncio.run(world.applied(plan_for(name)))
    return world.end(), sum(not one.startswith("GET") for one in world.wire.requests)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("has_effect", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("how", [reset, unavailable], ids=["reset", "503"])
def test_a_write_whose_answer_is_lost_is_looked_for_and_happens_once(
    name: str, how: Callable[[httpx.Request], httpx.Response], *, has_effect: bool
) -> None:
    end, writes = clean_end(name)
    for nth in range(1, writes + 1):
        world, judge = judged_world()
        fault = Fault(judge, nth_write(nth), how, has_effect=has_effect)

        state, reason, closed = run_with(world, fault, name)

        assert fault.hits == 1
        path = world.requested("POST")
        if state == "backed-out":  # a copy is never sent twice: what was sent may still arrive
            assert "transfers" in "".join(path)
            assert not has_effect
            assert "Backed out" in reason
        else:
            assert (state, closed) == ("done", ())
            assert world.end() == end
        assert judge.lost() == []


def test_nobody_is_told_to_open_by_hand_while_names_lead_to_two_databases() -> None:
    world, judge = judged_world()
    attached = [0]

    def is_hit(request: httpx.Request, _: int) -> bool:
        attached[0] += (request.method, request.url.path) == ("POST", "/addon-attachments")
        return attached[0] >= 4 and request.url.path == "/addon-attachments"

    state, _, closed = run_with(world, Fault(judge, is_hit, refused), "orders")

    assert state == "failed"
    assert closed
    for one in closed:
        assert "by hand: heroku" not in one
        assert "opened by hand, it could write beside the others: " in one
        assert "shop::WORKER_POOL leads to postgresql-green-10003" in one
    assert len(set(re.findall(r"leads to (\S+?)(?:,|$)", closed[0]))) == 2


def test_what_may_be_opened_by_hand_is_said_with_its_command() -> None:
    world, judge = judged_world()
    scaled = [0]

    def is_hit(request: httpx.Request, _: int) -> bool:
        scaled[0] += request.url.path == "/apps/shop/formation"
        return scaled[0] > 1 and request.url.path == "/apps/shop/formation"

    state, _, closed = run_with(world, Fault(judge, is_hit, refused), "orders")

    assert state == "failed"
    assert closed == (
        "shop does not run its 1 clock dynos; by hand: heroku ps:scale clock=1 -a shop",
        "shop does not run its 3 web dynos; by hand: heroku ps:scale web=3 -a shop",
        "shop does not run its 2 worker dynos; by hand: heroku ps:scale worker=2 -a shop",
    )


@pytest.mark.parametrize("how", [reset, unavailable], ids=["reset", "503"])
def test_a_copy_that_nobody_lists_is_given_up_within_two_minutes(
    how: Callable[[httpx.Request], httpx.Response],
) -> None:
    world, judge = judged_world()
    fault = Fault(judge, every("^POST .*/transfers$"), how)
    world.wire.before, world.wire.after = fault.before, fault.after

    (outcome,) = asyncio.run(world.applied(plan_for("legacy")))

    assert (outcome.state, outcome.closed, fault.hits) == ("backed-out", (), 1)
    assert "60 s later no such copy is listed; it is not sent again" in outcome.reason
    assert outcome.closed_s is not None
    assert outcome.closed_s < 120
    assert judge.lost() == []


def test_no_copy_is_begun_while_one_that_arrived_late_is_under_way() -> None:
    world, judge = judged_world()
    late: list[httpx.Request] = []

    def before(request: httpx.Request) -> httpx.Response | None:
        if request.method == "POST" and request.url.path.endswith("/transfers") and not late:
            late.append(request)
            return reset(request)
        return None

    world.wire.before = before
    plan = plan_for("legacy")
    (first,) = asyncio.run(world.applied(plan))
    timing, usual = world.stand_in.world.timing, world.stand_in.world.timing.transfer_per_gb
    timing.transfer_per_gb = 600
    asyncio.run(_arrives(world, late[0]))
    timing.transfer_per_gb = usual
    patches = len(world.requested("PATCH"))

    (second,) = asyncio.run(world.applied(plan))

    assert (first.state, second.state, second.closed) == ("backed-out", "failed", ())
    assert "Another copy is under way into" in second.reason
    assert len(world.requested("PATCH")) == patches
    world.clock.world.advance(24 * 3_600)
    (third,) = asyncio.run(world.applied(plan))
    assert (third.state, third.closed, judge.lost()) == ("done", (), [])


async def _arrives(world: World, request: httpx.Request) -> None:
    await world.wire.inner.handle_async_request(
        httpx.Request(request.method, request.url, headers=request.headers, content=request.content)
    )


@pytest.mark.parametrize("name", NAMES)
def test_too_many_requests_are_waited_out(name: str) -> None:
    world, judge = judged_world()
    fault = Fault(judge, lambda _, count: count % 3 == 0, limited)

    state, _, closed = run_with(world, fault, name)

    assert (state, closed) == ("done", ())
    assert fault.hits >= (1 if fault.writes >= 3 else 0)
    assert world.end() == clean_end(name)[0]


BROKEN = {
    "unfollow refused": ("orders", r"/unfollow$", "not now"),
    "attaching the name refused": ("orders", r"POST /addon-attachments$", "not now"),
    "scaling refused": ("orders", r"PATCH /apps/reports/formation", "not now"),
    "closing refused": ("orders", r"PATCH /apps/shop$", "not now"),
    "copy refused": ("legacy", r"/transfers$", "not now"),
    "maintenance refused": ("lavender", r"/maintenances/v1/.*/run$", "not now"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_cutover_that_is_refused_is_backed_out_with_the_apps_open(case: str) -> None:
    name, pattern, why = BROKEN[case]
    world, judge = judged_world()
    before = world.end()
    hit = every(pattern)
    fault = Fault(judge, lambda request, count: hit(request, count) and is_first(fault), refused)

    state, reason, closed = run_with(world, fault, name)

    assert state == "backed-out"
    assert why in reason
    assert closed == ()
    assert world.end()["apps"] == before["apps"]
    assert attached(world) == attached_in(before)
    assert judge.lost() == []


def is_first(fault: Fault) -> bool:
    """Only what is sent first is refused: taking back uses the same requests."""
    return fault.hits == 0


def attached(world: World) -> dict[str, list[str]]:
    return attached_in(world.end())


def attached_in(end: dict[str, object]) -> dict[str, list[str]]:
    """Who knows which of the databases that existed before by which names."""
    databases: dict[str, dict[str, list[str]]] = end["databases"]  # type: ignore[assignment]
    return {
        name: one["attached"] for name, one in databases.items() if name.startswith("postgresql-")
    }


@pytest.mark.parametrize("nth", range(1, 6))
def test_whichever_name_can_not_be_moved_all_lead_back_to_the_old_primary(nth: int) -> None:
    world, judge = judged_world()
    before = world.end()
    attaches = 0

    def is_hit(request: httpx.Request, _: int) -> bool:
        nonlocal attaches
        attaches += request.url.path == "/addon-attachments"
        return request.url.path == "/addon-attachments" and attaches == nth

    state, _, closed = run_with(world, Fault(judge, is_hit, refused), "orders")

    assert (state, closed) == ("backed-out", ())
    assert world.end()["apps"] == before["apps"]
    assert attached(world) == attached_in(before)
    assert judge.lost() == []


def test_a_release_phase_that_fails_backs_the_cutover_out() -> None:
    world, judge = judged_world()
    before = world.end()
    app = next(one for one in world.stand_in.world.apps.values() if one.name == "shop")
    app.release_phase = "fails"

    state, reason, closed = run_with(world, Fault(judge, every("^$"), refused), "orders")

    assert state == "backed-out"
    assert re.search(r"Release v\d+ of shop \(Attach \w+\) failed", reason)
    assert closed == ()
    assert world.end()["apps"] == before["apps"]
    assert attached(world) == attached_in(before)
    assert judge.lost() == []


def test_a_release_phase_that_hangs_ends_at_the_cutovers_limit() -> None:
    world, judge = judged_world()
    before = world.end()
    app = next(one for one in world.stand_in.world.apps.values() if one.name == "shop")
    app.release_phase = "hangs"
    began = world.clock.monotonic()

    state, reason, closed = run_with(world, Fault(judge, every("^$"), refused), "orders")

    assert (state, closed) == ("backed-out", ())
    assert "The cutover took longer than 300 s" in reason
    assert world.clock.monotonic() - began < 300 + 120
    assert world.end()["apps"] == before["apps"]


def test_lag_that_never_ends_backs_out_at_the_limit_and_nothing_is_unfollowed() -> None:
    world, judge = judged_world()
    before = world.end()
    # Somebody outside the plan goes on writing: an app that the desired state does not know.
    world.stand_in.world.timing.drain = 10_000.0

    state, reason, closed = run_with(world, Fault(judge, every("^$"), refused), "orders")

    assert (state, closed) == ("backed-out", ())
    assert "The cutover took longer than 300 s" in reason
    assert "commits behind" in reason
    assert not any(one.endswith("/unfollow") for one in world.wire.requests)
    assert world.end()["apps"] == before["apps"]
    assert attached(world) == attached_in(before)


def test_a_cutover_that_was_backed_out_before_the_unfollow_can_be_tried_again() -> None:
    world, judge = judged_world()
    world.stand_in.world.timing.drain = 10_000.0
    run_with(world, Fault(judge, every("^$"), refused), "orders")
    world.stand_in.world.timing.drain = 1.0

    state, _, closed = run_with(world, Fault(judge, every("^$"), refused), "orders")

    assert (state, closed) == ("done", ())
    assert judge.lost() == []


def test_a_follower_that_was_unfollowed_in_vain_is_not_used_again() -> None:
    world, judge = judged_world()
    fault = Fault(
        judge,
        lambda request, _: request.url.path == "/addon-attachments" and is_first(fault),
        refused,
    )
    run_with(world, fault, "orders")
    world.wire.requests.clear()

    state, reason, closed = run_with(world, Fault(judge, every("^$"), refused), "orders")

    assert (state, closed) == ("failed", ())
    assert "is not a follower any more and cannot become one again" in reason
    assert {one.partition(" ")[0] for one in world.wire.requests} == {"GET"}


def test_when_nothing_answers_any_more_what_is_closed_is_said() -> None:
    world, judge = judged_world()
    is_down = False

    def gone(request: httpx.Request) -> httpx.Response | None:
        nonlocal is_down
        is_down = is_down or request.url.path.endswith("/unfollow")
        if is_down:
            raise httpx.ConnectError("no route")
        return None

    world.wire.before, world.wire.after = gone, judge.watch
    (outcome,) = asyncio.run(world.applied(plan_for("orders")))

    assert outcome.state == "failed"
    assert "Backing out failed too" in outcome.reason
    assert {one.partition(" ")[0] for one in outcome.closed} == {"shop", "reports"}
    assert all("could not be looked at and may be closed" in one for one in outcome.closed)

    world.wire.before = lambda _: None
    (outcome,) = asyncio.run(world.applied(plan_for("orders")))
    assert (outcome.state, outcome.closed) == ("done", ())
    assert judge.lost() == []


def test_what_fails_after_the_apps_are_open_again_undoes_nothing() -> None:
    world, judge = judged_world()
    hit = every(r"POST /apps/reports/addons")
    fault = Fault(judge, hit, refused)

    state, reason, closed = run_with(world, fault, "orders")

    assert (state, closed) == ("failed", ())
    assert "not now" in reason
    new = next(name for name in world.end()["databases"] if name.startswith("shop-orders"))
    assert "shop::DATABASE" in world.end()["databases"][new]["attached"]
    (outcome,) = asyncio.run(_again(world, judge))
    assert (outcome.state, outcome.closed) == ("done", ())
    assert judge.lost() == []


async def _again(world: World, judge: Judge) -> tuple[Outcome, ...]:
    world.wire.before, world.wire.after = lambda _: None, judge.watch
    return await world.applied(plan_for("orders"))
