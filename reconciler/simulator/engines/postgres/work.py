"""Work on servers that takes time, done in threads while requests are answered."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

Key = tuple[str, str]
"""Kind of event and id of its subject."""


class Work:
    """Pieces of work by key. A failure stays with its piece until it is taken."""

    def __init__(self, *, hands: int = 2) -> None:
        self._pool = ThreadPoolExecutor(hands, thread_name_prefix="postgres")
        self._begun: dict[Key, Future[Any]] = {}

    def is_done(self, key: Key, begin: Callable[[], Any]) -> bool:
        """Whether that piece is done; the first question starts it."""
        if key not in self._begun:
            self._begun[key] = self._pool.submit(begin)
        return self._begun[key].done()

    def take(self, key: Key) -> Any:  # what that kind of work gives
        """What a piece gave, waiting for it when it is not done; None when it was never begun.

        Raises:
            Exception: what it raised.
        """
        future = self._begun.pop(key, None)
        return future.result() if future is not None else None

    def failure(self, key: Key) -> BaseException | None:
        """Why that piece, which is done, failed."""
        return self._begun[key].exception()

    def keys_of(self, subject: str) -> list[Key]:
        """The pieces that are about that subject."""
        return [key for key in self._begun if key[1] == subject]

    def wait(self) -> None:
        """Wait until all that was begun is done, well or not."""
        for future in list(self._begun.values()):
            future.exception()

    def submit_all(self, pieces: list[Callable[[], Any]]) -> list[Future[Any]]:
        """Begin several pieces without keys."""
        return [self._pool.submit(piece) for piece in pieces]

    def close(self) -> None:
        """Begin nothing more and wait for what runs."""
        self._pool.shutdown(wait=True, cancel_futures=True)
