"""Whom a text speaks of, where that is not Heroku."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.core.endpoint import is_stand_in

if TYPE_CHECKING:
    from collections.abc import Iterator

SPEAKING = "Speaking to the stand-in"
"""How the line begins."""


def stand_in(endpoint: str) -> Iterator[str]:
    """The line above all others; none for Heroku."""
    if is_stand_in(endpoint):
        yield f"{SPEAKING} ({endpoint}), not to Heroku: nothing here is real."
