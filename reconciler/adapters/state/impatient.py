"""Asking the shared state while apps may be closed: briefly, and not at all once nobody answers our heartbeats.

Whoever asks keeps all other databases of this process waiting, which may have apps to open as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.adapters.state.link import Connection, Link

T = TypeVar("T")

PATIENCE_S = 5.0
"""How long is tried when the state does not answer. Well below the lease's time: what was closed can still be opened
then."""
ANSWER_S = 3.0
"""How long one attempt may take."""
SILENT_S = 4.0
"""Once a heartbeat has not been answered for so long nothing waits for the state any more."""


class Runs(Protocol):
    """Whatever carries out a transaction: a `Link`, or `Impatient`."""

    def run(self, work: Callable[[Connection], T]) -> T:
        """The result of `work`, which may be done twice.

        Raises:
            StateError: it was not done, or nobody knows.
        """


class Heart(Protocol):
    """What `SharedLeases` knows of its heartbeats."""

    def silent_s(self) -> float:
        """For how many seconds a heartbeat has not been answered."""


class Impatient:
    """A link that is not waited for long. Implements `Runs`."""

    def __init__(self, link: Link, heart: Heart) -> None:
        self._link = link
        self._heart = heart

    def run(self, work: Callable[[Connection], T]) -> T:
        """As `Link.run`, within what is left until `SILENT_S`."""
        left_s = SILENT_S - self._heart.silent_s()
        if left_s <= 0:
            raise self._link.error("does not answer")
        return self._link.run(
            work, patience_s=min(PATIENCE_S, left_s), answer_s=min(ANSWER_S, left_s)
        )
