"""What each step of a plan does to a world in its compact form: a second opinion, far simpler than the stand-in."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reconciler.core.steps import (
    Attach,
    ChangeServicePlan,
    EndFollowing,
    MaintenanceOff,
    MaintenanceOn,
    Provision,
    RunMaintenance,
    RunUpgrade,
    ScaleDown,
    ScaleUp,
    ScheduleBackup,
    SetMaintenanceWindow,
    Unfollow,
)

if TYPE_CHECKING:
    from support.live import Live

    from reconciler.core.steps import Step


@dataclass
class World:
    """A world that steps change."""

    live: Live
    closed: set[str] = field(default_factory=set)
    stopped: set[str] = field(default_factory=set)

    @staticmethod
    def like(live: Live) -> World:
        return World(deepcopy(live))

    @property
    def databases(self) -> Live:
        return self.live["databases"]

    def leads_to(self, place: str) -> str | None:
        """The add-on that `app::NAME` leads to."""
        for addon, facts in self.databases.items():
            if any(text.partition(" ")[0] == place for text in facts.get("attachments", ())):
                return addon
        return None

    def is_writable(self, addon: str) -> bool:
        return "leader" not in self.databases[addon]

    def do(self, step: Step) -> None:  # noqa: C901, PLR0912  # one case a kind of step
        """Take the step's effect. Waiting and looking have none."""
        match step:
            case Provision():
                self._provision(step)
            case ChangeServicePlan():
                facts = self.databases[step.addon]
                facts["serving"] = step.after if "essential" in step.before else step.before
                facts["plan"] = step.after
            case RunMaintenance():
                self.databases[step.addon]["serving"] = step.after
            case RunUpgrade():
                upgraded = [step.addon, *self.databases[step.addon].get("followers", ())]
                for addon in upgraded:
                    self.databases[addon]["version"] = step.after
            case Unfollow() | EndFollowing():
                del self.databases[step.follower]["leader"]
                self.databases[step.leader]["followers"].remove(step.follower)
            case Attach():
                self._attach(step)
            case ScheduleBackup():
                facts = self.databases[step.addon]
                others = [one for one in facts.get("schedules", ()) if one[0] != step.name]
                facts["schedules"] = [*others, [step.name, step.hour, step.timezone]]
            case SetMaintenanceWindow():
                window = f"{step.day}s {step.time} to later UTC"
                self.databases[step.addon]["maintenance"] = {"status": "none", "window": window}
            case MaintenanceOn():
                self.closed.add(step.app)
            case MaintenanceOff():
                self.closed.discard(step.app)
            case ScaleDown():
                self.stopped.add(step.app)
            case ScaleUp():
                self.stopped.discard(step.app)
            case _:
                pass

    def _provision(self, step: Provision) -> None:
        assert step.addon not in self.databases
        made = {
            "app": step.app,
            "plan": step.service_plan,
            "attachments": [f"{step.app}::{step.attachment}"],
            "created_on": "2026-11-22",
            "version": step.version,
        }
        if step.follow is not None:
            leader = self.databases[step.follow]
            assert "leader" not in leader
            leader.setdefault("followers", []).append(step.addon)
            made |= {"leader": step.follow, "version": leader.get("version", 17)}
        self.databases[step.addon] = made

    def _attach(self, step: Attach) -> None:
        place = f"{step.app}::{step.name}"
        before = self.leads_to(place)
        assert before in {None, step.replaces, step.addon}
        if before is not None:
            held = self.databases[before]["attachments"]
            held[:] = [text for text in held if text.partition(" ")[0] != place]
        self.databases[step.addon]["attachments"].append(f"{place} {step.namespace}".strip())
