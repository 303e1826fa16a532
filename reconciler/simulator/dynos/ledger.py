"""What the dynos of each app were told: which rows were acknowledged and when, which writes were refused."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A row that a database said it has; `at` in seconds of real time."""

    number: int
    dyno: str
    at: float


@dataclass(frozen=True, slots=True)
class Gap:
    """A time without any acknowledged write; seconds of real time, `began` counted from the first write."""

    after: int
    before: int | None
    """The row that ended it; None while it lasts."""
    began: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Page:
    """One app's part of the ledger at one moment."""

    rows: tuple[Acknowledged, ...]
    refused: dict[str, int]
    """Writes that were not acknowledged, by the class of the error."""
    now: float


@dataclass(slots=True)
class _Book:
    rows: list[Acknowledged] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    numbers: int = 0


class Ledger:
    """Written by many threads, read at any time. `stopwatch` gives seconds of real time."""

    def __init__(self, stopwatch: Callable[[], float]) -> None:
        self._stopwatch = stopwatch
        self._lock = threading.Lock()
        self._books: dict[str, _Book] = {}

    def next_number(self, app: str) -> int:
        """A number that no row of this app had, acknowledged or not."""
        with self._lock:
            book = self._books.setdefault(app, _Book())
            book.numbers += 1
            return book.numbers

    def acknowledge(self, app: str, dyno: str, number: int) -> None:
        """The database has said that it has this row."""
        with self._lock:
            row = Acknowledged(number, dyno, self._stopwatch())
            self._books.setdefault(app, _Book()).rows.append(row)

    def refuse(self, app: str, why: str) -> None:
        """A write failed, or its outcome is not known."""
        with self._lock:
            self._books.setdefault(app, _Book()).refused[why] += 1

    def page(self, app: str) -> Page:
        """What there is about that app now."""
        with self._lock:
            book = self._books.get(app, _Book())
            return Page(tuple(book.rows), dict(sorted(book.refused.items())), self._stopwatch())


def gaps(page: Page, *, least: float) -> tuple[Gap, ...]:
    """Every time of at least `least` seconds without an acknowledged write, the one that still lasts included."""
    if not page.rows:
        return ()
    first = page.rows[0].at
    found = [
        Gap(row.number, following.number, row.at - first, following.at - row.at)
        for row, following in zip(page.rows, page.rows[1:], strict=False)
        if following.at - row.at >= least
    ]
    last = page.rows[-1]
    if page.now - last.at >= least:
        found.append(Gap(last.number, None, last.at - first, page.now - last.at))
    return tuple(found)


def ranges(numbers: Sequence[int]) -> list[list[int]]:
    """Sorted numbers as first and last of each unbroken run: `[[3, 7], [9, 9]]`."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return runs
