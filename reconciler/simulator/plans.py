"""What the stand-in knows about Heroku's plans: the shipped catalogue, seen as the API shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from reconciler.catalogue import load_catalogue

if TYPE_CHECKING:
    from reconciler.core.catalogue import Tier

    Feature = Literal[
        "fork",
        "follow",
        "ha",
        "custom_credentials",
        "connection_pooling",
        "maintenance_window",
        "data_links",
        "pgbackups",
    ]

SERVICE = "heroku-postgresql"
GIGABYTE = 2**30
"""As Heroku counts: `66.1 GB` stands beside 71,015,181,459 bytes."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One service plan. Sizes in bytes, price in cents a month; None: no source knows."""

    name: str
    tier: str
    size: str
    storage_bytes: int | None
    connections: int | None
    cents: int | None
    sold: bool
    features: Tier | None = None
    """What the catalogue says of its tier; None for a withdrawn one."""

    def offers(self, feature: Feature) -> bool:
        """Whether plans of its tier have that; what no source says counts as had."""
        return self.features is None or getattr(self.features, feature) is not False

    @property
    def needs_space(self) -> bool:
        """Whether it lives in a Private Space only."""
        return self.features is not None and "common" not in self.features.networked_in

    @property
    def full_name(self) -> str:
        """`heroku-postgresql:standard-0`."""
        return f"{SERVICE}:{self.name}"

    @property
    def is_essential(self) -> bool:
        """Whether it is shared: no followers, pooling, credentials or windows."""
        return self.tier == "essential"

    @property
    def human_name(self) -> str:
        """`Standard 0`."""
        return self.name.replace("-", " ").title()


@dataclass(frozen=True, slots=True)
class PlanBook:
    """All plans by name, the rules between them and the versions that can be had."""

    plans: dict[str, Plan]
    upgrade_tiers: dict[str, tuple[str, ...]]
    """Tier to the tiers that a plan change may lead to."""
    least_follower: dict[str, str]
    """Leader size to the smallest follower size."""
    sizes: tuple[str, ...]
    """Sizes from small to large."""
    versions: tuple[int, ...]
    """Major versions that can be provisioned, newest first."""

    def get(self, name: str) -> Plan | None:
        """The plan called `standard-0` or `heroku-postgresql:standard-0`."""
        return self.plans.get(name.removeprefix(f"{SERVICE}:"))

    def __getitem__(self, name: str) -> Plan:
        return self.plans[name]

    def rank(self, size: str) -> int | None:
        """Where `size` stands among the sizes; None when it is not one of them."""
        return self.sizes.index(size) if size in self.sizes else None


def load_plan_book() -> PlanBook:
    """The shipped catalogue as a plan book; reading it takes some ten milliseconds."""
    catalogue = load_catalogue()
    plans = {
        plan.name: Plan(
            name=plan.name,
            tier=plan.tier,
            size=plan.size or "",
            storage_bytes=plan.storage_bytes,
            connections=plan.connection_limit,
            cents=plan.price_cents_month,
            sold=plan.is_sold and plan.tier != "advanced",
            features=catalogue.tier(plan),
        )
        for plan in catalogue.plans
    }
    return PlanBook(
        plans={str(name): plan for name, plan in plans.items()},
        upgrade_tiers={
            name: tuple(str(other) for other in tier.addons_upgrade_to)
            for name, tier in catalogue.tiers.items()
        },
        least_follower=dict(catalogue.least_follower_sizes),
        sizes=catalogue.sizes,
        versions=catalogue.supported_versions,
    )
