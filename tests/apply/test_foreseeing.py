"""What is learned before anything is closed: it saves time, and is never older than a moment when it is acted on."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from contextlib import suppress
from typing import TYPE_CHECKING

import httpx
import pytest
from support.apply_world import Killed, World, desired_for, make_world, plan_for
from support.killing import CASES, KilledJournal, Killer, Moment, apply, apply_until, clean_run

from reconciler.adapters.heroku.writes import HerokuAccount
from reconciler.apply.behaviours import behaviour_of
from reconciler.apply.behaviours.closing import dynos_key
from reconciler.apply.performing import FRESH_S, Foreseen, Performance
from reconciler.apply.run import Run
from reconciler.core.limits import Freeze
from reconciler.core.names import AppName, ProcessType
from reconciler.core.steps import ScaleDown

if TYPE_CHECKING:
    from support.judge import Judge

    from reconciler.apply.events import Event
    from reconciler.apply.outcome import Outcome


def _dynos(world: World, app: str, **formation: int) -> None:
    """What a colleague or an autoscaler does."""
    (found,) = (one for one in world.stand_in.world.apps.values() if one.name == app)
    for kind, count in formation.items():
        found.formation[kind].quantity = count


def test_what_ran_is_remembered_at_the_cutover_not_at_an_earlier_try() -> None:
    world, plan = make_world(), plan_for("orders")
    now = world.clock.now()
    freeze = Freeze(begins=now, ends=now + dt.timedelta(hours=2), reason="a release")
    (waiting,) = asyncio.run(world.applied(plan, more_freezes=(freeze,)))
    before = [one.key for one in world.journal.lines if one.what == "remembered"]
    _dynos(world, "shop", web=5)
    world.clock.world.advance(3 * 3_600)

    (done,) = asyncio.run(world.applied(plan))

    assert (waiting.state, done.state) == ("pending", "done")
    assert not [key for key in before if key.startswith(("dynos", "maintenance "))]
    assert world.end()["apps"]["shop"]["formation"]["web"] == 5


@pytest.mark.parametrize(("age_s", "looks"), [(FRESH_S / 2, 0), (FRESH_S * 2, 1)])
def test_a_step_that_was_foreseen_long_ago_looks_again_and_what_is_stopped_is_read_anew(
    age_s: float, looks: int
) -> None:
    world, plan = make_world(), plan_for("orders").databases[0]
    step = next(
        one
        for stage in plan.stages
        for one in stage.steps
        if isinstance(one, ScaleDown) and one.app == "shop"
    )

    async def performed() -> dict[str, int]:
        async with world.client() as client:
            run = Run(
                plan=plan,
                plan_id="test",
                heroku=HerokuAccount(client),
                clock=world.clock,
                journal=world.journal,
                report=world.events.append,
            )
            ahead = behaviour_of(step, run)
            foreseen = Foreseen(ahead, await ahead.foresee(), world.clock.monotonic())
            await world.clock.sleep(age_s)
            _dynos(world, "shop", web=7)
            world.wire.requests.clear()
            await Performance(step, 3, run, world.control, foreseen=foreseen).to_the_end()
            found: dict[str, int] = json.loads(run.recall(dynos_key(step.app)) or "{}")
            return found

    remembered = asyncio.run(performed())

    before_it = world.wire.requests[: world.wire.requests.index("PATCH /apps/shop/formation")]
    assert before_it.count("GET /apps/shop/dynos") == looks
    assert remembered["web"] == 7


def _applied_while(name: str, when: str, **formation: int) -> tuple[World, Outcome]:
    """Apply while somebody scales shop, each time that something is told that begins so."""
    world, judge = CASES[name].world()

    def report(event: Event) -> None:
        world.events.append(event)
        if f"{event.kind} {event.text}".startswith(when):
            _dynos(world, "shop", **formation)

    judge.new_process()
    (outcome,) = asyncio.run(world.applied(CASES[name].plan(), report=report))
    assert judge.lost() == []
    return world, outcome


@pytest.mark.parametrize(
    "when", ["closed", "act stop all dynos of shop", "wait stop all dynos of shop"]
)
def test_dynos_that_an_autoscaler_starts_while_we_stop_them_run_again_in_the_end(when: str) -> None:
    world, outcome = _applied_while("orders", when, worker=4)

    assert (outcome.state, outcome.closed) == ("done", ())
    assert world.end()["apps"]["shop"]["formation"]["worker"] == 4


def test_dynos_that_were_stopped_again_are_noted_and_started_by_a_later_run_too() -> None:
    case = CASES["orders"]
    world, judge = case.world()
    killer = Killer(Moment("event", 0, "after"), world, judge)

    def report(event: Event) -> None:
        killer.report(event)
        if f"{event.kind} {event.text}".startswith("wait stop all dynos of shop"):
            _dynos(world, "shop", worker=4)
        if f"{event.kind} {event.text}".startswith("seen stop all dynos of shop"):
            killer.is_dead = True
            raise Killed

    world.wire.before, world.wire.after = killer.before, killer.after
    with suppress(Killed):
        asyncio.run(
            world.applied(case.plan(), journal=KilledJournal(world.journal, killer), report=report)
        )
    assert killer.is_dead

    outcome = apply(case, world, judge)

    assert (outcome.state, outcome.closed, judge.lost()) == ("done", (), [])
    assert world.end()["apps"]["shop"]["formation"]["worker"] == 4
    assert outcome.notes == (
        "shop was scaled up by somebody else during the cutover; it was stopped, and runs so again: worker=4",
    )


def test_dynos_started_while_a_hook_runs_run_again_in_the_end() -> None:
    world, judge = CASES["orders+hooks"].world()
    asyncio.run(_scale(world, "shop", web=0, worker=0, clock=0))
    world.clock.world.advance(60)

    def report(event: Event) -> None:
        world.events.append(event)
        if event.kind == "seen" and event.text.startswith("run true 1"):
            _dynos(world, "shop", web=3)

    (outcome,) = asyncio.run(world.applied(CASES["orders+hooks"].plan(), report=report))

    assert (outcome.state, outcome.closed, judge.lost()) == ("done", (), [])
    assert world.end()["apps"]["shop"]["formation"]["web"] == 3


async def _scale(world: World, app: str, **formation: int) -> None:
    async with world.client() as client:
        wanted = {ProcessType(kind): count for kind, count in formation.items()}
        await HerokuAccount(client).scale(AppName(app), wanted)


def _autoscaler(world: World, judge: Judge, **formation: int) -> None:
    """From the second request on that scales shop, which starts its dynos again, more are started at once."""
    scaled = [0]

    def after(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        answer = judge.watch(request, answer)
        if (request.method, request.url.path) == ("PATCH", "/apps/shop/formation"):
            scaled[0] += 1
            if scaled[0] > 1:
                _dynos(world, "shop", **formation)
        return answer

    world.wire.after = after


def test_more_dynos_than_before_are_as_good_and_are_left_alone_and_told() -> None:
    world, judge = CASES["orders"].world()
    _autoscaler(world, judge, web=5)

    (outcome,) = asyncio.run(world.applied(CASES["orders"].plan()))

    assert (outcome.state, outcome.closed, judge.lost()) == ("done", (), [])
    assert world.end()["apps"]["shop"]["formation"]["web"] == 5
    assert any("more than before, which was left so: web=5" in one.text for one in world.events)


def test_backing_out_does_not_fight_an_autoscaler() -> None:
    world, judge = CASES["orders"].world()
    _autoscaler(world, judge, web=5)
    attached = [0]

    def before(request: httpx.Request) -> httpx.Response | None:
        attached[0] += (request.method, request.url.path) == ("POST", "/addon-attachments")
        if attached[0] == 2:
            attached[0] += 1
            return httpx.Response(422, json={"id": "unprocessable_entity", "message": "not now"})
        return None

    world.wire.before = before
    (outcome,) = asyncio.run(world.applied(CASES["orders"].plan()))

    assert (outcome.state, outcome.closed, judge.lost()) == ("backed-out", (), [])
    assert outcome.closed_s is not None
    assert outcome.closed_s < 120
    assert world.end()["apps"]["shop"]["formation"]["web"] == 5


def test_a_later_run_does_not_scale_down_what_somebody_has_opened_by_hand_with_more() -> None:
    case = CASES["orders"]
    requests = clean_run(case).requests
    opening = len(requests) - requests[::-1].index("PATCH /apps/shop")
    world, judge = case.world()
    assert apply_until(case, world, judge, Moment("request", opening, "before"))
    world.wire.before, world.wire.after = lambda _: None, judge.watch
    asyncio.run(_scale(world, "shop", web=6))
    world.clock.world.advance(60)

    outcome = apply(case, world, judge)

    assert (outcome.state, outcome.closed, judge.lost()) == ("done", (), [])
    assert world.end()["apps"]["shop"]["formation"]["web"] == 6


def test_nothing_is_looked_at_ahead_for_a_cutover_that_closes_nothing() -> None:
    world = make_world()
    plan = asyncio.run(world.planned(desired_for("crimson")))

    (outcome,) = asyncio.run(world.applied(plan))

    assert outcome.state == "done"
    assert not [one for one in world.journal.lines if one.what == "remembered"]
