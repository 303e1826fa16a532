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
from typing import Literal

from pydantic import Field, TypeAdapter

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
from reconciler.core.windows import CutoverWindowField

WantedMethod = Literal["auto", "addons-upgrade", "pg-upgrade", "follower-switch", "pg-copy"]

DATABASE = AttachmentName("DATABASE")
THREE_DAYS = Duration(72 * 3_600)


class DesiredFollower(Frozen):
    """A follower of the database, known to `app` as `attachment`."""

    app: AppName
    attachment: AttachmentName
    service_plan: ServicePlanName


class DesiredAttachment(Frozen):
    """A further name under which an app knows the primary, or its connection pool."""

    app: AppName
    name: AttachmentName


class DesiredBackup(Frozen):
    """A daily backup, at a full hour."""

    name: str
    """Of the schedule: the config var of an attachment, such as `DATABASE_URL`."""
    hour: int
    timezone: str

    def __str__(self) -> str:
        """`03:00 Europe/Paris`."""
        return f"{self.hour:02}:00 {self.timezone}"


class DesiredDatabase(Frozen):
    """One database; its identity is (app, attachment), the add-on behind it may change."""

    name: DatabaseName
    app: AppName
    attachment: AttachmentName = DATABASE
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
    places: dict[DatabaseName, Place] = field(default_factory=dict, compare=False)
    safety: Safety = field(default_factory=Safety)
    """Limits, waivers and freezes of the whole fleet."""
    fleet_size: int = field(default=0, compare=False)
    """How many databases the files list, also when only some of them are asked about."""

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

    def backed_up(self) -> tuple[tuple[AppName, AttachmentName], ...]:
        """The (app, attachment) of every database with a wish for backups; sorted."""
        return tuple(sorted((one.app, one.attachment) for one in self.databases if one.backups))

    def apps(self) -> tuple[AppName, ...]:
        """Every app that is listed, sorted."""
        return tuple(sorted({app for app, _ in self.names()}))

    @cached_property
    def digest(self) -> str:
        """SHA-256, as hex, over the databases; where and in which order they are written changes nothing."""
        data = TypeAdapter(tuple[DesiredDatabase, ...]).dump_python(self.databases, mode="json")
        text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


def names_of(database: DesiredDatabase) -> tuple[tuple[AppName, AttachmentName], ...]:
    """Every (app, attachment) that `database` lays claim to, its own first."""
    return (
        (database.app, database.attachment),
        *((one.app, one.attachment) for one in database.followers),
        *((one.app, one.name) for one in (*database.attach, *database.poolers)),
    )
