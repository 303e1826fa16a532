"""A fault rule as people write it: `[[fault]]` in a scenario, or the body of `POST /sim/faults`.

Each kind takes its own keys; any other is refused. docs/simulator.md describes them all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from reconciler.simulator.reading import duration_text, seconds
from reconciler.simulator.world.faults import Fault

if TYPE_CHECKING:
    from typing import Self

    from reconciler.simulator.world.world import World

Duration = Annotated[str, AfterValidator(duration_text)]
Kind = Literal[
    "refuse",
    "reset",
    "status",
    "rate-limit",
    "slow",
    "truncate",
    "stale",
    "duplicate",
    "any",
    "quota",
    "release-phase-fails",
    "release-phase-hangs",
    "provisioning-fails",
    "provisioning-hangs",
    "follower-stuck",
    "lag-never-ends",
    "lag-jumps-back",
    "transfer-fails",
    "transfer-hangs",
    "maintenance-slips",
]
OFTEN = frozenset({"skip", "times", "chance"})
REQUEST = OFTEN | {"method", "path"}
OF_DATABASE = OFTEN | {"app", "database"}
KEYS: dict[str, frozenset[str]] = {
    "refuse": REQUEST | {"closed_for"},
    "reset": REQUEST | {"when"},
    "status": REQUEST | {"when", "status", "body"},
    "rate-limit": REQUEST | {"retry_after"},
    "slow": REQUEST | {"when", "delay"},
    "truncate": REQUEST,
    "stale": REQUEST | {"age"},
    "duplicate": REQUEST,
    "any": REQUEST,
    "quota": frozenset({"requests"}),
    "release-phase-fails": OFTEN | {"app", "release"},
    "release-phase-hangs": OFTEN | {"app", "release"},
    "provisioning-fails": OF_DATABASE,
    "provisioning-hangs": OF_DATABASE,
    "follower-stuck": frozenset({"app", "database"}),
    "lag-never-ends": frozenset({"app", "database", "commits"}),
    "lag-jumps-back": frozenset({"app", "database", "commits", "lasts"}),
    "transfer-fails": OF_DATABASE | {"percent"},
    "transfer-hangs": OF_DATABASE | {"percent"},
    "maintenance-slips": OF_DATABASE,
}
"""Kind to the keys it takes."""


class FaultRule(BaseModel):
    """One rule, as written."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    kind: Kind
    method: str = "*"
    path: str = "*"
    app: str = "*"
    database: str = "*"
    release: str = "*"
    skip: int = Field(default=0, ge=0)
    times: int | None = Field(default=None, gt=0)
    chance: float = Field(default=1.0, gt=0, le=1)
    when: Literal["before", "after"] = "before"
    status: int = Field(default=503, ge=400, le=599)
    retry_after: int | None = Field(default=None, ge=0)
    body: str | None = None
    delay: Duration = "5s"
    closed_for: Duration = "2s"
    age: Duration = "30s"
    percent: float = Field(default=50.0, ge=0, lt=100)
    commits: int = Field(default=300, gt=0)
    lasts: Duration = "60s"
    requests: int = Field(default=100, ge=0)

    @model_validator(mode="after")
    def _check_keys(self) -> Self:
        foreign = sorted(self.model_fields_set - KEYS[self.kind] - {"kind"})
        if foreign:
            known = ", ".join(sorted(KEYS[self.kind]))
            raise ValueError(f"{self.kind} has no {', '.join(foreign)}; it takes {known}")
        return self


def add_fault(world: World, rule: FaultRule) -> Fault:
    """Put the rule into force."""
    values = rule.model_dump()
    for key in ("delay", "closed_for", "age", "lasts"):
        values[key] = seconds(values[key])
    fault = Fault(id=world.faults.next_id(), **values)
    world.faults.rules.append(fault)
    if fault.kind == "quota":
        world.account.requests_left = float(fault.requests)
        world.account.enforce_rate_limit = True
    return fault


def remove_faults(world: World, fault_id: str | None = None) -> int:
    """Take out the rule with that id, or all; how many there were.

    With the last `quota` rule the rate limit is off again; a bucket it emptied is full.
    """
    rules = world.faults.rules
    gone = [fault for fault in rules if fault_id in {None, fault.id}]
    world.faults.rules = [fault for fault in rules if fault not in gone]
    left = any(fault.kind == "quota" for fault in world.faults.rules)
    if any(fault.kind == "quota" for fault in gone) and not left:
        world.account.enforce_rate_limit = False
        world.account.requests_left = float(world.account.requests_per_hour)
    return len(gone)
