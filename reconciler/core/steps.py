"""The closed set of things that a plan can do, as values.

A step says *what*; how it is guarded, done, seen to be done and undone stands in `reconciler.apply.steps`.
Every step has at most one effect, so that "was it done?" has one answer. All names that a step creates are
chosen by the planner and stand in the step: a second attempt recognises the first one's work.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from reconciler.core.commands import Command
from reconciler.core.contents import Way
from reconciler.core.frozen import Frozen
from reconciler.core.names import (
    AddonName,
    AppName,
    AttachmentName,
    ProcessType,
    ServicePlanName,
)


class Provision(Frozen):
    """Create the add-on `addon`, as a follower of `follow` when that is given."""

    kind: Literal["provision"] = "provision"
    addon: AddonName
    app: AppName
    service_plan: ServicePlanName
    attachment: AttachmentName
    """The first attachment, on `app`; a mark of ours, not a name that the app reads."""
    follow: AddonName | None = None
    version: int | None = None
    """Major version of PostgreSQL; None for a follower, which has its leader's."""
    region: str | None = Field(default=None, exclude_if=lambda region: region is None)
    """Of Heroku's, `us` or `eu`; None: where the app is."""


class AwaitFollower(Frozen):
    """Wait until `follower` is within `at_most_commits` of `leader`. No effect."""

    kind: Literal["await-follower"] = "await-follower"
    follower: AddonName
    leader: AddonName
    at_most_commits: int


class ChangeServicePlan(Frozen):
    """Ask for another service plan. Standard and above: this only prepares; Essential: it starts at once."""

    kind: Literal["change-service-plan"] = "change-service-plan"
    addon: AddonName
    app: AppName
    before: ServicePlanName
    after: ServicePlanName


class AwaitMaintenanceReady(Frozen):
    """Wait until the replacement for the plan change is prepared. No effect; takes hours."""

    kind: Literal["await-maintenance-ready"] = "await-maintenance-ready"
    addon: AddonName
    after: ServicePlanName


class PrepareUpgrade(Frozen):
    """Ask Heroku to prepare another major version; the app stays up. Standard and above only."""

    kind: Literal["prepare-upgrade"] = "prepare-upgrade"
    addon: AddonName
    before: int
    after: int


class AwaitUpgradeReady(Frozen):
    """Wait until the version upgrade can be run. No effect; takes up to a day."""

    kind: Literal["await-upgrade-ready"] = "await-upgrade-ready"
    addon: AddonName
    after: int


class MaintenanceOn(Frozen):
    """Close `app`: its router answers for it, no request reaches a dyno."""

    kind: Literal["maintenance-on"] = "maintenance-on"
    app: AppName


class ScaleDown(Frozen):
    """Stop dynos of `app` and wait until they are gone; what ran is remembered first."""

    kind: Literal["scale-down"] = "scale-down"
    app: AppName
    process_types: tuple[ProcessType, ...] = ()
    """Empty: all of them."""


class AwaitNoLag(Frozen):
    """Wait until `follower` is 0 commits behind `leader`, twice in a row. No effect."""

    kind: Literal["await-no-lag"] = "await-no-lag"
    follower: AddonName
    leader: AddonName


class Unfollow(Frozen):
    """Make `follower` writable and cut it from `leader`. It cannot follow again."""

    kind: Literal["unfollow"] = "unfollow"
    follower: AddonName
    leader: AddonName


class EndFollowing(Frozen):
    """Cut `follower`, which nobody reads any more, from `leader`. It cannot follow again; its data stays."""

    kind: Literal["end-following"] = "end-following"
    follower: AddonName
    leader: AddonName


class Copy(Frozen):
    """Copy all data of `source` over `target`, on Heroku's side. Whatever `target` held is gone."""

    kind: Literal["copy"] = "copy"
    source: AddonName
    target: AddonName
    app: AppName
    """The app that owns `target`, under which Heroku lists the transfer."""


class CompareContents(Frozen):
    """Compare what `old` and `new` hold while nobody writes to either. No effect; takes a few seconds at most."""

    kind: Literal["compare-contents"] = "compare-contents"
    old: AddonName
    new: AddonName
    way: Way
    """How `new` came to what it holds: a copy takes other things along than a follower."""


class CompareRest(Frozen):
    """Compare what there was no time for, as it was when the apps were still closed. No effect."""

    kind: Literal["compare-rest"] = "compare-rest"
    old: AddonName
    new: AddonName
    way: Way


class Attach(Frozen):
    """Let `app` know `addon` as `name`; in place of `replaces` when that is given."""

    kind: Literal["attach"] = "attach"
    app: AppName
    name: AttachmentName
    addon: AddonName
    namespace: str = ""
    replaces: AddonName | None = None
    """What the name may point at before; None: it must be free."""


class AwaitRelease(Frozen):
    """Wait for the outcome of the releases that attaching `name` to `addon` made on `app`. No effect."""

    kind: Literal["await-release"] = "await-release"
    app: AppName
    name: AttachmentName
    addon: AddonName


class ProveUnattached(Frozen):
    """Prove that no app reads `addon` any more, but under `aliases`. No effect."""

    kind: Literal["prove-unattached"] = "prove-unattached"
    addon: AddonName
    aliases: tuple[tuple[AppName, AttachmentName], ...] = ()


class RunMaintenance(Frozen):
    """Run the prepared maintenance now and wait until `after` serves."""

    kind: Literal["run-maintenance"] = "run-maintenance"
    addon: AddonName
    app: AppName
    after: ServicePlanName


class RunUpgrade(Frozen):
    """Upgrade the major version now and wait until `after` serves. Cannot be undone."""

    kind: Literal["run-upgrade"] = "run-upgrade"
    addon: AddonName
    before: int
    after: int
    is_prepared: bool
    """Whether Heroku was asked to prepare it; Essential is upgraded without."""


class ScaleUp(Frozen):
    """Start again what the scale-down of `app` stopped."""

    kind: Literal["scale-up"] = "scale-up"
    app: AppName
    process_types: tuple[ProcessType, ...] = ()
    """The same as in the scale-down."""


class MaintenanceOff(Frozen):
    """Open `app` again, if it was open before."""

    kind: Literal["maintenance-off"] = "maintenance-off"
    app: AppName


class ScheduleBackup(Frozen):
    """Let Heroku back `addon` up daily at a full hour."""

    kind: Literal["schedule-backup"] = "schedule-backup"
    addon: AddonName
    name: str
    hour: int
    timezone: str


class SetMaintenanceWindow(Frozen):
    """Set Heroku's weekly window of `addon`: day of the week and `HH:MM`, UTC."""

    kind: Literal["set-maintenance-window"] = "set-maintenance-window"
    addon: AddonName
    day: str
    time: str


class ConfirmServing(Frozen):
    """Confirm by an independent read that `app` knows, as `name`, `addon`, writable on `service_plan`."""

    kind: Literal["confirm-serving"] = "confirm-serving"
    app: AppName
    name: AttachmentName
    addon: AddonName
    service_plan: ServicePlanName
    leader: AddonName | None = None
    """Given for a follower: whom it must follow."""
    version: int | None = Field(default=None, exclude_if=lambda version: version is None)
    """The major version that must serve, where the plan changes it."""


HookMoment = Literal["before-writes-stop", "after-writes-resume"]


class RunHook(Frozen):
    """Run a command of the operator's on the machine that applies. After a kill it may run a second time."""

    kind: Literal["run-hook"] = "run-hook"
    when: HookMoment
    command: Command
    """The program and its arguments; no shell reads them."""
    timeout_s: int
    """After so long it is ended, and has failed."""


class Deprovision(Frozen):
    """Destroy `addon` and its data. Nothing but `alias` may lead to it, and only from `not_before` on."""

    kind: Literal["deprovision"] = "deprovision"
    addon: AddonName
    app: AppName
    aliases: tuple[tuple[AppName, AttachmentName], ...]
    not_before: str
    """ISO 8601, by Heroku's own clock."""


Step = Annotated[
    Provision
    | AwaitFollower
    | ChangeServicePlan
    | AwaitMaintenanceReady
    | PrepareUpgrade
    | AwaitUpgradeReady
    | MaintenanceOn
    | ScaleDown
    | AwaitNoLag
    | Unfollow
    | EndFollowing
    | Copy
    | CompareContents
    | CompareRest
    | Attach
    | AwaitRelease
    | ProveUnattached
    | RunMaintenance
    | RunUpgrade
    | ScaleUp
    | MaintenanceOff
    | ScheduleBackup
    | SetMaintenanceWindow
    | ConfirmServing
    | RunHook
    | Deprovision,
    Field(discriminator="kind"),
]
