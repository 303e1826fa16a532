"""Leases in the shared state, kept by a heartbeat; implements `apply.leases.Leases`.

Whether a lease is alive is judged by the database's clock alone. Whether ours still holds is judged here by time
since the last heartbeat that was answered, counted by a clock that goes on while the machine sleeps. So a holder that
was paused finds out before its next write, and one that died is followed by another within `LEASE_S` and a poll.
One that is not answered any more is told so (`is_failing`) while there is time to take a cutover back. How long it has
waited for an answer is counted without the time in which it was paused itself.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import threading
import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from reconciler.adapters.state.impatient import ANSWER_S
from reconciler.adapters.state.shared_journal import entries_of_database
from reconciler.adapters.state.tables import LEASE_S
from reconciler.apply.journal import progress_of
from reconciler.apply.leases import Claim, Work, why_no_room
from reconciler.errors import LeaseLostError, StateError, StepConflictError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from reconciler.adapters.state.link import Connection, Link
    from reconciler.apply.outcome import Outcome, State
    from reconciler.apply.ports import Clock
    from reconciler.core.limits import Limits
    from reconciler.core.names import AppName, DatabaseName

BEAT_S = 3.0
MARGIN_S = 6.0
"""A write begins only when the lease holds at least so much longer: opening a connection may take 5 s."""
FAILING_S = 3.0
"""When a heartbeat is not answered for so long, the lease is about to be lost: it was renewed up to 3 s before, and twice
as long is left for taking a cutover back."""
PATIENCE_S = 5.0
"""How long the state may be out of reach before a claim is given up."""
BRIEFLY_S = 1.0
"""How long is tried what ends by time otherwise: a connection that broke meanwhile is to cost nothing, and the end of a
process whose state is gone little."""
POLL_S = 1.0
CUT_OFF_WAIT_S = 60.0
"""How long a cutover waits for somebody to finish one that was cut off and has one of its apps."""


def asleep_too() -> float:
    """Seconds that also grow while the machine sleeps."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if clock is None else time.clock_gettime(clock)


@dataclass
class _Held:
    epoch: int
    good_until: float


class SharedLeases:
    """The leases that this process holds for one plan."""

    poll_s: float | None = POLL_S

    def __init__(
        self,
        links: tuple[Link, Link],
        *,
        plan: str,
        endpoint: str,
        limits: Limits,
        clock: Clock,
        awake_s: Callable[[], float],
        beat_s: float = BEAT_S,
        now_s: Callable[[], float] = asleep_too,
    ) -> None:
        self._link, self._beat_link = links
        self._plan = plan
        self._endpoint = endpoint
        self._limits = limits
        self._clock = clock
        self._beat_s = beat_s
        self._now_s = now_s
        self._awake_s = awake_s
        self._me = uuid.uuid4().hex
        self.who = f"process {os.getpid()} on {socket.gethostname()}"
        self._held: dict[DatabaseName, _Held] = {}
        self._silent_since: float | None = None
        """When the first heartbeat was sent that is not answered, by the clock of this process being awake."""
        self._waited: set[DatabaseName] = set()
        self._lock = threading.Lock()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)
        self._thread.start()

    # --- asking and giving back

    async def claim(self, works: Sequence[Work]) -> dict[DatabaseName, Claim]:
        """Take what is free, or whose holder has died, as far as the limits leave room."""
        claims, taken = await asyncio.to_thread(
            self._link.run, lambda one: self._claim(one, works), patience_s=PATIENCE_S
        )
        with self._lock:  # not before: what was not committed is not ours
            self._held |= taken
        return claims

    async def release(self, name: DatabaseName, outcome: Outcome) -> None:
        """Give one back. When the state can not be reached it ends by time: no heartbeat renews it any more."""

        def work(connection: Connection) -> None:
            if outcome.state != "pending":
                connection.execute(
                    "UPDATE work SET state = %s, reason = %s, holder = %s WHERE plan = %s AND database = %s",
                    [outcome.state, outcome.reason, self.who, self._plan, name],
                )
            connection.execute(
                "DELETE FROM leases WHERE endpoint = %s AND database = %s AND holder = %s",
                [self._endpoint, name, self._me],
            )

        with self._lock:
            held = self._held.pop(name, None)
        if held is not None:
            await self._try(work)

    async def reserve(
        self, name: DatabaseName, apps: Sequence[AppName], wait: Callable[[str], None]
    ) -> None:
        """Wait until no other cutover has one of `apps`.

        Raises:
            StepConflictError: one that was cut off has it, and nobody finishes that.
        """
        since: float | None = None
        while why := await asyncio.to_thread(
            self._link.run, lambda one: self._reserve(one, name, apps), patience_s=PATIENCE_S
        ):
            text, is_cut_off = why
            wait(text)
            now = self._clock.monotonic()
            since = (now if since is None else since) if is_cut_off else None
            if since is not None and now - since >= CUT_OFF_WAIT_S:
                raise StepConflictError(f"{text}.", hint="Finish that first: reconcile apply")
            await self._clock.sleep(POLL_S)

    async def give_back(self, name: DatabaseName, *, is_cutting_over: bool) -> None:
        """End the reservation of an ended cutover."""
        if not is_cutting_over:
            await self._try(
                lambda connection: connection.execute(
                    "DELETE FROM reserved WHERE endpoint = %s AND plan = %s AND database = %s",
                    [self._endpoint, self._plan, name],
                )
            )

    def check(self, name: DatabaseName) -> None:
        """Return if the lease of `name` is ours for `MARGIN_S` more.

        Raises:
            LeaseLostError: it is not.
        """
        if not self._is_good(name):
            self.beat()
        if not self._is_good(name):
            raise LeaseLostError(
                f"The lease of {name} was lost: this process was not heard of for too long.",
                hint="Another process may go on with it. See: reconcile status",
            )

    def is_failing(self, name: DatabaseName) -> bool:
        """Whether heartbeats have gone unanswered for so long that the lease of `name` will be lost soon."""
        with self._lock:
            is_held = name in self._held
        return is_held and self.silent_s() >= FAILING_S

    def silent_s(self) -> float:
        """For how many seconds a heartbeat has been waiting for an answer, or failed and was sent again; 0: none has.

        Only those in which this process ran: what came while it was paused is not read yet.
        """
        since = self._silent_since
        return 0.0 if since is None else self._awake_s() - since

    def epoch_of(self, name: DatabaseName) -> int | None:
        """The epoch of a lease that we hold, or held until it was lost."""
        with self._lock:
            held = self._held.get(name)
        return None if held is None else held.epoch

    def close(self) -> None:
        """End the heartbeat, and every lease that is left."""
        self._ending.set()
        self._thread.join()
        try:
            self._link.run(
                lambda connection: connection.execute(
                    "DELETE FROM leases WHERE holder = %s", [self._me]
                ),
                patience_s=BRIEFLY_S,
                answer_s=ANSWER_S,
            )
        except StateError:
            return  # they end by time

    async def _try(self, work: Callable[[Connection], object]) -> None:
        try:
            await asyncio.to_thread(self._link.run, work, patience_s=BRIEFLY_S, answer_s=ANSWER_S)
        except StateError:
            return  # it ends by time

    # --- transactions

    def _claim(
        self, connection: Connection, works: Sequence[Work]
    ) -> tuple[dict[DatabaseName, Claim], dict[DatabaseName, _Held]]:
        """The answers, and what is ours once this is committed."""
        asked_at = self._now_s()
        self._one_after_another(connection)
        others, busy = self._others(connection)
        ends = self._ends(connection, [work.name for work in works])
        claims: dict[DatabaseName, Claim] = {}
        taken: dict[DatabaseName, _Held] = {}
        for work in works:
            name = work.name
            text = busy.get(name) or why_no_room(work, others.values(), self._limits)
            if text:
                claims[name] = Claim("busy", text)
                if name in busy:
                    self._waited.add(name)
            elif name in self._waited and name in ends:
                claims[name] = ends[name]
            else:
                taken[name] = _Held(self._take(connection, work), asked_at + LEASE_S)
                others[name] = work
                claims[name] = Claim("granted")
        return claims, taken

    def _one_after_another(self, connection: Connection) -> None:
        connection.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 1))", [self._endpoint]
        )

    def _others(
        self, connection: Connection
    ) -> tuple[dict[DatabaseName, Work], dict[DatabaseName, str]]:
        """What is worked on, and of that by whom else, in words."""
        rows = cast(
            "list[tuple[DatabaseName, str, str, str, list[AppName], Mapping[str, str]]]",
            connection.execute(
                "SELECT database, holder, who, "
                "to_char(since AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') || ' UTC, last heard of ' "
                "|| round(extract(epoch FROM now() - heartbeat)) || ' s ago', apps, labels "
                "FROM living WHERE endpoint = %s",
                [self._endpoint],
            ).fetchall(),
        )
        works = {row[0]: Work(row[0], tuple(row[4]), row[5]) for row in rows}
        busy = {
            row[0]: f"{row[2]} works on it since {row[3]}" for row in rows if row[1] != self._me
        }
        return works, busy

    def _ends(
        self, connection: Connection, names: Sequence[DatabaseName]
    ) -> dict[DatabaseName, Claim]:
        """How others ended, where that is not success: success is looked at again instead of believed."""
        rows = cast(
            "list[tuple[DatabaseName, State, str, str]]",
            connection.execute(
                "SELECT database, state, reason, holder FROM work "
                "WHERE plan = %s AND database = ANY(%s) AND state NOT IN ('open', 'done')",
                [self._plan, list(names)],
            ).fetchall(),
        )
        return {name: Claim("settled", f"{why} ({who})", state) for name, state, why, who in rows}

    def _take(self, connection: Connection, work: Work) -> int:
        """The epoch of its lease."""
        row = connection.execute(
            """
            INSERT INTO leases (endpoint, database, plan, epoch, holder, who, apps, labels)
            VALUES (%s, %s, %s, nextval('epochs'), %s, %s, %s, %s::jsonb)
            ON CONFLICT (endpoint, database) DO UPDATE SET
                plan = excluded.plan, epoch = excluded.epoch, holder = excluded.holder, who = excluded.who,
                since = now(), heartbeat = now(), apps = excluded.apps, labels = excluded.labels
            RETURNING epoch
            """,
            [
                self._endpoint,
                work.name,
                self._plan,
                self._me,
                self.who,
                list(work.apps),
                json.dumps(dict(work.labels)),
            ],
        ).fetchone()
        return cast("tuple[int]", row)[0]  # a row is written or the statement fails

    def _reserve(
        self, connection: Connection, name: DatabaseName, apps: Sequence[AppName]
    ) -> tuple[str, bool] | None:
        """None once reserved; else who has an app, and whether that was cut off."""
        self._one_after_another(connection)
        rows = connection.execute(
            "SELECT r.app, r.plan, r.database, EXISTS (SELECT FROM living l WHERE l.endpoint = r.endpoint "
            "AND l.database = r.database AND l.plan = r.plan) "
            "FROM reserved r WHERE r.endpoint = %s AND r.app = ANY(%s) "
            "AND (r.plan, r.database) <> (%s, %s) ORDER BY r.app",
            [self._endpoint, list(apps), self._plan, name],
        ).fetchall()
        for app, plan, database, is_alive in rows:
            if is_alive:
                return f"{database} has its cutover with {app} first", False
            entries = entries_of_database(connection, str(plan), str(database))
            if progress_of(entries, frozenset()).is_cutting_over:
                return (
                    f"the cutover of {database} with {app} was cut off (plan {str(plan)[:8]})",
                    True,
                )
        for app in apps:
            connection.execute(
                "INSERT INTO reserved (endpoint, app, plan, database) VALUES (%s, %s, %s, %s) "
                "ON CONFLICT (endpoint, app) DO UPDATE SET plan = excluded.plan, database = excluded.database",
                [self._endpoint, app, self._plan, name],
            )
        return None

    # --- heartbeat

    def _beat(self) -> None:
        while not self._ending.wait(self._beat_s):
            self.beat()

    def beat(self) -> None:
        """Be heard of; what was taken over is not renewed, and found out by `check`."""
        asked_at = self._now_s()
        with self._lock:
            names = list(self._held)
            if self._silent_since is None:
                self._silent_since = self._awake_s()

        def work(connection: Connection) -> list[tuple[Any, ...]]:
            return connection.execute(
                "UPDATE leases SET heartbeat = now() WHERE endpoint = %s AND database = ANY(%s) "
                "AND holder = %s RETURNING database, epoch",
                [self._endpoint, names, self._me],
            ).fetchall()

        try:
            ours = dict(self._beat_link.run(work, patience_s=BRIEFLY_S, answer_s=ANSWER_S))
        except StateError:  # the time runs on; `check` stops us before it is up
            return
        with self._lock:
            self._silent_since = None
            for name, held in self._held.items():
                if ours.get(name) == held.epoch:
                    held.good_until = max(held.good_until, asked_at + LEASE_S)

    def _is_good(self, name: DatabaseName) -> bool:
        with self._lock:
            held = self._held.get(name)
            return held is not None and self._now_s() + MARGIN_S < held.good_until
