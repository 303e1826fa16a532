"""What exists, as plain data. All moments are Unix seconds, all durations seconds.

Values that move by themselves (commits, lag) are kept as "so many at that moment, so many a second since";
things that happen later stand in `World.agenda`. So nothing runs while nobody asks, and a world written to a
file stands still until it is read again.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Timing:
    """How long Heroku takes, in seconds of simulated time."""

    provision: float = 240.0
    """From the create request until the add-on is `provisioned`; half of it the Data API does not know it."""
    catch_up: float = 1200.0
    """From the base copy of a follower until it trails by only its usual distance."""
    drain: float = 8.0
    """For a follower to reach 0 commits once nobody writes any more."""
    replacement: float = 7200.0
    """To prepare the replacement of a plan change (Standard and above)."""
    maintenance: float = 40.0
    """The maintenance itself; the database is away meanwhile."""
    essential_change: float = 180.0
    """A plan change within Essential; the database is read-only meanwhile."""
    unfollow: float = 8.0
    follow_pause: float = 300.0
    """How long a fork or a freshly unfollowed database cannot be followed."""
    deprovision: float = 20.0
    transfer_per_gb: float = 180.0
    transfer_least: float = 10.0
    dyno_start: float = 6.0
    dyno_stop: float = 10.0
    release_phase: float = 30.0
    credential: float = 20.0


@dataclass(slots=True)
class Meter:
    """A number that grows evenly."""

    count: float = 0.0
    since: float = 0.0
    per_second: float = 0.0

    def at(self, now: float) -> float:
        """What it shows at `now`."""
        return self.count + self.per_second * max(0.0, now - self.since)

    def turn(self, now: float, per_second: float) -> None:
        """Grow by `per_second` from `now` on."""
        self.count, self.since, self.per_second = self.at(now), now, per_second


@dataclass(slots=True)
class Formation:
    """One process type of an app."""

    id: str
    type: str
    quantity: int
    size: str
    command: str
    updated_at: float


@dataclass(slots=True)
class Dyno:
    """A running process; `gone_at` is set while it is being stopped."""

    id: str
    name: str
    type: str
    size: str
    up_at: float
    gone_at: float | None = None


@dataclass(slots=True)
class Release:
    """One version of an app's code and config."""

    id: str
    version: int
    status: str
    description: str
    created_at: float
    updated_at: float
    config: dict[str, str] = field(default_factory=dict)
    """All config vars of the app as they were when the release was made: what its dynos run with."""


@dataclass(slots=True)
class Writing:
    """How each dyno of an app writes to a real database."""

    per_second: float
    """Rows a second of real time."""
    config_var: str
    """Where it finds the URL when it boots."""


@dataclass(slots=True)
class App:
    """An app with its processes. Its dynos write to databases while `world.writers` says so."""

    id: str
    name: str
    region: str
    space: str | None
    created_at: float
    updated_at: float
    maintenance: bool = False
    config: dict[str, str] = field(default_factory=dict)
    formation: dict[str, Formation] = field(default_factory=dict)
    dynos: dict[str, Dyno] = field(default_factory=dict)
    releases: list[Release] = field(default_factory=list)
    release_phase: str = "none"
    """`none`, `succeeds`, `fails` or `hangs`."""
    commits_per_minute: float = 600.0
    writes_through: list[str] | None = None
    """Names (config vars without `_URL`) it writes through; None: all but the HEROKU_POSTGRESQL_ ones."""
    commits: Meter = field(default_factory=Meter)
    transfers: list[str] = field(default_factory=list)
    writing: Writing | None = None
    permissions: list[str] | None = None
    """What the account may do with an app of a team; None: the app is its own."""


@dataclass(slots=True)
class Addon:
    """The Platform API's side of a database. `plan` is the target of a plan change as soon as it is accepted."""

    id: str
    name: str
    app_id: str
    plan: str
    state: str
    created_at: float
    updated_at: float


@dataclass(slots=True)
class Attachment:
    """The name under which an app knows a database; its config var is `<name>_URL`."""

    id: str
    name: str
    app_id: str
    addon_id: str
    namespace: str | None
    created_at: float
    updated_at: float


@dataclass(slots=True)
class Credential:
    """A role of a database."""

    id: str
    name: str
    user: str
    password: str
    state: str = "active"


@dataclass(slots=True)
class Maintenance:
    """A maintenance of a database. `plan` is what it changes to; None for a routine one."""

    status: str
    plan: str | None
    reason: str | None
    created_at: float
    ready_at: float
    scheduled_for: float | None = None
    previously_scheduled_for: float | None = None
    required_by: float | None = None
    started_at: float | None = None
    completed_at: float | None = None


@dataclass(slots=True)
class Upgrade:
    """A version upgrade: `preparing`, `scheduled` or `running`."""

    status: str
    version: int
    scheduled_for: float | None = None


@dataclass(slots=True)
class Schedule:
    """A daily backup."""

    id: str
    name: str
    hour: int
    timezone: str
    created_at: float
    updated_at: float


@dataclass(slots=True)
class Link:
    """A data link to another database."""

    id: str
    name: str
    remote_id: str
    created_at: float


@dataclass(slots=True)
class Trail:
    """How far a follower is behind: `behind` commits at `since`, worked off by `per_second`."""

    behind: float = 0.0
    since: float = 0.0
    per_second: float = 1.0
    usual: float = 0.0
    """What it does not get below while its leader is written to; 0 when nobody writes."""

    def at(self, now: float) -> float:
        """Commits behind at `now`. The usual distance swings by a third within a minute."""
        passed = max(0.0, now - self.since)
        swing = 1.0 + (now % 60.0 - 30.0) / 90.0
        return max(
            min(self.usual, self.behind + self.usual * passed / 10.0) * swing,
            self.behind - self.per_second * passed,
            0.0,
        )


@dataclass(slots=True)
class Database:
    """The Data API's side. Its id is the add-on's. `plan` is what serves now."""

    id: str
    plan: str
    version: str
    host: str
    port: int
    name: str
    num_bytes: int
    num_tables: int
    created_at: float
    known_from: float
    """Before it the Data API answers 404."""
    ready_at: float
    window_day: int
    window_minute: int
    credentials: dict[str, Credential] = field(default_factory=dict)
    leader_id: str | None = None
    forked_from: str | None = None
    read_only: bool = False
    away: bool = False
    unfollowing: bool = False
    followable_from: float = 0.0
    missing_commits: int = 0
    """What the leader had and this one never got, at the moment it was unfollowed."""
    commits: Meter = field(default_factory=Meter)
    trail: Trail = field(default_factory=Trail)
    maintenance: Maintenance | None = None
    history: list[Maintenance] = field(default_factory=list)
    upgrade: Upgrade | None = None
    settings: dict[str, bool | int | str] = field(default_factory=dict)
    links: list[Link] = field(default_factory=list)
    schedules: list[Schedule] = field(default_factory=list)


@dataclass(slots=True)
class Transfer:
    """A copy, backup or restore, started at `created_at` and done at `due`."""

    id: str
    num: int
    app_id: str
    from_type: str
    to_type: str
    from_name: str
    to_name: str
    from_id: str | None
    to_id: str | None
    source_bytes: int
    created_at: float
    due: float
    finished_at: float | None = None
    canceled_at: float | None = None
    deleted_at: float | None = None
    succeeded: bool | None = None
    failure: str = ""
    schedule_id: str | None = None
    num_tables: int = 0
    share: float = 1.0
    """How much of the whole is moved at `due`; below 1 for one that a fault stops."""


@dataclass(slots=True, order=True)
class Event:
    """Something that will happen at `due` to the thing with the id `subject`."""

    due: float
    number: int
    kind: str = field(compare=False)
    subject: str = field(compare=False)
    detail: str = field(compare=False, default="")


@dataclass(slots=True)
class Account:
    """Who asks, and how many requests that account has left."""

    email: str = "operator@example.com"
    tokens: list[str] | None = None
    """The tokens that are let in; None: any."""
    scope: str = "global"
    """What every token is for, as `Oauth-Scope` tells it."""
    requests_per_hour: int = 4500
    enforce_rate_limit: bool = False
    requests_left: float = 4500.0
    counted_at: float = 0.0
