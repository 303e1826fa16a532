"""Journals as an apply would have left them, written without one: for commands that only read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.adapters.state.folder import FolderState
from reconciler.apply.chain import linked
from reconciler.apply.journal import Entry

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.core.plan import Plan

BEGAN = "2026-11-22T20:00:{:02}.000+00:00"


def record(folder: Path, plan: Plan, name: str, *written: dict[str, object]) -> tuple[Entry, ...]:
    """Write entries of one database of `plan`, a second apart, into the state of `folder`; returns all there are."""
    with FolderState(folder / ".reconcile").record(plan) as record:
        before = record.journal.entries()
        link = next((one.link for one in reversed(before) if one.database == name), "")
        for second, one in enumerate(written, start=len(before)):
            entry = Entry.model_validate({"at": BEGAN.format(second), "database": name, **one})
            record.journal.append(linked(entry, link))
            link = record.journal.entries()[-1].link
        return record.journal.entries()
