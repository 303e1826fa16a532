"""The operator's own commands around a cutover, for what no API covers: Scheduler, Heroku Connect, a status page.

One after another, as they are listed: a later one may rely on an earlier one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.core.planner.moves import stage
from reconciler.core.steps import MaintenanceOn, RunHook

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reconciler.core.commands import Command
    from reconciler.core.plan import Stage
    from reconciler.core.rules import Situation
    from reconciler.core.steps import HookMoment


def hooks_before(situation: Situation) -> Iterator[Stage]:
    """The stages that run `before_writes_stop`, once the apps are closed."""
    yield from _hooks(situation, "before-writes-stop", situation.desired.before_writes_stop)


def hooks_after(situation: Situation) -> Iterator[Stage]:
    """The stages that run `after_writes_resume`, once the apps are open."""
    yield from _hooks(situation, "after-writes-resume", situation.desired.after_writes_resume)


def hooks_left_out(situation: Situation, stages: Sequence[Stage]) -> Iterator[str]:
    """A warning where hooks are wanted and the cutover has no place for them."""
    wanted = (*situation.desired.before_writes_stop, *situation.desired.after_writes_resume)
    closes = any(isinstance(step, MaintenanceOn) for each in stages for step in each.steps)
    if wanted and situation.way != "around" and not closes:
        yield "Its hooks are not run: this change closes no app"


def _hooks(situation: Situation, when: HookMoment, commands: Sequence[Command]) -> Iterator[Stage]:
    timeout_s = situation.desired.hook_timeout.seconds or 0
    for command in commands:
        yield from stage("cutover", [RunHook(when=when, command=command, timeout_s=timeout_s)])
