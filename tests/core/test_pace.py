from __future__ import annotations

import pytest
from support.apply_world import plan_for

from reconciler.core.pace import Left, left, percent_done
from reconciler.core.plan import DatabasePlan, Estimate

ORDERS = plan_for("orders").databases[0]
PREPARED = [index for index, stage in enumerate(ORDERS.stages) if stage.phase == "prepare"]


def predicted(
    preparation: tuple[float, float | None], downtime: tuple[float, float | None]
) -> DatabasePlan:
    """The same plan with other estimates."""
    kinds = {"preparation": preparation, "downtime": downtime}
    return ORDERS.model_copy(
        update={
            name: Estimate(lower_s=lower, upper_s=upper, formula="", source="")
            for name, (lower, upper) in kinds.items()
        }
    )


def test_percent_follows_the_time_that_is_expected() -> None:
    plan = predicted((100, 300), (100, 300))

    begun = percent_done(plan, done=set(), at=0, in_stage_s=0)
    prepared = percent_done(plan, done=set(PREPARED), at=len(PREPARED), in_stage_s=0)
    last = len(plan.stages) - 1
    nearly = percent_done(plan, done=set(range(last)), at=last, in_stage_s=3_600)

    assert (begun, prepared) == (0, 50)
    assert 90 < nearly <= 99


def test_waiting_counts_but_never_as_the_whole_stage() -> None:
    plan = predicted((200, 200), (0, 0))
    in_stage = [
        percent_done(plan, done=set(), at=0, in_stage_s=seconds) for seconds in (0, 50, 10_000)
    ]

    assert in_stage == sorted(in_stage)
    assert in_stage[0] == 0 < in_stage[1] < in_stage[2]
    assert in_stage[2] < percent_done(plan, done={0}, at=1, in_stage_s=0)


def test_without_a_bound_stages_count_alike_and_time_does_not() -> None:
    plan = predicted((180, None), (15, 60))
    half = len(plan.stages) // 2

    assert percent_done(plan, done=set(range(half)), at=half, in_stage_s=10_000) == int(
        100 * half / len(plan.stages)
    )


@pytest.mark.parametrize(
    ("is_prepared", "phase_s", "text"),
    [
        (False, 0, "3-6 min"),
        (False, 170, "25 s-4 min"),
        (False, 301, "late"),
        (True, 0, "15-60 s"),
        (True, 20, "0-40 s"),
        (True, 60, "soon"),
        (True, 61, "late"),
    ],
)
def test_what_is_left_is_an_interval_until_it_is_late(
    *, is_prepared: bool, phase_s: float, text: str
) -> None:
    plan = predicted((180, 300), (15, 60))

    assert str(left(plan, is_prepared=is_prepared, phase_s=phase_s)) == text


def test_without_a_bound_no_end_is_foretold() -> None:
    plan = predicted((180, None), (15, 60))

    assert left(plan, is_prepared=False, phase_s=60) == Left(135, None)
    assert str(left(predicted((0, None), (0, 10)), is_prepared=False, phase_s=5)) == "?"
