"""The stages that close apps and open them again.

An app is closed both ways: maintenance mode keeps requests out, and its dynos are stopped. Within one stage what
concerns the same app is sent in the order of the steps, and confirmed together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.core.planner.hooks import hooks_before
from reconciler.core.planner.moves import stage
from reconciler.core.steps import MaintenanceOff, MaintenanceOn, ScaleDown, ScaleUp

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reconciler.core.names import AppName
    from reconciler.core.plan import Stage
    from reconciler.core.rules import Situation


def closing_stages(situation: Situation, apps: Sequence[AppName]) -> Iterator[Stage]:
    """Maintenance mode, the hooks before writes stop, then no dynos; one stage where there is no hook."""
    kinds = situation.desired.scale_down
    entrances = [MaintenanceOn(app=one) for one in apps]
    dynos = [ScaleDown(app=one, process_types=kinds) for one in apps]
    hooks = list(hooks_before(situation))
    if not hooks:
        yield from stage("cutover", [*entrances, *dynos])
        return
    yield from stage("cutover", entrances)
    yield from hooks
    yield from stage("cutover", dynos)


def opening_stage(situation: Situation, apps: Sequence[AppName]) -> Iterator[Stage]:
    """The dynos as before, then maintenance mode off."""
    kinds = situation.desired.scale_down
    dynos = [ScaleUp(app=one, process_types=kinds) for one in apps]
    yield from stage("cutover", [*dynos, *(MaintenanceOff(app=one) for one in apps)])
