"""What a bench hands back: figures, each with every round's value and the goal beside it."""

from __future__ import annotations

import statistics
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Unit = Literal["s", "ms", "MB", "KB", "requests", "requests/s", "databases", "x", ""]
LARGE = 100
MIDDLE = 10
WHOLE = ("requests", "requests/s", "databases", "KB", "")


@dataclass(frozen=True, slots=True)
class Goal:
    """What the median is held against; nothing but the issue that set it may move it."""

    limit: float
    kind: Literal["at most", "at least"] = "at most"
    why: str = ""
    """Where the number comes from, when it is worked out, such as `1.3 x 1,003 / 32 x 50 ms + 1 s`."""

    def is_met(self, value: float) -> bool:
        """Whether `value` is on the right side."""
        return value <= self.limit if self.kind == "at most" else value >= self.limit


@dataclass(frozen=True, slots=True)
class Figure:
    """One row of a bench's table. `values` has one entry a round, in the order of the rounds."""

    what: str
    unit: Unit
    values: tuple[float, ...]
    goal: Goal | None = None
    note: str = ""

    @property
    def median(self) -> float:
        """The value that counts."""
        return statistics.median(self.values)

    @property
    def is_met(self) -> bool | None:
        """Whether the goal is; None without one."""
        return None if self.goal is None else self.goal.is_met(self.median)


@dataclass(frozen=True, slots=True)
class Result:
    """What one bench has found. `setting` says what was run (numbers of databases, latency), by name."""

    figures: tuple[Figure, ...]
    setting: Mapping[str, Any]
    notes: tuple[str, ...] = ()
    """Sentences below the table: what a figure does not say by itself."""

    def document(self) -> dict[str, Any]:
        """As it stands in the file."""
        return {
            "setting": dict(self.setting),
            "figures": [
                {**asdict(one), "median": one.median, "is_met": one.is_met} for one in self.figures
            ],
            "notes": list(self.notes),
        }


def each_round(
    rounds: int, measure: Callable[[], Mapping[str, float]]
) -> dict[str, tuple[float, ...]]:
    """`measure` again and again; its figures by name, one value a round.

    What is to be compared belongs into one `measure`: then both halves of a ratio come from the same minute.
    """
    taken = [dict(measure()) for _ in range(rounds)]
    return {name: tuple(one[name] for one in taken) for name in taken[0]}


def shown(value: float, unit: Unit) -> str:
    """`1,003 requests`, `2.05 s`, `3.1 x`."""
    if unit in WHOLE or abs(value) >= LARGE:
        number = f"{value:,.0f}"
    else:
        number = f"{value:.1f}" if abs(value) >= MIDDLE else f"{value:.2f}"
    return f"{number} {unit}".rstrip()
