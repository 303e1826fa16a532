"""Drift as text and as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from reconciler.core.endpoint import is_stand_in
from reconciler.render.details import Lines
from reconciler.render.stand_in import stand_in
from reconciler.render.words import ARROW, change_text
from reconciler.render.wrapping import wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.core.drift import Drift, Drifted, UnlistedDatabase

FORMAT_VERSION = "0.1"
"""Of the JSON document."""
DRIFTED, NOT_READ = "Drifted:", "Not read, and so not judged:"
URGENT = (DRIFTED, NOT_READ)
"""What is told even when only that is asked for."""


def drift_text(drift: Drift, *, width: int, is_ascii: bool = False, is_quiet: bool = False) -> str:
    """Totals first, then what has drifted, then the rest; ends in a newline.

    `is_quiet`: only what has drifted and what could not be read; empty when there is no such thing.
    """
    if is_quiet and not (drift.drifted or drift.unknown):
        return ""
    lines = Lines(width)
    sections = {
        DRIFTED: [text for one in drift.drifted for text in _drifted(one)],
        "Converging, which is no drift:": [
            f"{one.name}: {one.serving_plan} {ARROW} {one.service_plan}, {one.note}"
            for one in drift.converging
        ],
        NOT_READ: [f"{one.name}: {one.reason}" for one in drift.unknown],
        "Not listed, left alone:": [
            *(f"{one.name}: {one.what}" for one in drift.unlisted),
            *map(_unlisted_database, drift.unlisted_databases),
        ],
    }
    blocks = [[line for text in _totals(drift) for line in wrapped(text, width, further=" " * 2)]]
    blocks += [
        [heading, *(line for text in texts for line in lines.entry(text))]
        for heading, texts in sections.items()
        if texts and (not is_quiet or heading in URGENT)
    ]
    text = "\n\n".join("\n".join(block) for block in blocks) + "\n"
    return text.replace(ARROW, "->") if is_ascii else text


def drift_document(drift: Drift) -> str:
    """One JSON document with its totals, ending in a newline."""
    document = {
        "format_version": FORMAT_VERSION,
        "kind": "drift",
        "is_stand_in": is_stand_in(drift.endpoint),
        "totals": dict(_counts(drift)),
        **drift.model_dump(mode="json"),
    }
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _counts(drift: Drift) -> Iterator[tuple[str, int]]:
    """Databases by what was found; one that converges and has drifted beside that counts in both."""
    yield "drifted", len(drift.drifted)
    yield "converging", len(drift.converging)
    yield "not_read", len(drift.unknown)
    yield "as_wanted", len(drift.unchanged)


def _totals(drift: Drift) -> Iterator[str]:
    yield from stand_in(drift.endpoint)
    names = {
        one.name for group in (drift.drifted, drift.converging, drift.unknown) for one in group
    }
    count = len(names) + len(drift.unchanged)
    noun = "database" if count == 1 else "databases"
    parts = ", ".join(
        f"{number} {what.replace('_', ' ')}" for what, number in _counts(drift) if number
    )
    yield f"reconcile drift: {count} {noun}" + (f": {parts}" if parts else "")


def _drifted(drifted: Drifted) -> Iterator[str]:
    place = f"{drifted.app}::{drifted.attachment}, {drifted.addon}"
    wanted = f", wanted at {drifted.where}" if drifted.where else ""
    yield f"{drifted.name} ({place}{wanted})"
    yield from (f"  {change_text(change)}" for change in drifted.changes)


def _unlisted_database(one: UnlistedDatabase) -> str:
    return f"database {one.addon}, which {one.app} knows as {one.attachment}"
