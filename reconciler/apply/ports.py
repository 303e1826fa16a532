"""What applying a plan needs from outside, as protocols. Everything with an effect goes through here.

Reads are independent looks at the live account: nothing is cached. They raise `HerokuUnavailableError` (already
retried for a while), `HerokuRefusedError`, and give None for what is not there. Writes are sent once: they raise
`HerokuUnclearError` when the outcome is not known and `HerokuUnavailableError` when surely nothing happened.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from pydantic import SecretStr

    from reconciler.core.commands import Command
    from reconciler.core.contents import Certificate, Check, Way
    from reconciler.core.names import (
        AddonName,
        AppName,
        AttachmentName,
        DatabaseName,
        ProcessType,
        ServicePlanName,
    )
    from reconciler.core.observed import (
        ObservedApp,
        ObservedAttachment,
        ObservedDatabase,
        ObservedMaintenance,
        ObservedSchedule,
    )


@dataclass(frozen=True, slots=True)
class ObservedRelease:
    """One release of an app; `status` is `succeeded`, `pending`, `failed` or `expired`."""

    version: int
    status: str
    description: str


@dataclass(frozen=True, slots=True)
class ObservedTransfer:
    """One copy on Heroku's side; `has_succeeded` is None while it runs."""

    id: str
    from_name: str
    to_name: str
    is_finished: bool
    has_succeeded: bool | None
    processed_bytes: int
    source_bytes: int


@dataclass(frozen=True, slots=True)
class ObservedUpgrade:
    """How far a version upgrade is; to which version it leads Heroku does not tell."""

    status: Literal["none", "at-work", "scheduled", "failed"]
    """`at-work` while it is prepared and while it runs; `scheduled` once it is prepared."""
    note: str = ""
    """In Heroku's words."""


class HerokuReads(Protocol):
    """Looks at the live account."""

    async def addon(self, name: AddonName) -> ObservedDatabase | None:
        """The add-on as both APIs tell it, attachments left out.

        None when the Platform API does not know it. While the Data API does not know it yet, the fields that
        come from there are None.
        """

    async def attachments_of(self, addon: AddonName) -> tuple[ObservedAttachment, ...]:
        """Every name under which any app knows `addon`, sorted."""

    async def attachment(self, app: AppName, name: AttachmentName) -> ObservedAttachment | None:
        """What `app` knows as `name`."""

    async def app(self, name: AppName) -> ObservedApp | None:
        """The app with its maintenance flag and formation."""

    async def running(self, app: AppName) -> tuple[ProcessType, ...]:
        """The process type of each dyno that still exists, one entry a dyno; one-off dynos as `run`."""

    async def newest_releases(self, app: AppName, count: int) -> tuple[ObservedRelease, ...]:
        """The newest releases, newest first."""

    async def config_var_names(self, app: AppName) -> tuple[str, ...]:
        """The names (never the values) of the app's config vars, sorted."""

    async def maintenance(self, addon: AddonName) -> ObservedMaintenance | None:
        """The maintenance of `addon`, if it has one."""

    async def maintenance_window(self, addon: AddonName) -> str:
        """Heroku's weekly window in its words, `Sundays 02:00 to 06:00 UTC`; empty when there is none."""

    async def address(self, addon: AddonName) -> SecretStr | None:
        """The address with password of the default credential of `addon`, out of the config vars of an app.

        None when no app has it (yet). Whoever asks keeps it no longer than needed and never tells it.
        """

    async def version_upgrade(self, addon: AddonName) -> ObservedUpgrade:
        """How far the version upgrade of `addon` is."""

    async def time(self) -> dt.datetime:
        """Heroku's own clock, by the date of a fresh answer: retention is counted by it, not by ours."""

    async def transfers(self, app: AppName) -> tuple[ObservedTransfer, ...]:
        """Every transfer that Heroku lists under `app`."""

    async def schedules(self, addon: AddonName) -> tuple[ObservedSchedule, ...]:
        """The daily backups of `addon`."""


class HerokuWrites(Protocol):
    """The effects, one request each, never sent twice by themselves."""

    async def provision(
        self,
        *,
        addon: AddonName,
        app: AppName,
        service_plan: ServicePlanName,
        attachment: AttachmentName,
        follow: AddonName | None,
        version: int | None,
        region: str | None,
    ) -> None:
        """Ask for a new add-on."""

    async def change_service_plan(
        self, *, addon: AddonName, app: AppName, service_plan: ServicePlanName
    ) -> None:
        """Ask for another service plan."""

    async def set_maintenance(self, app: AppName, *, on: bool) -> None:
        """Set the app's maintenance flag."""

    async def scale(self, app: AppName, quantities: Mapping[ProcessType, int]) -> None:
        """Set how many dynos of each process type run, in one request."""

    async def unfollow(self, addon: AddonName) -> None:
        """Ask for the end of following."""

    async def attach(
        self, *, app: AppName, name: AttachmentName, addon: AddonName, namespace: str
    ) -> None:
        """Attach, replacing an attachment of the same name."""

    async def detach(self, *, app: AppName, name: AttachmentName) -> None:
        """Take the attachment `name` away from `app`; the add-on stays."""

    async def deprovision(self, *, addon: AddonName, app: AppName) -> None:
        """Destroy the add-on; refused while anything but its owner is attached."""

    async def copy(
        self, *, source: AddonName, target: AddonName, from_name: str, to_name: str
    ) -> None:
        """Start a copy on Heroku's side, under the two labels given."""

    async def cancel_transfer(self, app: AppName, transfer_id: str) -> None:
        """Stop a running transfer."""

    async def run_maintenance(self, addon: AddonName) -> None:
        """Run the prepared maintenance now."""

    async def prepare_upgrade(self, addon: AddonName, *, version: int) -> None:
        """Ask Heroku to prepare another major version."""

    async def run_upgrade(self, addon: AddonName, *, version: int) -> None:
        """Run the prepared upgrade now; on Essential upgrade at once."""

    async def cancel_upgrade(self, addon: AddonName) -> None:
        """Give up the prepared upgrade; refused once it runs."""

    async def schedule_backup(self, addon: AddonName, schedule: ObservedSchedule) -> None:
        """Set a daily backup; acts as upsert by name."""

    async def set_maintenance_window(self, addon: AddonName, *, day: str, time: str) -> None:
        """Set the weekly window: `sunday`, `02:00`, UTC."""


class Watch(Protocol):
    """Who is asked before each write, and told what was answered."""

    @property
    def is_urgent(self) -> bool:
        """Whether an app is closed because of us: the reserve of the request budget may be used then."""

    def before_write(self) -> None:
        """Return if the write may go out now.

        Raises:
            LeaseLostError: it may not.
        """

    def answered(self, answer: str) -> None:
        """Take note of `answer`: method, path, status and request id, in words, without a body."""


class Heroku(HerokuReads, HerokuWrites, Protocol):
    """Both."""

    def watched_by(self, watch: Watch) -> Heroku:
        """The same account; every write goes past `watch`."""


HookPhase = Literal["before-writes-stop", "after-writes-resume", "backed-out"]


@dataclass(frozen=True, slots=True)
class HookCall:
    """A command of the operator's, and what it is run for."""

    command: Command
    timeout_s: float
    database: DatabaseName
    app: AppName
    plan_id: str
    phase: HookPhase
    """`backed-out`: writes resume on the old primary."""


@dataclass(frozen=True, slots=True)
class HookEnd:
    """How a hook ended, in words without secrets: its exit, and when it failed the last that it said."""

    is_well: bool
    words: str


class Hooks(Protocol):
    """Runs the operator's commands on this machine."""

    async def run(self, call: HookCall) -> HookEnd:
        """Run one to its end; never longer than its time and a grace of seconds. Never raises for what it does."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two databases to compare, and how the new one came to what it holds."""

    old: AddonName
    new: AddonName
    way: Way


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a comparison over SQL has found, or why there was none."""

    checks: tuple[Check, ...] = ()
    why_not: str = ""
    """In words without an address; empty when it was made."""


class Contents(Protocol):
    """Looks into databases. Writes nothing, raises nothing that an address could stand in."""

    async def compare(
        self, pair: Pair, *, old_url: SecretStr, new_url: SecretStr, within_s: float
    ) -> Comparison:
        """Compare both, of which nobody writes to either, within so many seconds.

        What is left then is counted on in the background, as of now.
        """

    async def open(
        self, pair: Pair, *, old_url: SecretStr, new_url: SecretStr, within_s: float
    ) -> None:
        """Have the connections that `compare` will need; that they can not be had is for it to tell."""

    async def rest(self, pair: Pair) -> Comparison | None:
        """What was counted in the background; None while that goes on. Returns within seconds."""


class Certificates(Protocol):
    """Where the certificates of one plan are kept."""

    def keep(self, certificate: Certificate) -> None:
        """Keep it, in place of an earlier one of the same database.

        Raises:
            StateError: it could not be kept.
        """

    def kept(self, database: DatabaseName) -> Certificate | None:
        """What was kept last of `database`, if this version can read it.

        Raises:
            StateError: where they are kept cannot be reached.
        """


class Clock(Protocol):
    """Time as the executor sees it."""

    def now(self) -> dt.datetime:
        """The wall clock, UTC, for records."""

    def monotonic(self) -> float:
        """Seconds that only grow, for limits."""

    async def sleep(self, seconds: float) -> None:
        """Wait."""
