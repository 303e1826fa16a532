"""What would make a plan unsafe, looked for in the plan alone.

The planner is built so that none of this happens; this says so of any plan, also of one that comes from a file.
It follows the steps in order and knows nothing of how they were chosen.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reconciler.core.names import AttachmentName
from reconciler.core.naming import is_mark
from reconciler.core.steps import (
    Attach,
    AwaitNoLag,
    CompareContents,
    Copy,
    MaintenanceOff,
    MaintenanceOn,
    ProveUnattached,
    Provision,
    RunUpgrade,
    ScaleDown,
    ScaleUp,
    Unfollow,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.core.names import AddonName, AppName, DatabaseName
    from reconciler.core.plan import DatabasePlan, Plan
    from reconciler.core.steps import Step


@dataclass(frozen=True, slots=True)
class Danger:
    """One way in which a plan would do harm."""

    database: DatabaseName
    text: str


def dangers(plan: Plan) -> tuple[Danger, ...]:
    """Everything that makes `plan` unsafe, in the order of its databases; empty for a sound one."""
    found = [Danger(each.name, text) for each in plan.databases for text in _of_one(each)]
    return (*found, *_between(plan))


@dataclass
class _Course:
    """What the steps so far have led to."""

    closed: set[AppName] = field(default_factory=set)
    stopped: set[AppName] = field(default_factory=set)
    left: set[AppName] = field(default_factory=set)
    """Apps that go on knowing the old primary by names that they read: nobody moved those."""
    has_no_lag: bool = False
    is_data_final: bool = False
    is_compared: bool = False
    is_proven: bool = False


def _of_one(database: DatabasePlan) -> Iterator[str]:
    course = _Course()
    writers = _writers(database)
    old = database.starting_point.addon
    for index, stage in enumerate(database.stages):
        for step in stage.steps:
            yield from _wrong_now(step, course, writers=writers, old=old)
            if isinstance(step, ScaleUp) and not _is_past(database.point_of_no_return, index):
                yield f"{step.app} starts writing before the point of no return"
        for step in stage.steps:
            _go_on(step, course)
    for app in sorted(course.closed - course.left):
        yield f"{app} is left in maintenance mode"
    for app in sorted(course.stopped - course.left):
        yield f"{app} is left without dynos"


def _writers(database: DatabasePlan) -> frozenset[str]:
    """The apps that know the primary at the start by a name that they read."""
    places = (
        text.partition(" ")[0].partition("::") for text in database.starting_point.attachments
    )
    return frozenset(app for app, _, name in places if not is_mark(AttachmentName(name)))


def _is_past(point: int | None, index: int) -> bool:
    return point is not None and index >= point


def _wrong_now(
    step: Step, course: _Course, *, writers: frozenset[str], old: AddonName
) -> Iterator[str]:
    """What is wrong with `step` at this point."""
    if isinstance(step, Unfollow | Copy):
        for app in sorted(writers - course.closed):
            yield f"{app} is not closed when the data is taken as final"
        for app in sorted(writers - course.stopped):
            yield f"{app} has not stopped its dynos when the data is taken as final"
    if isinstance(step, RunUpgrade):
        for app in sorted(writers - (course.closed & course.stopped)):
            yield f"{app} is not closed when the version is upgraded"
    match step:
        case Unfollow() if not course.has_no_lag:
            yield f"{step.follower} is unfollowed without having caught up"
        case Attach() if step.replaces == old and step.addon != old and not course.is_data_final:
            yield f"{step.app}::{step.name} moves before the data is final"
        case ScaleUp() | MaintenanceOff():
            yield from _wrong_with_opening(step, course, old)
        case _:
            pass


def _wrong_with_opening(
    step: ScaleUp | MaintenanceOff, course: _Course, old: AddonName
) -> Iterator[str]:
    if step.app in course.left:
        yield f"{step.app} is opened while its names lead to {old}"
    if isinstance(step, ScaleUp) and not course.is_proven:
        yield f"{step.app} starts before it is proven that nobody reads {old}"
    if isinstance(step, ScaleUp) and course.is_data_final and not course.is_compared:
        yield f"{step.app} starts before it is compared what {old} and the new database hold"
    if isinstance(step, MaintenanceOff) and step.app not in course.closed:
        yield f"{step.app} is opened without having been closed"


def _go_on(step: Step, course: _Course) -> None:
    """What is so once `step` is done."""
    match step:
        case MaintenanceOn():
            course.closed.add(step.app)
        case MaintenanceOff():
            course.closed.discard(step.app)
        case ScaleDown():
            course.stopped.add(step.app)
        case ScaleUp():
            course.stopped.discard(step.app)
        case AwaitNoLag():
            course.has_no_lag = True
        case Unfollow() | Copy():
            course.is_data_final = True
        case CompareContents():
            course.is_compared = True
        case ProveUnattached():
            course.is_proven = True
            course.left |= {app for app, name in step.aliases if not is_mark(name)}
        case RunUpgrade():  # after it, it is the same database
            course.is_proven = True
        case _:
            pass


def _between(plan: Plan) -> Iterator[Danger]:
    """What two databases would do to each other."""
    created = Counter(
        step.addon
        for each in plan.databases
        for step in _steps(each)
        if isinstance(step, Provision)
    )
    named = Counter(
        (step.app, step.name)
        for each in plan.databases
        for step in _steps(each)
        if isinstance(step, Attach)
    )
    for each in plan.databases:
        for step in _steps(each):
            if isinstance(step, Provision) and created[step.addon] > 1:
                yield Danger(each.name, f"{step.addon} is created more than once")
            if isinstance(step, Attach) and named[step.app, step.name] > 1:
                yield Danger(each.name, f"{step.app}::{step.name} is attached more than once")


def _steps(database: DatabasePlan) -> Iterator[Step]:
    return (step for stage in database.stages for step in stage.steps)
