"""What the operator is told while a plan is carried out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    import datetime as dt

    from reconciler.core.names import DatabaseName

EventKind = Literal["begin", "act", "wait", "seen", "closed", "open", "back-out", "trouble", "end"]


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened, in words."""

    at: dt.datetime
    database: DatabaseName
    kind: EventKind
    text: str


class Report(Protocol):
    """Who is told. Called in the event loop; must not block for long and must not raise."""

    def __call__(self, event: Event) -> None:
        """Take note of one event."""
