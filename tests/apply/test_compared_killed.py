"""Killed before or after any statement, connection or call of the comparison over SQL, the next run ends as if it was not.

The world is the stand-in's model, so that each moment is cheap; what is looked into are two real databases that hold the
same, whichever add-ons they stand for. The certificate never says more than what a comparison that ended has found.
The suite takes a sample of the moments; `--all-schedules` takes all.
"""

from __future__ import annotations

import asyncio
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from support.apply_world import Killed
from support.compared_world import SHOP, Unhurried
from support.killing import CASES, KilledJournal, Killer, Moment, clean_run, end_of
from support.state_server import PASSWORD, state_server

from reconciler.adapters.certificate_files import CertificateFolder
from reconciler.apply.tools import Tools
from reconciler.core.contents import differences_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.apply_world import Judge, World
    from support.state_server import StateServer

    from reconciler.apply.outcome import Outcome
    from reconciler.apply.ports import Comparison, Pair
    from reconciler.core.contents import Certificate, Check
    from reconciler.core.names import DatabaseName

pytestmark = pytest.mark.slow

KINDS = ("call", "connection", "statement", "certificate")


@dataclass(frozen=True)
class Change:
    """A case, how long rows are counted with its apps closed, and how many moments of each kind a run of it has."""

    case: str
    rows_within_s: float | None
    moments: tuple[int, int, int, int]


CHANGES = {
    "by a follower": Change("orders", None, (3, 2, 20, 1)),
    "by a follower, rows later": Change("orders", 0, (3, 2, 20, 2)),
    "by a copy": Change("legacy", None, (2, 2, 20, 1)),
    "by a copy, rows later": Change("legacy", 0, (2, 2, 20, 2)),
}


class Striking(Killer):
    """Kills at a moment of a comparison; two connections or statements may be under way at once."""

    @contextmanager
    def around(self, kind: str) -> Iterator[None]:
        self.count += kind == self.moment.kind
        nth = self.count
        self._strike(kind, nth, "before")
        yield
        self._strike(kind, nth, "after")

    def _strike(self, kind: str, nth: int, when: str) -> None:
        self.is_dead |= (kind, nth, when) == (self.moment.kind, self.moment.nth, self.moment.when)
        if self.is_dead:
            raise Killed


class Statements(psycopg.AsyncConnection[Any]):
    """A connection of a process that will be killed."""

    killer: Striking

    async def execute(self, query: Any, *more: Any, **options: Any) -> Any:  # type: ignore[override]
        with self.killer.around("statement"):
            return await super().execute(query, *more, **options)


@dataclass
class Sight:
    """One process' comparison over SQL, and all that any process has found to its end."""

    world: World
    killer: Striking
    place: Place
    opened: list[psycopg.AsyncConnection[Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.inner = Unhurried(
            is_stand_in=False,
            rows_within_s=self.place.change.rows_within_s,
            connect=self._connected,
        )

    async def _connected(self, **parameters: Any) -> psycopg.AsyncConnection[Any]:
        """To the real database that stands for the one of that address."""
        live = self.world.stand_in.world
        (addon,) = (
            live.addons[one.id].name
            for one in live.databases.values()
            if (one.host, one.name) == (parameters["host"], parameters["dbname"])
        )
        is_new = addon.startswith(("shop-orders-", "blog-legacy-"))
        here = {
            "host": "127.0.0.1",
            "port": self.place.server.server.port,
            "dbname": self.place.new if is_new else "old",
            "user": "postgres",
            "password": PASSWORD,
            "sslmode": "disable",
        }
        with self.killer.around("connection"):
            made = await Statements.connect(**(parameters | here))
            made.killer = self.killer
            self.opened.append(made)
            return made

    async def open(self, pair: Pair, **more: Any) -> None:
        await self._called(partial(self.inner.open, pair, **more))

    async def compare(self, pair: Pair, **more: Any) -> Comparison:
        return await self._called(partial(self.inner.compare, pair, **more), self.place.found)

    async def rest(self, pair: Pair) -> Comparison | None:
        return await self._called(partial(self.inner.rest, pair), self.place.rest_found)

    async def _called(self, call: Any, finds: list[tuple[Check, ...]] | None = None) -> Any:
        with self.killer.around("call"):
            done = await call()
            if finds is not None and done is not None and not done.why_not:
                finds.append(done.checks)
            return done

    async def close(self) -> None:
        """As the kernel does for a process that was killed."""
        with suppress(Killed):
            await self.inner.close()
        for one in self.opened:
            await one.close()


@dataclass
class KilledCertificates:
    """The certificates of a process that will be killed."""

    inner: CertificateFolder
    killer: Striking

    def keep(self, certificate: Certificate) -> None:
        with self.killer.around("certificate"):
            self.inner.keep(certificate)

    def kept(self, database: DatabaseName) -> Certificate | None:
        return self.inner.kept(database)


class Counting(Striking):
    """Kills nobody, and counts."""

    def __init__(self, world: World, judge: Judge) -> None:
        super().__init__(Moment("call", 0, "before"), world, judge)  # type: ignore[arg-type]
        self.counts: dict[str, int] = dict.fromkeys(KINDS, 0)

    @contextmanager
    def around(self, kind: str) -> Iterator[None]:
        self.counts[kind] += 1
        yield


@dataclass
class Place:
    """A change in a world of its own, applied by one process after another."""

    change: Change
    server: StateServer
    folder: Path
    new: str = "new"
    """The real database that stands for the new one."""
    found: list[tuple[Check, ...]] = field(default_factory=list)
    rest_found: list[tuple[Check, ...]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.case = CASES[self.change.case]
        self.world, self.judge = self.case.world()
        self.certificates = CertificateFolder(self.folder)

    def applied(self, killer: Striking) -> Outcome:
        """One apply, by a process of its own."""
        return asyncio.run(self._applied(killer))

    async def _applied(self, killer: Striking) -> Outcome:
        sight = Sight(self.world, killer, self)
        self.judge.new_process()
        self.world.wire.before, self.world.wire.after = killer.before, killer.after
        self.world.tools = Tools(
            contents=sight, certificates=KilledCertificates(self.certificates, killer)
        )
        try:
            (outcome,) = await self.world.applied(
                self.case.plan(),
                journal=KilledJournal(self.world.journal, killer),
                report=killer.report,
            )
        finally:
            await sight.close()
        return outcome

    def certificate(self) -> Certificate | None:
        return self.certificates.kept(self.case.plan().databases[0].name)

    def said_of_the_rest(self) -> str:
        seen = [
            one.text
            for one in self.world.journal.lines
            if one.what == "seen" and one.step.startswith("compare the rest")
        ]
        return seen[-1] if seen else ""


@pytest.fixture(scope="module")
def server() -> Iterator[StateServer]:
    with state_server() as made:
        with psycopg.connect(made.url(), autocommit=True) as connection:
            connection.execute("create database old")
            connection.execute("create database new")
            connection.execute("create database less")
        for name in ("old", "new", "less"):
            with psycopg.connect(made.url(name), autocommit=True) as connection:
                connection.execute(SHOP)
                if name == "less":
                    connection.execute("delete from items where id = 250")
        yield made


SCHEDULES = [
    (name, Moment(kind, nth, when))  # type: ignore[arg-type]
    for name, change in CHANGES.items()
    for kind, most in zip(KINDS, change.moments, strict=True)
    for nth in range(1, most + 1)
    for when in ("before", "after")
]


SAMPLE = 5


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "moment" in metafunc.fixturenames:
        is_all = metafunc.config.getoption("--all-schedules")
        chosen = SCHEDULES if is_all else SCHEDULES[::SAMPLE]
        metafunc.parametrize(("name", "moment"), chosen, ids=[f"{a} {b}" for a, b in chosen])


def test_killed_in_the_comparison_the_next_run_ends_the_same_and_the_certificate_is_true(
    tmp_path: Path, server: StateServer, name: str, moment: Moment
) -> None:
    place = Place(CHANGES[name], server, tmp_path)
    with pytest.raises(Killed):
        place.applied(Striking(moment, place.world, place.judge))
    left = place.certificate()
    assert left is None or left.checks in place.found

    outcome = place.applied(Counting(place.world, place.judge))

    assert (outcome.state, outcome.closed) == ("done", ())
    assert place.judge.verdict(outcome) == []
    assert place.judge.twice == []
    assert end_of(place.world) == clean_run(place.case).end
    assert_true(place)


def assert_true(place: Place) -> None:
    """It is of the last comparison that came to an end, with all that was looked at, and has no more of the rest."""
    found = place.certificate()
    assert found is not None
    assert (found.over, found.checks) == ("sql", place.found[-1])
    assert {one.what for one in found.checks} >= {"tables", "sequences", "indexes", "rows"}
    assert differences_of(found.checks) == ()
    assert found.rest in ((), *place.rest_found[-1:])
    (rows,) = (one for one in found.checks if one.what == "rows")
    assert (rows.result == "same") == (not rows.not_compared)
    if rows.not_compared and not found.rest:
        assert place.said_of_the_rest().startswith("not compared: ")


@pytest.mark.parametrize("name", CHANGES)
def test_no_moment_of_a_comparison_is_forgotten(
    tmp_path: Path, server: StateServer, name: str
) -> None:
    place = Place(CHANGES[name], server, tmp_path)
    counting = Counting(place.world, place.judge)

    outcome = place.applied(counting)

    assert outcome.state == "done"
    assert tuple(counting.counts.values()) == CHANGES[name].moments
    assert_true(place)


def test_a_difference_that_a_killed_run_had_found_is_told_by_the_next_one_and_then_known(
    tmp_path: Path, server: StateServer
) -> None:
    place = Place(CHANGES["by a follower, rows later"], server, tmp_path, new="less")
    with pytest.raises(Killed):
        place.applied(Striking(Moment("certificate", 2, "after"), place.world, place.judge))  # type: ignore[arg-type]

    outcomes = [place.applied(Counting(place.world, place.judge)) for _ in range(2)]

    assert [one.state for one in outcomes] == ["failed", "done"]
    assert "public.items has 500 rows in the old one, 499 in the new" in outcomes[0].reason
    assert "did not hold all that" in outcomes[0].reason
    found = place.certificate()
    assert found is not None
    assert [one.result for one in found.rest] == ["different"]


def test_what_a_killed_run_had_counted_to_its_end_is_evidence_of_the_next_one(
    tmp_path: Path, server: StateServer
) -> None:
    place = Place(CHANGES["by a follower, rows later"], server, tmp_path)
    with pytest.raises(Killed):
        place.applied(Striking(Moment("certificate", 2, "after"), place.world, place.judge))  # type: ignore[arg-type]

    outcome = place.applied(Counting(place.world, place.judge))

    assert outcome.state == "done"
    assert place.said_of_the_rest().startswith("as of the cutover: rows: ")
