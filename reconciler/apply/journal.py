"""The run's journal: append-only entries, and the pure fold that tells how far a database got.

Each entry is durable before the next move. The journal answers two questions only: which stages are behind us,
and what was so before we changed it (dynos, maintenance mode), since both can not be read back from the account.
Whether a step is needed is always decided by a look at the live account.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, Protocol

from reconciler.core.frozen import Frozen
from reconciler.core.names import DatabaseName

if TYPE_CHECKING:
    from collections.abc import Iterable

What = Literal[
    "begun",
    "remembered",
    "intent",
    "unclear",
    "seen",
    "stage-done",
    "cutover-begun",
    "opened",
    "backed-out",
    "aborted",
    "failed",
    "done",
]


class Entry(Frozen):
    """One line of the journal. No secret ever stands in it."""

    at: str
    """Wall clock, ISO 8601, UTC."""
    database: DatabaseName
    what: What
    stage: int | None = None
    step: str = ""
    """The step in words."""
    key: str = ""
    """For `remembered`: of what."""
    value: str = ""
    """For `remembered`: what was so before."""
    text: str = ""
    """Reason or evidence, in words."""


class Journal(Protocol):
    """Where entries go. `append` returns only once the entry is durable."""

    def append(self, entry: Entry) -> None:
        """Add one entry.

        Raises:
            StateError: it could not be made durable.
        """

    def entries(self) -> tuple[Entry, ...]:
        """Everything so far, oldest first."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one database got in this plan, over all runs of it."""

    has_begun: bool = False
    stages_done: frozenset[int] = frozenset()
    is_cutting_over: bool = False
    """The cutover has begun, and was neither finished nor backed out."""
    is_done: bool = False
    memory: dict[str, str] = field(default_factory=dict)
    intents: frozenset[str] = frozenset()
    """The steps, in words, that acted in this attempt, or were about to."""

    def after(  # noqa: C901, PLR0911  # one line a kind of entry
        self, entry: Entry, cutover_stages: frozenset[int]
    ) -> Progress:
        """The progress once `entry` is written."""
        match entry.what:
            case "begun":
                return replace(self, has_begun=True)
            case "remembered":
                return replace(self, memory={entry.key: entry.value} | self.memory)
            case "stage-done":
                return replace(self, stages_done=self.stages_done | _stage(entry))
            case "cutover-begun":
                return replace(self, is_cutting_over=True)
            case "opened":
                return replace(self, is_cutting_over=False)
            case "backed-out":
                return Progress(has_begun=True, stages_done=self.stages_done - cutover_stages)
            case "aborted":
                return Progress()
            case "done":
                return replace(self, is_done=True, is_cutting_over=False)
            case "intent":
                return replace(self, intents=self.intents | {entry.step})
            case "unclear" | "seen" | "failed":
                return self


def _stage(entry: Entry) -> frozenset[int]:
    return frozenset() if entry.stage is None else frozenset({entry.stage})


def progress_of(entries: Iterable[Entry], cutover_stages: frozenset[int]) -> Progress:
    """Fold the entries of one database."""
    progress = Progress()
    for entry in entries:
        progress = progress.after(entry, cutover_stages)
    return progress


def by_database(entries: Iterable[Entry]) -> dict[DatabaseName, list[Entry]]:
    """The entries of each database, in their order."""
    groups: dict[DatabaseName, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(entry.database, []).append(entry)
    return groups
