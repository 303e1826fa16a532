"""Where runs are recorded, as protocols: in this folder, or shared by several machines."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from reconciler.apply.journal import Entry, Journal
    from reconciler.apply.leases import Leases
    from reconciler.apply.ports import Certificates
    from reconciler.core.names import DatabaseName
    from reconciler.core.plan import Phase, Plan


@dataclass(frozen=True, slots=True)
class Holder:
    """Who works on a database."""

    name: str
    """`process 4711 on runner-3`."""
    since: dt.datetime | None
    """None where only one process can hold anything, and does not tell."""
    heard_s: float | None
    """Seconds since it was last heard of; None as above."""

    def __str__(self) -> str:
        """One line for people."""
        since = f" since {self.since:%Y-%m-%d %H:%M:%S} UTC" if self.since else ""
        heard = f", last heard of {self.heard_s:.0f} s ago" if self.heard_s is not None else ""
        return f"{self.name}{since}{heard}"


@dataclass(frozen=True, slots=True)
class RecordedRun:
    """One plan that was applied."""

    digest: str
    """Of the plan; at least the first 16 digits."""
    entries: tuple[Entry, ...]
    """Oldest first."""
    plan: Callable[[], Plan]
    """Reads the plan.

    Raises:
        PlanFileError: it cannot be read, or is of another format.
    """
    certificates: Certificates
    """What was found when old and new were compared."""
    holders: Mapping[DatabaseName, Holder] = field(default_factory=dict)
    """Who works on which of its databases now."""


@dataclass(frozen=True, slots=True)
class OpenWork:
    """What an approved apply has begun and nobody works on."""

    digest: str
    """Of the plan."""
    plan: Callable[[], Plan]
    """As of a `RecordedRun`."""
    phases: frozenset[Phase]
    names: tuple[DatabaseName, ...]


class Record(Protocol):
    """One plan's journal, leases and certificates; open until it is closed."""

    @property
    def journal(self) -> Journal:
        """What was done."""

    @property
    def leases(self) -> Leases:
        """Who may do something."""

    @property
    def certificates(self) -> Certificates:
        """What was found when old and new were compared."""

    def open_work(self, names: Sequence[DatabaseName], phases: frozenset[Phase]) -> None:
        """Note that these databases were approved for these phases: others may take part, and go on."""


class State(Protocol):
    """All runs.

    Every method raises `StateError` when the records cannot be read or written.
    """

    @property
    def where(self) -> str:
        """Where it is, in words, without a secret."""

    @property
    def is_shared(self) -> bool:
        """Whether other machines may have it open too."""

    def only_one(self) -> AbstractContextManager[None]:
        """Keep other processes out where they could not take part."""

    def record(self, plan: Plan) -> AbstractContextManager[Record]:
        """Open the records of `plan`, and keep the plan with them."""

    def runs(self) -> Iterator[RecordedRun]:
        """Every plan that was applied, the one written last as the last."""

    def open_work(self, endpoint: str) -> tuple[OpenWork, ...]:
        """What is begun, or waits, and is worked on by nobody; oldest plan first."""
