"""Notices beside an apply: whatever becomes of them, and wherever it is killed, the apply is the same."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.apply_world import Killed
from support.hooks import hooks
from support.killing import CASES, clean_run, end_of

from reconciler.adapters.notify import MOST_FAILURES, Notifier
from reconciler.cli.notifying import Notices
from reconciler.core.notices import NotifySettings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from support.apply_world import World
    from support.hooks import Hooks
    from support.killing import Case

    from reconciler.apply.outcome import Outcome
    from reconciler.core.notices import Notice

pytestmark = pytest.mark.slow

NAMES = ("legacy", "orders")


def well(_: Hooks) -> None:
    """Nothing is wrong."""


def hangs(server: Hooks) -> None:
    server.goes_on.clear()


def refuses(server: Hooks) -> None:
    server.status = 503


def is_not_there(server: Hooks) -> None:
    server.url = "http://127.0.0.1:9"


def never_ends(server: Hooks) -> None:
    server.is_endless = True


BRIEF_S, LONG_S = 0.4, 300.0
"""How long is waited at the end for notices; where that is long, it has to come to an end by itself."""
WEATHER = (well, hangs, refuses, is_not_there, never_ends)


@dataclass
class Killing:
    """A notifier whose process is killed before or after it is told the `nth` notice."""

    inner: Notifier
    nth: int = 0
    when: str = "never"
    told: list[str] = field(default_factory=list)
    is_dead: bool = False

    def tell(self, notice: Notice) -> None:
        self.at("before", len(self.told) + 1)
        self.inner.tell(notice)
        self.told.append(notice.kind)
        self.at("after", len(self.told))

    def at(self, when: str, nth: int) -> None:
        if (when, nth) == (self.when, self.nth):
            self.is_dead = True
            raise Killed


@pytest.fixture
def server() -> Iterator[Hooks]:
    with hooks() as state:
        yield state


@dataclass
class Told:
    """One process, and what became of it."""

    outcome: Outcome | None
    measured_s: float
    """By the clock of the world: what an operator reads as downtime and duration."""
    said: list[str]
    told: list[str]


def applied(
    case: Case,
    world: World,
    url: str,
    nth: int = 0,
    when: str = "never",
    *,
    longest_end_s: float = LONG_S,
) -> Told:
    said: list[str] = []
    outcome = None
    began = world.clock.monotonic()
    settings = NotifySettings(urls=(f"{url}/hook",))
    with Notifier(
        settings, {}, said.append, timeout_s=longest_end_s / 2, longest_end_s=longest_end_s
    ) as notifier:
        killing = Killing(notifier, nth, when)
        notices = Notices(killing, case.plan())  # type: ignore[arg-type]

        def gone(_: Any) -> None:
            if killing.is_dead:
                raise Killed

        world.wire.before = gone
        with contextlib.suppress(Killed):
            report = notices.reporting(world.events.append)
            (outcome,) = asyncio.run(world.applied(case.plan(), report=report))
            notices.end([outcome])
        measured_s = world.clock.monotonic() - began
        world.wire.before = lambda _: None
    return Told(outcome, measured_s, said, killing.told)


@pytest.mark.parametrize("weather", WEATHER)
@pytest.mark.parametrize("name", NAMES)
def test_whatever_becomes_of_notices_the_apply_is_the_same(
    server: Hooks, name: str, weather: Callable[[Hooks], None]
) -> None:
    case = CASES[name]
    usual, judge = case.world()
    asyncio.run(usual.applied(case.plan()))
    world, judge = case.world()
    weather(server)

    end_s = BRIEF_S if weather is hangs else LONG_S
    done = applied(case, world, server.url, longest_end_s=end_s)

    assert done.outcome is not None
    assert (done.outcome.state, done.outcome.closed) == ("done", ())
    assert judge.verdict(done.outcome) == []
    assert end_of(world) == clean_run(case).end
    assert done.measured_s == pytest.approx(usual.clock.monotonic())
    assert [one.what for one in world.journal.lines] == [one.what for one in usual.journal.lines]
    assert done.told == ["cutover-start", "cutover-end"]
    assert done.said == [] if weather in (well, never_ends) else 1 <= len(done.said) <= 2


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("nth", [1, 2])
@pytest.mark.parametrize("name", NAMES)
def test_killed_at_any_notice_the_next_run_ends_the_same_and_tells_the_end(
    server: Hooks, name: str, nth: int, when: str
) -> None:
    case = CASES[name]
    world, judge = case.world()

    killed = applied(case, world, server.url, nth, when)
    judge.new_process()
    done = applied(case, world, server.url)

    assert killed.outcome is None
    assert done.outcome is not None
    assert (done.outcome.state, judge.verdict(done.outcome), judge.twice) == ("done", [], [])
    assert end_of(world) == clean_run(case).end
    assert done.told[-1] == "cutover-end"
    sent = [body["kind"] for body in server.bodies("/hook")]
    assert sent == killed.told + done.told
    assert done.said == []


def test_a_body_that_never_ends_is_not_read(server: Hooks) -> None:
    server.is_endless = True
    case = CASES["orders"]
    world, _ = case.world()

    done = applied(case, world, server.url)

    assert done.said == []
    assert len(server.taken) == 2
    assert server.sent < 50_000_000  # what the system's buffers hold, for each


def test_what_fails_when_nobody_waits_any_more_is_not_said(server: Hooks) -> None:
    """The command has had its last word by then, and what it speaks to may be closed."""
    server.goes_on.clear()
    said: list[str] = []
    case = CASES["orders"]
    others = set(threading.enumerate())  # one of an earlier test may still end
    with Notifier(
        NotifySettings(urls=(server.url,)), {}, said.append, timeout_s=30, longest_end_s=0.2
    ) as notifier:
        Notices(notifier, case.plan()).say("plan", "1 database")
    (sending,) = (one for one in set(threading.enumerate()) - others if one.name == "notices")
    before = list(said)

    server.status = 500
    server.goes_on.set()
    sending.join(20)

    assert not sending.is_alive()
    assert said == before == ["1 notice was not sent: the hooks are too slow."]


# --- the end of a real process

PROGRAM = """
import datetime as dt, sys
from reconciler.adapters.notify import Notifier
from reconciler.core.notices import Notice, NotifySettings

warn = lambda text: print(text, file=sys.stderr, flush=True)
at = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)
settings = NotifySettings(urls=(sys.argv[1],))
with Notifier(settings, {}, warn, timeout_s=300, longest_end_s=float(sys.argv[2])) as notifier:
    for number in range(50):
        notifier.tell(Notice(at, "plan", "abcdef12", f"{number} databases"))
    print("told", flush=True)
sys.exit(3)
"""


@pytest.mark.parametrize(
    ("weather", "longest_end_s"),
    [(hangs, BRIEF_S), (refuses, LONG_S), (is_not_there, LONG_S), (never_ends, LONG_S)],
)
def test_a_process_ends_as_it_wants_to_whatever_its_hook_does(
    server: Hooks, weather: Callable[[Hooks], None], longest_end_s: float
) -> None:
    weather(server)

    with subprocess.Popen(
        [sys.executable, "-W", "error", "-c", PROGRAM, server.url, str(longest_end_s)],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "told\n"
        began = time.monotonic()
        _, err = process.communicate()
        took_s = time.monotonic() - began

    assert process.returncode == 3
    assert took_s < 30
    assert "Traceback" not in err
    assert len(err.splitlines()) <= 2
    if weather is refuses:
        assert len(server.taken) == MOST_FAILURES
