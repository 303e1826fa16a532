"""`GET /sim/ledger`: what the apps were told, against what the databases hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg

from reconciler.simulator.dynos.ledger import Ledger, Page, gaps, ranges

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.simulator.engines.postgres.server import Server

MOST_RANGES = 50
ROWS = "select n from writes where app = %s"


@dataclass(frozen=True, slots=True)
class Subject:
    """An app, the config var it writes through, the add-on this leads to now, and all servers by add-on name."""

    app: str
    config_var: str
    primary: str | None
    servers: Mapping[str, Server]


def report(ledger: Ledger, subjects: Sequence[Subject], *, least_gap: float) -> dict[str, Any]:
    """The whole answer. Reads every server; takes some milliseconds for each 10,000 rows."""
    return {"apps": {each.app: _report_on(ledger, each, least_gap) for each in subjects}}


def _report_on(ledger: Ledger, subject: Subject, least_gap: float) -> dict[str, Any]:
    """What was acknowledged is read first, so that a row that comes in between is not taken for missing."""
    page = ledger.page(subject.app)
    acknowledged = {row.number for row in page.rows}
    primary = subject.servers.get(subject.primary or "")
    present = _rows(primary, subject.app) if primary is not None else set()
    missing = sorted(acknowledged - present)
    return {
        "config_var": subject.config_var,
        "primary": subject.primary,
        "acknowledged": len(acknowledged),
        "present": len(acknowledged & present),
        "missing": len(missing),
        "missing_rows": ranges(missing)[:MOST_RANGES],
        **_elsewhere(subject, set(missing)),
        "refused": page.refused,
        **_outage(page, least_gap),
    }


def _elsewhere(subject: Subject, missing: set[int]) -> dict[str, Any]:
    """Which other databases hold rows that the primary lacks, and how many are nowhere."""
    held: dict[str, int] = {}
    found: set[int] = set()
    if missing:
        for name, server in sorted(subject.servers.items()):
            if name != subject.primary and (there := _rows(server, subject.app) & missing):
                held[name] = len(there)
                found |= there
    return {"present_elsewhere": held, "nowhere": len(missing - found)}


def _outage(page: Page, least_gap: float) -> dict[str, Any]:
    """Every gap, in seconds of real time."""
    found = gaps(page, least=least_gap)
    last = page.rows[-1].at if page.rows else None
    return {
        "least_gap": least_gap,
        "gaps": [
            {
                "after": gap.after,
                "before": gap.before,
                "began": round(gap.began, 3),
                "seconds": round(gap.seconds, 3),
            }
            for gap in found
        ],
        "longest_gap": round(max((gap.seconds for gap in found), default=0.0), 3),
        "since_last_write": round(page.now - last, 3) if last is not None else None,
    }


def _rows(server: Server, app: str) -> set[int]:
    """The numbers of the rows of that app; none when the database has no such table or cannot be read."""
    try:
        with server.connect() as connection:
            return {number for (number,) in connection.execute(ROWS, (app,))}
    except psycopg.Error:
        return set()
