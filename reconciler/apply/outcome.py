"""How apply ended for one database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from reconciler.core.names import DatabaseName

State = Literal["done", "pending", "stale", "backed-out", "failed"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One database's end. `done` only when an independent read confirmed it."""

    database: DatabaseName
    state: State
    reason: str = ""
    hint: str = ""
    closed: tuple[str, ...] = ()
    """What is still closed because of us, in words; a human must know."""
    notes: tuple[str, ...] = ()
    """What else to know, such as an app that was closed before and was left so."""
    closed_s: float | None = None
    """For how long apps were closed, seconds, from when an earlier run closed them if one did; None: not in this run."""
    prepared_s: float | None = None
    """How long the preparation took, seconds, over all runs; None: it is not at its end, there is none, or all
    was done before this run."""
