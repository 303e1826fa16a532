"""One plain sentence for each step: the same in the plan that is reviewed and in the progress of its apply."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.core.commands import command_text
from reconciler.core.moments import with_ends
from reconciler.core.observed import POOLER
from reconciler.core.steps import (
    Attach,
    AwaitFollower,
    AwaitMaintenanceReady,
    AwaitNoLag,
    AwaitRelease,
    AwaitUpgradeReady,
    ChangeServicePlan,
    CompareContents,
    CompareRest,
    ConfirmServing,
    Copy,
    Deprovision,
    EndFollowing,
    MaintenanceOff,
    MaintenanceOn,
    PrepareUpgrade,
    ProveUnattached,
    Provision,
    RunHook,
    RunMaintenance,
    RunUpgrade,
    ScaleDown,
    ScaleUp,
    ScheduleBackup,
    SetMaintenanceWindow,
    Unfollow,
)

if TYPE_CHECKING:
    from reconciler.core.names import ProcessType
    from reconciler.core.steps import Step


def describe(step: Step) -> str:  # noqa: C901, PLR0911, PLR0912  # one case a kind of step
    """What `step` does, in one sentence without a full stop."""
    match step:
        case Provision():
            return f"create {step.addon} on {step.service_plan} for {step.app}{_region(step)}{_origin(step)}"
        case AwaitFollower():
            behind = f"at most {step.at_most_commits} commits behind {step.leader}"
            return f"wait until {step.follower} is {behind}"
        case ChangeServicePlan():
            return f"ask Heroku to move {step.addon} from {step.before} to {step.after}"
        case AwaitMaintenanceReady():
            return f"wait until Heroku has the {step.after} replacement of {step.addon} ready"
        case PrepareUpgrade():
            return f"ask Heroku to prepare {step.addon} for PostgreSQL {step.after}"
        case AwaitUpgradeReady():
            return f"wait until the upgrade of {step.addon} to PostgreSQL {step.after} can be run"
        case MaintenanceOn():
            return f"close {step.app} (maintenance mode on)"
        case ScaleDown():
            return f"stop {_dynos(step.process_types)} of {step.app} and wait until they are gone"
        case AwaitNoLag():
            return f"wait until {step.follower} is 0 commits behind {step.leader}, twice in a row"
        case Unfollow():
            return f"unfollow {step.follower} from {step.leader}: it becomes writable, for good"
        case EndFollowing():
            return f"unfollow {step.follower} from {step.leader}: nobody reads it any more"
        case Copy():
            return f"copy all data of {step.source} over {step.target}"
        case CompareContents():
            return f"compare what {step.old} and {step.new} hold"
        case CompareRest():
            return f"compare the rest of what {step.old} and {step.new} held while nobody wrote"
        case Attach():
            return f"attach {step.addon} to {step.app} as {step.name}{_how(step)}"
        case AwaitRelease():
            return f"wait until the releases of {step.app} that attach {step.name} have succeeded"
        case ProveUnattached():
            return f"prove that no app reads {step.addon} any more{_aliases(step)}"
        case RunMaintenance():
            return f"run the maintenance of {step.addon} now, until {step.after} serves"
        case RunUpgrade():
            versions = f"from PostgreSQL {step.before} to {step.after}"
            return f"upgrade {step.addon} {versions} now, until {step.after} serves"
        case ScaleUp():
            return f"start {_dynos(step.process_types)} of {step.app} again, as many as ran before"
        case MaintenanceOff():
            return f"open {step.app} again (maintenance mode off, if it was off before)"
        case ScheduleBackup():
            when = f"daily at {step.hour:02}:00 {step.timezone}"
            return f"schedule a backup of {step.addon} {when}"
        case SetMaintenanceWindow():
            return f"set the maintenance window of {step.addon} to {step.day} {step.time} UTC"
        case ConfirmServing():
            role = f"as a follower of {step.leader}" if step.leader else "writable"
            known_as = f"{step.app} has {step.addon} as {step.name}"
            version = f", PostgreSQL {step.version}" if step.version else ""
            return f"confirm that {known_as}, {role}, on {step.service_plan}{version}"
        case RunHook():
            when = step.when.replace("-", " ")
            return f"run {command_text(step.command)} {when} (at most {step.timeout_s} s)"
        case Deprovision():
            return f"destroy {step.addon} and its data, not before {with_ends(step.not_before)}"


def _region(step: Provision) -> str:
    return f" in {step.region}" if step.region else ""


def _origin(step: Provision) -> str:
    if step.follow:
        return f", following {step.follow}"
    return f", empty, PostgreSQL {step.version}" if step.version else ", empty"


def _dynos(process_types: tuple[ProcessType, ...]) -> str:
    return f"the {', '.join(process_types)} dynos" if process_types else "all dynos"


def _how(step: Attach) -> str:
    means = f" ({_namespace(step.namespace)})" if step.namespace else ""
    return means + (f", in place of {step.replaces}" if step.replaces else "")


def _namespace(namespace: str) -> str:
    if namespace == POOLER:
        return "connection pool"
    return namespace.replace("credential:", "credential ")


def _aliases(step: ProveUnattached) -> str:
    if not step.aliases:
        return ""
    return " but as " + ", ".join(f"{app}::{name}" for app, name in step.aliases)
