"""How each kind of step is guarded, done, seen to be done and undone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.apply.behaviours.attaching import (
    AttachBehaviour,
    AwaitReleaseBehaviour,
    ProveUnattachedBehaviour,
)
from reconciler.apply.behaviours.closing import (
    MaintenanceOffBehaviour,
    MaintenanceOnBehaviour,
    ScaleDownBehaviour,
    ScaleUpBehaviour,
)
from reconciler.apply.behaviours.comparing import CompareContentsBehaviour, CompareRestBehaviour
from reconciler.apply.behaviours.copying import CopyBehaviour
from reconciler.apply.behaviours.hooks import RunHookBehaviour
from reconciler.apply.behaviours.provisioning import ConfirmServingBehaviour, ProvisionBehaviour
from reconciler.apply.behaviours.retiring import DeprovisionBehaviour
from reconciler.apply.behaviours.service_plan import (
    AwaitMaintenanceReadyBehaviour,
    ChangeServicePlanBehaviour,
    RunMaintenanceBehaviour,
)
from reconciler.apply.behaviours.switching import (
    AwaitFollowerBehaviour,
    AwaitNoLagBehaviour,
    EndFollowingBehaviour,
    UnfollowBehaviour,
)
from reconciler.apply.behaviours.upgrading import (
    AwaitUpgradeReadyBehaviour,
    PrepareUpgradeBehaviour,
    RunUpgradeBehaviour,
)
from reconciler.apply.behaviours.upkeep import (
    ScheduleBackupBehaviour,
    SetMaintenanceWindowBehaviour,
)
from reconciler.core import steps

if TYPE_CHECKING:
    from reconciler.apply.behaviours.base import Behaviour
    from reconciler.apply.run import Run


def behaviour_of(step: steps.Step, run: Run) -> Behaviour[Any]:  # noqa: C901, PLR0911, PLR0912  # one line a kind
    """The behaviour of `step`, bound to `run`."""
    match step:
        case steps.Provision():
            return ProvisionBehaviour(step, run)
        case steps.AwaitFollower():
            return AwaitFollowerBehaviour(step, run)
        case steps.ChangeServicePlan():
            return ChangeServicePlanBehaviour(step, run)
        case steps.AwaitMaintenanceReady():
            return AwaitMaintenanceReadyBehaviour(step, run)
        case steps.PrepareUpgrade():
            return PrepareUpgradeBehaviour(step, run)
        case steps.AwaitUpgradeReady():
            return AwaitUpgradeReadyBehaviour(step, run)
        case steps.MaintenanceOn():
            return MaintenanceOnBehaviour(step, run)
        case steps.ScaleDown():
            return ScaleDownBehaviour(step, run)
        case steps.AwaitNoLag():
            return AwaitNoLagBehaviour(step, run)
        case steps.Unfollow():
            return UnfollowBehaviour(step, run)
        case steps.EndFollowing():
            return EndFollowingBehaviour(step, run)
        case steps.Copy():
            return CopyBehaviour(step, run)
        case steps.CompareContents():
            return CompareContentsBehaviour(step, run)
        case steps.CompareRest():
            return CompareRestBehaviour(step, run)
        case steps.Attach():
            return AttachBehaviour(step, run)
        case steps.AwaitRelease():
            return AwaitReleaseBehaviour(step, run)
        case steps.ProveUnattached():
            return ProveUnattachedBehaviour(step, run)
        case steps.RunMaintenance():
            return RunMaintenanceBehaviour(step, run)
        case steps.RunUpgrade():
            return RunUpgradeBehaviour(step, run)
        case steps.ScaleUp():
            return ScaleUpBehaviour(step, run)
        case steps.MaintenanceOff():
            return MaintenanceOffBehaviour(step, run)
        case steps.ScheduleBackup():
            return ScheduleBackupBehaviour(step, run)
        case steps.SetMaintenanceWindow():
            return SetMaintenanceWindowBehaviour(step, run)
        case steps.ConfirmServing():
            return ConfirmServingBehaviour(step, run)
        case steps.RunHook():
            return RunHookBehaviour(step, run)
        case steps.Deprovision():
            return DeprovisionBehaviour(step, run)
