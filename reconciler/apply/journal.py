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

PREPARED, CLOSED = "prepared_s", "closed_s"
"""What is measured: seconds from the beginning to the end of the preparation, and those that apps were closed."""


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
    """For `remembered`: of what. For `stage-done`, `opened` and `backed-out`: what was measured, with its unit."""
    value: str = ""
    """For `remembered`: what was so before. Else the measured number."""
    text: str = ""
    """Reason or evidence, in words."""
    answers: tuple[str, ...] = ()
    """Heroku's answers to the writes since the entry before: method, path, status, request id."""
    link: str = ""
    """SHA-256, hex, over the link of the database's entry before and this entry; see `chain`."""


class Journal(Protocol):
    """Where entries go. `append` returns only once the entry is durable."""

    def append(self, entry: Entry) -> None:
        """Add one entry.

        Raises:
            StateError: it could not be made durable.
        """

    def entries(self) -> tuple[Entry, ...]:
        """Everything so far, oldest first."""

    def entries_of(self, database: DatabaseName) -> tuple[Entry, ...]:
        """What was written of one database, by whomever, oldest first."""


@dataclass(frozen=True, slots=True)
class ReadJournal:
    """A journal that is only read."""

    written: tuple[Entry, ...]

    def append(self, entry: Entry) -> None:
        """Refuse: who only looks has nothing to write.

        Raises:
            AssertionError: always.
        """
        raise AssertionError(f"nothing is done here that could be written: {entry.what}")

    def entries(self) -> tuple[Entry, ...]:
        """Everything, oldest first."""
        return self.written

    def entries_of(self, database: DatabaseName) -> tuple[Entry, ...]:
        """What was written of one database."""
        return tuple(one for one in self.written if one.database == database)


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
    preparing: frozenset[str] = frozenset()
    """Those of them that prepare: what they did stays when a cutover is taken back."""
    furthest: int = -1
    """The last stage in which something was done, or seen, in this attempt; -1: none."""
    seen: frozenset[str] = frozenset()
    """The steps, in words, whose end was seen in this attempt."""
    begun_at: str = ""
    """When the plan was begun, as the journal has it; empty: not yet."""
    closed_at: str = ""
    """When the cutover began that has not ended; empty: there is none."""
    prepared_s: float | None = None
    """How long the preparation took; None until its end."""
    closed_s: float | None = None
    """For how long apps were closed in the newest cutover that has ended."""

    def after(  # noqa: C901, PLR0911  # one line a kind of entry
        self, entry: Entry, cutover_stages: frozenset[int]
    ) -> Progress:
        """The progress once `entry` is written."""
        match entry.what:
            case "begun":
                return replace(self, has_begun=True, begun_at=entry.at)
            case "remembered":
                return replace(self, memory={entry.key: entry.value} | self.memory)
            case "stage-done":
                done = self.stages_done | _stage(entry)
                return replace(
                    self._until(entry),
                    stages_done=done,
                    prepared_s=_of(entry, PREPARED, self.prepared_s),
                )
            case "cutover-begun":
                return replace(self, is_cutting_over=True, closed_at=entry.at)
            case "opened":
                closed_s = _of(entry, CLOSED, self.closed_s)
                return replace(self, is_cutting_over=False, closed_at="", closed_s=closed_s)
            case "backed-out":
                return Progress(
                    has_begun=True,
                    stages_done=self.stages_done - cutover_stages,
                    intents=self.preparing,
                    preparing=self.preparing,
                    begun_at=self.begun_at,
                    prepared_s=self.prepared_s,
                    closed_s=_of(entry, CLOSED, self.closed_s),
                )
            case "aborted":
                return Progress()
            case "done":
                return replace(self, is_done=True, is_cutting_over=False, closed_at="")
            case "intent":
                mine = frozenset() if entry.stage in cutover_stages else frozenset({entry.step})
                return replace(
                    self._until(entry),
                    intents=self.intents | {entry.step},
                    preparing=self.preparing | mine,
                )
            case "seen":
                return replace(self._until(entry), seen=self.seen | {entry.step})
            case "unclear" | "failed":
                return self

    def _until(self, entry: Entry) -> Progress:
        stage = self.furthest if entry.stage is None else entry.stage
        return replace(self, furthest=max(self.furthest, stage))


def _of(entry: Entry, key: str, before: float | None) -> float | None:
    """What `entry` has measured under `key`; else what was measured before."""
    if entry.key != key:
        return before
    try:
        return float(entry.value)
    except ValueError:  # damaged; what is measured decides nothing
        return before


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
