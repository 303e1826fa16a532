"""What is known about Heroku's service plans, as values with their sources; the facts are shipped as data.

Facts change and logic should not, so everything here is a look-up. A field that is None is unknown: never zero,
never "no". What follows from two unknowns is unknown too, and so some answers are `bool | None`.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from reconciler.core.frozen import Frozen
from reconciler.core.names import ServicePlanName

if TYPE_CHECKING:
    from collections.abc import Iterable

SERVICE = "heroku-postgresql"
GIGABYTE = 2**30
"""Heroku's GB, of data as of disk: `66.1 GB / 64 GB (103.28%)` stands beside 71,015,181,459 bytes.

Source: outputs of `pg:info` in public repositories.
"""
PLAN_NAME = re.compile(
    r"(?P<tier>essential|standard|premium|private|shield)-(?P<size>(?:x?l-)?(?P<number>\d+))"
)
"""How plans that are sold are called."""
_ALIKE = 0.6
"""Least likeness (1 is the same) of a name worth proposing."""

TierName = Literal[
    "essential",
    "standard",
    "premium",
    "private",
    "shield",
    "advanced",
    "legacy-essential",
    "legacy-production",
    "legacy-standard",
    "legacy-premium",
    "legacy-enterprise",
]
PlanStatus = Literal["available", "pilot", "eol"]
PriceConfidence = Literal["official", "fixture", "third-party", "historic"]


class Source(Frozen):
    """Where a fact was read, and the day its text dates from, as precisely as it says."""

    title: str
    address: str
    date: str | None = None


class Tier(Frozen):
    """What every plan of a tier can do."""

    fork: bool | None = None
    follow: bool | None = None
    rollback_days: int | None = None
    ha: bool | None = None
    encryption_at_rest: bool | None = None
    customer_key: bool | None = None
    custom_credentials: bool | None = None
    connection_pooling: bool | None = None
    maintenance_window: bool | None = None
    """Whether a weekly window can be set, and a maintenance be run by hand."""
    data_links: bool | None = None
    pgbackups: bool | None = None
    """Whether logical backups work, and with them the server-side copy."""
    downtime_tolerance_minutes_per_month: int | None = None
    networked_in: tuple[Literal["common", "private", "shield"], ...] = ()
    addons_upgrade_to: tuple[TierName, ...]
    """Tiers that a change by PATCH of the add-on may lead to, its own included."""
    source: tuple[str, ...]
    as_of: dt.date


class ServicePlan(Frozen):
    """One service plan, sold or withdrawn."""

    name: ServicePlanName
    tier: TierName
    size: str | None = None
    """The part of the name that says how big: `4`, `xl-6`."""
    vcpu: int | None = None
    ram_gb: float | None = None
    storage_gb: int | None = None
    storage_confidence: Literal["inferred"] | None = None
    piops: int | None = None
    connection_limit: int | None = None
    """As published; the live database knows better."""
    connection_limits_also_seen: tuple[int, ...] = ()
    row_limit: int | None = None
    price_cents_month: int | None = None
    """US cents, the most a month costs; list price."""
    price_confidence: PriceConfidence | None = None
    price_as_of: dt.date | None = None
    status: PlanStatus = "available"
    renamed_to: ServicePlanName | None = None
    successor: ServicePlanName | None = None
    """What Heroku replaced it by, for a withdrawn plan."""
    source: tuple[str, ...]
    as_of: dt.date

    @property
    def full_name(self) -> str:
        """As the API says it: `heroku-postgresql:standard-0`."""
        return f"{SERVICE}:{self.name}"

    @property
    def is_sold(self) -> bool:
        """Whether a new database can have it."""
        return self.status == "available"

    @property
    def is_essential(self) -> bool:
        """Whether it is of the shared tier: no followers, poolers, credentials or windows."""
        return self.tier == "essential"

    @property
    def storage_bytes(self) -> int | None:
        """Disk, in bytes."""
        return None if self.storage_gb is None else self.storage_gb * GIGABYTE


_STATES: dict[str, PlanStatus] = {
    "alpha": "pilot",
    "beta": "pilot",
    "ga": "available",
    "public": "available",
    "shutdown": "eol",
}
"""Source: heroku/platform-api schema.json, states of plans and add-on services. Any other says nothing to us."""


@dataclass(frozen=True, slots=True)
class LivePlan:
    """What Heroku's own list says of a plan now."""

    name: ServicePlanName
    price_cents_month: int | None
    """None: not told, or in another unit than a month."""
    is_negotiated: bool
    """Whether the price is a contract's; without cents it is not told then."""
    state: str


class PseudoPlan(Frozen):
    """A name that stands where a plan's would, and is none."""

    name: str
    meaning: str
    """Goes on from "… is not a plan: "."""
    instead: ServicePlanName | None = None
    source: tuple[str, ...]


class PostgresVersion(Frozen):
    """One major version of PostgreSQL."""

    major: int
    status: Literal["supported", "deprecated", "eol"]
    is_default: bool = False
    available_since: dt.date | None = None
    not_provisionable_since: dt.date | None = None
    end_of_life: dt.date | None = None
    source: tuple[str, ...]
    as_of: dt.date


@dataclass(frozen=True)
class Catalogue:
    """All of it. Plans, sizes and versions stand in the order of the file: small to large, new to old."""

    as_of: dt.date
    plans: tuple[ServicePlan, ...]
    tiers: dict[TierName, Tier]
    """Without the withdrawn tiers, of which too little is known."""
    sizes: tuple[str, ...]
    """Of the tiers that share them, from small to large."""
    least_follower_sizes: dict[str, str]
    """Leader's size to the smallest that may follow it; absent: unknown."""
    caught_up_commits: int
    """A follower counts as caught up within so many commits of its leader."""
    pseudo_plans: dict[str, PseudoPlan]
    versions: tuple[PostgresVersion, ...]
    sources: dict[str, Source]

    @cached_property
    def _by_name(self) -> dict[str, ServicePlan]:
        return {plan.name: plan for plan in self.plans}

    def get(self, name: str) -> ServicePlan | None:
        """The plan called `standard-0` or `heroku-postgresql:standard-0`."""
        return self._by_name.get(bare(name))

    def nearest(self, name: str, *, count: int = 3) -> tuple[ServicePlanName, ...]:
        """Up to `count` plans on sale whose names look most like `name` in small letters, the likeliest first."""
        matcher = SequenceMatcher(b=bare(name.lower()))
        likeness: dict[ServicePlanName, float] = {}
        for plan in self.plans:
            if plan.is_sold and plan.tier != "advanced":
                matcher.set_seq1(plan.name)
                likeness[plan.name] = matcher.ratio()
        near = [each for each in likeness if likeness[each] >= _ALIKE]
        return tuple(sorted(near, key=lambda each: -likeness[each])[:count])

    def tier(self, plan: ServicePlan) -> Tier | None:
        """What `plan`'s tier can do; None for a withdrawn tier."""
        return self.tiers.get(plan.tier)

    def size_rank(self, plan: ServicePlan) -> int | None:
        """Where `plan` stands among the sizes of its tier, from 0; None when sizes say nothing of it.

        Standard, Premium, Private and Shield share one ladder, Essential has its own.
        """
        if plan.size is None:
            return None
        ladder = self.sizes
        if plan.is_essential:
            ladder = tuple(each.size for each in self.plans if each.is_essential and each.size)
        return ladder.index(plan.size) if plan.size in ladder else None

    def least_follower_size(self, leader: ServicePlan) -> str | None:
        """The smallest size that may follow `leader`; None: not stated (or it cannot be followed)."""
        return self.least_follower_sizes.get(leader.size) if leader.size is not None else None

    def may_follow(self, follower: ServicePlan, leader: ServicePlan) -> bool | None:
        """Whether a `follower` of that size is accepted for `leader`; None: no source says."""
        if not (self._can_be_followed(leader) and self._can_be_followed(follower)):
            return False
        least = self.least_follower_size(leader)
        rank = self.size_rank(follower)
        if least is None or rank is None:
            return None
        return rank >= self.sizes.index(least)

    def with_live(self, live: Iterable[LivePlan]) -> Catalogue:
        """The same with what Heroku's list says now laid over it; what that leaves open stays as shipped.

        A plan that only the list has comes with what follows from its name (`supposed`); one whose name says
        nothing is left out.
        """
        by_name = {one.name: one for one in live}
        plans = [
            _overlaid(plan, by_name[plan.name]) if plan.name in by_name else plan
            for plan in self.plans
        ]
        for name in sorted(by_name.keys() - self._by_name.keys()):
            news = self.supposed(name)
            if news is not None:  # a state that says nothing to us does not say that it is sold
                unsold = news.model_copy(update={"status": "pilot"})
                plans.append(_overlaid(unsold, by_name[name]))
        return replace(self, plans=tuple(plans))

    def supposed(self, name: str) -> ServicePlan | None:
        """A plan that is not in here, as far as its name tells: its tier, and what its size means in others.

        None where the name is not one of a classic tier, or its size can be no new one: sizes are known, or larger
        than all that are. Source: Dev Center heroku-postgres-production-tier-technical-characterization, 2024-09-06
        (a size has the same machine, disk and connections in each tier that shares the sizes).
        """
        found = PLAN_NAME.fullmatch(bare(name))
        if found is None or self.get(name) is not None:
            return None
        tier, size, number = found["tier"], found["size"], int(found["number"])
        same = [one for one in self.plans if (one.tier == "essential") == (tier == "essential")]
        sizes = {one.size for one in same if one.size in self.sizes or tier == "essential"}
        alike = next((one for one in same if one.size == size and one.is_sold), None)
        largest = max((int(one.rpartition("-")[2]) for one in sizes if one), default=0)
        if alike is None and number <= largest:
            return None
        facts = {} if alike is None else alike.model_dump(include=_OF_A_SIZE)
        said = {"name": bare(name), "tier": tier, "size": size, "source": (), "as_of": self.as_of}
        return ServicePlan.model_validate(facts | said)

    def _can_be_followed(self, plan: ServicePlan) -> bool:
        tier = self.tier(plan)
        return tier is not None and tier.follow is True and plan.tier != "advanced"

    def version(self, major: int) -> PostgresVersion | None:
        """What is known of that major version."""
        return next((each for each in self.versions if each.major == major), None)

    @cached_property
    def supported_versions(self) -> tuple[int, ...]:
        """Major versions that a new database can have, newest first."""
        return tuple(each.major for each in self.versions if each.status == "supported")

    @cached_property
    def default_version(self) -> int:
        """The major version that a new database gets when none is named."""
        return next(each.major for each in self.versions if each.is_default)


_OF_A_SIZE = {"vcpu", "ram_gb", "storage_gb", "storage_confidence", "piops", "connection_limit"}
"""What plans of one size have in common."""


def _overlaid(plan: ServicePlan, live: LivePlan) -> ServicePlan:
    news: dict[str, object] = {"status": _STATES.get(live.state, plan.status)}
    if live.price_cents_month is not None:
        news |= {
            "price_cents_month": live.price_cents_month,
            "price_confidence": "official",
            "price_as_of": None,
        }
    elif live.is_negotiated:
        news |= {"price_cents_month": None, "price_confidence": None, "price_as_of": None}
    return plan.model_copy(update=news)


def bare(name: str) -> ServicePlanName:
    """`standard-0` for `heroku-postgresql:standard-0`; any other name unchanged."""
    return ServicePlanName(name.removeprefix(f"{SERVICE}:"))
