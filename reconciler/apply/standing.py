"""From a journal to how far one database is, and what happened last, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.apply.journal import progress_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.apply.journal import Entry, What
    from reconciler.render.standing import Standing

_WITHOUT_TEXT: Mapping[What, str] = {
    "begun": "begun, and nothing done yet",
    "cutover-begun": "the cutover was begun",
    "opened": "the apps are open again",
    "backed-out": "taken back: everything leads where it led before",
    "aborted": "taken back by abort: everything is as it was",
    "done": "carried out and confirmed",
}
"""Of an entry that has no words of its own; what is not here tells nothing that the one before does not."""


def standing_of(written: Sequence[Entry], *, is_worked_on: bool) -> Standing:
    """How far one database is, by its entries; the plan's stages are not needed for it.

    `is_worked_on`: whether a process is at work on it now. Without one, what is neither done nor at another end is
    pending, however it was stopped.
    """
    if not written:
        return "not begun"
    progress = progress_of(written, frozenset())
    if progress.is_done:
        return "done"
    if progress.is_cutting_over:
        return "closed"
    last = written[-1]
    if last.what == "failed" or (last.what == "aborted" and last.text):  # which says what is left
        return "failed"
    if last.what in {"backed-out", "aborted"}:
        return "backed-out"
    return "under way" if is_worked_on else "pending"


def last_of(written: Sequence[Entry]) -> str:
    """The newest thing that has words; empty where nothing was written."""
    return next(filter(None, map(_words, reversed(written))), "")


def _words(entry: Entry) -> str:
    said = ": ".join(part for part in (entry.step, entry.text) if part)
    return said or _WITHOUT_TEXT.get(entry.what, "")
