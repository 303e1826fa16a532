"""How any step behaves: look, guard, act, undo.

`look` is an independent read and the only judge of whether a step is done. `act` has at most one effect and never
reports success: the next look does. Steps without an effect are under way until they are done.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Literal, TypeVar

from reconciler.core.frozen import Frozen

if TYPE_CHECKING:
    from reconciler.apply.run import Run

S = TypeVar("S", bound=Frozen)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a look showed; `note` says it in words: progress while under way, evidence when done."""

    state: Literal["absent", "under-way", "done"]
    note: str = ""
    is_herokus: bool = False
    """Whether Heroku is making the change right now, in its own window: that comes to its end without us."""

    @property
    def is_done(self) -> bool:
        """Whether the step has reached its end."""
        return self.state == "done"


def absent(note: str = "") -> Seen:
    """The effect is not there; acting is needed."""
    return Seen("absent", note)


def under_way(note: str = "", *, is_herokus: bool = False) -> Seen:
    """The effect was taken, its end is not there yet."""
    return Seen("under-way", note, is_herokus)


def done(note: str = "") -> Seen:
    """An independent read confirmed the end."""
    return Seen("done", note)


class Behaviour(Generic[S]):
    """One step, bound to one run."""

    patience_s: float = 24 * 3600
    """How long to wait for the end before giving up; a cutover's own limit may be shorter."""
    may_repeat = True
    """Whether acting again is harmless once looks have not shown the effect of an unclear write."""

    turn = ""
    """Steps of one stage with the same turn act one after another, in their order; empty: all at once."""

    undo_insists = False
    """Whether a look alone does not prove the undoing, once we have acted: it may be older than our act."""

    def __init__(self, step: S, run: Run) -> None:
        self.step = step
        self.run = run
        self.heroku = run.heroku

    @property
    def insists(self) -> bool:
        """Whether a look alone does not prove the end: it may be older than what we did to the contrary.

        Such a step, harmless to repeat, acts until it was answered, and looks after that.
        """
        return False

    async def look(self) -> Seen:
        """How far the step is, by an independent read.

        Raises:
            StepConflictError: the world is not as planned.
        """
        raise NotImplementedError

    async def foresee(self) -> bool:
        """Before anything is closed: learn what acting needs to know; whether it will surely have to act.

        A step that says so acts without another look, as long as what it learned is fresh.

        Raises:
            StepConflictError: the world is not as planned.
        """
        return False

    async def guard(self) -> None:
        """Check what must hold right before the effect.

        Raises:
            StepConflictError: it does not hold.
        """

    async def act(self) -> None:
        """Have the effect: one request. What must be restored later is remembered first."""

    async def undo(self) -> None:
        """Take the effect back as far as that is possible; ends unconfirmed."""

    async def why_no_way_back(self) -> str:
        """Why abort must leave everything as it is: the step went too far; empty when it may go back."""
        return ""

    async def is_undone(self) -> bool:
        """Whether an independent read shows that nothing of the effect is left to take back."""
        return True
