"""Running things at once where the first failure is the failure."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable

T = TypeVar("T")
A = TypeVar("A")
B = TypeVar("B")


async def at_once(todo: Iterable[Coroutine[object, object, T]]) -> tuple[T, ...]:
    """All results in the order given. When one fails the rest is cancelled and its error raised, ungrouped."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one) for one in todo]
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None
    return tuple(task.result() for task in tasks)


async def both(
    first: Coroutine[object, object, A], second: Coroutine[object, object, B]
) -> tuple[A, B]:
    """Two results of different kinds, as `at_once`."""
    try:
        async with asyncio.TaskGroup() as group:
            left, right = group.create_task(first), group.create_task(second)
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None
    return left.result(), right.result()
