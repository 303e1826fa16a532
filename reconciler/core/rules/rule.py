"""What a rule is, and what it is asked about.

A rule is a value: a stable id, one sentence, where that was read and when, how sure it is, which ways of making a
change it speaks of, and a check. The check gives None where the rule does not apply, and otherwise what it
applies to in this case, in a few words (an empty text where the sentence says it all).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from reconciler.core.catalogue import GIGABYTE
from reconciler.core.counting import gigabytes
from reconciler.core.desired import names_of
from reconciler.core.plan import (
    AppChange,
    FollowerMissing,
    Reason,
    Refresh,
    ServicePlanChange,
    VersionChange,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from reconciler.core.catalogue import Catalogue, ServicePlan, TierName
    from reconciler.core.desired import DesiredDatabase
    from reconciler.core.names import AppName, ServicePlanName
    from reconciler.core.observed import ObservedDatabase, Snapshot, SpaceKind
    from reconciler.core.plan import Change, MethodName

Confidence = Literal["stated", "inferred", "choice"]
"""The source says so; it follows from what sources say; it is this tool's own choice."""

Kind = Literal["stop", "limit", "preference", "warning", "redo"]
"""Forbids a method; forbids one that is possible otherwise; speaks for it; is to be known before saying yes; is left for the operator to do."""

Way = Literal["addons-upgrade", "pg-upgrade", "follower-switch", "pg-copy", "around"]
"""The methods, and what needs none: the primary stays, things around it change."""

METHODS: tuple[MethodName, ...] = ("addons-upgrade", "pg-upgrade", "follower-switch", "pg-copy")
"""In the vendor's order of preference."""


@dataclass(frozen=True)
class Situation:
    """One database that is to change, and everything that a rule may look at."""

    desired: DesiredDatabase
    observed: ObservedDatabase
    changes: tuple[Change, ...]
    snapshot: Snapshot
    catalogue: Catalogue
    way: Way = "around"
    """How the change would be made."""
    later_version: VersionChange | None = None
    """A newer version that is wanted too and takes a plan of its own, after this one."""
    supposed: frozenset[str] = frozenset()
    """The fields of `desired` that no file asks for, but --what-if."""

    def by(self, way: Way) -> Situation:
        """The same, with the change made by `way`."""
        return replace(self, way=way)

    @property
    def primary(self) -> ObservedDatabase:
        """The database as it was seen."""
        return self.observed

    @cached_property
    def before(self) -> ServicePlan | None:
        """The plan that serves, if the catalogue knows it."""
        return self.catalogue.get(self.observed.serving_plan or self.observed.service_plan)

    @cached_property
    def after(self) -> ServicePlan | None:
        """The plan that is wanted, if the catalogue knows it."""
        return self.catalogue.get(self.desired.service_plan)

    @property
    def tiers(self) -> tuple[TierName | None, TierName | None]:
        """The tier before and the one after; None where the plan is unknown."""
        return (
            self.before.tier if self.before else None,
            self.after.tier if self.after else None,
        )

    @cached_property
    def owner(self) -> AppName:
        """The app that is to own the database."""
        return self.desired.app if self.is_move else self.observed.app

    @cached_property
    def left_app(self) -> AppName | None:
        """The app that the database moves away from; None where it does not, or where that app is still listed.

        Its names are left as they are: nobody wants them to lead to the new primary.
        """
        listed = {app for app, _ in names_of(self.desired)}
        return self.observed.app if self.is_move and self.observed.app not in listed else None

    @cached_property
    def space(self) -> SpaceKind:
        """Where the app runs that is to own it."""
        return self.space_of(self.owner)

    def space_of(self, app_name: AppName) -> SpaceKind:
        """Where an app runs; the Common Runtime unless a space was seen."""
        app = self.snapshot.app(app_name)
        return app.space if app else "common"

    def region_of(self, app_name: AppName) -> str:
        """Where an app runs, in Heroku's words such as `us` or `virginia`; empty when it was not seen."""
        app = self.snapshot.app(app_name)
        return app.region if app else ""

    @property
    def size_gb(self) -> float | None:
        """How much data there is."""
        size = self.observed.data_size_bytes
        return None if size is None else size / GIGABYTE

    @property
    def is_plan_change(self) -> bool:
        """Whether the service plan is to be another."""
        return any(isinstance(one, ServicePlanChange) for one in self.changes)

    @cached_property
    def is_move(self) -> bool:
        """Whether it is to belong to another app."""
        return any(isinstance(one, AppChange) for one in self.changes)

    @property
    def is_refresh(self) -> bool:
        """Whether the database is to be renewed for its age."""
        return any(isinstance(one, Refresh) for one in self.changes)

    @property
    def version_change(self) -> VersionChange | None:
        """The wanted change of the major version, if there is one."""
        return next((one for one in self.changes if isinstance(one, VersionChange)), None)

    @property
    def needs_method(self) -> bool:
        """Whether the primary itself is to change; otherwise only things around it are."""
        is_elsewhere = self.is_refresh or self.is_move
        return self.is_plan_change or is_elsewhere or self.version_change is not None

    @cached_property
    def new_followers(self) -> tuple[tuple[AppName, ServicePlanName], ...]:
        """Where and on which plan followers are created: those missing, or all behind a new primary."""
        if self.way in COPYING:
            return tuple((one.app, one.service_plan) for one in self.desired.followers)
        return tuple((one.app, one.service_plan) for one in self.missing_followers)

    @cached_property
    def missing_followers(self) -> tuple[FollowerMissing, ...]:
        """The followers that are to be created in any case."""
        return tuple(one for one in self.changes if isinstance(one, FollowerMissing))

    @cached_property
    def live_followers(self) -> tuple[ObservedDatabase, ...]:
        """The followers that were read."""
        found = (self.snapshot.database(one) for one in self.observed.followers)
        return tuple(one for one in found if one is not None)

    @property
    def unnamed_followers(self) -> int:
        """How many followers it has beside those that could be named: no app that was looked at knows them."""
        return max((self.observed.follower_count or 0) - len(self.observed.followers), 0)

    def with_unnamed(self, named: Iterable[str]) -> str | None:
        """The followers in `named`, and how many there are that could not be named; None where there are none."""
        more = self.unnamed_followers
        unnamed = [f"{more} more that could not be named"] if more else []
        return ", ".join([*named, *unnamed]) or None


@dataclass(frozen=True, slots=True)
class Rule:
    """One sentence that decides or warns; see the module."""

    id: str
    kind: Kind
    ways: tuple[Way, ...]
    sentence: str
    """Without a full stop."""
    source: str
    date: str
    """Of the source's text, as precisely as it says; empty when it does not."""
    confidence: Confidence
    check: Callable[[Situation], str | None]
    wish: str = ""
    """The field of the desired database that it is about; empty: about no single one."""
    supposed_sentence: str = ""
    """The sentence where that wish is only supposed."""

    def finding(self, situation: Situation) -> Reason | None:
        """What the rule says of `situation`; None when it does not apply."""
        detail = self.check(situation)
        if detail is None:
            return None
        sentence = self.supposed_sentence if self.wish in situation.supposed else self.sentence
        return Reason(text=f"{sentence} ({detail})" if detail else sentence, rule=self.id)


def applies(condition: bool, detail: str = "") -> str | None:  # noqa: FBT001  # it is what the name asks for
    """`detail` when `condition` holds, else None: the usual ending of a check."""
    return detail if condition else None


def is_tier(plan: ServicePlan | None, *tiers: str) -> bool:
    """Whether `plan` is known and of one of `tiers`."""
    return plan is not None and plan.tier in tiers


def above(size_gb: float, limit_gb: int) -> str:
    """A size that is more than `limit_gb`, also where rounding hides it: `66.14 GB`, `more than 64 GB`."""
    shown = gigabytes(size_gb)
    return f"more than {shown}" if shown == gigabytes(limit_gb) else shown


COMMON = ("standard", "premium")
OLD_PRODUCTION = ("legacy-production", "legacy-standard", "legacy-premium", "legacy-enterprise")
LEGACY = ("legacy-essential", *OLD_PRODUCTION)
EVERY_METHOD: tuple[Way, ...] = METHODS
EVERY_WAY: tuple[Way, ...] = (*METHODS, "around")
COPYING: tuple[Way, ...] = ("follower-switch", "pg-copy")
"""The methods that end on another add-on."""
STOPPING: tuple[Way, ...] = ("pg-upgrade", *COPYING)
"""The methods that stop every dyno of the apps meanwhile."""
CHANGING_PLAN: tuple[Way, ...] = ("addons-upgrade", *COPYING)
"""The methods that lead to another service plan."""
