"""Each step of each method on its own: not done before, done after, by the stand-in's own word; and every guard."""

from __future__ import annotations

import asyncio
import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from support.apply_world import World, judged_world, plan_for

from reconciler.adapters.heroku.writes import HerokuAccount
from reconciler.apply.behaviours import behaviour_of
from reconciler.apply.control import Control
from reconciler.apply.performing import Performance
from reconciler.apply.run import Run
from reconciler.core import steps
from reconciler.errors import HerokuUnavailableError, StepConflictError, StepTimeoutError
from reconciler.render.steps import describe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from reconciler.adapters.heroku.client import HerokuClient
    from reconciler.apply.performing import Guard
    from reconciler.core.steps import Step

NAMES = ("annals", "crimson", "diary", "lavender", "legacy", "orders")


def run_of(world: World, client: HerokuClient, name: str) -> Run:
    plan = plan_for(name)
    return Run(
        plan=plan.databases[0],
        plan_id=plan.id,
        heroku=HerokuAccount(client),
        clock=world.clock,
        journal=world.journal,
        report=world.events.append,
    )


def all_steps(name: str) -> Iterator[tuple[int, Step]]:
    for index, stage in enumerate(plan_for(name).databases[0].stages):
        for step in stage.steps:
            yield index, step


def attached(end: dict[str, Any], app: str, name: str) -> str | None:
    for addon, one in end["databases"].items():
        if f"{app}::{name}" in one["attached"]:
            return str(addon)
    return None


def is_so(world: World, step: Step) -> bool:  # noqa: C901, PLR0911, PLR0912  # one line a kind
    """Whether the stand-in's own account of itself says that the step's effect is there."""
    end = world.end()
    live = world.stand_in.world
    by_name = {one.name: one for one in live.apps.values()}
    databases = end["databases"]
    match step:
        case steps.Provision():
            one = databases.get(step.addon, {})
            return (one.get("serves"), one.get("follows")) == (step.service_plan, step.follow)
        case steps.AwaitFollower() | steps.AwaitNoLag():
            most = getattr(step, "at_most_commits", 0)
            database = live.databases[live.index.addons[step.follower]]
            return database.leader_id is not None and database.trail.at(live.now) <= most + 0.5
        case steps.ChangeServicePlan():
            return databases[step.addon]["plan"] == step.after
        case steps.AwaitMaintenanceReady():
            maintenance = live.databases[live.index.addons[step.addon]].maintenance
            return maintenance is not None and maintenance.status == "ready"
        case steps.RunMaintenance():
            return databases[step.addon]["serves"] == step.after
        case steps.PrepareUpgrade():
            upgrade = live.databases[live.index.addons[step.addon]].upgrade
            return upgrade is not None and upgrade.version == step.after
        case steps.AwaitUpgradeReady():
            upgrade = live.databases[live.index.addons[step.addon]].upgrade
            return upgrade is not None and upgrade.status == "scheduled"
        case steps.RunUpgrade():
            return is_on(world, step.addon, step.after)
        case steps.MaintenanceOn():
            return by_name[step.app].maintenance
        case steps.MaintenanceOff():
            return not by_name[step.app].maintenance
        case steps.ScaleDown():
            app = by_name[step.app]
            kinds = [one for one in app.formation.values() if one.type != "release"]
            return not app.dynos and not any(one.quantity for one in kinds)
        case steps.ScaleUp():
            before = plan_for_formation(step.app)
            return end["apps"][step.app]["formation"] == before
        case steps.Unfollow():
            one = databases[step.follower]
            return one["follows"] is None and one["writable"]
        case steps.Copy():
            copies = [one for one in live.transfers.values() if one.succeeded]
            return len(copies) == 1
        case steps.CompareContents() | steps.CompareRest():
            old, new = (live.databases[live.index.addons[one]] for one in (step.old, step.new))
            return old.num_tables == new.num_tables
        case steps.Attach():
            return attached(end, step.app, step.name) == step.addon
        case steps.AwaitRelease():
            words = f"Attach {step.name}"
            mine = [one for one in by_name[step.app].releases if words in one.description]
            return mine[-1].status == "succeeded"
        case steps.ProveUnattached():
            return set(databases[step.addon]["attached"]) == {
                f"{app}::{name}" for app, name in step.aliases
            }
        case steps.ScheduleBackup():
            return (step.name, step.hour, step.timezone) in end["schedules"][step.addon]
        case steps.SetMaintenanceWindow():
            database = live.databases[live.index.addons[step.addon]]
            hour, minute = divmod(database.window_minute, 60)
            return step.time == f"{hour:02}:{minute:02}"
        case steps.Deprovision():
            return step.addon not in databases
        case steps.ConfirmServing():
            one = databases[step.addon]
            is_right = (one["serves"], one["follows"]) == (step.service_plan, step.leader)
            if step.version is not None and not is_on(world, step.addon, step.version):
                return False
            return is_right and attached(end, step.app, step.name) == step.addon


def is_on(world: World, addon: str, version: int) -> bool:
    live = world.stand_in.world
    return live.databases[live.index.addons[addon]].version.startswith(f"{version}.")


def plan_for_formation(app: str) -> dict[str, int]:
    world, _ = judged_world()
    formation: dict[str, int] = world.end()["apps"][app]["formation"]
    return formation


EFFECTS = (
    steps.Provision,
    steps.ChangeServicePlan,
    steps.PrepareUpgrade,
    steps.RunUpgrade,
    steps.MaintenanceOn,
    steps.ScaleDown,
    steps.Unfollow,
    steps.Copy,
    steps.Attach,
    steps.RunMaintenance,
    steps.ScaleUp,
    steps.MaintenanceOff,
    steps.ScheduleBackup,
    steps.SetMaintenanceWindow,
)


@pytest.mark.parametrize("name", NAMES)
def test_every_step_is_seen_undone_before_and_done_after_and_the_stand_in_agrees(name: str) -> None:
    walked = asyncio.run(walk(name))

    assert {step.kind for _, step in all_steps(name)} == set(walked)
    for kind, (seen_before, so_before, seen_after, so_after) in walked.items():
        assert (kind, seen_after, so_after) == (kind, "done", True)
        if kind in {one.model_fields["kind"].default for one in EFFECTS}:
            assert (kind, seen_before, so_before) == (kind, "absent", False)


async def walk(name: str) -> dict[str, tuple[str, bool, str, bool]]:
    world, _ = judged_world()
    walked: dict[str, tuple[str, bool, str, bool]] = {}
    async with world.client() as client:
        run = run_of(world, client, name)
        for index, step in all_steps(name):
            behaviour = behaviour_of(step, run)
            seen_before, so_before = (await behaviour.look()).state, is_so(world, step)
            await Performance(step, index, run, Control()).to_the_end()
            first_look_after = behaviour_of(step, run)
            await first_look_after.look()
            seen_after = (await first_look_after.look()).state
            walked.setdefault(step.kind, (seen_before, so_before, seen_after, is_so(world, step)))
    return walked


def up_to(name: str, kind: str) -> tuple[World, Step]:
    """A world in which everything before the first step of that kind was carried out."""
    world, _ = judged_world()
    return world, asyncio.run(_walk_to(world, name, kind))


async def _walk_to(world: World, name: str, kind: str) -> Step:
    async with world.client() as client:
        run = run_of(world, client, name)
        for index, step in all_steps(name):
            if step.kind == kind:
                return step
            await Performance(step, index, run, Control()).to_the_end()
    raise AssertionError(f"{name} has no {kind}")


def dyno_starts(world: World) -> None:
    asyncio.run(_scale(world, "shop", "worker"))
    world.clock.world.advance(30)


async def _scale(world: World, app: str, kind: str) -> None:
    async with world.client() as client:
        await HerokuAccount(client).scale(app, {kind: 1})  # type: ignore[arg-type,dict-item]


def opened(world: World) -> None:
    asyncio.run(_open(world, "ledger"))


async def _open(world: World, app: str) -> None:
    async with world.client() as client:
        await HerokuAccount(client).set_maintenance(app, on=False)  # type: ignore[arg-type]


def leader_gone(world: World) -> None:
    asyncio.run(_gone(world))


async def _gone(world: World) -> None:
    live = world.stand_in.world
    live.addons[live.index.addons["postgresql-green-10003"]].state = "deprovisioned"


def second_credential(world: World) -> None:
    live = world.stand_in.world
    database = live.databases[live.index.addons["postgresql-white-10005"]]
    first = next(iter(database.credentials.values()))
    database.credentials["analyst"] = type(first)(
        id="0",
        name="analyst",
        user="analyst",
        password="x",  # noqa: S106  # an invented role
    )
    live.addons[database.id].plan = "standard-0"
    database.plan = "standard-0"


def target_in_use(world: World) -> None:
    asyncio.run(_use(world))


async def _use(world: World) -> None:
    target = next(step for _, step in all_steps("legacy") if isinstance(step, steps.Copy)).target
    async with world.client() as client:
        await HerokuAccount(client).attach(
            app="sandbox",
            name="COPY",
            addon=target,
            namespace="",  # type: ignore[arg-type]
        )


def another_copy(world: World) -> None:
    asyncio.run(_copy(world))


async def _copy(world: World) -> None:
    step = next(step for _, step in all_steps("legacy") if isinstance(step, steps.Copy))
    async with world.client() as client:
        await HerokuAccount(client).copy(
            source=step.source,
            target=step.target,
            from_name=str(step.source),
            to_name=f"{step.target} 12345678 2026-03-01T20:00:00.000+00:00",
        )


def archive_opened(world: World) -> None:
    asyncio.run(_open(world, "archive"))


def desk_scaled_up(world: World) -> None:
    asyncio.run(_scale(world, "desk", "web"))


def upgrade_cancelled(world: World) -> None:
    live = world.stand_in.world
    live.databases[live.index.addons["postgresql-amber-10007"]].upgrade = None


def plan_changes(world: World) -> None:
    live = world.stand_in.world
    live.addons[live.index.addons["postgresql-amber-10007"]].plan = "standard-2"


def another_change(world: World) -> None:
    live = world.stand_in.world
    live.databases[live.index.addons["postgresql-blue-10002"]].plan = "standard-2"


GUARDS: dict[str, tuple[str, str, Callable[[World], None], str]] = {
    "unfollow with commits left": ("orders", "unfollow", dyno_starts, "would lose them"),
    "provision without its leader": (
        "orders",
        "provision",
        leader_gone,
        "is not there to be followed",
    ),
    "copy with a second credential": ("legacy", "copy", second_credential, "has 2 credentials"),
    "copy over what an app reads": ("legacy", "copy", target_in_use, "is in use as sandbox::COPY"),
    "copy beside another": ("legacy", "copy", another_copy, "Another copy is under way into"),
    "maintenance with the app open": (
        "lavender",
        "run-maintenance",
        opened,
        "not in maintenance mode",
    ),
    "upgrade with an app open": (
        "annals",
        "run-upgrade",
        archive_opened,
        "archive could write meanwhile: open",
    ),
    "upgrade with dynos": (
        "annals",
        "run-upgrade",
        desk_scaled_up,
        "desk could write meanwhile: web scaled up",
    ),
    "upgrade that was cancelled": (
        "annals",
        "run-upgrade",
        upgrade_cancelled,
        "is not prepared any more: available",
    ),
    "upgrade during a plan change": (
        "annals",
        "prepare-upgrade",
        plan_changes,
        "another change is under way",
    ),
    "plan change during another": (
        "lavender",
        "change-service-plan",
        another_change,
        "is under way",
    ),
}


@pytest.mark.parametrize("case", GUARDS)
def test_a_guard_that_does_not_hold_keeps_the_step_from_having_its_effect(case: str) -> None:
    name, kind, spoil, words = GUARDS[case]
    world, step = up_to(name, kind)
    spoil(world)
    world.wire.requests.clear()

    with pytest.raises(StepConflictError, match=words):
        asyncio.run(_perform(world, name, step))

    assert {one.partition(" ")[0] for one in world.wire.requests} == {"GET"}
    assert not is_so(world, step)


async def _perform(
    world: World,
    name: str,
    step: Step,
    *,
    guard: Guard | None = None,
    limit_s: float | None = None,
) -> None:
    async with world.client() as client:
        run = run_of(world, client, name).fold(world.journal.entries())
        run.limit_at = None if limit_s is None else world.clock.monotonic() + limit_s
        await Performance(step, 0, run, Control(), guard=guard).to_the_end()


@dataclass
class BlindGuard:
    """Can not look, so many times in the beginning."""

    times: float
    looks: int = 0

    async def look(self) -> None:
        self.looks += 1
        if self.looks <= self.times:
            raise HerokuUnavailableError("503 of GET /apps/shop")


def test_a_guard_that_can_not_look_is_asked_again_before_anything_is_sent() -> None:
    world, step = up_to("orders", "unfollow")
    guard = BlindGuard(times=2)

    asyncio.run(_perform(world, "orders", step, guard=guard.look))

    intents = [one.step for one in world.journal.lines if one.what == "intent"]
    assert guard.looks == 3
    assert intents.count(describe(step)) == 1
    assert is_so(world, step)
    assert [f"{one.kind} {one.text}" for one in world.events][-3:-1] == [
        f"trouble {describe(step)}: not sent, trying again: 503 of GET /apps/shop",
        f"act {describe(step)}",
    ]


def test_a_guard_that_can_never_look_ends_at_the_cutovers_limit_with_nothing_sent() -> None:
    world, step = up_to("orders", "unfollow")
    world.wire.requests.clear()
    began = world.clock.monotonic()

    with pytest.raises(StepTimeoutError, match=r"longer than 300 s .*: not sent, trying again: "):
        asyncio.run(_perform(world, "orders", step, guard=BlindGuard(math.inf).look, limit_s=60))

    assert 60 <= world.clock.monotonic() - began < 360
    assert {one.partition(" ")[0] for one in world.wire.requests} == {"GET"}
    assert not is_so(world, step)


def test_what_ran_before_is_remembered_before_it_is_stopped() -> None:
    world, step = up_to("orders", "scale-down")

    asyncio.run(_perform(world, "orders", step))

    remembered = next(one for one in world.journal.lines if one.key == f"dynos {step.app}")  # type: ignore[union-attr]
    stopped = world.wire.requests.index(f"PATCH /apps/{step.app}/formation")  # type: ignore[union-attr]
    assert json.loads(remembered.value) == plan_for_formation(step.app)  # type: ignore[union-attr]
    assert stopped > 0


def test_every_kind_of_step_is_walked() -> None:
    kinds = {step.kind for name in NAMES for _, step in all_steps(name)}

    elsewhere = {
        "deprovision",
        "run-hook",
        "end-following",
    }  # test_retire, test_hooks, test_raising
    assert kinds | elsewhere == {
        one.model_fields["kind"].default
        for one in vars(steps).values()
        if isinstance(one, type) and issubclass(one, steps.Frozen) and one is not steps.Frozen
    }
