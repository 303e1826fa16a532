"""Running things at once: where the first failure is the failure, and where all come to their ends first."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from reconciler.apply.control import StoppedError
from reconciler.errors import ReconcileError

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable, Sequence

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


async def all_of(actions: Sequence[Coroutine[object, object, T]]) -> list[T]:
    """Run all at once and to their ends; then raise the worst failure, if any."""
    results = await asyncio.gather(*actions, return_exceptions=True)
    failures = [one for one in results if isinstance(one, BaseException)]
    expected = (ReconcileError, StoppedError)
    for failure in sorted(failures, key=lambda one: isinstance(one, expected)):
        raise failure
    return [one for one in results if not isinstance(one, BaseException)]
