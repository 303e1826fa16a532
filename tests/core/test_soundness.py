"""Each danger is found in a plan that was made unsafe by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.planning import live, plan_of, wanted

from reconciler.core.soundness import dangers

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.core.plan import Plan, Stage

Stages = tuple["Stage", ...]


def switch() -> Plan:
    world = live(attachments=["shop::DATABASE", "web::ORDERS"])
    return plan_of(world, wanted(method="follower-switch"))


def with_stages(plan: Plan, change: Callable[[Stages], Stages]) -> Plan:
    (database,) = plan.databases
    spoilt = database.model_copy(update={"stages": change(database.stages)})
    return plan.model_copy(update={"databases": (spoilt,)})


def without(kind: str, app: str | None = None) -> Callable[[Stages], Stages]:
    """The stages without the steps of that kind; their number stays, so that the point of no return does."""

    def change(stages: Stages) -> Stages:
        return tuple(
            stage.model_copy(
                update={
                    "steps": tuple(
                        step
                        for step in stage.steps
                        if step.kind != kind or (app is not None and step.app != app)
                    )
                }
            )
            for stage in stages
        )

    return change


def earlier(kind: str, before: str) -> Callable[[Stages], Stages]:
    """The stages with the steps of `kind` in a stage of their own before the first one of `before`."""

    def change(stages: Stages) -> Stages:
        (place,) = (each for each in stages if kind in {step.kind for step in each.steps})
        moved = place.model_copy(
            update={"steps": tuple(step for step in place.steps if step.kind == kind)}
        )
        rest = without(kind)(stages)
        at = next(i for i, each in enumerate(rest) if before in {step.kind for step in each.steps})
        return (*rest[:at], moved, *rest[at:])

    return change


def test_a_switch_is_sound() -> None:
    assert dangers(switch()) == ()


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (without("maintenance-on", "web"), "web is not closed when the data is taken as final"),
        (without("scale-down"), "web has not stopped its dynos when the data is taken as final"),
        (without("await-no-lag"), "is unfollowed without having caught up"),
        (without("unfollow"), "shop::DATABASE moves before the data is final"),
        (without("prove-unattached"), "starts before it is proven that nobody reads old"),
        (without("compare-contents"), "starts before it is compared what old and the new database"),
        (without("maintenance-off"), "web is left in maintenance mode"),
        (without("scale-up"), "shop is left without dynos"),
        (earlier("scale-up", "maintenance-on"), "starts writing before the point of no return"),
        (earlier("maintenance-off", "maintenance-on"), "is opened without having been closed"),
    ],
)
def test_each_danger_is_found(change: Callable[[Stages], Stages], text: str) -> None:
    found = dangers(with_stages(switch(), change))

    assert any(text in one.text for one in found)
    assert {one.database for one in found} == {"orders"}


def upgrade() -> Plan:
    world = live(attachments=["shop::DATABASE", "web::ORDERS"])
    return plan_of(world, wanted("standard-0", version=18))


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (without("maintenance-on", "web"), "web is not closed when the version is upgraded"),
        (without("scale-down", "shop"), "shop is not closed when the version is upgraded"),
        (without("run-upgrade"), "starts before it is proven that nobody reads old"),
        (earlier("scale-up", "run-upgrade"), "starts before it is proven that nobody reads old"),
        (without("maintenance-off"), "web is left in maintenance mode"),
    ],
)
def test_each_danger_of_an_upgrade_is_found(change: Callable[[Stages], Stages], text: str) -> None:
    assert dangers(upgrade()) == ()
    assert any(text in one.text for one in dangers(with_stages(upgrade(), change)))


def test_two_databases_must_not_create_or_name_the_same() -> None:
    plan = switch()
    (first,) = plan.databases
    both = plan.model_copy(
        update={"databases": (first, first.model_copy(update={"name": "again"}))}
    )

    texts = {one.text for one in dangers(both)}

    assert "shop::DATABASE is attached more than once" in texts
    assert any(text.endswith("is created more than once") for text in texts)
