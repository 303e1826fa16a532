from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from support.processes import Place

METHODS = {
    "crimson": "addons-upgrade",
    "lavender": "addons-upgrade",
    "legacy": "pg-copy",
    "orders": "follower-switch",
}


@pytest.mark.slow
def test_the_first_command_plans_the_example_estate_and_changes_nothing(place: Place) -> None:
    first = place.run("plan")
    before = place.world()
    second = place.run("plan")

    (file,) = (place.folder / "plans").iterdir()
    plan = json.loads(file.read_text())
    assert (first.code, first.err) == (0, "")
    assert first.out.startswith(
        "Speaking to the stand-in (sim:example), not to Heroku: nothing here is real.\n"
        "reconcile plan: 6 databases: 4 to change, 1 converging, 1 unchanged\n"
    )
    assert first.out.endswith(f"Apply exactly this: reconcile apply plans/{file.name}\n")
    assert {one["name"]: one["method"] for one in plan["databases"]} == METHODS
    assert [one["name"] for one in plan["converging"]] == ["search"]
    assert second == first
    assert place.world() == before


def test_the_plan_file_says_its_own_digest(reader: Place) -> None:
    reader.run("plan", "--out", "deep/down/mine.json")

    plan = json.loads(
        (reader.folder / "deep/down/mine.json").read_text(), parse_float=as_in_rfc_8785
    )
    rest = {key: value for key, value in plan.items() if key not in {"digest", "made"}}
    text = json.dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert plan["digest"] == hashlib.sha256(text.encode()).hexdigest()
    assert not (reader.folder / "plans").exists()


def as_in_rfc_8785(text: str) -> float:
    number = float(text)
    return int(number) if number.is_integer() else number


def test_json_is_one_document_with_the_plan_of_the_file_in_it(reader: Place) -> None:
    done = reader.run("plan", "--format", "json", "--out", "mine.json")

    document = json.loads(done.out)
    assert done.code == 0
    file = json.loads((reader.folder / "mine.json").read_text())
    assert document["plan"] == {key: value for key, value in file.items() if key != "made"}
    assert document["path"] == "mine.json"
    assert document["totals"] == {
        "databases": 6,
        "to_change": 4,
        "blocked": 0,
        "converging": 1,
        "not_read": 0,
        "unchanged": 1,
    }


def test_only_cuts_the_plan_down_to_what_fits(reader: Place) -> None:
    done = reader.run("plan", "--only", "l*", "--only", "accounts", "--format", "json")

    document = json.loads(done.out)
    assert done.code == 0
    assert [one["name"] for one in document["plan"]["databases"]] == ["lavender", "legacy"]
    assert document["totals"]["databases"] == 3


def test_detailed_exitcode_tells_that_there_is_something_to_change(reader: Place) -> None:
    assert reader.run("plan", "--detailed-exitcode").code == 2


def test_nothing_to_change_is_exit_0_and_no_file(reader: Place) -> None:
    done = reader.run("plan", "--detailed-exitcode", "--only", "accounts")

    assert (done.code, done.out.splitlines()[-1]) == (0, "Nothing to do.")
    assert not (reader.folder / "plans").exists()


def test_a_terminal_without_arrows_gets_the_same_plan(reader: Place) -> None:
    usual = reader.run("plan", "--only", "legacy")
    reader.settings["PYTHONIOENCODING"] = "ascii"

    plain = reader.run("plan", "--only", "legacy")

    assert plain.code == 0
    assert "essential-1 -> standard-0" in plain.out
    assert plain.out.split() == usual.out.replace("→", "->").split()


def test_a_list_of_plans_that_cannot_be_read_is_a_note_and_no_failure(small: Place) -> None:
    refused = (
        '\n[[fault]]\nkind = "status"\nstatus = 403\nmethod = "GET"\npath = "/addon-services/*"\n'
    )
    usual = small.run("plan")
    with (small.folder / "world.toml").open("a") as world:
        world.write(refused)

    done = small.run("plan")
    explained = small.run("explain", "orders")

    assert (usual.code, done.code, explained.code) == (0, 0, 0)
    assert "Note:" not in usual.out
    note = "Heroku's list of plans could not be read, so prices are of 2026-11-22: "
    assert f"Note: {note}" in " ".join(done.out.split())
    assert f"note {note}" in " ".join(explained.out.split())
    assert "standard-0 → standard-2" in done.out


def test_markdown_is_for_a_comment_and_the_file_is_the_same(reader: Place) -> None:
    usual = reader.run("plan", "--out", "one.json")

    done = reader.run("plan", "--out", "two.json", "--format", "markdown")

    assert (usual.code, done.code, done.err) == (0, 0, "")
    assert done.out.startswith("<!-- reconcile:plan:plan -->\n### reconcile plan: 6 databases: ")
    assert "\nreconcile apply two.json --approve " in done.out
    one, two = (json.loads((reader.folder / name).read_text()) for name in ("one.json", "two.json"))
    assert one["digest"] == two["digest"]
