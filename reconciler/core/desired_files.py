"""The desired state as it is written: the tables and keys of a file, and of the fleet-wide `reconcile.toml`.

The docstring under each key is what an editor shows for it (`reconcile schema`). A key whose effect nothing
carries out does not exist here: an accepted key that does nothing would be a lie.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    Field,
    WithJsonSchema,
    model_validator,
)

from reconciler.core.commands import Command, CommandField
from reconciler.core.described import Described
from reconciler.core.desired import WantedMethod
from reconciler.core.durations import (
    Duration,
    DurationField,
    MomentField,
    RetentionField,
    WeeklyTimeField,
    moment_of,
)
from reconciler.core.endpoint import HEROKU, Endpoint, parse_endpoint
from reconciler.core.limits import Freeze, Limits, Safety, Waiver
from reconciler.core.names import AppName, AttachmentName, DatabaseName, ProcessType
from reconciler.core.notices import (
    KINDS,
    NoticeFormat,
    NoticeKind,
    NotifySettings,
    check_notify_url,
)
from reconciler.core.windows import CutoverWindowField

_APP = re.compile(r"[a-z][a-z0-9-]{1,28}[a-z0-9]")
_ATTACHMENT = re.compile(r"[A-Z][A-Z0-9_]*")
_LOGICAL = re.compile(r"[a-z][a-z0-9_-]{0,39}")
END_OF_TIME = 9000
"""A year from which on no freeze may last: what comes after a freeze must be a date too."""
_TIMEZONE = re.compile(r"UTC|[A-Z][A-Za-z_]+(?:/[A-Z][A-Za-z0-9_+-]+){1,2}")
_PROCESS_TYPE = re.compile(r"[A-Za-z0-9_-]+")


def is_app_name(name: str) -> bool:
    """Whether an app can be listed by that name."""
    return _APP.fullmatch(name) is not None


def is_attachment_name(name: str) -> bool:
    """Whether an attachment can be listed by that name."""
    return _ATTACHMENT.fullmatch(name) is not None and not name.endswith("_URL")


def is_timezone(name: str) -> bool:
    """Whether a backup can be listed in that time zone."""
    return _TIMEZONE.fullmatch(name) is not None


def _app(name: AppName) -> AppName:
    if not _APP.fullmatch(name):
        raise ValueError(
            "must be an app's name: 3 to 30 of a-z, 0-9 and -, a letter first and no - at the end."
        )
    return name


def _attachment(name: AttachmentName) -> AttachmentName:
    if not _ATTACHMENT.fullmatch(name):
        raise ValueError("must be an attachment's name such as DATABASE: A-Z, 0-9 and _ only.")
    if name.endswith("_URL"):
        plain = name.removesuffix("_URL")
        raise ValueError(f'must be the attachment, "{plain}"; {name} is its config var.')
    return name


def _logical(name: DatabaseName) -> DatabaseName:
    if not _LOGICAL.fullmatch(name):
        raise ValueError("a database's name must be 1 to 40 of a-z, 0-9, _ and -, a letter first.")
    return name


def _timezone(name: str) -> str:
    if not is_timezone(name):
        raise ValueError('must be a time zone such as "UTC" or "Europe/Paris".')
    return name


def _process_type(name: ProcessType) -> ProcessType:
    if not _PROCESS_TYPE.fullmatch(name):
        raise ValueError("must be a process type such as web or worker.")
    return name


def _state_url(text: str) -> str:
    """A PostgreSQL URL without a secret in it.

    Raises:
        ValueError: it is none, or holds a password; the text is not repeated.
    """
    try:
        parts = urlsplit(text)
        is_secret = bool(parts.password) or "password" in parts.query.casefold()
    except ValueError:
        raise ValueError(NO_STATE_URL) from None
    if parts.scheme not in {"postgresql", "postgres"}:
        raise ValueError(NO_STATE_URL)
    if is_secret:
        raise ValueError(
            "must not hold the password: a file is no place for it. Set RECONCILE_STATE_URL, or PGPASSWORD."
        )
    return text


def _endpoint(text: str) -> str:
    parse_endpoint(text)
    return text


App = Annotated[
    AppName,
    AfterValidator(_app),
    WithJsonSchema({"type": "string", "pattern": f"^{_APP.pattern}$"}),
]
Attachment = Annotated[
    AttachmentName,
    AfterValidator(_attachment),
    WithJsonSchema({"type": "string", "pattern": f"^{_ATTACHMENT.pattern}$"}),
]
LogicalName = Annotated[
    DatabaseName,
    AfterValidator(_logical),
    WithJsonSchema({"type": "string", "pattern": f"^{_LOGICAL.pattern}$"}),
]
TimeZone = Annotated[
    str,
    AfterValidator(_timezone),
    WithJsonSchema({"type": "string", "pattern": f"^(?:{_TIMEZONE.pattern})$"}),
]
Process = Annotated[ProcessType, AfterValidator(_process_type)]
LONGEST_HOOK_S = 3_600


def _hooks(commands: tuple[Command, ...]) -> tuple[Command, ...]:
    if len(set(commands)) < len(commands):
        raise ValueError("must not name the same command twice.")
    return commands


def _hook_timeout(timeout: Duration) -> Duration:
    if not 1 <= (timeout.seconds or 0) <= LONGEST_HOOK_S:
        raise ValueError('must be from "1s" to "1h"; the apps are closed meanwhile.')
    return timeout


Hooks = Annotated[tuple[CommandField, ...], AfterValidator(_hooks)]


NO_STATE_URL = "is not the address of a PostgreSQL database, such as postgresql://reconcile@db.internal/reconcile."


class Table(Described):
    """A TOML table; the texts under its keys describe them."""


class FollowerTable(Table):
    """A follower of the database."""

    attachment: Attachment
    """How its app knows the follower, such as ORDERS_REPLICA."""
    plan: str
    """The follower's Heroku plan, such as standard-0."""
    app: App | None = None
    """The app that owns the follower; without it the database's."""


class AttachTable(Table):
    """A further app, or a further name, that must see the primary."""

    name: Attachment = Field(alias="as")
    """How that app knows the database, such as ORDERS."""
    app: App | None = None
    """The app; without it the database's."""


class PoolerTable(Table):
    """A name that leads to the database's connection pool."""

    name: Attachment = Field(alias="as")
    """How the app knows the pool, such as DATABASE_CONNECTION_POOL."""
    app: App | None = None
    """The app; without it the database's."""


class BackupTable(Table):
    """A daily backup of the database by Heroku; not for Shield."""

    hour: Annotated[int, Field(ge=0, le=23)]
    """The full hour at which it begins."""
    timezone: TimeZone = "UTC"
    """The time zone of that hour, such as Europe/Paris."""
    attachment: Attachment | None = None
    """Whose schedule it is, since Heroku keeps one for each name of a database; without it the database's own."""


class MovedFromTable(Table):
    """Where the database is found until it belongs to `app`."""

    app: App
    """The app that owns it now."""
    attachment: Attachment | None = None
    """How that app knows it; without it as the new one shall."""


class Defaults(Table):
    """What holds for every database that does not say otherwise."""

    app: App | None = None
    """The app that the database belongs to."""
    plan: str | None = None
    """The Heroku plan wanted, such as standard-2; heroku-postgresql:standard-2 is the same."""
    version: int | None = None
    """The major version of PostgreSQL wanted, never below the present one; without it, what there is stays."""
    method: WantedMethod | None = None
    """How a change of plan or version is made; "auto", the default, chooses and says why."""
    not_older_than: dt.date | None = None
    """A database created before this day moves to new infrastructure on the same plan."""
    max_downtime: DurationField | None = None
    """Methods whose upper estimate is above it are refused, such as "5m"."""
    keep_old_primary: RetentionField | None = None
    """How long a replaced database is kept: "72h" by default, "forever" is allowed."""
    cutover_window: CutoverWindowField | None = None
    """When a cutover may begin, in UTC, such as "Sun 02:00-06:00" or "Mon-Thu 22:00-02:00"."""
    maintenance_window: WeeklyTimeField | None = None
    """When Heroku's own weekly window begins, in UTC, such as "Sunday 02:00"; not for Essential."""
    scale_down: Annotated[tuple[Process, ...], Field(min_length=1)] | None = None
    """Process types that a cutover stops; without it all of them, web included."""
    before_writes_stop: Hooks | None = None
    """Commands to run in a cutover before writes stop, such as ["./hooks/pause-scheduler"]; no shell reads them."""
    after_writes_resume: Hooks | None = None
    """Commands to run when the apps are open again, also after a cutover was backed out."""
    hook_timeout: Annotated[DurationField, AfterValidator(_hook_timeout)] | None = None
    """How long each of these commands may take: "60s" by default."""
    labels: dict[str, str] = Field(default_factory=dict)
    """Free texts for people; those of the database, its file and the fleet are joined."""


class DatabaseTable(Defaults):
    """One database. Only `plan` is needed, when the file names its `app`."""

    attachment: Attachment = AttachmentName("DATABASE")
    """How the app knows the database; with the app it is its identity."""
    moved_from: MovedFromTable | None = None
    """The app that the database moves from, into a space for example; may stay once it has moved."""
    followers: tuple[FollowerTable, ...] = Field(default=(), alias="follower")
    """Its followers."""
    attach: tuple[AttachTable, ...] = ()
    """Further apps or names that see the primary."""
    poolers: tuple[PoolerTable, ...] = Field(default=(), alias="pooler")
    """Names that lead to its connection pool."""
    backups: tuple[BackupTable, ...] = Field(default=(), alias="backup")
    """Its daily backups; without any, whatever is scheduled stays."""


class DesiredFile(Table):
    """Databases as they should be. One file an app is the habit, not a rule."""

    app: App | None = None
    """The app of every database in this file that names none."""
    defaults: Defaults = Field(default_factory=Defaults)
    """For every database in this file."""
    database: dict[LogicalName, DatabaseTable] = Field(default_factory=dict)
    """The databases by logical name, which is unique across all files."""


class HerokuTable(Table):
    """Whom to speak to, and how hard."""

    endpoint: Annotated[str, AfterValidator(_endpoint)] = HEROKU
    """An https address, http on 127.0.0.1, or sim:NAME or sim:FILE.toml for the stand-in."""
    concurrency: Annotated[int, Field(ge=1, le=100)] = 32
    """Reads at a time."""
    reserve_requests: Annotated[int, Field(ge=0, le=4_400)] = 500
    """How many of Heroku's 4,500 requests an hour are left to others."""

    def read_endpoint(self) -> Endpoint:
        """The endpoint as a value; the path of a scenario file is still as written."""
        return parse_endpoint(self.endpoint)


class StateTable(Table):
    """Where runs are recorded when several machines take part."""

    url: Annotated[str, AfterValidator(_state_url)] = ""
    """A PostgreSQL database that they share, such as postgresql://reconcile@db.internal/reconcile, without password;
    RECONCILE_STATE_URL goes before it, and the password may come from there or from PGPASSWORD."""


class NotifyTable(Table):
    """Who is told of plans and applies, over webhooks; a hook that fails stops nothing."""

    urls: tuple[Annotated[str, AfterValidator(check_notify_url)], ...] = ()
    """Webhooks: https addresses, or env:NAME for a variable of the environment that holds one, such as
    env:SLACK_WEBHOOK_URL; an address that is a secret belongs there."""
    format: NoticeFormat = "auto"
    """What they are sent: "slack" or "json"; "auto", the default, is Slack's form for hooks.slack.com and JSON for others."""
    on: Annotated[tuple[NoticeKind, ...], Field(min_length=1)] = KINDS
    """What is told; without it all of plan, cutover-start, cutover-end, failure and needs-a-human."""

    def settings(self) -> NotifySettings:
        """The same as a value."""
        return NotifySettings(urls=self.urls, format=self.format, on=self.on)


class WaiverTable(Waiver, Table):
    """Leave for one database to go beyond one limit, until a day."""

    database: LogicalName
    """The logical name of the database that may."""


class FreezeTable(Table):
    """A time in which no cutover begins; days and times are UTC."""

    begins: MomentField = Field(alias="from")
    """The first day, or the moment it begins, such as 2026-12-20 or 2026-12-20T18:00:00Z."""
    until: MomentField
    """The last day, which counts whole, or the moment it ends."""
    reason: str = ""
    """Why; it stands in the plan and where a cutover waits."""

    @model_validator(mode="after")
    def _is_a_span(self) -> FreezeTable:
        if self.until.year >= END_OF_TIME:
            raise ValueError(f'"until" must be before the year {END_OF_TIME}.')
        if self.ends <= moment_of(self.begins):
            raise ValueError('"until" is before "from".')
        return self

    @property
    def ends(self) -> dt.datetime:
        """The first moment after it."""
        is_day = not isinstance(self.until, dt.datetime)
        return moment_of(self.until) + dt.timedelta(days=1 if is_day else 0)

    def freeze(self) -> Freeze:
        """The same as moments."""
        return Freeze(begins=moment_of(self.begins), ends=self.ends, reason=self.reason)


class FleetFile(Table):
    """`reconcile.toml`: what holds for all files beside and below it."""

    defaults: Defaults = Field(default_factory=Defaults)
    """For every database."""
    limits: Limits = Field(default_factory=Limits)
    """How much one plan may do."""
    waivers: tuple[WaiverTable, ...] = Field(default=(), alias="waiver")
    """Who may go beyond a limit, and until when."""
    freezes: tuple[FreezeTable, ...] = Field(default=(), alias="freeze")
    """When no cutover begins."""
    heroku: HerokuTable = Field(default_factory=HerokuTable)
    """Whom to speak to."""
    state: StateTable = Field(default_factory=StateTable)
    """Where runs are recorded; without it under .reconcile/, for one process at a time."""
    notify: NotifyTable = Field(default_factory=NotifyTable)
    """Who is told of plans and applies."""

    def safety(self) -> Safety:
        """Limits, waivers and freezes as values; the fleet's size is not known yet."""
        return Safety(
            limits=self.limits,
            waivers=tuple(Waiver(**dict(one)) for one in self.waivers),
            freezes=tuple(one.freeze() for one in self.freezes),
        )
