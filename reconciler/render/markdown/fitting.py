"""Fitting a text into a length: what matters most is laid in first, and what has no room is counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.render.markdown.escape import units

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


def fitting(parts: Sequence[str], *, room: int, between: int = 1) -> int:
    """How many of `parts`, from the first on, fit into `room` UTF-16 units, each followed by `between` more."""
    return sum(1 for _ in taken(parts, room=room, between=between))


def taken(parts: Iterable[str], *, room: int, between: int = 1) -> Iterator[str]:
    """Those of `parts`, from the first on, that fit; asks for no more of them than that."""
    used = 0
    for part in parts:
        used += units(part) + between
        if used > room:
            return
        yield part


def length(parts: Sequence[str], *, between: int = 1) -> int:
    """What all of `parts` take, each followed by `between` more."""
    return sum(units(part) + between for part in parts)
