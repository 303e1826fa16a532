"""State in a PostgreSQL database that several machines share. Implements `apply.state.State`."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from reconciler.adapters.clock import SystemClock
from reconciler.adapters.state.awake import running
from reconciler.adapters.state.impatient import Impatient
from reconciler.adapters.state.link import Link
from reconciler.adapters.state.shared_certificates import SharedCertificates
from reconciler.adapters.state.shared_journal import SharedJournal, entries_of_plan
from reconciler.adapters.state.shared_leases import SharedLeases
from reconciler.adapters.state.tables import make_tables
from reconciler.apply.state import Holder, OpenWork, RecordedRun
from reconciler.core.plan_document import UnreadableError, read
from reconciler.errors import PlanFileError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Sequence

    from reconciler.adapters.state.link import Connection
    from reconciler.apply.ports import Clock
    from reconciler.core.names import DatabaseName
    from reconciler.core.plan import Phase, Plan


@dataclass(frozen=True)
class SharedRecord:
    """One plan's records."""

    link: Link
    plan: Plan
    journal: SharedJournal
    leases: SharedLeases
    certificates: SharedCertificates

    def open_work(self, names: Sequence[DatabaseName], phases: frozenset[Phase]) -> None:
        """Note what was approved, beside what was and is still open; what is done stays done."""

        def work(connection: Connection) -> None:
            for name in names:
                connection.execute(
                    "INSERT INTO work (plan, database, phases, state) VALUES (%s, %s, %s, 'open') "
                    "ON CONFLICT (plan, database) DO UPDATE SET state = 'open', phases = CASE work.state WHEN 'open' "
                    "THEN ARRAY(SELECT unnest(work.phases || excluded.phases) AS p GROUP BY p ORDER BY p) "
                    "ELSE excluded.phases END "
                    "WHERE work.state <> 'done'",
                    [self.plan.digest, name, sorted(phases)],
                )

        self.link.run(work)


@contextlib.contextmanager
def recording(plan: Plan, links: Sequence[Link], **leases: Any) -> Iterator[SharedRecord]:
    """The records of a plan that the state has, over `links` for entries, claims and heartbeats, closed at the end.

    `leases` is what `SharedLeases` is told beside.
    """
    entries, claims, beats = links
    with contextlib.ExitStack() as stack:
        for link in links:
            stack.enter_context(contextlib.closing(link))
        held = SharedLeases((claims, beats), plan=plan.digest, endpoint=plan.endpoint, **leases)
        stack.callback(held.close)
        journal = SharedJournal(entries, plan.digest, held)
        certificates = SharedCertificates(Impatient(entries, held), plan.digest)
        yield SharedRecord(claims, plan, journal, held, certificates)


class SharedState:
    """All runs of everybody who uses the same database."""

    is_shared = True

    def __init__(self, url: str, clock: Clock | None = None) -> None:
        self._url = url
        self._clock = clock or SystemClock()
        self._link = Link(url)
        try:
            self._link.run(make_tables)
        except BaseException:
            self._link.close()
            raise

    @property
    def where(self) -> str:
        """Host and database."""
        return self._link.where

    def close(self) -> None:
        """Give the connection back."""
        self._link.close()

    @contextlib.contextmanager
    def only_one(self) -> Iterator[None]:
        """Everybody may take part: leases keep them apart, database by database."""
        yield

    @contextlib.contextmanager
    def record(self, plan: Plan) -> Iterator[SharedRecord]:
        """Keep the plan, and hold leases by a heartbeat until the context ends."""
        self._link.run(
            lambda connection: connection.execute(
                "INSERT INTO runs (plan, endpoint, body) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
                [plan.digest, plan.endpoint, plan.to_json()],
            )
        )
        links = [Link(self._url) for _ in range(3)]
        limits, clock = plan.safety.limits, self._clock
        with (
            running() as awake,
            recording(plan, links, limits=limits, clock=clock, awake_s=awake.seconds) as record,
        ):
            yield record

    def runs(self) -> Iterator[RecordedRun]:
        """Every plan, the one written last as the last."""
        rows = self._link.run(
            lambda connection: connection.execute(
                "SELECT r.plan, r.body FROM runs r LEFT JOIN entries e ON e.plan = r.plan "
                "GROUP BY r.plan, r.body ORDER BY coalesce(max(e.id), 0), min(r.begun)"
            ).fetchall()
        )
        for plan, body in rows:
            digest = str(plan)
            yield RecordedRun(
                digest,
                entries_of_plan(self._link, digest),
                partial(self._plan, digest, str(body)),
                SharedCertificates(self._link, digest),
                self._holders(digest),
            )

    def open_work(self, endpoint: str) -> tuple[OpenWork, ...]:
        """What is open and has no living lease."""
        rows = cast(
            "list[tuple[str, str, list[DatabaseName], list[Phase]]]",
            self._link.run(
                lambda connection: connection.execute(
                    """
                    SELECT r.plan, r.body, array_agg(w.database ORDER BY w.database), w.phases
                    FROM runs r JOIN work w USING (plan)
                    WHERE r.endpoint = %s AND w.state = 'open' AND NOT EXISTS (
                        SELECT FROM living l WHERE l.endpoint = r.endpoint AND l.database = w.database)
                    GROUP BY r.plan, r.body, r.begun, w.phases ORDER BY r.begun
                    """,
                    [endpoint],
                ).fetchall()
            ),
        )
        return tuple(
            OpenWork(
                plan,
                partial(self._plan, plan, body),
                frozenset(phases),
                tuple(names),
            )
            for plan, body, names, phases in rows
        )

    def _plan(self, digest: str, body: str) -> Plan:
        try:
            return read(body).plan
        except UnreadableError as error:
            where = f"Plan {digest[:8]} in {self.where}"
            raise PlanFileError(f"{where} {error}", hint=error.hint) from None

    def _holders(self, plan: str) -> dict[DatabaseName, Holder]:
        rows = cast(
            "list[tuple[DatabaseName, str, dt.datetime, float]]",
            self._link.run(
                lambda connection: connection.execute(
                    "SELECT database, who, since AT TIME ZONE 'UTC', "
                    "extract(epoch FROM now() - heartbeat)::float FROM living "
                    "WHERE plan = %s",
                    [plan],
                ).fetchall()
            ),
        )
        return {name: Holder(who, since, heard_s) for name, who, since, heard_s in rows}
