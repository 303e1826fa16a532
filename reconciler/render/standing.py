"""How far one database is, in the words of every command: how its apply ended, or what is so before that."""

from __future__ import annotations

from typing import Literal

Standing = Literal["not begun", "under way", "pending", "closed", "failed", "backed-out", "done"]
"""`under way`: somebody works on it; `pending`: nobody does; `closed`: in the cutover, so its apps may be closed."""

IN_THE_CUTOVER = "IN THE CUTOVER, apps may be closed"


def in_words(standing: Standing) -> str:
    """As people read it: what needs somebody at once is louder."""
    return IN_THE_CUTOVER if standing == "closed" else standing
