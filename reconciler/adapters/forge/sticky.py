"""One post and no more: found by its marker, written anew or changed in place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from reconciler.errors import ForgeRefusedError, ForgeUnavailableError

if TYPE_CHECKING:
    from reconciler.adapters.forge.posts import Post, Posts

TRIES = 3


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of the one post."""

    what: Literal["created", "updated", "as it was", "closed", "not needed"]
    address: str = ""
    removed: int = 0
    """Older ones with the same marker that were taken away."""
    left: int = 0
    """Older ones that the host did not let us take away."""


async def keep_one(posts: Posts, *, marker: str, body: str, is_wanted: bool = True) -> Kept:
    """Let there be exactly one post with `marker`, saying `body`; none when it is not wanted.

    Of several the newest stays. A write whose answer was lost is looked for before it is tried again.

    Raises:
        ForgeError: the host refuses, or does not answer.
    """
    for number in range(TRIES):
        found = await posts.found(marker)
        try:
            return await _written(posts, found, body, is_wanted=is_wanted)
        except ForgeUnavailableError:
            if number == TRIES - 1:
                raise
    raise AssertionError("the last try returns or raises")


async def _written(posts: Posts, found: list[Post], body: str, *, is_wanted: bool) -> Kept:
    if not is_wanted:
        for post in found:
            await posts.remove(post, body)
        return Kept("closed", found[-1].address, len(found) - 1) if found else Kept("not needed")
    if not found:
        return Kept("created", (await posts.create(body)).address)
    removed, left = await _removed(posts, found[:-1], body)
    newest = found[-1]
    if _same(newest.body, body):
        return Kept("as it was", newest.address, removed, left)
    return Kept("updated", (await posts.update(newest, body)).address, removed, left)


async def _removed(posts: Posts, old: list[Post], body: str) -> tuple[int, int]:
    removed = left = 0
    for post in old:
        try:
            await posts.remove(post, body)
            removed += 1
        except ForgeRefusedError:
            left += 1
    return removed, left


def _same(one: str, other: str) -> bool:
    """Hosts may end lines in their own way and take away blanks at the end."""
    return one.replace("\r\n", "\n").rstrip() == other.rstrip()
