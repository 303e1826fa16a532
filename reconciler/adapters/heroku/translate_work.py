"""From the wire's words to ours, for what is under way: releases, copies, upgrades. Pure, as `translate`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reconciler.apply.ports import ObservedRelease, ObservedTransfer, ObservedUpgrade

if TYPE_CHECKING:
    from reconciler.adapters.heroku.wire_closer import ReleaseRow, TransferRow, UpgradeRow

_SCHEDULED = re.compile(r"\bis scheduled (?:on|for) (?P<when>\d{4}-\d\d-\d\d[^.]*)")
"""Heroku's words are the only sign. Source: heroku/cli v11.9.0 test/unit/commands/pg/upgrade/wait.unit.test.ts."""


def release_of(row: ReleaseRow) -> ObservedRelease:
    """One release."""
    return ObservedRelease(row.version, row.status, row.description)


def transfer_of(row: TransferRow) -> ObservedTransfer:
    """One copy; a cancelled one has ended without success."""
    is_finished = bool(row.finished_at or row.canceled_at)
    return ObservedTransfer(
        id=row.uuid,
        from_name=row.from_name,
        to_name=row.to_name,
        is_finished=is_finished,
        has_succeeded=bool(row.succeeded) and not row.canceled_at if is_finished else None,
        processed_bytes=row.processed_bytes or 0,
        source_bytes=row.source_bytes or 0,
    )


def upgrade_of(row: UpgradeRow) -> ObservedUpgrade:
    """How far a version upgrade is: `waiting?` is false once it is prepared as well as when there is none."""
    said = f"step {row.step}: {row.message}" if row.step else row.message
    if row.has_failed:
        return ObservedUpgrade("failed", said)
    if row.is_waiting:
        return ObservedUpgrade("at-work", said)
    scheduled = _SCHEDULED.search(row.message)
    if scheduled is None:
        return ObservedUpgrade("none", said)
    return ObservedUpgrade(
        "scheduled", f"prepared, Heroku's own window begins {scheduled['when'].strip()}"
    )
