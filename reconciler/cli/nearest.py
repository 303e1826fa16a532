"""The name that may be meant where there is none as it was written."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST = 5
"""So many are named where none is near."""


def which(text: str, names: Sequence[str], *, otherwise: str) -> str:
    """`Did you mean orders?`, in whatever letters it was written; where none is near, the first ones after `otherwise`."""
    by_letters = {one.lower(): one for one in names}
    near = difflib.get_close_matches(text.lower(), by_letters, n=1)
    return (
        f"Did you mean {by_letters[near[0]]}?"
        if near
        else f"{otherwise}: {', '.join(names[:MOST])}."
    )
