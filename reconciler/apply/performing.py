"""Performing one step: look, guard, record the intent, act, and wait until a look shows the end.

A write is never repeated blindly. After it, whatever its answer, looks decide. Only when looks over `SETTLE_S`
seconds have not shown the effect, and the step says that acting again is harmless, is it acted again.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reconciler.apply.behaviours import behaviour_of
from reconciler.apply.behaviours.base import Seen, absent
from reconciler.apply.control import StoppedError
from reconciler.apply.together import all_of
from reconciler.errors import (
    HerokuRefusedError,
    HerokuUnavailableError,
    HerokuUnclearError,
    StepError,
    StepTimeoutError,
)
from reconciler.render.steps import describe

if TYPE_CHECKING:
    from reconciler.apply.behaviours.base import Behaviour
    from reconciler.apply.control import Control
    from reconciler.apply.events import EventKind
    from reconciler.apply.run import Run
    from reconciler.core.steps import Step

SETTLE_S = 15.0
"""How long looks may fail to show an effect before it counts as not there."""
MOST_ACTS = 3
"""How often one step acts at most."""
INSIST_EVERY_S = 1.0
"""How soon a step that insists acts again when its write was not answered."""
TELL_EVERY_S = 30.0
"""How often at most progress is told while a step waits; trouble is told at once."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds between looks: from `first_s`, growing by half each time, up to `most_s`."""

    first_s: float
    most_s: float

    def after(self, waits: int) -> float:
        """The pause before the next look."""
        return float(min(self.first_s * 1.5 ** min(waits, 50), self.most_s))


LAZY = Pace(first_s=1, most_s=300)
"""While the app is up, for hours as a rule: a look costs up to three requests, so this is below one a minute."""
TIGHT = Pace(first_s=0.05, most_s=2)
"""While an app is closed: every moment counts."""
FRESH_S = 10.0
"""So long a step that was foreseen to act may act without another look."""

Guard = Callable[[], Coroutine[object, object, None]]


@dataclass(frozen=True, slots=True)
class Foreseen:
    """A step that was looked at before anything was closed."""

    behaviour: Behaviour[Any]
    is_acting: bool
    """Whether it will surely have to act."""
    at: float
    """Monotonic second of that look."""

    def counts(self, now: float) -> bool:
        """Whether it is fresh enough, if it has to be: what is only prepared for may be older."""
        return not self.is_acting or now - self.at <= FRESH_S


class Performance:
    """One step being performed in one run."""

    def __init__(
        self,
        step: Step,
        stage: int,
        run: Run,
        control: Control,
        *,
        foreseen: Foreseen | None = None,
        guard: Guard | None = None,
    ) -> None:
        self.foreseen = foreseen if foreseen and foreseen.counts(run.clock.monotonic()) else None
        self.behaviour: Behaviour[Any] = (
            self.foreseen.behaviour if self.foreseen else behaviour_of(step, run)
        )
        self.more_guard = guard
        self.words = describe(step)
        self.stage = stage
        self.run = run
        self.control = control
        self.began = run.clock.monotonic()
        self.acts = 0
        self.waits = 0
        self.is_answered = False
        self.acted_at = self.began
        self.last_note = ""
        self.told_at = self.began - TELL_EVERY_S

    async def to_the_end(self) -> None:
        """Return once an independent read has shown the end.

        Raises:
            StepError: it cannot be reached, or not in time.
            StateError: it cannot be recorded, or the lease is about to be lost.
            StoppedError: asked to stop; nothing was begun that needs an end now.
        """
        seen = absent() if self._knows_it_will_act() else await self._look()
        while not self._is_end(seen):
            if seen.state != "under-way" and self._is_to_act():
                await self._act()
            else:
                await self._wait(seen)
            seen = await self._look()
        self._record(seen, "" if self.acts or self.waits else "already so")

    def _knows_it_will_act(self) -> bool:
        return self.behaviour.insists or (self.foreseen is not None and self.foreseen.is_acting)

    def _is_end(self, seen: Seen) -> bool:
        return seen.is_done and (self.is_answered or not self.behaviour.insists)

    async def _look(self) -> Seen:
        try:
            return await self.behaviour.look()
        except HerokuUnavailableError as error:
            self._note(f"cannot look: {error}", trouble=True)
            return Seen("under-way", "")

    def _is_to_act(self) -> bool:
        if not self.acts:
            return True
        if self.behaviour.insists and not self.is_answered:
            return self.run.clock.monotonic() - self.acted_at >= INSIST_EVERY_S
        if not self.behaviour.may_repeat or self.acts >= MOST_ACTS:
            return False
        return self.run.clock.monotonic() - self.acted_at >= SETTLE_S

    async def _act(self) -> None:
        async with self.run.turn(self.behaviour.turn):
            await self._act_in_turn()

    async def _act_in_turn(self) -> None:
        self.run.check_lease_lasts()
        try:
            await self._check_guards()
        except HerokuUnavailableError as error:
            await self._wait_unsent(error)
            return
        if not self.acts:
            self.run.tell("act", self.words, step=self.words)
        self.run.write("intent", stage=self.stage, step=self.words)
        self.acts += 1
        self.acted_at = self.run.clock.monotonic()
        try:
            await self.behaviour.act()
            self.is_answered = True
        except HerokuUnclearError as error:
            self.run.write("unclear", stage=self.stage, step=self.words, text=str(error))
            self._note(f"outcome unknown, looking: {error}", trouble=True)
        except HerokuUnavailableError as error:
            self.acts -= 1
            await self._wait_unsent(error)
        except HerokuRefusedError as error:
            if self.acts == 1:
                raise StepError(str(error), hint=error.hint) from error
            self._note(f"refused, looking: {error}", trouble=True)

    async def _check_guards(self) -> None:
        guards = [self.behaviour.guard(), *([self.more_guard()] if self.more_guard else [])]
        await all_of(guards)

    async def _wait_unsent(self, error: HerokuUnavailableError) -> None:
        self._note(f"not sent, trying again: {error}", trouble=True)
        await self._wait(absent())

    async def _wait(self, seen: Seen) -> None:
        self._note(seen.note)
        self._check_time()
        if self.run.is_closed:
            await self.run.clock.sleep(TIGHT.after(self.waits))
        else:
            await self.control.pause(self.run.clock, LAZY.after(self.waits))
        self.waits += 1

    def _check_time(self) -> None:
        self.run.check_lease_lasts()
        now = self.run.clock.monotonic()
        if self.run.limit_at is not None and now >= self.run.limit_at:
            raise StepTimeoutError(
                f"The cutover took longer than {self.run.plan.cutover_limit_s} s ({self._state()})."
            )
        if now - self.began >= self.behaviour.patience_s:
            raise StepTimeoutError(
                f"No end after {self.behaviour.patience_s:.0f} s ({self._state()})."
            )
        if not self.run.is_closed and self.control.why_stop(now):
            raise StoppedError(f"{self.control.why_stop(now)} ({self._state()})")

    def _state(self) -> str:
        return f"{self.words}: {self.last_note}" if self.last_note else self.words

    def _note(self, note: str, *, trouble: bool = False) -> None:
        if not note or note == self.last_note:
            return
        self.last_note = note
        now = self.run.clock.monotonic()
        if trouble or now - self.told_at >= TELL_EVERY_S:
            kind: EventKind = "trouble" if trouble else "wait"
            self.run.tell(kind, f"{self.words}: {note}", step=self.words)
            self.told_at = now

    def _record(self, seen: Seen, how: str) -> None:
        evidence = "; ".join(part for part in (seen.note, how) if part)
        self.run.write("seen", stage=self.stage, step=self.words, text=evidence)
        took = self.run.clock.monotonic() - self.began
        self.run.tell("seen", f"{self.words}: {evidence} ({took:.1f} s)", step=self.words)
