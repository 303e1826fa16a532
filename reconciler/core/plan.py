"""The plan: what is to change, by which method and why, at what cost, step by step.

A plan is a value: the same desired state and the same look give the same bytes. It holds no secret, no database
address and no time of its making. `digest` covers everything that apply acts on and everything a reviewer read.
"""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Literal

from pydantic import Field

from reconciler.core.frozen import Frozen
from reconciler.core.limits import Safety
from reconciler.core.names import (
    AddonName,
    AppName,
    AttachmentName,
    DatabaseName,
    ServicePlanName,
)
from reconciler.core.steps import Step
from reconciler.core.windows import CutoverWindowField

FORMAT_VERSION = "0.1"
"""Of the plan file. Anything may change before 1.0; another version is refused."""

Phase = Literal["prepare", "cutover", "retire"]
MethodName = Literal["addons-upgrade", "pg-upgrade", "follower-switch", "pg-copy"]


class ServicePlanChange(Frozen):
    """The database is to run on another service plan."""

    kind: Literal["service-plan"] = "service-plan"
    before: ServicePlanName
    after: ServicePlanName


class VersionChange(Frozen):
    """The database is to run another major version of PostgreSQL."""

    kind: Literal["version"] = "version"
    before: int
    after: int


class Refresh(Frozen):
    """The database is older than wanted: the same service plan on new infrastructure."""

    kind: Literal["refresh"] = "refresh"
    created_on: str
    not_older_than: str


class FollowerMissing(Frozen):
    """A follower is wanted that is not there; `instead_of` is on the wrong plan or follows somebody else."""

    kind: Literal["follower"] = "follower"
    app: AppName
    attachment: AttachmentName
    service_plan: ServicePlanName
    instead_of: AddonName | None = None


class AttachmentMissing(Frozen):
    """An app is to know the database under a name that it does not have, or that points elsewhere."""

    kind: Literal["attachment"] = "attachment"
    app: AppName
    attachment: AttachmentName
    namespace: str = ""
    instead_of: AddonName | None = None


class MaintenanceWindowChange(Frozen):
    """Heroku's weekly window is to be another; both canonical, `Sunday 02:00`, UTC."""

    kind: Literal["maintenance-window"] = "maintenance-window"
    before: str
    after: str


class BackupChange(Frozen):
    """A daily backup is wanted that is not scheduled so; both as `03:00 Europe/Paris`."""

    kind: Literal["backup"] = "backup"
    name: str
    """Of the schedule, such as `DATABASE_URL`."""
    before: str
    """Empty: there is none of that name."""
    after: str


class Retirement(Frozen):
    """What an earlier plan replaced was kept long enough and is to be destroyed."""

    kind: Literal["retirement"] = "retirement"
    addon: AddonName
    since: str
    until: str


Change = Annotated[
    ServicePlanChange
    | VersionChange
    | Refresh
    | FollowerMissing
    | AttachmentMissing
    | MaintenanceWindowChange
    | BackupChange
    | Retirement,
    Field(discriminator="kind"),
]


class Estimate(Frozen):
    """An interval in seconds, never an exact number; `upper_s` None: no source gives a bound."""

    lower_s: float
    upper_s: float | None
    formula: str
    """How it was worked out, with the inputs used, in words."""
    source: str


class Reason(Frozen):
    """One sentence, and the rule behind it when there is one."""

    text: str
    rule: str = ""


class RejectedMethod(Frozen):
    """A method that was not chosen: infeasible (every violated rule) or merely less good."""

    method: MethodName
    is_feasible: bool
    reasons: tuple[Reason, ...]


class Money(Frozen):
    """US cents a month; None is unknown, never 0."""

    before_cents: int | None
    after_cents: int | None
    overlap_cents: int | None
    """Paid a month, pro rata, while old and new exist side by side."""


class BlastRadius(Frozen):
    """Everything that the change touches."""

    apps: tuple[AppName, ...]
    restarts: tuple[AppName, ...]
    attachments: tuple[str, ...]
    """`app::NAME`, poolers and credentials included."""
    followers: tuple[AddonName, ...]
    release_phases: tuple[AppName, ...]


class StartingPoint(Frozen):
    """What was observed and must still be so when apply begins."""

    addon: AddonName
    service_plan: ServicePlanName
    serving_plan: ServicePlanName
    version: int | None
    leader: AddonName | None
    followers: tuple[AddonName, ...]
    attachments: tuple[str, ...]
    """`app::NAME namespace`, sorted."""


class Stage(Frozen):
    """Steps that do not depend on each other and run at once; stages follow one another."""

    phase: Phase
    steps: Annotated[tuple[Step, ...], Field(min_length=1)]


class DatabasePlan(Frozen):
    """What is to happen to one database."""

    name: DatabaseName
    app: AppName
    attachment: AttachmentName
    starting_point: StartingPoint
    to_service_plan: ServicePlanName
    changes: Annotated[tuple[Change, ...], Field(min_length=1)]
    method: MethodName | None
    """None: the change needs no method (a missing attachment, say) and has no downtime."""
    because: tuple[Reason, ...]
    rejected: tuple[RejectedMethod, ...]
    preparation: Estimate
    downtime: Estimate
    money: Money
    stages: tuple[Stage, ...]
    point_of_no_return: int | None
    """Index into `stages`; from there on going back loses writes. None: it can always be undone."""
    undo_until: str
    """In a few words, for the table: `changeover`, `first write`."""
    back_out: str
    """What happens, or can be done, when it fails before that."""
    cutover_limit_s: int
    """After so long a cutover backs out by itself."""
    keep_old_primary: str
    """How long what was replaced stays: `72h`, `forever`; empty when nothing is replaced."""
    cutover_window: CutoverWindowField | None = Field(
        default=None, exclude_if=lambda window: window is None
    )
    """The cutover begins only inside it; None: at any time."""
    warnings: tuple[str, ...] = ()
    redo: tuple[str, ...] = ()
    """What nobody but the operator can redo (dataclips, copied URLs …)."""
    blast_radius: BlastRadius


class Blocked(Frozen):
    """A database that differs from what is wanted and for which no method is allowed."""

    name: DatabaseName
    app: AppName
    attachment: AttachmentName
    changes: tuple[Change, ...]
    rejected: tuple[RejectedMethod, ...]
    reason: str
    where: str = ""
    """`file:line:column` of what asked for it."""


class Converging(Frozen):
    """A database on its way: a change that is already under way leads to what is wanted."""

    name: DatabaseName
    addon: AddonName
    serving_plan: ServicePlanName
    service_plan: ServicePlanName
    note: str


class Unknown(Frozen):
    """A database that could not be read; never planned."""

    name: DatabaseName
    app: AppName
    attachment: AttachmentName
    reason: str


class Replaced(Frozen):
    """A database that an earlier plan replaced and that waits for its retirement."""

    name: DatabaseName
    app: AppName
    addon: AddonName
    alias: AttachmentName
    since: str
    """When the alias was made, ISO 8601, as observed; empty when unknown."""
    keep: str
    until: str
    """`since` plus `keep`, ISO 8601; empty for `forever`."""


class Unlisted(Frozen):
    """Something on a listed database that the desired state does not name; left alone."""

    name: DatabaseName
    what: str


class Plan(Frozen):
    """The whole plan. `digest` is over the canonical bytes of all other fields."""

    format_version: str = FORMAT_VERSION
    digest: str = ""
    desired_digest: str
    endpoint: str
    """Whom it was made against: the host, or `sim:NAME`."""
    databases: tuple[DatabasePlan, ...]
    blocked: tuple[Blocked, ...] = ()
    converging: tuple[Converging, ...] = ()
    unknown: tuple[Unknown, ...] = ()
    replaced: tuple[Replaced, ...] = ()
    unlisted: tuple[Unlisted, ...] = ()
    unchanged: tuple[DatabaseName, ...] = ()
    notes: tuple[str, ...] = Field(default=(), exclude_if=lambda notes: not notes)
    """What is to be known about how it was made, such as that live prices could not be read."""
    safety: Safety = Field(default=Safety(), exclude_if=lambda safety: safety.is_empty)
    """Limits, waivers and freezes; `core.safety` judges by them."""

    @property
    def id(self) -> str:
        """The digest's beginning, by which people call the plan."""
        return self.digest[:8]

    @property
    def count(self) -> int:
        """How many listed databases it speaks of."""
        groups = (self.databases, self.blocked, self.converging, self.unknown, self.unchanged)
        return sum(len(group) for group in groups)

    @property
    def is_destroying(self) -> bool:
        """Whether any database is to be destroyed."""
        changes = (change for one in self.databases for change in one.changes)
        return any(isinstance(change, Retirement) for change in changes)

    def to_json(self) -> str:
        """The plan file: canonical, indented, ending in a newline."""
        data = self.model_dump(mode="json")
        return json.dumps(data, indent=1, sort_keys=True, ensure_ascii=False) + "\n"

    def with_digest(self) -> Plan:
        """The same plan, carrying the digest of itself."""
        return self.model_copy(update={"digest": digest_of(self)})


def digest_of(plan: Plan) -> str:
    """SHA-256 over the canonical JSON of everything but the digest itself, as hex."""
    data = plan.model_dump(mode="json", exclude={"digest"})
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
