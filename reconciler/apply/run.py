"""One database's run: the live account, the time, the journal and the progress, in one place."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reconciler.apply.events import Event
from reconciler.apply.journal import Entry, Progress, progress_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.apply.events import EventKind, Report
    from reconciler.apply.journal import Journal, What
    from reconciler.apply.ports import Clock, Heroku
    from reconciler.core.limits import Freeze
    from reconciler.core.plan import DatabasePlan, Phase
    from reconciler.core.steps import Step


def cutover_stages(plan: DatabasePlan) -> frozenset[int]:
    """The indexes of the stages after the preparation."""
    return frozenset(index for index, stage in enumerate(plan.stages) if stage.phase != "prepare")


def steps_of(plan: DatabasePlan, phase: Phase) -> list[Step]:
    """The steps of one phase, in order."""
    return [step for stage in plan.stages if stage.phase == phase for step in stage.steps]


@dataclass
class Run:
    """The run of one database's plan. Not shared between databases."""

    plan: DatabasePlan
    plan_id: str
    heroku: Heroku
    clock: Clock
    journal: Journal
    report: Report
    freezes: tuple[Freeze, ...] = ()
    """When no cutover begins."""
    progress: Progress = field(default_factory=Progress)
    is_closed: bool = False
    """Whether apps are closed because of us: looks are close together then, and nothing stops us."""
    limit_at: float | None = None
    """Monotonic second at which the cutover backs out; None where there is nothing to back out."""

    def fold(self, entries: Iterable[Entry]) -> Run:
        """The same run, knowing what earlier runs of the plan have written of this database."""
        self.progress = progress_of(entries, cutover_stages(self.plan))
        return self

    def write(
        self,
        what: What,
        *,
        stage: int | None = None,
        step: str = "",
        key: str = "",
        value: str = "",
        text: str = "",
    ) -> None:
        """Make one entry durable, and count it.

        Raises:
            StateError: it could not be made durable; nothing may be done then.
        """
        entry = Entry(
            at=_iso(self.clock.now()),
            database=self.plan.name,
            what=what,
            stage=stage,
            step=step,
            key=key,
            value=value,
            text=text,
        )
        self.journal.append(entry)
        self.progress = self.progress.after(entry, cutover_stages(self.plan))

    def remember(self, key: str, value: str) -> str:
        """Keep what was so before we changed it; the first memory of an attempt stands. Returns it."""
        if key not in self.progress.memory:
            self.write("remembered", key=key, value=value)
        return self.progress.memory[key]

    def remember_now(self, key: str) -> str:
        """Keep the time of the first call in this attempt. Returns it."""
        return self.remember(key, _iso(self.clock.now()))

    def recall(self, key: str) -> str | None:
        """What `remember` kept in this attempt."""
        return self.progress.memory.get(key)

    def tell(self, kind: EventKind, text: str) -> None:
        """Tell the operator."""
        self.report(Event(at=self.clock.now(), database=self.plan.name, kind=kind, text=text))


def _iso(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).isoformat(timespec="milliseconds")
