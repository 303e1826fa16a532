"""What is particular to a version upgrade: whose it is, how it is cancelled, and from when nothing stops it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from support.apply_world import Killed, World, desired_for, judged_world, make_world, plan_for

from reconciler.adapters.heroku.writes import HerokuAccount

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from reconciler.apply.outcome import Outcome

ANNALS = "postgresql-amber-10007"
REPLICA = "postgresql-lilac-10008"
DIARY = "postgresql-teal-10009"
PREPARE = frozenset({"prepare"})
WEEK_S = 7 * 86_400


def applied(world: World, name: str, **how: Any) -> Outcome:
    (outcome,) = asyncio.run(world.applied(plan_for(name), **how))
    return outcome


def aborted(world: World, name: str) -> Outcome:
    return asyncio.run(world.aborted(plan_for(name)))


def by_hand(world: World, act: Callable[[HerokuAccount], Awaitable[None]]) -> None:
    """What somebody else does meanwhile."""

    async def do() -> None:
        async with world.client() as client:
            await act(HerokuAccount(client))

    asyncio.run(do())


def killed_after(world: World, name: str, ending: str) -> None:
    """Apply until the first request whose path ends so has had its effect, and not one look further."""

    def kill(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        if request.url.path.endswith(ending):
            raise Killed
        return answer

    world.wire.after = kill
    with pytest.raises(Killed):
        applied(world, name)
    world.wire.after = lambda _, answer: answer
    world.wire.requests.clear()


def saying(world: World, **status: Any) -> None:
    """Let `upgrade/wait_status` answer so from now on."""

    def answer(request: httpx.Request) -> httpx.Response | None:
        is_asked = request.url.path.endswith("/upgrade/wait_status")
        return httpx.Response(200, json=status) if is_asked else None

    world.wire.before = answer


def versions(world: World) -> dict[str, tuple[str, bool]]:
    found: dict[str, tuple[str, bool]] = world.end()["versions"]
    return found


def writes(world: World) -> list[str]:
    return [one for one in world.wire.requests if not one.startswith("GET ")]


def is_open(world: World) -> bool:
    return not any(app["maintenance"] for app in world.end()["apps"].values())


def test_the_leader_and_its_followers_are_upgraded_and_keep_their_names() -> None:
    world, _ = judged_world()
    before = world.end()["databases"]

    outcome = applied(world, "annals")

    assert outcome.state == "done"
    assert "PostgreSQL 18" in outcome.reason
    assert versions(world)[ANNALS] == versions(world)[REPLICA]
    assert versions(world)[ANNALS][0].startswith("18.")
    assert world.end()["databases"] == before


def test_every_app_that_can_write_is_closed_before_it_runs_and_none_before_it_is_prepared() -> None:
    world, _ = judged_world()

    applied(world, "annals")

    done = [one for one in writes(world) if "/attachments" not in one]
    prepared = next(at for at, one in enumerate(done) if one.endswith("/upgrade/prepare"))
    ran = next(at for at, one in enumerate(done) if one.endswith("/upgrade/run"))
    closing = {"PATCH /apps/archive", "PATCH /apps/desk"}
    assert prepared == 0
    assert closing <= set(done[prepared:ran])
    assert {f"{one}/formation" for one in closing} <= set(done[prepared:ran])


def test_what_was_asked_for_is_found_again_by_a_later_plan() -> None:
    world, _ = judged_world()
    applied(world, "annals", phases=PREPARE)

    again = asyncio.run(world.planned(desired_for("annals")))

    assert again == plan_for("annals")


def test_not_waiting_is_not_upgraded() -> None:
    world, _ = judged_world()
    killed_after(world, "annals", "/upgrade/run")
    saying(world, message="available", **{"waiting?": False})
    began = world.clock.monotonic()

    outcome = applied(world, "annals")

    assert outcome.state == "done"
    assert world.clock.monotonic() - began >= 1
    assert versions(world)[ANNALS][0].startswith("18.")
    assert not [one for one in writes(world) if "/upgrade/" in one]


@pytest.mark.parametrize("ending", ["/upgrade/prepare", "/upgrade/wait_status"])
def test_abort_cancels_what_is_prepared(ending: str) -> None:
    world, _ = judged_world()
    before = world.end()
    killed_after(world, "annals", ending)

    outcome = aborted(world, "annals")

    assert outcome.state == "backed-out"
    assert outcome.reason == "everything is as it was"
    assert world.end() == before


def test_abort_cancels_a_preparation_that_has_ended_and_it_can_be_applied_again() -> None:
    world, _ = judged_world()
    before = world.end()
    applied(world, "annals", phases=PREPARE)

    outcome = aborted(world, "annals")

    assert (outcome.state, world.end()) == ("backed-out", before)
    assert [one.partition("/upgrade/")[2] for one in writes(world)] == ["prepare", "cancel"]
    assert applied(world, "annals").state == "done"


@pytest.mark.parametrize("name", ["annals", "diary"])
def test_abort_refuses_once_the_upgrade_runs_and_touches_nothing(name: str) -> None:
    world, _ = judged_world()
    killed_after(world, name, "/upgrade/run")

    outcome = aborted(world, name)

    assert outcome.state == "failed"
    assert "past the point of no return: the version upgrade of" in outcome.reason
    assert outcome.hint == "Apply the plan to its end."
    assert writes(world) == []
    assert applied(world, name).state == "done"


@pytest.mark.parametrize("name", ["annals", "diary"])
def test_abort_of_a_cutover_that_has_not_run_the_upgrade_opens_the_apps(name: str) -> None:
    world, _ = judged_world()
    before = world.end()
    killed_after(world, name, "/formation")

    outcome = aborted(world, name)

    world.clock.world.advance(60)
    assert outcome.state == "backed-out"
    assert world.end() == before


def test_abort_says_what_heroku_has_done_in_its_own_window() -> None:
    world, _ = judged_world()
    applied(world, "annals", phases=PREPARE)
    world.clock.world.advance(WEEK_S)

    outcome = aborted(world, "annals")

    assert outcome.state == "failed"
    assert f"{ANNALS} is on PostgreSQL 18, planned was from 16 to 18." in outcome.reason


def test_when_herokus_own_window_came_first_nothing_is_closed() -> None:
    world, _ = judged_world()
    applied(world, "annals", phases=PREPARE)
    world.clock.world.advance(WEEK_S)
    world.wire.requests.clear()

    outcome = applied(world, "annals")

    assert (outcome.state, outcome.closed_s) == ("done", None)
    assert writes(world) == []


def test_an_upgrade_that_runs_in_herokus_own_window_is_waited_for_and_nothing_is_closed() -> None:
    world, _ = judged_world()
    applied(world, "annals", phases=PREPARE)
    live = world.stand_in.world
    upgrade = live.databases[live.index.addons[ANNALS]].upgrade
    assert upgrade is not None
    assert upgrade.scheduled_for is not None
    world.clock.world.advance(upgrade.scheduled_for - live.now + 1)
    world.wire.requests.clear()

    outcome = applied(world, "annals")

    assert (outcome.state, outcome.closed_s) == ("done", None)
    assert (upgrade.status, writes(world)) == ("running", [])
    assert versions(world)[ANNALS][0].startswith("18")


@pytest.mark.parametrize("version", [17, 18])
def test_an_upgrade_that_somebody_else_prepares_is_not_run_nor_cancelled(version: int) -> None:
    world, _ = judged_world()
    by_hand(world, lambda heroku: heroku.prepare_upgrade(ANNALS, version=version))  # type: ignore[arg-type]
    world.wire.requests.clear()

    outcome = applied(world, "annals")

    assert outcome.state == "failed"
    assert "this apply did not ask for" in outcome.reason
    assert f"heroku pg:upgrade:cancel {ANNALS}" in outcome.hint
    assert aborted(world, "annals").state == "backed-out"
    assert writes(world) == []
    assert versions(world)[ANNALS][1]


def test_without_its_journal_a_prepared_upgrade_is_nobodys() -> None:
    world, _ = judged_world()
    applied(world, "annals", phases=PREPARE)
    world.journal.lines.clear()

    outcome = applied(world, "annals")

    assert outcome.state == "failed"
    assert "Heroku does not tell to which version" in outcome.reason


def test_what_somebody_else_has_cancelled_closes_nothing() -> None:
    world, _ = judged_world()
    applied(world, "annals", phases=PREPARE)
    by_hand(world, lambda heroku: heroku.cancel_upgrade(ANNALS))  # type: ignore[arg-type]
    world.wire.requests.clear()

    outcome = applied(world, "annals")

    assert outcome.state == "failed"
    assert outcome.reason == "Not prepared any more: available."
    assert writes(world) == []


def test_a_preparation_that_fails_is_said_in_herokus_words() -> None:
    world, _ = judged_world()
    killed_after(world, "annals", "/upgrade/prepare")
    saying(world, message="out of memory", step="3/7", **{"waiting?": False, "error?": True})

    outcome = applied(world, "annals")

    assert outcome.state == "failed"
    assert f"could not upgrade {ANNALS} to PostgreSQL 18: step 3/7: out of memory" in outcome.reason
    assert "pg:upgrade:dryrun" in outcome.hint
    assert is_open(world)


def test_an_upgrade_that_fails_while_it_runs_opens_the_apps() -> None:
    world, _ = judged_world()
    before = world.end()["apps"]
    killed_after(world, "annals", "/upgrade/run")
    world.stand_in.world.timing.maintenance = 10_000.0
    saying(world, message="out of memory", **{"waiting?": False, "error?": True})

    outcome = applied(world, "annals")

    assert outcome.state == "backed-out"
    assert "out of memory" in outcome.reason
    assert "Heroku may still finish what it was asked for" in outcome.reason
    assert world.end()["apps"] == before


@pytest.mark.parametrize("name", ["annals", "diary"])
def test_an_upgrade_that_takes_too_long_opens_the_apps_and_a_later_run_ends_it(name: str) -> None:
    world, _ = judged_world()
    before = world.end()["apps"]
    world.stand_in.world.timing.maintenance = 5_000.0
    world.stand_in.world.timing.essential_change = 5_000.0

    outcome = applied(world, name)

    assert outcome.state == "backed-out"
    assert "The cutover took longer than 2460 s" in outcome.reason
    assert world.end()["apps"] == before
    world.clock.world.advance(5_000)
    assert applied(world, name).state == "done"


def test_a_version_that_leads_elsewhere_is_a_conflict() -> None:
    world = make_world()
    live = world.stand_in.world
    applied(world, "annals", phases=PREPARE)
    live.databases[live.index.addons[ANNALS]].version = "17.9"

    outcome = applied(world, "annals")

    assert outcome.state == "failed"
    assert f"{ANNALS} is on PostgreSQL 17, planned was from 16 to 18." in outcome.reason
    assert is_open(world)


def test_an_essential_database_is_upgraded_without_being_prepared() -> None:
    world, _ = judged_world()

    outcome = applied(world, "diary")

    assert outcome.state == "done"
    assert versions(world)[DIARY][0].startswith("18.")
    assert [one.partition("/upgrade/")[2] for one in writes(world) if "/upgrade/" in one] == ["run"]


def test_a_version_that_waits_for_the_service_plan_comes_with_the_next_plan() -> None:
    world, judge = judged_world()
    asked = desired_for("annals")
    follower = asked.databases[0].followers[0].model_copy(update={"service_plan": "standard-2"})
    wish = {"service_plan": "standard-2", "followers": (follower,)}
    both = replace(asked, databases=(asked.databases[0].model_copy(update=wish),))

    methods = []
    while (plan := asyncio.run(world.planned(both))).databases:
        methods.append(plan.databases[0].method)
        world.journal.lines.clear()  # each plan has one of its own
        (outcome,) = asyncio.run(world.applied(plan))
        assert outcome.state == "done"

    assert methods == ["addons-upgrade", "pg-upgrade"]
    assert plan.unchanged == ("annals",)
    assert world.end()["databases"][ANNALS]["serves"] == "standard-2"
    assert versions(world)[ANNALS][0].startswith("18.")
    assert judge.lost() == []
