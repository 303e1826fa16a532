"""Import, then plan: nothing to do, over random accounts. Looks are values here; nothing is sent to anybody."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st
from support.live import Live, snapshot_of
from support.live_states import changed, live_accounts
from support.planning import catalogue

from reconciler.adapters.toml_files import read_desired, read_folder
from reconciler.cli.import_ import checked, placed, text_of, write
from reconciler.core import planner
from reconciler.core.importing import Survey, survey_of
from reconciler.core.plan import FollowerMissing
from reconciler.errors import ReconcileError

if TYPE_CHECKING:
    from reconciler.core.drift import Drift
    from reconciler.core.observed import Snapshot
    from reconciler.core.placing import Mode


def imported(snapshot: Snapshot, out: Path, mode: Mode = "new") -> tuple[Survey, Drift]:
    """What `reconcile import` does, without the network."""
    existing = read_folder(out, catalogue=catalogue())
    survey = survey_of(snapshot, catalogue(), identities=frozenset(existing.names()))
    placing = placed(survey, existing, snapshot, out=out, mode=mode)
    texts = {Path(path): text_of(file) for path, file in placing.files.items()}
    found = checked(
        placing, out=out, texts=texts, snapshot=snapshot, catalogue=catalogue(), endpoint="sim:test"
    )
    write(texts)
    return survey, found


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(live_accounts())
def test_planning_on_an_import_gives_nothing_to_do(live: Live) -> None:
    snapshot = snapshot_of(live)
    with tempfile.TemporaryDirectory() as folder:
        survey, _ = imported(snapshot, Path(folder))

        if not survey.databases:
            event("nothing to list")
            return
        desired = read_desired([Path(folder)], catalogue=catalogue())

    plan = planner.plan(desired, snapshot, catalogue(), endpoint="sim:test")
    assert (plan.databases, plan.blocked, plan.unknown) == ((), (), ())
    assert len(plan.unchanged) + len(plan.converging) == len(survey.databases)


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(live_accounts())
def test_everything_is_listed_or_said_to_be_left_out(live: Live) -> None:
    snapshot = snapshot_of(live)

    survey = survey_of(snapshot, catalogue())

    said = {one.addon for one in (*survey.databases, *survey.left_out)}
    said |= {addon for one in survey.databases for addon in one.addons_behind.values()}
    notes = " ".join(note for one in survey.databases for note in one.notes)
    leaders_left_out = {one.addon for one in survey.left_out}
    for one in snapshot.databases:
        is_with_leader = one.addon in notes or one.leader in leaders_left_out
        assert one.addon in said or is_with_leader
    sound = [
        one
        for one in snapshot.databases
        if one.state == "provisioned"
        and one.serving_plan
        and not one.is_following
        and one.service_plan == "standard-0"
        and any(not name.namespace and name.name == "DATABASE" for name in one.attachments)
    ]
    assert {one.addon for one in sound} <= {one.addon for one in survey.databases}


def _names_that_are_gone(out: Path, snapshot: Snapshot) -> list[str]:
    """Databases that are listed by a name that is not live any more."""
    listed = read_folder(out, catalogue=catalogue()).databases
    return [one.name for one in listed if snapshot.attached_as(one.app, one.attachment) is None]


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(st.data())
def test_after_an_update_planning_gives_nothing_to_do_either(data: st.DataObject) -> None:
    before = data.draw(live_accounts())
    after = data.draw(changed(before))
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        imported(snapshot_of(before), out)
        texts = {path: path.read_text(encoding="utf-8") for path in out.iterdir()}
        try:
            survey, found = imported(snapshot_of(after), out, "update")
        except ReconcileError:
            event("refused")
            assert {path: path.read_text(encoding="utf-8") for path in out.iterdir()} == texts
            has_followers = any("leader" in one for one in before["databases"].values())
            assert has_followers or _names_that_are_gone(out, snapshot_of(after))
            return
        gone = _names_that_are_gone(out, snapshot_of(after))

    event("updated")
    assert [one.name for one in found.unknown] == gone
    notes = " ".join(note for one in survey.databases for note in one.notes)
    for change in (change for one in found.drifted for change in one.changes):
        # Only what no desired state could say stays as it was, and it is told.
        assert isinstance(change, FollowerMissing)
        assert f"follower {change.instead_of}: " in notes
