"""What the operator is told while a plan is carried out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    import datetime as dt

    from reconciler.apply.outcome import Outcome
    from reconciler.core.names import DatabaseName
    from reconciler.core.plan import Phase

EventKind = Literal["begin", "act", "wait", "seen", "closed", "open", "back-out", "trouble", "end"]


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened, in words."""

    at: dt.datetime
    database: DatabaseName
    kind: EventKind
    text: str
    phase: Phase | None = None
    """Of the stage; None before the first one."""
    stage: int | None = None
    """Index into the plan's stages: the one that is worked on; None before the first one."""
    stages_done: frozenset[int] = frozenset()
    """What is behind us, over all runs of the plan."""
    step: str = ""
    """The step in words; empty where it is about the database as a whole."""
    closed_s: float | None = None
    """Of `closed` and `open`: for how long its apps have been closed, earlier runs included, seconds."""
    outcome: Outcome | None = None
    """Of `end`, always, and only there."""


class Report(Protocol):
    """Who is told. Called in the event loop; must not block for long and must not raise."""

    def __call__(self, event: Event) -> None:
        """Take note of one event."""
