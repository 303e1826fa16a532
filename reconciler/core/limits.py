"""How much a plan may do at once, who may go beyond it and until when, and when nothing is cut over.

Written in `reconcile.toml`, carried in the plan, judged in `safety` by the day on which it is applied:

```toml
[limits]
most_changes = 20          # databases that one plan changes
most_percent = 10          # of the fleet, from 10 databases on
most_downtime = "10m"      # the upper estimate of each database
most_extra_dollars = 500   # a month, all changes together
plan_max_age = "24h"       # of a plan file when apply begins with it
at_once = 40               # databases worked on at the same time
at_once_per_app = 1        # of those that touch the same app
at_once_per_label = { team = 2 }   # of those with the same value of a label

[[waiver]]                 # this database may go beyond this limit, until and on this day
limit = "most_downtime"
database = "legacy"
until = 2026-12-31
reason = "agreed with the team: one copy, at night"

[[freeze]]                 # no cutover begins from then until the end of that day
from = 2026-12-20
until = 2027-01-03
reason = "Christmas business"
```

A waiver is a table of its own, so that each has its reason beside it and one line of a pull request adds or ends it.
For the limits that count (`most_changes`, `most_percent`, `most_extra_dollars`) the waived database is not counted.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, model_validator

from reconciler.core.described import Described
from reconciler.core.durations import DurationField
from reconciler.core.frozen import Frozen
from reconciler.core.names import DatabaseName

LimitName = Literal[
    "most_changes", "most_percent", "most_downtime", "most_extra_dollars", "nothing_destroyed"
]
"""`nothing_destroyed` always holds and is no key of `[limits]`: only a retirement destroys."""


def _is_none(value: object) -> bool:
    return value is None


def _is_empty(value: dict[str, int]) -> bool:
    return not value


class Limits(Described):
    """How much one plan may do; what is left out may be as much as it takes."""

    most_changes: Annotated[int, Field(ge=0)] | None = None
    """Databases that one plan may change."""
    most_percent: Annotated[int, Field(ge=0, le=100)] | None = None
    """Percent of all listed databases that one plan may change; judged from 10 databases on."""
    most_downtime: DurationField | None = None
    """How long a database may be down, by its upper estimate; no known bound is too long."""
    most_extra_dollars: Annotated[int, Field(ge=0)] | None = None
    """US dollars that a month may cost more, all changes together; an unknown price is too much."""
    plan_max_age: DurationField | None = Field(default=None, exclude_if=_is_none)
    """How old a plan file may be when apply begins with it, such as "24h", by Heroku's clock."""
    at_once: Annotated[int, Field(ge=1)] | None = Field(default=None, exclude_if=_is_none)
    """Databases that are worked on at the same time, over all machines that share their state."""
    at_once_per_app: Annotated[int, Field(ge=1)] | None = Field(default=None, exclude_if=_is_none)
    """Databases that are worked on at the same time and touch the same app."""
    at_once_per_label: dict[str, Annotated[int, Field(ge=1)]] = Field(
        default_factory=dict, exclude_if=_is_empty
    )
    """Databases that are worked on at the same time and have the same value of a label, such as { team = 2 }."""


class Waiver(Described):
    """Leave for one database to go beyond one limit, until a day."""

    limit: LimitName
    """The limit: a key of [limits], or nothing_destroyed."""
    database: DatabaseName
    """The logical name of the database that may."""
    until: dt.date
    """The last day, UTC, on which it counts."""
    reason: Annotated[str, Field(min_length=1)]
    """Why; it stands in the plan."""


class Freeze(Frozen):
    """A time in which no cutover begins."""

    begins: AwareDatetime
    ends: AwareDatetime
    """The first moment after it."""
    reason: str

    @model_validator(mode="after")
    def _is_a_span(self) -> Freeze:
        if self.ends <= self.begins:
            raise ValueError("ends before it begins.")
        return self


class Safety(Frozen):
    """What guards a plan: what it needs to be judged, and nothing of the day on which it is made."""

    limits: Limits = Limits()
    waivers: tuple[Waiver, ...] = ()
    """Sorted."""
    freezes: tuple[Freeze, ...] = ()
    """Sorted by their beginning."""
    fleet_size: int = 0
    """All listed databases, also those that the plan does not speak of."""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to guard by."""
        return self == Safety()


def sorted_waivers(waivers: tuple[Waiver, ...]) -> tuple[Waiver, ...]:
    """In the order of database, limit and day; each once."""
    key = {(one.database, one.limit, one.until, one.reason): one for one in waivers}
    return tuple(key[each] for each in sorted(key))


def sorted_freezes(freezes: tuple[Freeze, ...]) -> tuple[Freeze, ...]:
    """In the order of their beginning; each once."""
    key = {(one.begins, one.ends, one.reason): one for one in freezes}
    return tuple(key[each] for each in sorted(key))
