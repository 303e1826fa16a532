"""Whether one plan is still what planning gives, and if not, in which databases and how."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from reconciler.core.names import DatabaseName
    from reconciler.core.plan import DatabasePlan, Plan
    from reconciler.core.steps import Step

Standing = Literal["to change", "blocked", "converging", "not read", "unchanged", "not listed"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One database of which two plans say something else."""

    name: DatabaseName
    was: Standing
    now: Standing
    why: str
    """What the newer plan says of it, where it is not to change: the reason, the note."""
    before: DatabasePlan | None
    after: DatabasePlan | None

    @property
    def fields(self) -> tuple[str, ...]:
        """The keys in which the two differ, when it is to change in both."""
        if self.before is None or self.after is None:
            return ()
        old, new = dict(self.before), dict(self.after)
        return tuple(key for key in old if old[key] != new[key])


def differences(committed: Plan, fresh: Plan) -> tuple[Difference, ...]:
    """Where `fresh` has something else to do than `committed`, or can no longer do it; sorted by name.

    What neither changes plays no part: a database that joined the files and is as wanted, what waits for retirement.
    """
    old = {one.name: one for one in committed.databases}
    new = {one.name: one for one in fresh.databases}
    was, now = _standings(committed), _standings(fresh)
    blocked = {one.name for one in fresh.blocked} - {one.name for one in committed.blocked}
    return tuple(
        Difference(
            name=name,
            was=was.get(name, ("not listed", ""))[0],
            now=now.get(name, ("not listed", ""))[0],
            why=now.get(name, ("not listed", ""))[1],
            before=old.get(name),
            after=new.get(name),
        )
        for name in sorted(old.keys() | new.keys() | blocked)
        if name in blocked or old.get(name) != new.get(name)
    )


def _standings(plan: Plan) -> dict[DatabaseName, tuple[Standing, str]]:
    found: dict[DatabaseName, tuple[Standing, str]] = {}
    found |= dict.fromkeys(plan.unchanged, ("unchanged", ""))
    found |= {one.name: ("converging", one.note) for one in plan.converging}
    found |= {one.name: ("blocked", one.reason) for one in plan.blocked}
    found |= {one.name: ("not read", one.reason) for one in plan.unknown}
    found |= {one.name: ("to change", "") for one in plan.databases}
    return found


def first_other_step(
    before: DatabasePlan, after: DatabasePlan
) -> tuple[int, Step | None, Step | None] | None:
    """The number of the first step that is another one, from 1, with both; None when all are the same."""
    old = [step for stage in before.stages for step in stage.steps]
    new = [step for stage in after.stages for step in stage.steps]
    for number in range(max(len(old), len(new))):
        left = old[number] if number < len(old) else None
        right = new[number] if number < len(new) else None
        if left != right:
            return number + 1, left, right
    return None
