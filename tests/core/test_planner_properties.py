"""What holds of every plan, tried on worlds that nobody would think of."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from support.effects import World
from support.live import snapshot_of
from support.wishes import as_it_is, plan, wishes, worlds

from reconciler.core.naming import is_mark
from reconciler.core.plan import Plan
from reconciler.core.soundness import dangers
from reconciler.core.steps import Attach, Copy, Provision, Unfollow

if TYPE_CHECKING:
    import random

    from support.live import Live

    from reconciler.core.desired import DesiredState
    from reconciler.core.plan import DatabasePlan

usual = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@usual
@given(worlds())
def test_what_is_as_it_is_wanted_needs_no_plan(live: Live) -> None:
    desired = as_it_is(live)

    made = plan(live, desired)

    assert made.unchanged == tuple(one.name for one in desired.databases)
    assert (made.databases, made.blocked, made.unknown, made.unlisted) == ((), (), (), ())


@usual
@given(wishes(), st.randoms(use_true_random=False))
def test_the_order_of_what_was_seen_changes_nothing(
    wish: tuple[Live, DesiredState], chance: random.Random
) -> None:
    live, desired = wish
    seen = snapshot_of(live)
    shuffled = replace(
        seen,
        databases=tuple(chance.sample(seen.databases, len(seen.databases))),
        apps=tuple(chance.sample(seen.apps, len(seen.apps))),
        attachments=tuple(chance.sample(seen.attachments, len(seen.attachments))),
    )

    assert plan(shuffled, desired).to_json() == plan(seen, desired).to_json()


@usual
@given(wishes())
def test_a_plan_survives_its_file(wish: tuple[Live, DesiredState]) -> None:
    made = plan(*wish)

    read = Plan.model_validate_json(made.to_json())

    assert read == made
    assert read.with_digest().digest == made.digest
    assert json.loads(made.to_json())["digest"] == made.digest


@usual
@given(wishes())
def test_every_plan_is_sound(wish: tuple[Live, DesiredState]) -> None:
    assert dangers(plan(*wish)) == ()


@usual
@given(wishes())
def test_databases_that_nobody_lists_change_nothing(wish: tuple[Live, DesiredState]) -> None:
    live, desired = wish
    stranger = {"app": "elsewhere", "plan": "premium-4", "attachments": ["elsewhere::DATABASE"]}
    more = live | {"databases": live["databases"] | {"stranger": stranger}}

    assert plan(more, desired) == plan(live, desired)


@usual
@given(wishes())
def test_steps_touch_only_what_is_listed_or_new(wish: tuple[Live, DesiredState]) -> None:
    live, desired = wish

    for each in plan(live, desired).databases:
        primary = each.starting_point.addon
        theirs = {primary, *live["databases"][primary].get("followers", ())}
        assert _touched(each) <= theirs | _created(each)


def _steps(database: DatabasePlan) -> list[Any]:
    return [step for stage in database.stages for step in stage.steps]


def _created(database: DatabasePlan) -> set[str]:
    return {step.addon for step in _steps(database) if isinstance(step, Provision)}


def _touched(database: DatabasePlan) -> set[str]:
    fields = ("addon", "follower", "leader", "source", "target", "follow", "replaces")
    found = {getattr(step, one, None) for step in _steps(database) for one in fields}
    return {one for one in found if one is not None}


@usual
@given(wishes())
def test_after_the_steps_nothing_is_left_to_do(wish: tuple[Live, DesiredState]) -> None:
    live, desired = wish
    made = plan(live, desired)
    assume(made.databases)
    world = World.like(live)

    names = {one.name for one in made.databases}
    for each in made.databases:
        for step in _steps(each):
            world.do(step)
    second = plan(world.live, desired)
    for each in second.databases:  # a newer version that had to wait, and nothing else
        assert [one.kind for one in each.changes] == ["version"]
        for step in _steps(each):
            world.do(step)

    again = plan(world.live, desired)
    waiting = [
        one for one in again.blocked if one.name in names
    ]  # for a limit on its downtime, say
    assert all([change.kind for change in one.changes] == ["version"] for one in waiting)
    assert names - {one.name for one in waiting} <= set(again.unchanged)
    assert (world.closed, world.stopped) == (set(), set())


@usual
@given(wishes())
def test_after_every_prefix_no_name_leads_astray(wish: tuple[Live, DesiredState]) -> None:
    """Each name of the primary leads to one database that takes writes, and apps that can write agree on which."""
    live, desired = wish

    for each in plan(live, desired).databases:
        world = World.like(live)
        names = _names_of(live, each.starting_point.addon)
        for step in _steps(each):
            world.do(step)
            targets = {place: world.leads_to(place) for place in names}
            assert all(one is not None and world.is_writable(one) for one in targets.values())
            open_apps = {place for place in names if not _is_closed(world, place)}
            assert len({targets[place] for place in open_apps}) <= 1


def _names_of(live: Live, addon: str) -> list[str]:
    places = (text.partition(" ")[0] for text in live["databases"][addon]["attachments"])
    return [place for place in places if not is_mark(place.partition("::")[2])]


def _is_closed(world: World, place: str) -> bool:
    app = place.partition("::")[0]
    return app in world.closed and app in world.stopped


@usual
@given(wishes())
def test_nothing_is_copied_or_cut_loose_while_an_app_can_write(
    wish: tuple[Live, DesiredState],
) -> None:
    live, desired = wish

    for each in plan(live, desired).databases:
        world = World.like(live)
        names = _names_of(live, each.starting_point.addon)
        for step in _steps(each):
            if isinstance(step, Unfollow | Copy):
                assert all(_is_closed(world, place) for place in names)
            world.do(step)


@usual
@given(wishes())
def test_planning_again_after_the_preparation_gives_the_same_steps(
    wish: tuple[Live, DesiredState],
) -> None:
    live, desired = wish
    made = plan(live, desired)
    switches = [one for one in made.databases if one.method in {"follower-switch", "pg-copy"}]
    assume(switches)
    world = World.like(live)

    for each in switches:
        for stage in each.stages:
            if stage.phase == "prepare":
                for step in stage.steps:
                    world.do(step)

    again = {one.name: one for one in plan(world.live, desired).databases}
    assert [again[one.name] for one in switches] == switches


@usual
@given(wishes())
def test_every_name_of_the_primary_is_moved_or_kept_as_a_whole(
    wish: tuple[Live, DesiredState],
) -> None:
    live, desired = wish

    for each in plan(live, desired).databases:
        if each.method not in {"follower-switch", "pg-copy"}:
            continue
        old = each.starting_point.addon
        moved = {
            f"{step.app}::{step.name}"
            for step in _steps(each)
            if isinstance(step, Attach) and step.replaces == old
        }
        assert moved == set(_names_of(live, old))
