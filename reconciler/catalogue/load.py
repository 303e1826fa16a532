"""From the shipped `plans.toml` to a `Catalogue`.

The file states the hardware once a size, since four tiers share it; here each plan gets its own copy.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Literal

from pydantic import Field

from reconciler.core.catalogue import (
    Catalogue,
    PostgresVersion,
    PseudoPlan,
    ServicePlan,
    Source,
    Tier,
    TierName,
)
from reconciler.core.frozen import Frozen
from reconciler.errors import TextProblemsError
from reconciler.toml_text import load

SIZED_TIERS: tuple[TierName, ...] = ("standard", "premium", "private", "shield")
"""The tiers whose plans take their hardware from the size in their name."""


SHIPPED = Path(__file__).with_name("plans.toml")


class Size(Frozen):
    """The hardware of one size; field names as in `ServicePlan`."""

    name: str
    vcpu: int
    ram_gb: float
    storage_gb: int
    storage_confidence: Literal["inferred"] | None = None
    piops: int
    connection_limit: int | None = None
    source: tuple[str, ...]
    as_of: dt.date


class Followers(Frozen):
    """Which sizes may follow which."""

    least_size: dict[str, str]
    caught_up_commits: int
    source: tuple[str, ...]


class CatalogueFile(Frozen):
    """`plans.toml` as it is written."""

    as_of: dt.date
    sources: dict[str, Source]
    tiers: dict[TierName, Tier]
    sizes: tuple[Size, ...] = Field(alias="size")
    followers: Followers
    pseudo_plans: tuple[PseudoPlan, ...] = Field(alias="pseudo_plan")
    plans: tuple[ServicePlan, ...] = Field(alias="plan")
    versions: tuple[PostgresVersion, ...] = Field(alias="version")


def load_catalogue() -> Catalogue:
    """The shipped catalogue, read anew each time (about 10 ms): keep it and hand it on."""
    return parse_catalogue(SHIPPED.read_text(encoding="utf-8"))


def parse_catalogue(text: str) -> Catalogue:
    """The catalogue written in `text`.

    Raises:
        TextProblemsError: it is not as `CatalogueFile` says.
    """
    written = load(text, file="plans.toml", model=CatalogueFile, error=TextProblemsError)
    sizes = {size.name: size for size in written.sizes}
    return Catalogue(
        as_of=written.as_of,
        plans=tuple(_with_hardware(plan, sizes) for plan in written.plans),
        tiers=written.tiers,
        sizes=tuple(sizes),
        least_follower_sizes=written.followers.least_size,
        caught_up_commits=written.followers.caught_up_commits,
        pseudo_plans={each.name: each for each in written.pseudo_plans},
        versions=written.versions,
        sources=written.sources,
    )


def _with_hardware(plan: ServicePlan, sizes: dict[str, Size]) -> ServicePlan:
    if plan.tier not in SIZED_TIERS:
        return plan
    size = sizes[plan.size or ""]
    return plan.model_copy(update=size.model_dump(exclude={"name", "source", "as_of"}))
