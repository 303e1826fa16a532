"""A scenario: the TOML that says what there is when a world begins. docs/simulator.md describes every key.

A wrong scenario is refused as a whole, with file, line and column of each problem.
"""

from __future__ import annotations

from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from reconciler.errors import ReconcileError, ScenarioError
from reconciler.simulator.building import Builder
from reconciler.simulator.fault_rules import FaultRule
from reconciler.simulator.plans import load_plan_book
from reconciler.simulator.reading import duration_text, size_text, window_text
from reconciler.toml_text import decode, load_located

if TYPE_CHECKING:
    from reconciler.simulator.world.world import World

Duration = Annotated[str, AfterValidator(duration_text)]
Size = Annotated[str, AfterValidator(size_text)]
Window = Annotated[str, AfterValidator(window_text)]
AppName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,28}[a-z0-9]$")]
AttachmentName = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$")]


class Part(BaseModel):
    """Base of all tables: closed, strict, unchangeable."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class ClockPart(Part):
    """`[clock]`: when the world begins and how fast it runs when served."""

    start: datetime
    speed: float = Field(default=600.0, gt=0)


class TimingPart(Part):
    """`[timing]`: how long things take, in simulated time. What each means: `world.model.Timing`."""

    provision: Duration = "4m"
    catch_up: Duration = "20m"
    drain: Duration = "8s"
    replacement: Duration = "2h"
    maintenance: Duration = "40s"
    essential_change: Duration = "3m"
    unfollow: Duration = "8s"
    follow_pause: Duration = "5m"
    deprovision: Duration = "20s"
    transfer_per_gb: Duration = "3m"
    transfer_least: Duration = "10s"
    dyno_start: Duration = "6s"
    dyno_stop: Duration = "10s"
    release_phase: Duration = "30s"
    credential: Duration = "20s"


class AccountPart(Part):
    """`[account]`: who may ask, and how often."""

    email: str = "operator@example.com"
    tokens: tuple[str, ...] | None = None
    scope: str = Field(default="global", pattern=r"^[a-z-]+( [a-z-]+)*$")
    requests_per_hour: int = Field(default=4500, gt=0)
    enforce_rate_limit: bool = False


class SchedulePart(Part):
    """A daily backup: `{ hour = 3, timezone = "America/New_York" }`."""

    hour: int = Field(ge=0, le=23)
    timezone: str = "UTC"
    name: str = "DATABASE_URL"


class RoutinePart(Part):
    """`routine_maintenance`: one that Heroku has scheduled by itself."""

    reason: str = "routine_maintenance"
    required_in: Duration = "3w"


class DatabasePart(Part):
    """`[app.NAME.database.LABEL]`: one database that the app owns."""

    name: str | None = Field(default=None, pattern=r"^[a-z][a-z0-9-]{2,62}$")
    plan: str
    version: str = Field(default="17.9", pattern=r"^\d{2}(\.\d+)?$")
    size: Size = "1GB"
    tables: int = Field(default=20, ge=0)
    created: datetime | None = None
    attachments: tuple[AttachmentName, ...] = ()
    also_on: dict[AppName, tuple[AttachmentName, ...]] = Field(default_factory=dict)
    poolers: tuple[AttachmentName, ...] = ()
    poolers_on: dict[AppName, tuple[AttachmentName, ...]] = Field(default_factory=dict)
    credentials: dict[str, tuple[AttachmentName, ...]] = Field(default_factory=dict)
    follows: str | None = None
    forked_from: str | None = None
    window: Window | None = None
    schedules: tuple[SchedulePart, ...] = ()
    pending_plan: str | None = None
    pending_state: Literal["preparing", "ready"] = "ready"
    routine_maintenance: RoutinePart | None = None


class DatabasesPart(Part):
    """`[databases]`: how big real databases are made."""

    bytes_per_gb: Size = "5MB"


class DynosPart(Part):
    """`[app.NAME.dynos]`: each dyno of the app inserts rows into a real database."""

    writes_per_second: float = Field(default=20.0, gt=0, le=1000)
    config_var: str = Field(default="DATABASE_URL", pattern=r"^[A-Z][A-Z0-9_]*$")


Permission = Literal["view", "deploy", "operate", "manage"]


class AppPart(Part):
    """`[app.NAME]`: one app."""

    region: str = "us"
    space: str | None = None
    permissions: tuple[Permission, ...] | None = None
    maintenance: bool = False
    config: dict[str, str] = Field(default_factory=dict)
    formation: dict[str, int] = Field(default_factory=lambda: {"web": 1})
    dyno_size: str = "Standard-1X"
    release_phase: Literal["none", "succeeds", "fails", "hangs"] = "none"
    commits_per_minute: float = Field(default=600.0, ge=0)
    writes_through: tuple[AttachmentName, ...] | None = None
    dynos: DynosPart | None = None
    database: dict[str, DatabasePart] = Field(default_factory=dict)


class Scenario(Part):
    """The whole file."""

    seed: int = Field(default=1, ge=0)
    clock: ClockPart
    timing: TimingPart = Field(default_factory=TimingPart)
    account: AccountPart = Field(default_factory=AccountPart)
    spaces: dict[str, str] = Field(default_factory=dict)
    databases: DatabasesPart = Field(default_factory=DatabasesPart)
    app: dict[AppName, AppPart] = Field(min_length=1)
    fault: tuple[FaultRule, ...] = ()


def built_in_names() -> tuple[str, ...]:
    """The scenarios that are shipped."""
    found = files(__package__ or "").joinpath("scenarios").iterdir()
    return tuple(
        sorted(each.name.removesuffix(".toml") for each in found if each.name.endswith(".toml"))
    )


def read_scenario(name_or_path: str | Path) -> tuple[str, str]:
    """Text and file name of a built-in scenario (by name) or of a file (by path).

    Raises:
        ReconcileError: there is neither.
        ScenarioError: it is not UTF-8.
    """
    if isinstance(name_or_path, str) and name_or_path in built_in_names():
        shipped = files(__package__ or "").joinpath("scenarios", f"{name_or_path}.toml")
        return shipped.read_text(encoding="utf-8"), f"{name_or_path}.toml"
    path = Path(name_or_path)
    try:
        raw = path.read_bytes()
    except OSError as error:
        names = ", ".join(built_in_names())
        raise ReconcileError(
            f"The scenario {name_or_path} cannot be read: {error.strerror}.",
            hint=f"Give the path of a scenario file, or a built-in one: {names}.",
        ) from error
    return decode(raw, file=str(path), error=ScenarioError), str(path)


def parse_world(text: str, *, file: str) -> World:
    """The world that a scenario describes, at the moment it begins.

    Raises:
        ScenarioError: with every problem and its place.
    """
    located = load_located(text, file=file, model=Scenario, error=ScenarioError)
    builder = Builder(located.value, located.problem, load_plan_book())
    world = builder.build()
    if builder.problems:
        raise ScenarioError(builder.problems)
    return world


def load_world(name_or_path: str | Path) -> World:
    """As `parse_world`, for a built-in scenario or a file."""
    text, file = read_scenario(name_or_path)
    return parse_world(text, file=file)
