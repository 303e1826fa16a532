"""Who works on which database, and how many are worked on at once.

A lease is the right to work on one database. It is asked for before anything is looked at, checked right before every
write, and given back with the outcome. Where several machines share their state, a lease whose holder has died can be
taken over by another; the old holder then finds out at its next write, which is not sent.

Apart from it a cutover reserves every app that it closes: two cutovers never close and open the same app.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from reconciler.apply.outcome import Outcome, State
    from reconciler.core.limits import Limits
    from reconciler.core.names import AppName, DatabaseName
    from reconciler.core.plan import DatabasePlan


@dataclass(frozen=True, slots=True)
class Work:
    """One database to be worked on, and what counts against the limits."""

    name: DatabaseName
    apps: tuple[AppName, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Claim:
    """The answer to asking for a lease."""

    answer: Literal["granted", "busy", "settled"]
    """`settled`: while this run waited, another one came to an end with it that is not success."""
    text: str = ""
    """Who has it since when, or which limit is reached; for `settled` how it ended."""
    state: State = "pending"
    """For `settled`: the outcome there."""


class Leases(Protocol):
    """Leases of one plan's databases."""

    poll_s: float | None
    """How often to ask again for what is busy; None: only an end of our own can free anything."""

    async def claim(self, works: Sequence[Work]) -> dict[DatabaseName, Claim]:
        """Ask for all of `works` at once; earlier ones come first where there is not room for all.

        Raises:
            StateError: the leases cannot be read or written.
        """

    async def release(self, name: DatabaseName, outcome: Outcome) -> None:
        """Give the lease back and tell how it ended.

        Raises:
            StateError: it could not be told; the lease ends by itself.
        """

    async def reserve(
        self, name: DatabaseName, apps: Sequence[AppName], wait: Callable[[str], None]
    ) -> None:
        """Return once all of `apps` are reserved for the cutover of `name`, all of them or none.

        `wait` is told who has them before each waiting; what it raises ends the waiting.
        """

    async def give_back(self, name: DatabaseName, *, is_cutting_over: bool) -> None:
        """End the reservation, unless the cutover has not come to its end: whoever finishes it inherits it."""

    def check(self, name: DatabaseName) -> None:
        """Return if the lease is ours for the next few seconds. Called right before a write.

        Raises:
            LeaseLostError: it is not, or nobody can tell.
        """

    def is_failing(self, name: DatabaseName) -> bool:
        """Whether the lease will be lost soon, while there is still time to take back what can be taken back."""


def work_of(plan: DatabasePlan) -> Work:
    """What counts against the limits while `plan` is worked on."""
    return Work(plan.name, plan.blast_radius.apps or (plan.app,), plan.labels)


def why_no_room(work: Work, others: Iterable[Work], limits: Limits) -> str:
    """The limit that keeps `work` waiting while `others` are worked on, in words; empty when there is room."""
    held = [one for one in others if one.name != work.name]
    if limits.at_once is not None and len(held) >= limits.at_once:
        return f"{len(held)} databases are worked on; [limits] at_once is {limits.at_once}"
    if limits.at_once_per_app is not None:
        for app in work.apps:
            count = sum(app in one.apps for one in held)
            if count >= limits.at_once_per_app:
                return (
                    f"{count} databases of {app} are worked on; "
                    f"[limits] at_once_per_app is {limits.at_once_per_app}"
                )
    for label, most in sorted(limits.at_once_per_label.items()):
        value = work.labels.get(label)
        count = sum(one.labels.get(label) == value for one in held)
        if value is not None and count >= most:
            return (
                f"{count} databases with {label} = {value} are worked on; "
                f"[limits] at_once_per_label.{label} is {most}"
            )
    return ""


class LeasesHere:
    """Leases for one process that has its state to itself: they bound, they can not be lost."""

    poll_s: float | None = None

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._held: dict[DatabaseName, Work] = {}
        self._reserved: dict[AppName, DatabaseName] = {}
        self._given_back = asyncio.Condition()

    async def claim(self, works: Sequence[Work]) -> dict[DatabaseName, Claim]:
        """Grant what there is room for."""
        return {work.name: self._claim(work) for work in works}

    def _claim(self, work: Work) -> Claim:
        why = why_no_room(work, self._held.values(), self._limits)
        if why:
            return Claim("busy", why)
        self._held[work.name] = work
        return Claim("granted")

    async def release(self, name: DatabaseName, outcome: Outcome) -> None:
        """Make room."""
        del outcome  # the journal has it; nobody else asks here
        self._held.pop(name, None)

    async def reserve(
        self, name: DatabaseName, apps: Sequence[AppName], wait: Callable[[str], None]
    ) -> None:
        """Wait for the end of every cutover that has one of `apps`."""
        async with self._given_back:
            while others := sorted({self._reserved[app] for app in apps if app in self._reserved}):
                wait(f"{', '.join(others)} has its cutover first")
                await self._given_back.wait()
            self._reserved.update(dict.fromkeys(apps, name))

    async def give_back(self, name: DatabaseName, *, is_cutting_over: bool) -> None:
        """End the reservation; what was cut off is finished by the next process before all else."""
        del is_cutting_over
        async with self._given_back:
            self._reserved = {app: one for app, one in self._reserved.items() if one != name}
            self._given_back.notify_all()

    def check(self, name: DatabaseName) -> None:
        """Nobody else can have it: the folder is locked for this process."""

    def is_failing(self, name: DatabaseName) -> bool:
        """Never, as above."""
        del name
        return False
