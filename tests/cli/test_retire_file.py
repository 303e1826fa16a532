"""What was kept long enough gets a plan of its own from every look, beside the other one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.retirable import OLD, lay_out, wish

from reconciler.adapters.plan_files import read_plan
from reconciler.cli import main


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RECONCILE_ENDPOINT", raising=False)
    lay_out(tmp_path, keep="0s")


def test_it_is_in_the_totals_in_a_file_of_its_own_and_in_the_next_commands(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["plan"]) == 0

    lines = capsys.readouterr().out.splitlines()
    plans = {read_plan(path).is_destroying: path for path in Path("plans").iterdir()}
    assert len(plans) == 2
    assert lines[3] == (
        f"1 replaced database kept long enough: to be destroyed by plan {plans[True].stem}"
    )
    assert lines[-4:] == [
        f"Plan {plans[False].stem} written to {plans[False]}.",
        f"  Apply exactly this: reconcile apply {plans[False]}",
        f"Plan {plans[True].stem} written to {plans[True]}.",
        f"  Destroy what it names: reconcile apply {plans[True]} --retire",
    ]


def test_neither_plan_holds_anything_of_the_other() -> None:
    main(["plan", "--out", "mine.json"])

    mine, retire = (json.loads(Path(f"mine{end}.json").read_text()) for end in ("", "-retire"))

    assert [one["name"] for one in mine["databases"]] == ["posts"]
    assert [one["name"] for one in retire["databases"]] == ["orders"]
    assert "deprovision" not in json.dumps(mine["databases"])


def test_it_is_the_plan_that_asking_for_it_alone_gives() -> None:
    main(["plan", "--out", "mine.json"])
    main(["plan", "--retire", "--out", "asked.json"])

    assert read_plan(Path("asked.json")) == read_plan(Path("mine-retire.json"))


def test_it_does_not_say_that_what_it_destroys_waits_for_that(
    capsys: pytest.CaptureFixture[str],
) -> None:
    main(["plan", "--retire"])

    out = capsys.readouterr().out
    assert f"destroy {OLD}" in out
    assert "waiting for retirement" not in out


def test_alone_it_is_written_and_named_too(capsys: pytest.CaptureFixture[str]) -> None:
    wish('"essential-1"', '"essential-0"')

    assert main(["plan", "--detailed-exitcode"]) == 0

    (file,) = Path("plans").iterdir()
    assert capsys.readouterr().out.endswith(
        f"Nothing else to do.\nPlan {file.stem} written to {file}.\n"
        f"  Destroy what it names: reconcile apply {file} --retire\n"
    )


def test_programs_are_told_too(capsys: pytest.CaptureFixture[str]) -> None:
    main(["plan", "--format", "json"])

    found = json.loads(capsys.readouterr().out)["retire"]
    assert read_plan(Path(found["path"])).id == found["id"]
    assert (found["addons"], found["still_read"]) == ([OLD], [])


@pytest.mark.parametrize("words", [["--retire"], ["--phase", "retire"]])
def test_its_phase_is_asked_for_in_either_way(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    main(["plan", "--retire", "--out", "retire.json"])
    assert main(["apply", "retire.json", "--auto-approve"]) == 5
    assert capsys.readouterr().err.endswith("add --retire to allow that.\n")

    assert main(["apply", "retire.json", "--auto-approve", *words]) == 0

    assert "  orders: done" in capsys.readouterr().out


@pytest.mark.parametrize("plan", [[], ["mine.json"]])
def test_any_other_plan_has_no_such_phase(
    plan: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    main(["plan", "--out", "mine.json"])
    capsys.readouterr()

    assert main(["apply", *plan, "--auto-approve", "--phase", "retire"]) == 64

    told = capsys.readouterr()
    which = f"Plan {read_plan(Path('mine.json')).id}" if plan else "A plan made now"
    assert told.err == (
        f"{which} destroys nothing, so it has no phase retire.\n"
        "Make the plan that does: reconcile plan --retire --out retire.json\n"
    )
    assert told.out == ""


def test_before_its_time_there_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    wish('"0s"', '"72h"')

    main(["plan", "--format", "json"])

    assert json.loads(capsys.readouterr().out)["retire"] is None
    assert len([*Path("plans").iterdir()]) == 1


def test_what_is_still_read_is_named_and_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    world = Path("world.toml")
    world.write_text(world.read_text().replace('77"]', '77", "HISTORY"]'))

    assert main(["plan"]) == 0

    out = capsys.readouterr().out
    assert len([*Path("plans").iterdir()]) == 1
    assert (
        "Replaced earlier and kept long enough, but not to be destroyed:\n"
        "  orders: still read as shop::HISTORY: detach it there, then plan again\n"
    ) in out
    assert "to be destroyed by" not in out


@pytest.mark.slow
def test_applied_with_its_own_leave_it_destroys_and_is_not_offered_again(
    capsys: pytest.CaptureFixture[str],
) -> None:
    main(["plan", "--out", "mine.json"])

    without = main(["apply", "mine-retire.json", "--auto-approve"])
    applied = main(["apply", "mine-retire.json", "--auto-approve", "--retire"])
    capsys.readouterr()
    main(["plan", "--format", "json"])

    assert (without, applied) == (5, 0)
    document = json.loads(capsys.readouterr().out)
    assert document["retire"] is None
    assert document["plan"]["replaced"] == []
