"""The chain through a database's entries: each holds a hash over itself and the one before.

An entry that was changed, taken out or put in between later breaks the chain there. What a chain can not show is
that its newest entries are missing: for that the account is looked at again.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.apply.journal import Entry


def linked(entry: Entry, before: str) -> Entry:
    """`entry` with its link to the entry whose link is `before`; empty for the first."""
    return entry.model_copy(update={"link": _link(entry, before)})


def first_break(entries: Iterable[Entry]) -> int | None:
    """The place, from 1, of the first entry of one database that does not fit the one before; None: all fit."""
    before = ""
    for number, entry in enumerate(entries, start=1):
        if entry.link != _link(entry, before):
            return number
        before = entry.link
    return None


def _link(entry: Entry, before: str) -> str:
    data = entry.model_dump(mode="json", exclude={"link"}, exclude_defaults=True)
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(f"{before}\n{text}".encode()).hexdigest()
