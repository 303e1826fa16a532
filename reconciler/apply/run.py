"""One database's run: the live account, the time, the journal and the progress, in one place."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from reconciler.apply.chain import linked
from reconciler.apply.events import Event
from reconciler.apply.journal import CLOSED, Entry, Progress, progress_of
from reconciler.apply.tools import Tools
from reconciler.core.steps import Copy, MaintenanceOn, ScaleDown, Unfollow
from reconciler.errors import StateError
from reconciler.render.measured import beside, took

if TYPE_CHECKING:
    from collections.abc import Iterable
    from contextlib import AbstractAsyncContextManager

    from reconciler.apply.events import EventKind, Report
    from reconciler.apply.journal import Journal, What
    from reconciler.apply.leases import Leases
    from reconciler.apply.outcome import Outcome
    from reconciler.apply.ports import Clock, Heroku
    from reconciler.core.limits import Freeze
    from reconciler.core.names import AddonName
    from reconciler.core.plan import DatabasePlan, Phase
    from reconciler.core.steps import Step


def cutover_stages(plan: DatabasePlan) -> frozenset[int]:
    """The indexes of the stages after the preparation."""
    return frozenset(index for index, stage in enumerate(plan.stages) if stage.phase != "prepare")


def steps_of(plan: DatabasePlan, phase: Phase) -> list[Step]:
    """The steps of one phase, in order."""
    return [step for stage in plan.stages if stage.phase == phase for step in stage.steps]


CLOSING = MaintenanceOn | ScaleDown
"""What closes an app, and when it is undone opens it."""


def closing_steps(plan: DatabasePlan) -> list[MaintenanceOn | ScaleDown]:
    """What closes apps for the cutover, in order."""
    return [step for step in steps_of(plan, "cutover") if isinstance(step, CLOSING)]


def takers(plan: DatabasePlan) -> frozenset[AddonName]:
    """The databases that take over; none where there is only one, before and after."""
    steps = steps_of(plan, "cutover")
    followers = {step.follower for step in steps if isinstance(step, Unfollow)}
    return frozenset(followers | {step.target for step in steps if isinstance(step, Copy)})


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
    leases: Leases | None = None
    """Where the right to work on it is checked before each write; None: there is nobody else."""
    tools: Tools = field(default_factory=Tools)
    is_stand_in: bool = False
    """Whether Heroku is a stand-in, whose time is not that of the estimates."""
    progress: Progress = field(default_factory=Progress)
    link: str = ""
    """Of the newest entry."""
    answers: list[str] = field(default_factory=list)
    """Of Heroku, not yet in the journal; they go with the next entry."""
    is_closed: bool = False
    """Whether apps are closed because of us: looks are close together then, and nothing stops us."""
    closed_since: float | None = None
    """Monotonic second since which apps have been closed because of us; before this process began, where an earlier
    run has closed them."""
    open_again_at: float | None = None
    """Monotonic second at which they were seen open again; None while they are closed."""
    at_stage: int | None = None
    """Index of the stage that is worked on, for those who are told."""
    _told: str = ""
    _turns: dict[str, asyncio.Lock] = field(default_factory=dict)
    limit_at: float | None = None
    """Monotonic second at which the cutover backs out; None where there is nothing to back out."""
    led_back_after: dict[str, int] = field(default_factory=dict)
    """By step, in words: the app's newest release right before this process led the step's name back."""

    def __post_init__(self) -> None:
        """Have every write of this run pass by here."""
        self.heroku = self.heroku.watched_by(self)

    def fold(self, entries: Iterable[Entry]) -> Run:
        """The same run, knowing what earlier runs of the plan have written of this database."""
        written = tuple(entries)
        self.progress = progress_of(written, cutover_stages(self.plan))
        self.link = written[-1].link if written else ""
        return self

    @property
    def is_urgent(self) -> bool:
        """Whether apps are, or may be, closed because of us."""
        return self.is_closed or self.progress.is_cutting_over

    def before_write(self) -> None:
        """Right before a request with an effect goes out.

        Raises:
            LeaseLostError: as `check_lease`; the request must not go out.
        """
        self.check_lease()

    def check_lease(self) -> None:
        """Return if this database is ours.

        Raises:
            LeaseLostError: another process may be at work on it; what we see may be its doing.
        """
        if self.leases is not None:
            self.leases.check(self.plan.name)

    def check_lease_lasts(self) -> None:
        """Before going on with a cutover that can be taken back.

        Raises:
            StateError: the lease is about to be lost; what was closed can still be opened, and soon not any more.
        """
        can_go_back = self.limit_at is not None
        if can_go_back and self.leases is not None and self.leases.is_failing(self.plan.name):
            raise StateError(
                f"The shared state does not answer, and the lease of {self.plan.name} would be lost.",
                hint="When it answers again, run the same apply again.",
            )

    def answered(self, answer: str) -> None:
        """Keep Heroku's answer to a write for the next entry."""
        self.answers.append(answer)

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
            answers=tuple(self.answers),
        )
        entry = linked(entry, self.link)
        self.journal.append(entry)
        self.link = entry.link
        self.answers.clear()
        self.progress = self.progress.after(entry, cutover_stages(self.plan))

    def write_if_possible(self, what: What, *, text: str = "") -> None:
        """As `write`, for an end that stands whether it is recorded or not; the next run looks anyway."""
        try:
            self.write(what, text=text)
        except StateError as error:
            self.tell_unrecorded(error)

    def tell_unrecorded(self, error: StateError) -> None:
        """Tell of an end that stands although it could not be written down."""
        self.tell("trouble", f"this could not be recorded: {error}")

    def write_closed(self, what: Literal["opened", "backed-out"], *, text: str = "") -> None:
        """Write the end of a cutover, with what was measured beside what was predicted."""
        closed_s = self.closed_s()
        if closed_s is None:
            self.write(what, text=text)
            return
        words = [
            text.removesuffix("."),
            f"closed for {beside(closed_s, self.plan.downtime, is_stand_in=self.is_stand_in)}",
        ]
        self.write(what, key=CLOSED, value=f"{closed_s:.3f}", text=". ".join(filter(None, words)))

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

    def turn(self, name: str) -> AbstractAsyncContextManager[object]:
        """Hold the turn of that name; with an empty one nobody waits for anybody."""
        if not name:
            return contextlib.nullcontext()
        return self._turns.setdefault(name, asyncio.Lock())

    def count_closed(self) -> None:
        """Count from now, or from when an earlier run began the cutover that we go on with."""
        earlier_s = self._since_s(self.progress.closed_at) or 0.0
        self.closed_since = self.clock.monotonic() - earlier_s
        self.open_again_at = None

    def end_closed(self) -> None:
        """All apps were seen open again: what was measured until now stands, and is told."""
        self.is_closed = False
        self.limit_at = None
        if self.closed_since is not None:
            self.open_again_at = self.clock.monotonic()
            self.tell("open", f"open again after {took(self.open_again_at - self.closed_since)}")

    def closed_s(self) -> float | None:
        """For how long apps have been, or were, closed, seconds; None when they have not been in this run."""
        if self.closed_since is None:
            return None
        until = self.clock.monotonic() if self.open_again_at is None else self.open_again_at
        return until - self.closed_since

    def was_closed_s(self) -> float | None:
        """As `closed_s`, and None while they are closed."""
        return None if self.open_again_at is None else self.closed_s()

    def prepared_s(self) -> float | None:
        """Seconds from when the plan was begun; None where the journal does not say."""
        return self._since_s(self.progress.begun_at)

    def _since_s(self, at: str) -> float | None:
        """By the wall clock, since runs of several processes have no other in common."""
        try:
            since = (self.clock.now() - dt.datetime.fromisoformat(at)).total_seconds()
        except (ValueError, TypeError):
            return None
        return max(since, 0.0)

    def tell_once(self, kind: EventKind, text: str) -> None:
        """Tell the operator, unless it was the last thing told so; how long ago something was does not count."""
        said = re.sub(r"\d+ s ago", "", text)
        if said != self._told:
            self._told = said
            self.tell(kind, text)

    def tell(
        self, kind: EventKind, text: str, *, step: str = "", outcome: Outcome | None = None
    ) -> None:
        """Tell the operator."""
        at = self.at_stage
        event = Event(
            at=self.clock.now(),
            database=self.plan.name,
            kind=kind,
            text=text,
            phase=None if at is None else self.plan.stages[at].phase,
            stage=at,
            stages_done=self.progress.stages_done,
            step=step,
            closed_s=self.closed_s() if kind in {"closed", "open"} else None,
            outcome=outcome,
        )
        self.report(event)

    def end(self, outcome: Outcome) -> None:
        """Tell the operator how it ended."""
        self.tell("end", f"{outcome.state}: {outcome.reason}", outcome=outcome)


def _iso(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).isoformat(timespec="milliseconds")
