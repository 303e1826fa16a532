"""What was replaced and has been kept long enough, said beside another plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reconciler.core.plan import Retirement

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.core.names import AddonName
    from reconciler.core.plan import Plan


@dataclass(frozen=True, slots=True)
class RetireFile:
    """A plan that only destroys, made by the same look as another plan."""

    plan: Plan
    path: str
    """Where it was written; empty when there is nothing that may be destroyed."""

    @property
    def addons(self) -> tuple[AddonName, ...]:
        """What it destroys."""
        changes = (change for one in self.plan.databases for change in one.changes)
        return tuple(one.addon for one in changes if isinstance(one, Retirement))


def totals(retire: RetireFile) -> Iterator[str]:
    """What may be destroyed now, in a line; none when nothing may."""
    count = len(retire.addons)
    if count:
        noun = "database" if count == 1 else "databases"
        yield f"{count} replaced {noun} kept long enough: to be destroyed by plan {retire.plan.id}"


def still_read(retire: RetireFile) -> list[str]:
    """What was kept long enough and may not be destroyed, an entry each."""
    return [f"{one.name}: {one.reason}" for one in retire.plan.blocked]


def next_command(retire: RetireFile) -> Iterator[tuple[str, str]]:
    """Where the plan is, and the command that carries it out: two sentences."""
    if retire.path:
        yield (
            f"Plan {retire.plan.id} written to {retire.path}.",
            f"Destroy what it names: reconcile apply {retire.path} --retire",
        )


def nothing_to_do(plan: Plan, retire: RetireFile | None) -> str:
    """What is said instead of a command where `plan` changes nothing; `retire` may be something to do all the same."""
    is_all_well = not (plan.blocked or plan.unknown or plan.converging)
    else_ = " else" if retire is not None and retire.path else ""
    return f"Nothing{else_} to {'do' if is_all_well else 'apply'}."


def document(retire: RetireFile | None) -> dict[str, Any] | None:
    """The same for programs; None when nothing was kept long enough."""
    if retire is None:
        return None
    return {
        "id": retire.plan.id,
        "path": retire.path or None,
        "addons": list(retire.addons),
        "still_read": still_read(retire),
    }
