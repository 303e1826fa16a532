"""What an operator can meet on a bad day, from any moment on: nothing is lost, and what is not open is said last.

Each case is in docs/faults.md. The judge (tests/support/judge.py) looks at every request.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import errno
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx
import pytest
from support import hands
from support.apply_world import FakeClock, ListJournal, make_world
from support.judge import Judge
from support.killing import CASES, apply, clean_run, end_of

from reconciler.errors import StateError

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.apply_world import World
    from support.killing import Case

    from reconciler.apply.events import Event
    from reconciler.apply.journal import Entry

pytestmark = pytest.mark.slow

NAMES = ("legacy", "orders", "raised")
HOUR_S = 3600.0
NOT_AGAIN = "is not a follower any more and cannot become one again"
"""What is said of a follower that was unfollowed in vain: a new plan makes another one."""
STEP = 29
"""So many moments apart; `--all-schedules` takes each."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    is_all = metafunc.config.getoption("--all-schedules")
    for fixture, kind in (
        ("nth_request", "request"),
        ("nth_entry", "entry"),
        ("nth_event", "event"),
    ):
        if fixture in metafunc.fixturenames:
            cases = [
                (name, nth)
                for name in NAMES
                for nth in range(1, clean_run(CASES[name]).counts[kind] + 1, 1 if is_all else STEP)  # type: ignore[index]
            ]
            metafunc.parametrize(("name", fixture), cases, ids=[f"{a} {b}" for a, b in cases])
            return
    if "name" in metafunc.fixturenames:
        metafunc.parametrize("name", NAMES)


def is_closed(judge: Judge, app: str) -> bool:
    now, was = judge.world.end()["apps"][app], judge.before["apps"][app]
    return bool(now != was)


def was_cutting_over(world: World) -> bool:
    whats = [one.what for one in world.journal.lines]
    return "cutover-begun" in whats


def assert_the_next_apply_ends_it(case: Case, world: World, judge: Judge) -> None:
    """The weather is fine again: the same apply ends it, or says why not with all apps open."""
    outcome = apply(case, world, judge)

    assert judge.verdict(outcome) == []
    assert outcome.closed == ()
    if outcome.state == "done":
        assert end_of(world)["apps"] == clean_run(case).end["apps"]
    elif outcome.state == "backed-out":  # it was taken back before, which could not be written down
        again = apply(case, world, judge)
        assert judge.verdict(again) == []
        assert again.state == "done" or NOT_AGAIN in again.reason
    else:
        assert (outcome.state, NOT_AGAIN in outcome.reason) == ("failed", True)


# --- the token is revoked


def revoked(_: httpx.Request) -> httpx.Response:
    return httpx.Response(401, json={"id": "unauthorized", "message": "Invalid credentials"})


def from_the(
    nth: int, how: Callable[[httpx.Request], httpx.Response]
) -> Callable[[httpx.Request], httpx.Response | None]:
    """Answer so from the `nth` request on."""
    count = 0

    def answer(request: httpx.Request) -> httpx.Response | None:
        nonlocal count
        count += 1
        return how(request) if count >= nth else None

    return answer


def test_a_token_that_is_revoked_leaves_nothing_closed_that_is_not_named(
    name: str, nth_request: int
) -> None:
    case = CASES[name]
    world, judge = case.world()
    world.wire.before = from_the(nth_request, revoked)

    (outcome,) = asyncio.run(world.applied(case.plan()))

    assert outcome.state == "failed"
    assert judge.verdict(outcome) == []
    assert "does not accept the token" in outcome.reason
    if outcome.closed:
        assert all("could not be looked at and may be closed" in one for one in outcome.closed)
    elif not was_cutting_over(world):
        assert "Backing out" not in outcome.reason
    assert_the_next_apply_ends_it(case, world, judge)


# --- nothing answers for an hour


@dataclass
class Outage:
    """From the `nth` request on nobody can connect, for so long."""

    world: World
    nth: int
    lasts_s: float = HOUR_S
    count: int = 0
    since: float | None = None

    def before(self, _: httpx.Request) -> None:
        self.count += 1
        if self.count == self.nth:
            self.since = self.world.clock.monotonic()
        if self.since is not None and self.world.clock.monotonic() < self.since + self.lasts_s:
            raise httpx.ConnectError("Name or service not known")


def test_an_hour_without_network_is_waited_out_or_ends_with_what_is_closed(
    name: str, nth_request: int
) -> None:
    case = CASES[name]
    world, judge = case.world()
    world.wire.before = Outage(world, nth_request).before

    (outcome,) = asyncio.run(world.applied(case.plan()))

    assert judge.verdict(outcome) == []
    if not was_cutting_over(world) or outcome.state == "done":
        assert outcome.closed == ()
    if outcome.state == "failed" and was_cutting_over(world):
        assert "Name or service not known" in outcome.reason or outcome.closed
    assert_the_next_apply_ends_it(case, world, judge)


def test_an_outage_of_the_network_in_the_preparation_is_waited_out(name: str) -> None:
    case = CASES[name]
    requests = clean_run(case).requests
    begun = next(at for at, one in enumerate(requests) if not one.startswith("GET"))
    world, judge = case.world()
    world.wire.before = Outage(
        world, begun + 3
    ).before  # right after the first request with an effect

    (outcome,) = asyncio.run(world.applied(case.plan()))

    assert (outcome.state, judge.verdict(outcome)) == ("done", [])
    assert world.clock.monotonic() > HOUR_S


@pytest.mark.parametrize(("which", "path"), [("legacy", "/transfers"), ("orders", "/unfollow")])
def test_looks_that_fail_for_a_minute_right_before_data_is_taken_are_waited_out(
    which: str, path: str
) -> None:
    case = CASES[which]
    words = enumerate(clean_run(case).requests, start=1)
    nth = next(at for at, one in words if one.startswith("P") and one.endswith(path))
    world, judge = case.world()
    world.wire.before = Outage(world, nth - 1, lasts_s=60).before  # at a look of its guard

    (outcome,) = asyncio.run(world.applied(case.plan()))

    assert (outcome.state, outcome.closed) == ("done", ())
    assert judge.lost() == []
    assert end_of(world) == clean_run(case).end


# --- the account's requests are used up


def put_off(_: httpx.Request) -> httpx.Response:
    return httpx.Response(
        429,
        headers={"Retry-After": "3600", "RateLimit-Remaining": "0"},
        json={"id": "rate_limit", "message": "Your account reached the API rate limit"},
    )


def test_when_heroku_puts_all_off_for_an_hour_nothing_is_lost(name: str, nth_request: int) -> None:
    case = CASES[name]
    world, judge = case.world()
    outage = Outage(world, nth_request)

    def answer(request: httpx.Request) -> httpx.Response | None:
        try:
            outage.before(request)
        except httpx.ConnectError:
            return put_off(request)
        return None

    world.wire.before = answer
    (outcome,) = asyncio.run(world.applied(case.plan()))

    # Nothing can be opened while nothing gets through: the limit is kept as soon as something does.
    assert [one for one in judge.verdict(outcome) if not one.startswith("I12")] == []
    judge.broken.clear()
    assert_the_next_apply_ends_it(case, world, judge)


def test_the_reserve_of_the_account_is_used_only_while_an_app_is_closed(name: str) -> None:
    case = CASES[name]
    world, judge = case.world()
    account = world.stand_in.world.account
    account.requests_left, account.enforce_rate_limit = 540.0, True
    before: list[float] = []
    """How many were left at each request until a cutover was begun, which closes apps at once."""
    closed: list[float] = []

    def note(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        if any(app.maintenance for app in world.stand_in.world.apps.values()):
            closed.append(account.requests_left)
        elif not any(one.what == "cutover-begun" for one in world.journal.lines):
            before.append(account.requests_left)
        return judge.watch(request, answer)

    world.wire.after = note
    (outcome,) = asyncio.run(world.applied(case.plan()))

    assert outcome.state == "done", outcome.reason
    assert judge.verdict(outcome) == []
    assert min(before) >= 499
    assert not closed or 0 < min(closed) < 510
    closes = [event.at for event in world.events if event.kind == "closed"]
    opens = [event.at for event in world.events if event.kind == "open"]
    assert not closes or (opens[0] - closes[0]).total_seconds() < 60  # nobody waited for the refill


# --- the disk is full


@dataclass
class FullDisk(ListJournal):
    """No entry can be written from the `nth` on."""

    inner: ListJournal = field(default_factory=ListJournal)
    nth: int = 0

    def append(self, entry: Entry) -> None:
        if len(self.inner.lines) + 1 >= self.nth:
            raise StateError(f"The journal cannot be written: {errno.errorcode[errno.ENOSPC]}.")
        self.inner.append(entry)

    def entries(self) -> tuple[Entry, ...]:
        return self.inner.entries()


def test_when_nothing_can_be_written_down_any_more_nothing_more_is_done(
    name: str, nth_entry: int
) -> None:
    case = CASES[name]
    world, judge = case.world()
    journal = FullDisk(inner=world.journal, nth=nth_entry)

    (outcome,) = asyncio.run(world.applied(case.plan(), journal=journal))

    assert judge.verdict(outcome) == []
    assert outcome.state != "done"
    assert "cannot be written" in outcome.reason
    assert_the_next_apply_ends_it(case, world, judge)


# --- the clock of this machine jumps


@dataclass
class JumpingClock(FakeClock):
    """A wall clock that somebody sets; the time that passes is another matter."""

    def __init__(self, inner: FakeClock) -> None:
        super().__init__(inner.world)
        self.by = dt.timedelta()

    def now(self) -> dt.datetime:
        return super().now() + self.by


@pytest.mark.parametrize("days", [-1, 1])
def test_a_clock_that_is_set_by_a_day_changes_nothing(name: str, nth_event: int, days: int) -> None:
    case = CASES[name]
    world, judge = case.world()
    clock = JumpingClock(world.clock)
    world.clock = world.wire.clock = clock

    def jump(event: Event) -> None:
        world.events.append(event)
        if len(world.events) == nth_event:
            clock.by = dt.timedelta(days=days)

    (outcome,) = asyncio.run(world.applied(case.plan(), report=jump))

    assert (outcome.state, judge.verdict(outcome)) == ("done", [])
    assert end_of(world) == clean_run(case).end
    assert outcome.closed_s is not None
    assert outcome.closed_s < 60


# --- somebody wants it to stop


def test_a_stop_at_any_moment_ends_at_a_safe_point(name: str, nth_event: int) -> None:
    case = CASES[name]
    world, judge = case.world()

    def stop(event: Event) -> None:
        world.events.append(event)
        if len(world.events) == nth_event:
            world.control.stop()
            world.control.stop()

    (outcome,) = asyncio.run(world.applied(case.plan(), report=stop))

    assert outcome.state in {"pending", "done"}
    assert judge.verdict(outcome) == []
    world.control = type(world.control)()
    assert apply(case, world, judge).state == "done"
    assert end_of(world) == clean_run(case).end


# --- a plan of another account, and one that was carried out


def test_a_plan_of_another_account_asks_for_nothing(name: str) -> None:
    case = CASES[name]
    other = make_world(
        next(one.scenario for one in CASES.values() if one.scenario != case.scenario)
    )
    judge = Judge(other)

    (outcome,) = asyncio.run(other.applied(case.plan()))

    assert (outcome.state, outcome.closed) == ("stale", ())
    assert judge.before == other.end()
    assert {one.partition(" ")[0] for one in other.wire.requests} == {"GET"}


def test_a_plan_that_was_carried_out_asks_for_nothing(name: str) -> None:
    case = CASES[name]
    world, judge = case.world()
    apply(case, world, judge)
    world.wire.requests.clear()

    outcome = apply(case, world, judge)

    assert (outcome.state, judge.verdict(outcome)) == ("done", [])
    assert outcome.reason.startswith("done before, and still so: ")
    assert {one.partition(" ")[0] for one in world.wire.requests} == {"GET"}


# --- somebody changes things by hand


def by_hand(world: World, what: str) -> None:
    """What a colleague does meanwhile, past our wire."""
    plan = CASES["orders"].plan().databases[0]
    new = next(s.addon for g in plan.stages for s in g.steps if s.kind == "provision")
    requests = {
        "the new database is destroyed": ("DELETE", f"/apps/shop/addons/{_id(world, new)}", {}),
        "the app is opened": ("PATCH", "/apps/shop", {"maintenance": False}),
        "a worker is started": (
            "PATCH",
            "/apps/shop/formation",
            {"updates": [{"type": "worker", "quantity": 1}]},
        ),
        "the new database is cut loose": (
            "PUT",
            f"/client/v11/databases/{_id(world, new)}/unfollow",
            {},
        ),
        "its name is taken away": (
            "DELETE",
            f"/addon-attachments/{_attachment(world, 'shop', 'DATABASE')}",
            {},
        ),
        "its plan is changed": (
            "PATCH",
            f"/apps/shop/addons/{plan.starting_point.addon}",
            {"plan": {"name": "heroku-postgresql:standard-3"}},
        ),
    }
    method, path, body = requests[what]
    hands.by_hand(world, method, path, body)


def _id(world: World, name: str) -> str:
    addon = world.stand_in.world.addon(name)
    return addon.id if addon is not None else "none"


def _attachment(world: World, app: str, name: str) -> str:
    found = world.stand_in.world.app(app)
    held = found and world.stand_in.world.attachment_on(found.id, name)
    return held.id if held else "none"


FIRST = "wait wait until"
CLOSED = "seen close shop"
STOPPED = "seen stop all dynos of reports"
TAKEN = "seen unfollow"
OLD_ONE, NEW_ONE = "postgresql-green-10003", "shop-orders-standard-2-c4c848"
BOTH = "that one may hold writes that going back would lose, and postgresql-green-10003 such that"
LED_OVER = "wait wait until the releases of shop that attach DATABASE"
HANDS = [
    ("the new database is destroyed", FIRST, "failed", NOT_AGAIN),
    ("the new database is destroyed", CLOSED, "backed-out", NOT_AGAIN),
    ("the new database is destroyed", "seen wait until", "failed", "Not prepared any more"),
    ("the new database is cut loose", FIRST, "failed", NOT_AGAIN),
    ("the new database is cut loose", CLOSED, "backed-out", NOT_AGAIN),
    ("the app is opened", STOPPED, "backed-out", "shop could write again: open"),
    ("the app is opened", TAKEN, "failed", BOTH),
    ("a worker is started", STOPPED, "backed-out", ""),
    ("a worker is started", TAKEN, "failed", BOTH),
    ("the app is opened", LED_OVER, "failed", BOTH),
    ("a worker is started", LED_OVER, "failed", BOTH),
    ("its name is taken away", FIRST, "failed", "has not the names any more that the plan moves"),
    ("its name is taken away", CLOSED, "done", ""),
    ("its name is taken away", TAKEN, "done", ""),
    ("its plan is changed", FIRST, "done", ""),
    ("its plan is changed", CLOSED, "done", ""),
]
"""What somebody does, at which line that is told, how it ends, and the words that say why."""


@pytest.mark.parametrize(
    ("what", "when", "state", "why"), HANDS, ids=[f"{one[0]}, {one[1]}" for one in HANDS]
)
def test_a_hand_in_between_ends_in_what_is_said(what: str, when: str, state: str, why: str) -> None:
    case = CASES["orders"]
    world, judge = case.world()
    done: list[str] = []

    def report(event: Event) -> None:
        world.events.append(event)
        line = f"{event.kind} {event.text}"
        if line.startswith(when) and not done:
            done.append(line)
            by_hand(world, what)

    (outcome,) = asyncio.run(world.applied(case.plan(), report=report))

    assert done
    assert (outcome.state, why in outcome.reason) == (state, True)
    assert bool(outcome.closed) is (why == BOTH)
    if why == BOTH:  # neither is given up
        assert {OLD_ONE, NEW_ONE} <= set(world.end()["databases"])
    else:
        assert judge.lost() == []
    by_us = [one for one in judge.broken if not (what in STARTS and one[:2] in {"I1", "I2"})]
    assert by_us == []


STARTS = ("the app is opened", "a worker is started")
"""By which a colleague lets an app write; the judge sees that, and it is not apply's doing."""
