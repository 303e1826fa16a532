"""The operator's commands around a cutover: where they run, what their failure does, and what is known after a kill."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING

import pytest
from support.apply_world import (
    Judge,
    Killed,
    ListJournal,
    World,
    desired_for,
    judged_world,
    make_world,
)

from reconciler.adapters.hooks import ProcessHooks
from reconciler.apply.tools import Tools
from reconciler.core.steps import RunHook
from reconciler.render.human import plan_text

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

    from reconciler.apply.journal import Entry
    from reconciler.apply.outcome import Outcome
    from reconciler.apply.ports import HookCall, HookEnd
    from reconciler.core.plan import Plan

PAUSE, RESUME = ("./pause", "all jobs"), ("./resume",)
BEFORE = (PAUSE, ("./note",))
AFTER = (RESUME, ("./note",))
APPS = {"orders": "shop", "legacy": "blog", "lavender": "ledger", "annals": "archive"}
"""Each method that closes apps once, and the app that owns the database."""


@dataclass
class Watched:
    """Real hooks, and what was so at Heroku when each began."""

    hooks: ProcessHooks
    world: World
    app: str
    seen: list[tuple[str, str, bool, bool]] = field(default_factory=list)
    takes_s: dict[str, float] = field(default_factory=dict)
    """By its command, what else passes while it runs."""

    async def run(self, call: HookCall) -> HookEnd:
        await self.world.clock.sleep(self.takes_s.get(call.command[0], 0))
        app = next(one for one in self.world.stand_in.world.apps.values() if one.name == self.app)
        runs = any(one.quantity for one in app.formation.values())
        self.seen.append((call.phase, call.command[0], app.maintenance, runs))
        return await self.hooks.run(call)

    def phases(self) -> list[str]:
        return [phase for phase, *_ in self.seen]


@dataclass
class Scene:
    """A world, a plan with hooks for it, and the hooks that were run."""

    world: World
    judge: Judge
    plan: Plan
    watched: Watched
    folder: Path

    def applied(self) -> Outcome:
        (outcome,) = asyncio.run(self.world.applied(self.plan))
        return outcome

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(f"#!/bin/sh\n{text}\n")
        (self.folder / name).chmod(0o755)


@cache
def planned(name: str) -> Plan:
    wanted = desired_for(name)
    (database,) = wanted.databases
    database = database.model_copy(
        update={"before_writes_stop": BEFORE, "after_writes_resume": AFTER}
    )
    return asyncio.run(make_world().planned(replace(wanted, databases=(database,))))


def scene(folder: Path, name: str) -> Scene:
    world, judge = judged_world()
    hooks = ProcessHooks(folder, environment=os.environ)
    watched = Watched(hooks, world, APPS[name])
    world.tools = Tools(hooks=watched)
    made = Scene(world, judge, planned(name), watched, folder)
    for one in ("pause", "resume", "note"):
        made.write(one, f"echo {one} $RECONCILE_PHASE $RECONCILE_DATABASE >> ran.txt")
    return made


@pytest.mark.parametrize("name", APPS)
def test_hooks_run_with_the_app_closed_and_with_it_open_again(tmp_path: Path, name: str) -> None:
    one = scene(tmp_path, name)

    outcome = one.applied()

    assert outcome.state == "done"
    assert one.watched.seen == [
        ("before-writes-stop", "./pause", True, True),
        ("before-writes-stop", "./note", True, True),
        ("after-writes-resume", "./resume", False, True),
        ("after-writes-resume", "./note", False, True),
    ]
    assert (tmp_path / "ran.txt").read_text().splitlines() == [
        f"pause before-writes-stop {name}",
        f"note before-writes-stop {name}",
        f"resume after-writes-resume {name}",
        f"note after-writes-resume {name}",
    ]
    assert one.judge.lost() == []


def test_the_plan_shows_each_command_in_full_and_its_digest_covers_it() -> None:
    plan = planned("orders")
    text = plan_text(plan, width=100, is_ascii=False)

    assert "run ./pause 'all jobs' before writes stop (at most 60 s)" in text
    assert "run ./resume after writes resume (at most 60 s)" in text
    (database,) = plan.databases
    steps = [step for stage in database.stages for step in stage.steps]
    assert [step.command for step in steps if isinstance(step, RunHook)] == [*BEFORE, *AFTER]
    assert "120 s" not in text.partition("hook")[0]
    assert "at most 60 s (hook_timeout) for each of 2 hooks" in database.downtime.formula
    assert database.cutover_limit_s == 300 + 2 * 60
    other = plan.to_json().replace("./resume", "./replace")
    assert type(plan).model_validate_json(other).with_digest().digest != plan.digest


@pytest.mark.parametrize("name", APPS)
def test_a_failing_hook_before_ends_in_the_app_open_and_the_others_undone(
    tmp_path: Path, name: str
) -> None:
    one = scene(tmp_path, name)
    before = one.world.end()["apps"]
    one.write("note", '[ "$RECONCILE_PHASE" != before-writes-stop ] || { echo no key; exit 3; }')

    outcome = one.applied()

    assert (outcome.state, outcome.closed) == ("backed-out", ())
    assert "The hook ./note failed: exit 3 after " in outcome.reason
    assert "it said: no key" in outcome.reason
    assert one.watched.phases() == ["before-writes-stop"] * 2 + ["backed-out"] * 2
    assert one.watched.seen[2:] == [
        ("backed-out", "./resume", False, True),
        ("backed-out", "./note", False, True),
    ]
    assert one.world.end()["apps"] == before
    assert not any(
        text.endswith(("/unfollow", "/transfers", "/run")) for text in one.world.requested("PUT")
    )


def test_what_is_mended_is_run_anew_by_the_next_apply(tmp_path: Path) -> None:
    one = scene(tmp_path, "orders")
    one.write("pause", "exit 1")
    one.applied()
    one.write("pause", "true")
    one.watched.seen.clear()

    outcome = one.applied()

    assert outcome.state == "done"
    assert one.watched.phases() == ["before-writes-stop"] * 2 + ["after-writes-resume"] * 2


@pytest.mark.parametrize("name", APPS)
def test_a_failing_hook_after_is_told_and_undoes_nothing(tmp_path: Path, name: str) -> None:
    one = scene(tmp_path, name)
    one.write("resume", "echo scheduler is away >&2; exit 9")

    outcome = one.applied()
    failing = one.world.end()
    one.write("resume", "true")
    one.watched.seen.clear()
    again = one.applied()

    assert (outcome.state, outcome.closed) == ("failed", ())
    assert "The hook ./resume failed: exit 9" in outcome.reason
    assert "it said: scheduler is away" in outcome.reason
    assert "nothing was undone" in outcome.hint
    assert again.state == "done"
    assert [seen[:2] for seen in one.watched.seen] == [("after-writes-resume", "./resume")]
    assert one.world.end() == failing
    assert one.judge.lost() == []
    clean, _ = judged_world()
    clean.tools = Tools(hooks=ProcessHooks(tmp_path, environment=os.environ))
    asyncio.run(clean.applied(one.plan))
    assert failing == clean.end()


def test_when_backing_out_a_failing_hook_after_is_told_beside_the_reason(tmp_path: Path) -> None:
    one = scene(tmp_path, "orders")
    one.write("pause", "exit 1")
    one.write("resume", "exit 2")

    outcome = one.applied()

    assert outcome.state == "backed-out"
    assert outcome.reason.startswith("The hook ./pause 'all jobs' failed: exit 1 after ")
    assert "The hook ./resume failed too: exit 2" in outcome.reason


def test_a_hook_after_backing_out_prolongs_no_downtime(tmp_path: Path) -> None:
    one = scene(tmp_path, "orders")
    one.write("pause", "exit 1")
    one.watched.takes_s = {"./resume": 3_600}

    outcome = one.applied()

    kinds = [event.kind for event in one.world.events]
    assert outcome.state == "backed-out"
    assert one.watched.phases()[-2:] == ["backed-out"] * 2
    assert outcome.closed_s is not None
    assert outcome.closed_s < 60
    assert kinds.count("open") == 1
    assert kinds.index("back-out") < kinds.index("open") < kinds.index("end")


def killed_at(one: Scene, nth: int) -> None:
    count = 0

    def kill(_: httpx.Request) -> None:
        nonlocal count
        count += 1
        if count >= nth:
            raise Killed

    one.world.wire.before = kill
    with suppress(Killed):
        asyncio.run(one.world.applied(one.plan))
    one.world.wire.before = lambda _: None


def clean_requests(folder: Path) -> int:
    one = scene(folder, "orders")
    one.applied()
    return len(one.world.wire.requests)


@pytest.mark.slow
def test_killed_anywhere_every_hook_has_run_at_the_end_and_rarely_twice(tmp_path: Path) -> None:
    for nth in range(3, clean_requests(tmp_path), 13):
        one = scene(tmp_path, "orders")

        killed_at(one, nth)
        outcome = one.applied()

        assert (outcome.state, outcome.closed) == ("done", ())
        assert one.watched.phases() == ["before-writes-stop"] * 2 + ["after-writes-resume"] * 2
        assert one.judge.lost() == []


def test_abort_runs_the_hooks_for_resumed_writes_when_one_before_had_begun(tmp_path: Path) -> None:
    one = scene(tmp_path, "orders")
    hooks = 0

    def kill(request: httpx.Request) -> None:
        nonlocal hooks
        hooks = len(one.watched.seen)
        if hooks == 2 and request.method == "PATCH":
            raise Killed

    one.world.wire.before = kill
    with pytest.raises(Killed):
        asyncio.run(one.world.applied(one.plan))
    one.world.wire.before = lambda _: None

    outcome = asyncio.run(one.world.aborted(one.plan))

    assert outcome.state == "backed-out"
    assert one.watched.phases() == ["before-writes-stop"] * 2 + ["backed-out"] * 2


@dataclass
class UntilBackedOut(ListJournal):
    """Kills right before it would be written that everything is taken back."""

    inner: ListJournal = field(default_factory=ListJournal)

    def append(self, entry: Entry) -> None:
        if entry.what == "backed-out":
            raise Killed
        self.inner.append(entry)


def test_after_a_kill_in_backing_out_the_hooks_before_run_again(tmp_path: Path) -> None:
    """Those after have begun to run: what those before did may be undone."""
    one = scene(tmp_path, "orders")
    one.write("note", '[ "$RECONCILE_PHASE" = after-writes-resume ] || exit 1')
    journal = UntilBackedOut(inner=one.world.journal)

    with pytest.raises(Killed):
        asyncio.run(one.world.applied(one.plan, journal=journal))
    assert one.watched.phases() == ["before-writes-stop"] * 2 + ["backed-out"] * 2
    one.write("note", "true")
    one.watched.seen.clear()

    outcome = one.applied()

    assert outcome.state == "done"
    assert one.watched.phases() == ["before-writes-stop"] * 2 + ["after-writes-resume"] * 2


def test_a_change_that_closes_nothing_says_that_its_hooks_are_not_run() -> None:
    assert (
        "Its hooks are not run: this change closes no app"
        in planned("crimson").databases[0].warnings
    )
    assert not [text for text in planned("orders").databases[0].warnings if "hooks" in text]
