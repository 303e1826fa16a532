"""What `reconcile ledger` says where it finds nothing to show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.apply_world import plan_for
from support.journals import record

from reconciler.adapters.plan_files import write_plan
from reconciler.cli import main

if TYPE_CHECKING:
    from pathlib import Path

PLAN = plan_for("orders", "legacy")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write_plan(PLAN, tmp_path / "mine.json")
    return tmp_path


def told(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, list[str]]:
    code = main(["ledger", *words])
    said = capsys.readouterr()
    return code, said.out, said.err.splitlines()


@pytest.mark.parametrize(
    ("name", "hint"),
    [("Order", "Did you mean orders?"), ("zzz", "Recorded: legacy, orders.")],
)
@pytest.mark.parametrize("form", ["text", "json"])
def test_of_a_name_that_is_not_there_the_nearest_is_named(
    here: Path, capsys: pytest.CaptureFixture[str], name: str, hint: str, form: str
) -> None:
    record(here, PLAN, "orders", {"what": "begun"})
    record(here, PLAN, "legacy", {"what": "begun"})

    found = told(capsys, "mine.json", "--database", name, "--format", form)

    assert found == (64, "", [f"Nothing is recorded of {name} for plan {PLAN.id}.", hint])


def test_of_one_database_only_its_entries_are_shown(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record(here, PLAN, "orders", {"what": "begun"})
    record(here, PLAN, "legacy", {"what": "begun"})

    code, out, _ = told(capsys, PLAN.id, "--database", "orders")

    assert (code, out) == (0, "2026-11-22T20:00:00.000+00:00  orders  begun\n")


def test_of_a_plan_file_that_was_not_applied_it_says_so(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = told(capsys, "mine.json")

    assert here.joinpath("mine.json").exists()
    assert found == (
        64,
        "",
        [
            f"Plan {PLAN.id} was not applied yet, as far as .reconcile knows.",
            "To apply it: reconcile apply mine.json",
        ],
    )
