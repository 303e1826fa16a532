"""How far a database is, said in the same words by status, its page and verify; the page and the table say the same."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from support.apply_world import plan_for
from support.journals import record

from reconciler.adapters.plan_files import read_plan
from reconciler.adapters.state.folder import FolderState
from reconciler.apply.shown import shown_progress
from reconciler.apply.standing import last_of
from reconciler.cli import main
from reconciler.core.names import DatabaseName

if TYPE_CHECKING:
    from pathlib import Path

    from support.processes import Place

PLAN, OTHER_PLAN = plan_for("orders"), plan_for("legacy")
Written = tuple[dict[str, object], ...]

BEGUN: Written = ({"what": "begun"},)
PREPARING: Written = (
    *BEGUN,
    {"what": "intent", "step": "create a follower"},
    {"what": "seen", "step": "create a follower", "text": "it is there"},
    {"what": "stage-done", "stage": 0},
    {"what": "remembered", "key": "dynos shop", "value": "{}"},
)
CUT_OFF: Written = (*PREPARING, {"what": "cutover-begun"})
BACKED_OUT: Written = (
    *CUT_OFF,
    {"what": "backed-out", "text": "A dyno did not stop. closed for 2.0 s; predicted 15-60 s"},
)
ABORTED: Written = (*PREPARING, {"what": "aborted"})
NOT_ALL_ABORTED: Written = (*PREPARING, {"what": "aborted", "text": "Heroku may still change it"})
FAILED: Written = (*PREPARING, {"what": "failed", "text": "Heroku did not answer."})
NEVER_LOOKED_AT: Written = ({"what": "failed", "text": "Heroku did not answer."},)
DONE: Written = (*CUT_OFF, {"what": "done"})

CASES = {
    "begun": (BEGUN, "pending", "begun, and nothing done yet"),
    "preparing": (PREPARING, "pending", "create a follower: it is there"),
    "cut off": (CUT_OFF, "closed", "the cutover was begun"),
    "backed out": (
        BACKED_OUT,
        "backed-out",
        "A dyno did not stop. closed for 2.0 s; predicted 15-60 s",
    ),
    "aborted": (ABORTED, "backed-out", "taken back by abort: everything is as it was"),
    "not all aborted": (NOT_ALL_ABORTED, "failed", "Heroku may still change it"),
    "failed": (FAILED, "failed", "Heroku did not answer."),
    "failed before anything": (NEVER_LOOKED_AT, "failed", "Heroku did not answer."),
    "done": (DONE, "done", "carried out and confirmed"),
}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def told(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["status", "--all", *words]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize(("written", "state", "last"), CASES.values(), ids=CASES.keys())
def test_table_and_page_say_the_same_where_nobody_works(
    here: Path, capsys: pytest.CaptureFixture[str], written: Written, state: str, last: str
) -> None:
    entries = record(here, PLAN, "orders", *written)

    (row,) = json.loads(told(capsys, "--format", "json"))["runs"]
    text = told(capsys)
    page = shown_progress(PLAN, entries).of(DatabaseName("orders"))

    assert (row["state"], row["last"], row["holder"]) == (state, last, "")
    assert (page.standing, page.last) == (state, last)
    assert (state if state != "closed" else "IN THE CUTOVER") in text
    is_left_alone = state in {"pending", "closed"}
    assert ("nobody works on it: run the same apply again" in text) == is_left_alone


@pytest.mark.parametrize(
    ("written", "state"), [(BEGUN, "under way"), (CUT_OFF, "closed"), (FAILED, "failed")]
)
def test_while_a_process_works_on_it_it_is_under_way(
    here: Path, capsys: pytest.CaptureFixture[str], written: Written, state: str
) -> None:
    record(here, PLAN, "orders", *written)

    with FolderState().only_one(), FolderState().record(PLAN):
        (row,) = json.loads(told(capsys, "--format", "json"))["runs"]
        text = told(capsys)

    assert row["state"] == state
    assert f"worked on by: {row['holder']}" in text
    assert "run the same apply again" not in text


def test_what_another_plan_has_left_is_not_under_way(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record(here, PLAN, "orders", *CUT_OFF)
    record(here, OTHER_PLAN, "legacy", *BEGUN)

    with FolderState().only_one(), FolderState().record(OTHER_PLAN):
        rows = json.loads(told(capsys, "--format", "json"))["runs"]

    workers = {row["database"]: row["holder"] for row in rows}
    states = {row["database"]: row["state"] for row in rows}
    assert states == {"orders": "closed", "legacy": "under way"}
    assert workers["orders"] == ""
    assert workers["legacy"].startswith("process ")


def test_no_kind_of_entry_is_shown_as_words(here: Path) -> None:
    entries = record(here, PLAN, "orders", *DONE)

    shown = {last_of(entries[:count]) for count in range(1, len(entries) + 1)}

    kinds = {one.what for one in entries}
    assert len(kinds) == 7
    assert shown & kinds == set()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("written", "line"),
    [
        ((), "  crimson: pending. not begun"),
        (BEGUN, "  crimson: pending. not done yet"),
        (CUT_OFF, "  crimson: pending. IN THE CUTOVER, apps may be closed"),
        (FAILED, "  crimson: failed. Heroku did not answer."),
        (
            BACKED_OUT,
            "  crimson: backed-out. A dyno did not stop. closed for 2.0 s; predicted 15-60 s",
        ),
    ],
)
def test_verify_says_how_it_ended(reader: Place, written: Written, line: str) -> None:
    reader.run("plan", "--only", "crimson", "--out", "mine.json", is_alone=False)
    record(reader.folder, read_plan(reader.folder / "mine.json"), "crimson", *written)

    done = reader.run("verify", "mine.json", is_alone=False)

    assert done.code == 3, done.err
    assert line in done.out.splitlines()
