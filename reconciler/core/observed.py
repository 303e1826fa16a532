"""What one look at the live account showed, in our words.

Equal worlds are equal whatever the day: it takes no part in comparing. What could not be seen is said (`Unread`), never
filled in: a field that is None is unknown.

The Platform API shows the plan that was asked for, also while the change is still pending; the Data API shows
the plan that serves. Both are kept: `service_plan` and `serving_plan`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from reconciler.core.names import (
        AddonName,
        AppName,
        AttachmentName,
        ProcessType,
        ServicePlanName,
    )

SpaceKind = Literal["common", "private", "shield"]

POOLER = "connection-pooling:default"
"""Namespace of a connection-pool attachment."""


@dataclass(frozen=True, slots=True, order=True)
class ObservedAttachment:
    """One name under which one app knows an add-on."""

    app: AppName
    name: AttachmentName
    addon: AddonName
    namespace: str = ""
    """Empty for the default credential, `credential:NAME`, or `connection-pooling:default`."""
    id: str = ""
    created_at: dt.datetime | None = None

    @property
    def is_pooler(self) -> bool:
        """Whether this name leads to the connection pool instead of the server."""
        return self.namespace == POOLER


@dataclass(frozen=True, slots=True)
class ObservedMaintenance:
    """The maintenance of one database, as the Data API tells it."""

    status: str
    """`none`, `pending`, `preparing`, `ready`, `running`, `completed`; others may come."""
    scheduled_for: str = ""
    window: str = ""


@dataclass(frozen=True, slots=True)
class ObservedSchedule:
    """A daily backup: full hour 0-23 in `timezone`."""

    name: str
    hour: int
    timezone: str

    def __str__(self) -> str:
        """`03:00 Europe/Paris`."""
        return f"{self.hour:02}:00 {self.timezone}"


@dataclass(frozen=True, slots=True)
class ObservedDatabase:
    """One Heroku Postgres add-on."""

    addon: AddonName
    addon_id: str
    app: AppName
    """The app that owns it and pays for it."""
    state: str
    """`provisioning`, `provisioned`, `deprovisioning` or `deprovisioned` (also: failed)."""
    service_plan: ServicePlanName
    """As the Platform API says: the plan that was asked for."""
    serving_plan: ServicePlanName | None = None
    """As the Data API says: the plan that serves now."""
    version: int | None = None
    """Major version of PostgreSQL."""
    data_size_bytes: int | None = None
    table_count: int | None = None
    connection_count: int | None = None
    connection_limit: int | None = None
    credential_count: int | None = None
    created_on: dt.date | None = None
    is_waiting: bool = False
    """Whether Heroku is working on it."""
    status: str = ""
    leader: AddonName | None = None
    """Whom it follows; None when it follows nobody."""
    is_following: bool = False
    """True also when the leader could not be named."""
    lag_commits: int | None = None
    has_customer_key: bool = False
    """Whether the Data API tells of a key of the customer's own; that it does so always is not established."""
    fork_follow: str = ""
    """`Available`, `Temporarily Unavailable`, `Unsupported`, …, as the Data API says."""
    follower_count: int | None = None
    followers: tuple[AddonName, ...] = ()
    maintenance: ObservedMaintenance | None = None
    attachments: tuple[ObservedAttachment, ...] = ()
    """On every app, sorted."""
    price_cents_month: int | None = None
    """What is billed; may differ from the list price."""
    schedules: tuple[ObservedSchedule, ...] | None = None
    """None: not read. The first look reads them only where the desired state speaks of them."""

    @property
    def is_converging(self) -> bool:
        """Whether a plan change was accepted that does not serve yet."""
        return self.serving_plan is not None and self.serving_plan != self.service_plan


@dataclass(frozen=True, slots=True)
class ObservedApp:
    """One app that has a listed database attached."""

    name: AppName
    space: SpaceKind = "common"
    region: str = ""
    in_maintenance: bool = False
    formation: tuple[tuple[ProcessType, int], ...] = ()
    """Process types and how many dynos of each, sorted."""
    changed_at: tuple[tuple[ProcessType, str], ...] = ()
    """When Heroku changed each of them last, as it writes it; sorted."""
    is_seen_closely: bool = False
    """Whether `formation` was read: only apps of databases that change are."""

    @property
    def has_release_phase(self) -> bool:
        """Whether each release runs a command first, which may fail."""
        return any(kind == "release" for kind, _ in self.formation)


@dataclass(frozen=True, slots=True, order=True)
class Unread:
    """A database that could not be read, and why; it is never planned."""

    app: AppName
    attachment: AttachmentName
    reason: str


@dataclass(frozen=True)
class Snapshot:
    """One look: the add-ons of the listed databases, every attachment of theirs, their apps.

    The look-ups are dictionaries made at the first question: fleets have thousands of databases.
    """

    databases: tuple[ObservedDatabase, ...] = ()
    apps: tuple[ObservedApp, ...] = ()
    attachments: tuple[ObservedAttachment, ...] = ()
    """Every Postgres attachment on the apps that the desired state names, sorted."""
    unread: tuple[Unread, ...] = ()
    addon_names: frozenset[AddonName] = field(default=frozenset())
    """All Postgres add-ons of the account, for choosing names that are free."""
    missing_apps: tuple[AppName, ...] = ()
    """Named by the desired state, but not there (or not visible with this token)."""
    today: dt.date | None = field(default=None, compare=False)
    """The day, by Heroku's clock in UTC; None where that was not told."""

    @cached_property
    def _by_name(self) -> dict[tuple[AppName, AttachmentName], ObservedAttachment]:
        return {(one.app, one.name): one for one in self.attachments}

    @cached_property
    def _by_addon(self) -> dict[AddonName, ObservedDatabase]:
        return {one.addon: one for one in self.databases}

    @cached_property
    def _by_app(self) -> dict[AppName, ObservedApp]:
        return {one.name: one for one in self.apps}

    def attached_as(self, app: AppName, name: AttachmentName) -> ObservedAttachment | None:
        """What `app` knows as `name`."""
        return self._by_name.get((app, name))

    def database(self, addon: AddonName) -> ObservedDatabase | None:
        """The add-on of that name, if it was read."""
        return self._by_addon.get(addon)

    def app(self, name: AppName) -> ObservedApp | None:
        """The app of that name, if it was read."""
        return self._by_app.get(name)

    def with_closer(
        self, *, databases: Iterable[ObservedDatabase], apps: Iterable[ObservedApp]
    ) -> Snapshot:
        """The same look with some databases and apps replaced by what a closer one showed."""
        seen_databases = self._by_addon | {one.addon: one for one in databases}
        seen_apps = self._by_app | {one.name: one for one in apps}
        return replace(
            self,
            databases=tuple(seen_databases[name] for name in sorted(seen_databases)),
            apps=tuple(seen_apps[name] for name in sorted(seen_apps)),
        )
