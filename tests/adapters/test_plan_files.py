from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from reconciler.adapters.plan_files import read_plan, write_plan
from reconciler.core.plan import Plan
from reconciler.errors import PlanFileError, StateError

if TYPE_CHECKING:
    from pathlib import Path

PLAN = Plan(desired_digest="d" * 64, endpoint="sim:example", databases=()).with_digest()


def test_a_plan_survives_being_written_and_read(tmp_path: Path) -> None:
    write_plan(PLAN, tmp_path / "deep" / "plan.json")

    assert read_plan(tmp_path / "deep" / "plan.json") == PLAN


def test_a_plan_changed_by_hand_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    write_plan(PLAN, path)
    path.write_text(path.read_text().replace("sim:example", "https://api.heroku.com"))

    with pytest.raises(PlanFileError, match="was changed after it was made"):
        read_plan(path)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"format_version": "0.1"}',
        "\x00",
        "[" * 100_000,
        '{"a": 1' + "0" * 5000 + "}",
    ],
    ids=["empty", "cut", "list", "incomplete", "nul", "deep", "long-number"],
)
def test_what_is_not_a_plan_is_refused_in_one_sentence(tmp_path: Path, text: str) -> None:
    path = tmp_path / "plan.json"
    path.write_text(text)

    with pytest.raises(PlanFileError) as caught:
        read_plan(path)

    assert "\n" not in str(caught.value)
    assert caught.value.hint == "Plan again: reconcile plan"


def test_a_plan_of_another_format_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(json.loads(PLAN.to_json()) | {"format_version": "9.0"}))

    with pytest.raises(PlanFileError, match=r"format version 9\.0"):
        read_plan(path)


def test_a_file_that_is_not_text_or_not_there_is_refused(tmp_path: Path) -> None:
    binary = tmp_path / "plan.json"
    binary.write_bytes(b"\xff\xfe")

    with pytest.raises(PlanFileError, match="not a text file"):
        read_plan(binary)
    with pytest.raises(PlanFileError, match="No such file"):
        read_plan(tmp_path / "none.json")


def test_a_plan_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    (tmp_path / "folder").write_text("in the way")

    with pytest.raises(StateError, match="cannot be written"):
        write_plan(PLAN, tmp_path / "folder" / "plan.json")

    assert [one.name for one in tmp_path.iterdir()] == ["folder"]
