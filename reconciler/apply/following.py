"""Where each database stands, by what has been told of it: the fold behind the table and behind `percent`."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reconciler.core.pace import left, percent_done

if TYPE_CHECKING:
    from reconciler.apply.events import Event
    from reconciler.apply.outcome import Outcome
    from reconciler.core.pace import Left
    from reconciler.core.plan import DatabasePlan, Phase


@dataclass(frozen=True, slots=True)
class Followed:
    """One database while its plan is carried out; `after` gives the next."""

    plan: DatabasePlan
    is_begun: bool = False
    phase: Phase | None = None
    phase_at: dt.datetime | None = None
    """Since when this run is in it."""
    stage: int | None = None
    stage_at: dt.datetime | None = None
    stages_done: frozenset[int] = frozenset()
    words: str = ""
    """What it is at, or waits for."""
    closed_at: dt.datetime | None = None
    """Since when its apps are closed; None: they are open."""
    closed_s: float | None = None
    """For how long they were closed."""
    trouble: str = ""
    """The last there was."""
    is_troubled: bool = False
    """Whether nothing has gone on since."""
    is_going_back: bool = False
    outcome: Outcome | None = None

    def after(self, event: Event) -> Followed:  # noqa: PLR0911  # one line a kind of event
        """As it stands once `event` is told."""
        one = self._at_stage_of(event)
        match event.kind:
            case "begin":
                return replace(one, is_begun=True, words="", phase_at=event.at)
            case "act" | "seen":
                return replace(one, words=event.step or event.text, is_troubled=False)
            case "wait":
                return replace(one, words=event.step or event.text)
            case "closed":
                return replace(one, closed_at=_since(event), words=event.text)
            case "open":
                return replace(one, closed_at=None, closed_s=event.closed_s, words=event.text)
            case "back-out":
                return replace(one, is_going_back=True, words=event.text)
            case "trouble":
                return replace(one, trouble=event.text, is_troubled=True)
            case "end":
                words = event.text if event.outcome is None else event.outcome.reason
                return replace(one, outcome=event.outcome, words=words)

    def _at_stage_of(self, event: Event) -> Followed:
        one = replace(self, stages_done=event.stages_done)
        if event.stage != one.stage:
            one = replace(one, stage=event.stage, stage_at=event.at)
        if event.phase != one.phase:
            one = replace(one, phase=event.phase, phase_at=event.at)
        return one

    def percent(self, now: dt.datetime) -> int | None:
        """About how much is done; None while it is taken back. 100 only for what is confirmed as done."""
        if self.outcome is not None and self.outcome.state == "done":
            return 100
        if self.is_going_back:
            return None
        in_stage_s = _seconds(self.stage_at, now)
        return percent_done(self.plan, done=self.stages_done, at=self.stage, in_stage_s=in_stage_s)

    def left(self, now: dt.datetime) -> Left | None:
        """About what is left; None where nothing is foretold: not begun, going back, open again, or at its end."""
        is_open_again = self.closed_s is not None and self.closed_at is None
        if not self.is_begun or self.is_going_back or is_open_again or self.outcome is not None:
            return None
        is_prepared = self.phase is not None and self.phase != "prepare"
        return left(
            self.plan,
            is_prepared=is_prepared,
            phase_s=_seconds(self.closed_at if is_prepared else self.phase_at, now),
        )

    def closed_for_s(self, now: dt.datetime) -> float | None:
        """For how long its apps are closed, or were; None when they were not in this run."""
        return self.closed_s if self.closed_at is None else _seconds(self.closed_at, now)


def _since(event: Event) -> dt.datetime:
    return event.at - dt.timedelta(seconds=event.closed_s or 0)


def _seconds(since: dt.datetime | None, now: dt.datetime) -> float:
    return 0.0 if since is None else max((now - since).total_seconds(), 0.0)
