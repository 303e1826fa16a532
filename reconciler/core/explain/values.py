"""What there is to say of one database: every method side by side, and what would flip the choice."""

from __future__ import annotations

from typing import Literal

from reconciler.core.frozen import Frozen
from reconciler.core.names import AddonName, AppName, DatabaseName, ServicePlanName
from reconciler.core.plan import Change, Estimate, MethodName, Money, Reason

Standing = Literal["to change", "blocked", "converging", "unchanged", "not read"]
Verdict = Literal["chosen", "possible", "over the limit", "not possible"]
"""`over the limit`: nothing forbids it but the `max_downtime` of the desired state."""


class AppImpact(Frozen):
    """What one app notices of a method."""

    app: AppName
    names: tuple[str, ...]
    """The names on it that are touched, sorted."""
    is_closed: bool
    """Put into maintenance mode by us."""
    is_closed_already: bool
    """In maintenance mode when it was looked at."""
    restarts: bool
    runs_release: bool
    """Whether a release command runs at each of its restarts."""
    downtime: Estimate
    """How long what it writes to the primary fails."""


class Option(Frozen):
    """One method, or `None` for changes that need none. What a rule stops has no estimates."""

    method: MethodName | None
    verdict: Verdict
    forbidden_by: tuple[Reason, ...]
    because: tuple[Reason, ...]
    """What speaks for it."""
    preparation: Estimate | None = None
    downtime: Estimate | None = None
    money: Money | None = None
    keep_old_primary: str = ""
    """How long what it replaces goes on costing; empty when it replaces nothing."""
    undo_until: str = ""
    back_out: str = ""
    apps: tuple[AppImpact, ...] = ()
    warnings: tuple[str, ...] = ()
    redo: tuple[str, ...] = ()


class Flip(Frozen):
    """One thing that, were it otherwise, would make the choice another one. Found by trying."""

    condition: str
    """`more than 20 GB of data`."""
    what_if: str
    """A value of `--what-if` that shows it: `size=20.01GB`."""
    method: MethodName | None
    """What would be chosen then; None: nothing could be done."""
    reason: str = ""
    """Why nothing could be done; empty when something could."""


class Explanation(Frozen):
    """Everything about how one database gets to what is wanted."""

    name: DatabaseName
    app: AppName
    attachment: str
    endpoint: str
    notes: tuple[str, ...] = ()
    """What is to be known about how it was made."""
    what_if: tuple[str, ...] = ()
    """The suppositions under which all the rest holds, as they were given."""
    really: str = ""
    """What is chosen without them, in a few words; empty where there are none."""
    standing: Standing
    note: str = ""
    """Why it is blocked, on its way or not read."""
    addon: AddonName | None = None
    service_plan: ServicePlanName | None = None
    """The plan that serves now."""
    wanted_plan: ServicePlanName
    another_plan: ServicePlanName | None = None
    """Of a database that is as wanted: the next larger plan of its tier, or smaller, to suppose instead."""
    version: int | None = None
    size_gb: float | None = None
    changes: tuple[Change, ...] = ()
    method: MethodName | None = None
    because: tuple[Reason, ...] = ()
    options: tuple[Option, ...] = ()
    """In the order of preference."""
    flips: tuple[Flip, ...] = ()
