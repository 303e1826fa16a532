"""Whether a committed plan is still what planning gives."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.retirable import lay_out, wish

from reconciler.cli import main


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RECONCILE_ENDPOINT", raising=False)
    lay_out(tmp_path, keep="0s")
    main(["plan", "--out", "mine.json"])


def checked(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    capsys.readouterr()
    code = main(["plan", "--check", *(words or ("mine.json",))])
    return code, capsys.readouterr().out


def test_a_plan_that_planning_gives_again_is_current(capsys: pytest.CaptureFixture[str]) -> None:
    written = {path: path.read_bytes() for path in Path().glob("*.json")}

    code, out = checked(capsys)

    assert code == 0
    assert out.endswith(" is still what planning gives: 1 database to change.\n")
    assert {path: path.read_bytes() for path in Path().glob("*.json")} == written
    assert not Path("plans").exists()


def test_so_is_the_one_that_destroys(capsys: pytest.CaptureFixture[str]) -> None:
    assert checked(capsys, "mine-retire.json")[0] == 0

    wish('"0s"', '"72h"')
    code, out = checked(capsys, "mine-retire.json")

    assert (code, out.splitlines()[2:]) == (
        4,
        ["~ orders", "  planning says nothing of it any more"],
    )


def test_another_wish_is_told_by_its_fingerprint_change_and_step(
    capsys: pytest.CaptureFixture[str],
) -> None:
    wish("essential-1", "essential-2")

    code, out = checked(capsys)

    assert code == 4
    assert "is no longer what planning gives, which is now " in out.splitlines()[0]
    assert out.splitlines()[2] == "~ posts"
    text = " ".join(out.split())
    assert "what is wanted is another, from " in text
    assert (
        "it was to change by service plan essential-0 → essential-1; "
        "now by service plan essential-0 → essential-2"
    ) in text
    assert "step 1 was: ask Heroku to move postgresql-cubed-10003 from essential-0 to " in text
    assert "the live database is another" not in text


def test_another_world_is_told_by_what_was_observed(capsys: pytest.CaptureFixture[str]) -> None:
    world = Path("world.toml")
    world.write_text(world.read_text().replace('0003"', '0009"'))

    code, out = checked(capsys)

    text = " ".join(out.split())
    assert code == 4
    assert "the live database is another, from " in text
    assert "addon postgresql-cubed-10003 → postgresql-cubed-10009" in text
    assert "what is wanted is another" not in text


def test_what_is_done_already_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    world = Path("world.toml")
    world.write_text(world.read_text().replace("essential-0", "essential-1"))

    code, out = checked(capsys)

    assert (code, out.splitlines()[2:]) == (
        4,
        ["~ posts", "  is as wanted now; nothing is left to do"],
    )


def test_what_is_to_change_besides_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    wish('"standard-2"', '"standard-3"')

    code, out = checked(capsys)

    assert (code, out.splitlines()[2:]) == (
        4,
        ["~ orders", "  was unchanged, is to change now: service plan standard-2 → standard-3"],
    )


def test_what_is_blocked_now_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    wish('plan = "essential-1"', 'plan = "standard-0"\nmethod = "follower-switch"')

    code, out = checked(capsys)

    assert code == 4
    assert out.splitlines()[2] == "~ posts"
    assert out.splitlines()[3].startswith("  no method is allowed for it any more: ")


def test_what_cannot_be_read_any_more_is_a_failure(capsys: pytest.CaptureFixture[str]) -> None:
    wish('app = "blog"', 'app = "bolg"')

    code, out = checked(capsys)

    assert code == 1
    assert "  could not be read now: the app bolg does not exist" in out


def test_what_joins_and_is_as_wanted_changes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    wish(
        "[database.posts]",
        '[database.more]\nattachment = "ORDERS_REPLACED_9C1E77"\n'
        'plan = "standard-0"\n\n[database.posts]',
    )

    code, out = checked(capsys)

    assert code == 0
    assert "1 database to change. Around them things differ: now " in out


def test_other_limits_make_it_another_plan(capsys: pytest.CaptureFixture[str]) -> None:
    wish("[heroku]", "[limits]\nmost_changes = 0\n\n[heroku]", "reconcile")

    code, out = checked(capsys)

    assert (code, out.splitlines()[2:]) == (
        4,
        ["The limits, waivers or freezes that it is judged by are others."],
    )


def test_programs_are_told_too(capsys: pytest.CaptureFixture[str]) -> None:
    wish("essential-1", "essential-2")

    code, out = checked(capsys, "mine.json", "--format", "json")

    document = json.loads(out)
    (one,) = document["differences"]
    assert code == 4
    assert (document["kind"], document["is_current"]) == ("check", False)
    assert document["plan"] == json.loads(Path("mine.json").read_text())["digest"]
    assert (one["name"], one["was"], one["now"]) == ("posts", "to change", "to change")
    assert {"changes", "stages", "to_fingerprint"} <= set(one["keys"])
    assert "from_fingerprint" not in one["keys"]


def test_a_plan_for_somewhere_else_is_not_compared(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECONCILE_ENDPOINT", "sim:example")
    capsys.readouterr()

    assert main(["plan", "desired/shop.toml", "--check", "mine.json"]) == 1
    assert "was made against sim:world.toml; this speaks to sim:example." in capsys.readouterr().err


@pytest.mark.parametrize(
    "words", [["--out", "x.json"], ["--retire"], ["--format", "markdown"]], ids=lambda one: one[0]
)
def test_what_makes_no_sense_beside_it_is_refused(words: list[str]) -> None:
    assert main(["plan", "--check", "mine.json", *words]) == 64
