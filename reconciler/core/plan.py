"""The plan: what is to change, by which method and why, at what cost, step by step.

A plan is a value: the same desired state and the same look give the same bytes. It holds no secret, no database
address and no time of its making. `digest` covers everything that apply acts on and everything a reviewer read.

Its JSON is a public format (docs/plan-file.md). A field that is added here within a major version of the format has a
default and `exclude_if` that leaves the default out, so that older plans keep their digest.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import Field, PrivateAttr

from reconciler.core.canonical import canonical, sha256_of, sha256_of_text
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

FORMAT_VERSION = "1.0"
"""Of the plan file: major and minor. A minor only adds; another major is refused."""
OUTSIDE_THE_DIGEST = ("digest", "made")
"""Keys of a plan file over which its digest is not computed; the second is no part of the plan."""

Phase = Literal["prepare", "cutover", "retire"]
MethodName = Literal["addons-upgrade", "pg-upgrade", "follower-switch", "pg-copy"]


class ServicePlanChange(Frozen):
    """The database is to run on another service plan."""

    kind: Literal["service-plan"] = "service-plan"
    before: ServicePlanName
    after: ServicePlanName


class AppChange(Frozen):
    """The database is to belong to another app; what that app knows it as is a change of its own."""

    kind: Literal["app"] = "app"
    before: AppName
    after: AppName


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
    | AppChange
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
    likely_s: float | None = Field(default=None, exclude_if=lambda likely_s: likely_s is None)
    """What a source says that it usually takes, between the two; None: none says so. Never a bound."""
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
    """US cents; None is unknown, never 0."""

    before_cents: int | None
    """A month."""
    after_cents: int | None
    """A month."""
    overlap_cents: int | None
    """Paid a month, pro rata, for what is replaced as long as it is kept; 0: nothing is replaced."""
    overlap_once_cents: int | None = Field(default=None, exclude_if=lambda cents: cents is None)
    """What old and new side by side cost at least, over all their hours. None: nothing is replaced, it is kept
    forever, or a price is unknown."""


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
    addon_id: str
    """Heroku's own, which no other add-on ever has, also not one of the same name or in another account."""
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
    from_fingerprint: str
    """Twelve hex digits over `starting_point`: another one, and the world has changed."""
    to_fingerprint: str
    """Twelve hex digits over all that is wanted of the database: another one, and the wish has changed."""
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
    """After so long a cutover backs out by itself; what Heroku carries out goes on, with the apps open again."""
    keep_old_primary: str
    """How long what was replaced stays: `72h`, `forever`; empty when nothing is replaced."""
    cutover_window: CutoverWindowField | None = Field(
        default=None, exclude_if=lambda window: window is None
    )
    """The cutover begins only inside it; None: at any time."""
    labels: dict[str, str] = Field(default_factory=dict, exclude_if=lambda labels: not labels)
    """As wanted; `[limits] at_once_per_label` counts by them."""
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
    """The listed database's; of what was replaced for a database that is not listed, that of the add-on."""
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
    requires: tuple[str, ...] = Field(default=(), exclude_if=lambda requires: not requires)
    """Names of additions to the format that a reader has to know to apply the plan rightly."""
    _read_from: dict[str, Any] | None = PrivateAttr(default=None)
    """The document that it was read from, where that says more than this version knows."""

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

    def document(self) -> dict[str, Any]:
        """The plan as JSON values; one that was read keeps also what this version does not know."""
        read = self._read_from
        if read is not None and read["digest"] == self.digest:
            return read
        return self.model_dump(mode="json")

    def keeping(self, document: dict[str, Any]) -> Plan:
        """The same plan, which from now on is written as `document`."""
        kept = self.model_copy()
        kept._read_from = document  # noqa: SLF001  # of a copy of itself
        return kept

    def to_json(self) -> str:
        """The plan file: sorted, indented, ending in a newline."""
        return json.dumps(self.document(), indent=1, sort_keys=True, ensure_ascii=False) + "\n"

    def with_digest(self) -> Plan:
        """The same plan, carrying the digest of itself."""
        return self.model_copy(update={"digest": digest_of(self.model_dump(mode="json"))})


def digest_of(document: dict[str, Any]) -> str:
    """SHA-256 over the canonical JSON of a plan file but for `OUTSIDE_THE_DIGEST`, as hex.

    Raises:
        ValueError: it holds what no canonical JSON can.
    """
    return sha256_of_text(digested(document))


def digested(document: dict[str, Any]) -> str:
    """The canonical JSON over which that digest is computed.

    Raises:
        ValueError: as `digest_of`.
    """
    return canonical(
        {key: value for key, value in document.items() if key not in OUTSIDE_THE_DIGEST}
    )


def fingerprint_of(value: Frozen) -> str:
    """The first twelve hex digits of SHA-256 over the canonical JSON of `value`."""
    return sha256_of(value.model_dump(mode="json"))[:12]
