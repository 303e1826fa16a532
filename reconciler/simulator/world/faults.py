"""What goes wrong on purpose: rules in the world, asked at the places where Heroku could fail.

A rule says what kind of fault, which requests or things it is about, how often. Whether one strikes depends
on the rule, on how often it was asked before and on the world's seed, so that a run can be repeated.
`fault_rules` reads them, `http.gate` carries out those of requests, the other subjects of the world theirs.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.simulator.world.world import World

REQUEST_KINDS = (
    "refuse",
    "reset",
    "status",
    "rate-limit",
    "slow",
    "truncate",
    "stale",
    "duplicate",
)
ANY = "any"
"""A request fault of a kind that the seed chooses."""
RANDOM_KINDS = ("reset", "status", "rate-limit", "truncate", "duplicate")


@dataclass(slots=True)
class Fault:
    """One rule with its counters. Patterns are of the shell's kind; durations are seconds."""

    id: str
    kind: str
    method: str = "*"
    path: str = "*"
    app: str = "*"
    database: str = "*"
    release: str = "*"
    skip: int = 0
    times: int | None = None
    chance: float = 1.0
    when: str = "before"
    status: int = 503
    retry_after: int | None = None
    body: str | None = None
    delay: float = 5.0
    """Of real time."""
    closed_for: float = 2.0
    """Of real time."""
    age: float = 30.0
    percent: float = 50.0
    commits: int = 300
    lasts: float = 60.0
    requests: int = 100
    seen: int = 0
    """How often it was asked about something that it matches."""
    struck: int = 0
    marks: dict[str, float] = field(default_factory=dict)
    """Database id to what a rule on lag remembers of it: commits where it stopped, or when it showed 0."""


@dataclass(slots=True)
class Faults:
    """All rules of a world, in the order in which they are asked; `made` numbers them."""

    rules: list[Fault] = field(default_factory=list)
    made: int = 0

    def next_id(self) -> str:
        """`fault-1`, `fault-2`, ..."""
        self.made += 1
        return f"fault-{self.made}"


def strike(
    world: World,
    kind: str,
    *,
    app: str = "",
    database: str = "",
    release: str = "",
) -> Fault | None:
    """The rule of that kind that strikes now at that app, add-on name or release; it is counted."""
    for fault in world.faults.rules:
        if (
            fault.kind == kind
            and fnmatchcase(app, fault.app)
            and fnmatchcase(database, fault.database)
            and fnmatchcase(release, fault.release)
            and _falls(world, fault)
        ):
            return fault
    return None


def strike_request(world: World, method: str, path: str) -> Iterator[Fault]:
    """The rules that strike at this request, in their order; each is counted when it is reached."""
    for fault in world.faults.rules:
        if (
            (fault.kind in REQUEST_KINDS or fault.kind == ANY)
            and fnmatchcase(method, fault.method)
            and fnmatchcase(path, fault.path)
            and (fault.kind != "stale" or method == "GET")
            and _falls(world, fault)
        ):
            yield fault


def _falls(world: World, fault: Fault) -> bool:
    """Whether it is this rule's turn: after `skip`, at most `times`, with `chance`."""
    fault.seen += 1
    if fault.seen <= fault.skip or (fault.times is not None and fault.struck >= fault.times):
        return False
    if fault.chance < 1.0 and draw(world, fault, "chance") >= fault.chance:
        return False
    fault.struck += 1
    return True


def draw(world: World, fault: Fault, what: str) -> float:
    """A number from 0 up to 1, the same for the same seed, rule and turn."""
    text = f"{world.mint.seed}/{fault.id}/{what}/{fault.seen}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6]) / 2**48


def drawn_kind(world: World, fault: Fault) -> tuple[str, str]:
    """The kind and the moment (`before` or `after` the effect) of this strike of an `any` rule."""
    kind = RANDOM_KINDS[int(draw(world, fault, "kind") * len(RANDOM_KINDS))]
    return kind, "before" if draw(world, fault, "when") < 0.5 else "after"  # noqa: PLR2004  # a coin
