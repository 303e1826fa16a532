from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pytest
from support.apply_world import plan_for

from reconciler.adapters.plan_files import LARGEST_MIB, read_plan, read_plan_file, write_plan
from reconciler.adapters.run_files import RunFolder
from reconciler.core.plan import Plan, digest_of
from reconciler.errors import PlanFileError, StateError

if TYPE_CHECKING:
    from pathlib import Path

PLAN = Plan(desired_digest="d" * 64, endpoint="sim:example", databases=()).with_digest()
MOMENT = dt.datetime(2026, 11, 22, 10, 30, 15, 999, tzinfo=dt.timezone(dt.timedelta(hours=1)))


def test_a_plan_survives_being_written_and_read(tmp_path: Path) -> None:
    write_plan(PLAN, tmp_path / "deep" / "plan.json")

    assert read_plan(tmp_path / "deep" / "plan.json") == PLAN


def test_a_plan_changed_by_hand_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    write_plan(PLAN, path)
    path.write_text(path.read_text().replace("sim:example", "https://api.heroku.com"))

    with pytest.raises(PlanFileError, match="was changed after it was made"):
        read_plan(path)


def test_a_plan_laid_out_anew_is_the_same_plan(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(dict(reversed(PLAN.document().items())), indent=7))

    assert read_plan(path) == PLAN


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it is not JSON, or cut short (line 1, column 1)"),
        (b'{"format_version": "1.0", "dig', "it is not JSON, or cut short (line 1, column 27)"),
        (b"[]", "it is no JSON object"),
        (b"7", "it is no JSON object"),
        (b"\x00", "it is not JSON, or cut short (line 1, column 1)"),
        (b"{}", "it does not say its format version"),
        (b'{"format_version": 1.0}', "it does not say its format version"),
        (b"[" * 100_000, "it is nested too deeply"),
        (b'{"a":' * 100_000, "it is nested too deeply"),
        (b'{"a": 1' + b"0" * 5000 + b"}", "it holds a number that is too long"),
        (b'{"a": NaN}', "it holds a number that no JSON has"),
        (b'{"format_version": "1.0", "a": 9007199254740992}', "a number or text that no plan has"),
        (
            b'{"format_version": "1.0", "a": "\\ud800"}',
            "it holds a number or text that no plan has",
        ),
        (b'{"a": {"b": 1, "b": 2}}', "it says something twice"),
        (b"\xff\xfe", "it is not text in UTF-8"),
        (b"\xef\xbb\xbf{}", "it is not JSON"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_not_a_plan_is_refused_in_one_sentence(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    path = tmp_path / "plan.json"
    path.write_bytes(content)

    with pytest.raises(PlanFileError) as caught:
        read_plan(path)

    assert str(caught.value).startswith(f"{path} is not a plan: ")
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.hint
    assert path.read_bytes() == content


def test_a_plan_cut_short_anywhere_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    text = PLAN.to_json().rstrip()

    for end in range(len(text)):
        path.write_text(text[:end])
        with pytest.raises(PlanFileError, match="is not a plan: it is not JSON, or cut short"):
            read_plan(path)


def test_a_huge_file_is_not_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    with path.open("wb") as file:
        file.truncate((LARGEST_MIB + 1) * 2**20)

    with pytest.raises(PlanFileError, match=f"is larger than {LARGEST_MIB} MiB"):
        read_plan(path)


def test_what_has_no_end_is_not_read_for_ever(tmp_path: Path) -> None:
    (tmp_path / "plan.json").symlink_to("/dev/zero")

    with pytest.raises(PlanFileError, match="is larger than"):
        read_plan(tmp_path / "plan.json")


def test_what_is_not_there_or_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PlanFileError, match="No such file"):
        read_plan(tmp_path / "none.json")
    with pytest.raises(PlanFileError, match="Is a directory"):
        read_plan(tmp_path)


@pytest.mark.parametrize(
    ("version", "way_on"),
    [("2.0", "Update reconcile, or plan again"), ("0.1", "Plan again: reconcile plan")],
)
def test_a_plan_of_another_major_version_is_refused(
    tmp_path: Path, version: str, way_on: str
) -> None:
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(PLAN.document() | {"format_version": version}))

    with pytest.raises(
        PlanFileError, match=rf"has format version {version}; this reads 1\.x"
    ) as hit:
        read_plan(path)
    assert hit.value.hint.startswith(way_on)


def of_a_later_minor(path: Path, *places: tuple[str | int, ...], **more: Any) -> None:
    """Write the plan for `orders` as version 1.7 may: a key more at each of the places, and `more` at the top."""
    document = json.loads(plan_for("orders").to_json()) | {"format_version": "1.7"} | more
    for place in places:
        inner = document
        for part in place:
            inner = inner[part]
        inner["added_in_1_7"] = {"for": ["people", 0.5]}
    document["digest"] = digest_of(document)
    path.write_text(json.dumps(document))


def test_what_a_later_minor_tells_more_is_ignored_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    of_a_later_minor(path, (), ("databases", 0), ("databases", 0, "downtime"))

    plan = read_plan(path)
    with_record = RunFolder(plan, tmp_path)
    with_record.open_journal().close()

    assert plan.databases == plan_for("orders").databases
    assert json.loads(plan.to_json()) == json.loads(path.read_text())
    assert read_plan(with_record.path / "plan.json") == plan


def test_a_plan_made_from_one_of_a_later_minor_is_a_plan_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    of_a_later_minor(path, ("databases", 0))
    smaller = read_plan(path).model_copy(update={"databases": ()}).with_digest()

    write_plan(smaller, path)

    assert json.loads(path.read_text())["databases"] == []
    assert read_plan(path).digest == smaller.digest


def test_what_a_later_minor_lets_apply_act_on_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    steps = ("databases", 0, "stages", 0)
    for place in (("databases", 0, "starting_point"), steps, (*steps, "steps", 0)):
        of_a_later_minor(path, place)
        with pytest.raises(PlanFileError, match=r"needs a newer reconcile: .* added_in_1_7 in"):
            read_plan(path)


def test_a_later_minor_can_require_to_be_known(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    of_a_later_minor(path, requires=["second-confirmation"])

    with pytest.raises(PlanFileError, match="does not know second-confirmation"):
        read_plan(path)


def test_a_step_of_a_later_minor_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    plan = json.loads(plan_for("orders").to_json()) | {"format_version": "1.7"}
    plan["databases"][0]["stages"][0]["steps"][0]["kind"] = "levitate"
    path.write_text(json.dumps(plan | {"digest": digest_of(plan)}))

    with pytest.raises(PlanFileError, match="needs a newer reconcile"):
        read_plan(path)


@pytest.mark.parametrize("requires", [7, "x", {"a": 1}, [["a"]]])
def test_an_odd_list_of_requirements_is_refused(tmp_path: Path, requires: object) -> None:
    path = tmp_path / "plan.json"
    of_a_later_minor(path, requires=requires)

    with pytest.raises(PlanFileError):
        read_plan(path)


def test_when_it_was_made_stands_beside_the_plan(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    write_plan(PLAN, path, looked_at=MOMENT)

    found = read_plan_file(path)

    assert found.plan == PLAN
    assert json.loads(path.read_text())["digest"] == PLAN.digest
    assert found.made is not None
    assert found.made.at == dt.datetime(2026, 11, 22, 9, 30, 15, tzinfo=dt.UTC)


def test_when_it_was_made_cannot_be_changed_by_a_slip_of_the_hand(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    write_plan(PLAN, path, looked_at=MOMENT)
    path.write_text(path.read_text().replace("2026-11-22T09", "2026-11-22T10"))

    with pytest.raises(PlanFileError, match="its seal does not fit when it was made"):
        read_plan(path)


@pytest.mark.parametrize("made", [7, {}, {"at": "soon", "seal": ""}, {"at": "2026-11-22T10:00:00"}])
def test_an_odd_time_of_its_making_is_refused(tmp_path: Path, made: object) -> None:
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(PLAN.document() | {"made": made}))

    with pytest.raises(PlanFileError, match="does not say when it was made"):
        read_plan(path)


def test_a_plan_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    (tmp_path / "folder").write_text("in the way")

    with pytest.raises(StateError, match="cannot be written"):
        write_plan(PLAN, tmp_path / "folder" / "plan.json")

    assert [one.name for one in tmp_path.iterdir()] == ["folder"]
