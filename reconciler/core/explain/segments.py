"""Where the answer to a question about a whole number changes, found by asking."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

A = TypeVar("A")


def segments(
    ask: Callable[[int], A], points: Iterable[int]
) -> tuple[tuple[int, int | None, A], ...]:
    """Stretches of equal answers as (first number, last number, answer); the last one has no end.

    `points` are asked first, and each change between two of them is then narrowed down to the number. A stretch
    that lies between two points with equal answers is not found: choose them closely enough.
    """
    asked = [(point, ask(point)) for point in sorted(set(points))]
    starts = [asked[0]]
    for before, after in pairwise(asked):
        starts.extend(_changes(ask, before, after))
    ends = [start - 1 for start, _ in starts[1:]]
    return tuple(
        (start, end, answer) for (start, answer), end in zip(starts, [*ends, None], strict=True)
    )


def _changes(
    ask: Callable[[int], A], before: tuple[int, A], after: tuple[int, A]
) -> Iterator[tuple[int, A]]:
    """The first number of each new answer after `before` up to `after`."""
    (low, first), (high, last) = before, after
    if first == last:
        return
    if high - low == 1:
        yield after
        return
    number = (low + high) // 2
    middle = (number, ask(number))
    yield from _changes(ask, before, middle)
    yield from _changes(ask, middle, after)
