"""What every state promises, wherever it is."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import pytest
from support.apply_world import plan_for

from reconciler.adapters.state.folder import FolderState
from reconciler.adapters.state.shared import SharedState
from reconciler.apply.applying import BOTH
from reconciler.apply.chain import first_break, linked
from reconciler.apply.journal import Entry
from reconciler.apply.leases import work_of
from reconciler.cli.runs import cut_off, newest_run_of, run_of_plan
from reconciler.core.contents import Certificate
from reconciler.core.names import AddonName, DatabaseName
from reconciler.errors import PlanFileError, StateError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.state_server import StateDatabase

    from reconciler.apply.journal import What
    from reconciler.apply.state import State
    from reconciler.core.plan import Plan

ORDERS = DatabaseName("orders")
AT = "2026-11-22T20:00:00.000+00:00"
Again = "Callable[[], contextlib.AbstractContextManager[State]]"


@pytest.fixture(params=["folder", "shared"])
def again(request: pytest.FixtureRequest, tmp_path: Path) -> Again:
    """Opens the state, as another process would."""
    if request.param == "folder":
        return lambda: contextlib.nullcontext(FolderState(tmp_path / ".reconcile"))
    database: StateDatabase = request.getfixturevalue("database")
    return lambda: contextlib.closing(SharedState(database.url))


async def _written(
    state: State,
    *whats: What,
    name: DatabaseName = ORDERS,
    plan: Plan | None = None,
    at: str = AT,
) -> None:
    plan = plan or plan_for("orders")
    with state.record(plan) as record:
        await record.leases.claim([work_of(one) for one in plan.databases])
        before = record.journal.entries_of(name)
        link = before[-1].link if before else ""
        for what in whats:
            entry = linked(Entry(at=at, database=name, what=what), link)
            record.journal.append(entry)
            link = entry.link


@pytest.fixture
def write() -> Callable[..., None]:
    return lambda state, *whats, **how: asyncio.run(_written(state, *whats, **how))


def test_what_was_written_is_there_for_the_next_process(
    again: Again, write: Callable[..., None]
) -> None:
    with again() as state:
        write(state, "begun", "intent")
    with again() as state:
        write(state, "seen")
    with again() as state:
        (run,) = state.runs()

    assert [one.what for one in run.entries] == ["begun", "intent", "seen"]
    assert first_break(run.entries) is None
    assert run.plan() == plan_for("orders")
    assert plan_for("orders").digest.startswith(run.digest)


def test_a_certificate_is_there_for_whoever_goes_on(
    again: Again, write: Callable[..., None]
) -> None:
    plan = plan_for("orders")
    first = Certificate(
        plan=plan.id,
        database=ORDERS,
        method="follower-switch",
        old=AddonName("old"),
        new=AddonName("new"),
        compared_at=AT,
        over="sql",
        checks=(),
    )
    with again() as state, state.record(plan) as record:
        assert record.certificates.kept(ORDERS) is None
        record.certificates.keep(first)
    with again() as state, state.record(plan) as record:
        assert record.certificates.kept(ORDERS) == first
        second = first.model_copy(update={"rest_at": AT})
        record.certificates.keep(second)
    with again() as state:
        write(state, "begun")
        (run,) = state.runs()

        assert run.certificates.kept(ORDERS) == second
        assert run.certificates.kept(DatabaseName("elsewhere")) is None


def test_a_state_of_before_certificates_gets_a_place_for_them(database: StateDatabase) -> None:
    with contextlib.closing(SharedState(database.url)):
        database.ask("DROP TABLE reconcile.certificates")

    with (
        contextlib.closing(SharedState(database.url)) as state,
        state.record(plan_for("orders")) as record,
    ):
        assert record.certificates.kept(ORDERS) is None


def test_a_cutover_that_was_cut_off_is_found_by_the_next_process(
    again: Again, write: Callable[..., None]
) -> None:
    with again() as state:
        write(state, "begun", "cutover-begun")
    with again() as state:
        found = list(cut_off(state, "sim:test"))
        elsewhere = list(cut_off(state, "api.heroku.com"))

    assert found == [(plan_for("orders"), (ORDERS,))]
    assert elsewhere == []


@pytest.mark.parametrize("end", ["opened", "backed-out", "done"])
def test_only_a_run_in_the_middle_of_a_cutover_is_cut_off(
    again: Again, write: Callable[..., None], end: What
) -> None:
    with again() as state:
        write(state, "begun", "cutover-begun", end)
        assert list(cut_off(state, "sim:test")) == []


def test_a_run_is_found_by_its_database_and_by_how_its_plan_begins(
    again: Again, write: Callable[..., None]
) -> None:
    plan = plan_for("orders")
    with again() as state:
        write(state, "begun")
        found, name = newest_run_of(state, "orders")
        assert (found.plan(), name) == (plan, ORDERS)
        assert run_of_plan(state, plan.id).plan() == plan
        assert run_of_plan(state, plan.digest).plan() == plan
        with pytest.raises(UsageError, match="has begun anything for elsewhere"):
            newest_run_of(state, "elsewhere")
        with pytest.raises(UsageError, match="No plan that begins with ffffffff was applied"):
            run_of_plan(state, "ffffffff")


def test_a_record_that_is_only_opened_again_does_not_become_the_newest(
    again: Again, write: Callable[..., None]
) -> None:
    older, newer = plan_for("orders"), plan_for("legacy", "orders")
    with again() as state:
        write(state, "begun", "done", plan=older, at="2026-11-21T20:00:00.000+00:00")
        write(state, "begun", plan=newer, at="2026-11-22T20:00:00.000+00:00")

        write(state, plan=older)

        found, name = newest_run_of(state, "orders")
        assert (found.plan(), name) == (newer, ORDERS)


def test_an_entry_that_was_changed_later_shows(again: Again, write: Callable[..., None]) -> None:
    with again() as state:
        write(state, "begun", "intent", "seen", "done")
        (run,) = state.runs()
    second = run.entries[1].model_copy(update={"text": "nothing to see here"})

    assert first_break((run.entries[0], second, *run.entries[2:])) == 2
    assert first_break((run.entries[0], *run.entries[2:])) == 2
    assert first_break(run.entries[1:]) == 1


def test_a_finished_run_of_an_older_format_stops_nothing(
    tmp_path: Path, write: Callable[..., None]
) -> None:
    state = FolderState(tmp_path)
    write(state, "begun", "done")
    next(tmp_path.glob("runs/*/plan.json")).write_text("{}")

    assert list(cut_off(state, "sim:test")) == []
    with pytest.raises(PlanFileError):
        next(state.runs()).plan()


def test_a_cut_off_run_without_its_plan_is_never_overlooked(
    tmp_path: Path, write: Callable[..., None]
) -> None:
    state = FolderState(tmp_path)
    write(state, "begun", "cutover-begun")
    next(tmp_path.glob("runs/*/plan.json")).unlink()

    with pytest.raises(StateError, match="The cutover of orders was cut off, and its plan cannot"):
        list(cut_off(state, "sim:test"))


def test_only_a_shared_state_has_work_for_others(again: Again) -> None:
    plan = plan_for("orders")
    with again() as state:
        with state.record(plan) as record:
            record.open_work([ORDERS], BOTH)
        found = state.open_work("sim:test")
        elsewhere = state.open_work("api.heroku.com")

    assert elsewhere == ()
    assert [(one.plan(), one.phases, one.names) for one in found] == (
        [(plan, BOTH, (ORDERS,))] if state.is_shared else []
    )


def test_what_was_approved_stays_approved_when_another_one_asks_for_less(
    database: StateDatabase,
) -> None:
    plan = plan_for("orders")
    with contextlib.closing(SharedState(database.url)) as state:
        for phases in (BOTH, BOTH - {"cutover"}):
            with state.record(plan) as record:
                record.open_work([ORDERS], phases)
        (found,) = state.open_work("sim:test")

    assert found.phases == BOTH
