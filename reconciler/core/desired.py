"""What every listed database should be, after the files were read, joined and checked.

How it is written stands in `desired_files`, how the two meet in `desired_checks`. Here nothing is open any more:
every default is filled in, every name is well formed and unique, every service plan is on sale.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from pydantic import Field, TypeAdapter

from reconciler.core.commands import CommandField
from reconciler.core.durations import Duration, DurationField, RetentionField, WeeklyTimeField
from reconciler.core.endpoint import HEROKU, Endpoint, LiveEndpoint
from reconciler.core.frozen import Frozen
from reconciler.core.limits import Safety
from reconciler.core.names import (
    AppName,
    AttachmentName,
    DatabaseName,
    ProcessType,
    ServicePlanName,
)
from reconciler.core.notices import NotifySettings
from reconciler.core.windows import CutoverWindowField

if TYPE_CHECKING:
    from collections.abc import Mapping

WantedMethod = Literal["auto", "addons-upgrade", "pg-upgrade", "follower-switch", "pg-copy"]

DATABASE = AttachmentName("DATABASE")
THREE_DAYS = Duration(72 * 3_600)
HOOK_TIMEOUT = Duration(60)


class DesiredFollower(Frozen):
    """A follower of the database, known to `app` as `attachment`."""

    app: AppName
    attachment: AttachmentName
    service_plan: ServicePlanName


class DesiredAttachment(Frozen):
    """A further name under which an app knows the primary, or its connection pool."""

    app: AppName
    name: AttachmentName


class Origin(Frozen):
    """Where a database that is to belong to another app is found until it does."""

    app: AppName
    attachment: AttachmentName


class DesiredBackup(Frozen):
    """A daily backup, at a full hour."""

    name: str
    """Of the schedule: the config var of an attachment, such as `DATABASE_URL`."""
    hour: int
    timezone: str

    @property
    def attachment(self) -> AttachmentName:
        """Whose schedule it is."""
        return AttachmentName(self.name.removesuffix("_URL"))

    def __str__(self) -> str:
        """`03:00 Europe/Paris`."""
        return f"{self.hour:02}:00 {self.timezone}"


class DesiredDatabase(Frozen):
    """One database; its identity is (app, attachment), the add-on behind it may change."""

    name: DatabaseName
    app: AppName
    attachment: AttachmentName = DATABASE
    moved_from: Origin | None = Field(default=None, exclude_if=lambda origin: origin is None)
    """What it is known as while `app` does not have it; None: it has it."""
    service_plan: ServicePlanName
    version: int | None = None
    """Major version of PostgreSQL; None: keep what there is."""
    method: WantedMethod = "auto"
    not_older_than: dt.date | None = None
    """A database created before this day moves to new infrastructure on the same service plan."""
    max_downtime: DurationField | None = None
    """Methods whose upper estimate is above it are refused."""
    keep_old_primary: RetentionField = THREE_DAYS
    """How long what was replaced is kept."""
    cutover_window: CutoverWindowField | None = Field(
        default=None, exclude_if=lambda window: window is None
    )
    """A cutover begins only inside it; None: at any time."""
    maintenance_window: WeeklyTimeField | None = None
    """When Heroku's weekly window begins, UTC; None: leave it."""
    scale_down: tuple[ProcessType, ...] = ()
    """Process types that a cutover stops; empty: all of them."""
    before_writes_stop: tuple[CommandField, ...] = Field(
        default=(), exclude_if=lambda some: not some
    )
    """Commands to run in a cutover once the apps are closed and before their dynos are stopped."""
    after_writes_resume: tuple[CommandField, ...] = Field(
        default=(), exclude_if=lambda some: not some
    )
    """Commands to run once the apps are open again, also after a cutover was backed out."""
    hook_timeout: DurationField = Field(
        default=HOOK_TIMEOUT, exclude_if=lambda timeout: timeout == HOOK_TIMEOUT
    )
    """How long one of these commands may take."""
    labels: dict[str, str] = Field(default_factory=dict)
    followers: tuple[DesiredFollower, ...] = ()
    """Sorted by app and attachment, as are the next two."""
    attach: tuple[DesiredAttachment, ...] = ()
    """Further apps or names that see the primary."""
    poolers: tuple[DesiredAttachment, ...] = ()
    """Names that lead to the connection pool."""
    backups: tuple[DesiredBackup, ...] = Field(default=(), exclude_if=lambda backups: not backups)
    """Sorted by name; empty: whatever is scheduled stays."""


class HerokuSettings(Frozen):
    """Whom to speak to, and how hard."""

    endpoint: Endpoint = LiveEndpoint(url=HEROKU)
    concurrency: int = 32
    """Reads at a time."""
    reserve_requests: int = 500
    """Of Heroku's 4,500 requests an hour, how many are left to others."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something is written; line and column from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        """`desired/shop.toml:3:1`."""
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True)
class DesiredState:
    """All listed databases, sorted by name. Where they are written takes no part in equality."""

    databases: tuple[DesiredDatabase, ...]
    heroku: HerokuSettings = field(default_factory=HerokuSettings)
    places: Mapping[DatabaseName, Place] = field(default_factory=dict, compare=False)
    safety: Safety = field(default_factory=Safety)
    """Limits, waivers and freezes of the whole fleet."""
    state_url: str = field(default="", compare=False)
    """Of the database that records runs for several machines; empty: the folder does."""
    notify: NotifySettings = field(default_factory=NotifySettings, compare=False)
    """Who is told of plans and applies."""
    fleet_size: int = field(default=0, compare=False)
    """How many databases the files list, also when only some of them are asked about."""
    file_count: int = field(default=0, compare=False)
    """How many files list them."""

    @cached_property
    def _by_name(self) -> dict[DatabaseName, DesiredDatabase]:
        return {database.name: database for database in self.databases}

    def get(self, name: DatabaseName) -> DesiredDatabase | None:
        """The database of that logical name."""
        return self._by_name.get(name)

    def place_of(self, name: DatabaseName) -> str:
        """`file:line:column` of the database; empty when it was not read from a file."""
        place = self.places.get(name)
        return str(place) if place else ""

    def names(self) -> tuple[tuple[AppName, AttachmentName], ...]:
        """Every (app, attachment) that is listed: primaries, followers, attachments, poolers; sorted."""
        return tuple(sorted(pair for each in self.databases for pair in names_of(each)))

    def looked_at(self) -> tuple[tuple[AppName, AttachmentName], ...]:
        """Every (app, attachment) to look at: the listed ones, and those that databases are moved from; sorted."""
        return tuple(
            sorted({*self.names(), *(pair for one in self.databases for pair in _origin(one))})
        )

    def backed_up(self) -> tuple[tuple[AppName, AttachmentName], ...]:
        """The (app, attachment) of every database with a wish for backups; sorted."""
        wishing = [one for one in self.databases if one.backups]
        places = {(one.app, one.attachment) for one in wishing}
        return tuple(sorted(places.union(pair for one in wishing for pair in _origin(one))))

    def apps(self) -> tuple[AppName, ...]:
        """Every app that is listed, sorted."""
        return tuple(sorted({app for app, _ in self.names()}))

    @cached_property
    def digest(self) -> str:
        """SHA-256, as hex, over the databases; where and in which order they are written changes nothing."""
        data = TypeAdapter(tuple[DesiredDatabase, ...]).dump_python(self.databases, mode="json")
        text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


def _origin(database: DesiredDatabase) -> tuple[tuple[AppName, AttachmentName], ...]:
    """The place that it is moved from, if any."""
    origin = database.moved_from
    return () if origin is None else ((origin.app, origin.attachment),)


def names_of(database: DesiredDatabase) -> tuple[tuple[AppName, AttachmentName], ...]:
    """Every (app, attachment) that `database` lays claim to, its own first."""
    return (
        (database.app, database.attachment),
        *((one.app, one.attachment) for one in database.followers),
        *((one.app, one.name) for one in (*database.attach, *database.poolers)),
    )
