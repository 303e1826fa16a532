"""Whether everything is in place, one line each, and what to do where it is not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.retirable import lay_out, wish

from reconciler.cli import main
from reconciler.core.counting import counted

TOKEN = "HRKU-canary-3f1e6c"  # noqa: S105  # a word that must not show up


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("RECONCILE_ENDPOINT", "RECONCILE_STATE_URL", "HEROKU_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    lay_out(tmp_path, keep="72h")


def world(before: str, after: str) -> None:
    path = Path("world.toml")
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after, 1))


def examined(capsys: pytest.CaptureFixture[str], code: int) -> dict[str, list[tuple[str, str]]]:
    """By what was looked at, each verdict with its text and hint."""
    assert main(["doctor", "--format", "json"]) == code
    document = json.loads(capsys.readouterr().out)
    assert document["is_well"] == (code == 0)
    found: dict[str, list[tuple[str, str]]] = {}
    for line in document["lines"]:
        said = f"{line['text']} {line['hint']}".strip()
        found.setdefault(line["check"], []).append((line["verdict"], said))
    return found


def test_a_sound_set_up_is_ok_in_every_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == "ok      desired   2 databases in 2 apps"
    assert lines[2].endswith(", 0 runs recorded")
    assert all(line.startswith("ok      ") for line in lines)
    assert [line.split()[1] for line in lines] == [
        *("version", "desired", "state", "token", "account"),
        *("scope", "clock", "budget", "rights"),
    ]
    assert lines[-1] == "ok      rights    2 apps: owner"
    assert not Path("plans").exists()
    assert not Path(".reconcile/runs").exists()


def test_one_thing_is_counted_in_the_singular() -> None:
    said = [counted(number, "run") for number in (0, 1, 2_000)]

    assert said == ["0 runs", "1 run", "2,000 runs"]


def test_a_missing_right_is_named_with_the_way_to_get_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    world("[app.shop]\n", '[app.shop]\npermissions = ["view", "deploy"]\n')

    assert main(["doctor"]) == 1

    lines = capsys.readouterr().out.splitlines()
    assert lines[-5:] == [
        "ok      rights    blog: owner",
        "PROBLEM rights    shop: operate is missing (has deploy, view); maintenance mode, dynos and paid",
        f"{'':18}  add-ons need it",
        f"{'':18}Whoever has manage can grant it:",
        f"{'':18}heroku access:update EMAIL -a shop --permissions deploy,operate,view",
    ]


def test_an_app_that_cannot_be_seen_is_a_problem(capsys: pytest.CaptureFixture[str]) -> None:
    wish('app = "blog"', 'app = "bolg"')

    verdict, said = examined(capsys, 1)["rights"][0]

    assert verdict == "problem"
    assert said.startswith("bolg: it does not exist, or is not visible with this token")


@pytest.mark.parametrize("left", [505, 20, 3])
def test_a_low_budget_is_told_at_once_and_not_waited_for(
    capsys: pytest.CaptureFixture[str], left: int
) -> None:
    world("[app.shop]\n", f"[account]\nrequests_per_hour = {left}\n\n[app.shop]\n")

    found = examined(capsys, 1)

    ((verdict, said),) = found["budget"]
    assert verdict == "problem"
    assert f"{left - 1} requests left, 500 kept for others" in said
    assert found["rights"][0][0] == ("ok" if left > 5 else "unknown")


def test_a_token_that_is_not_accepted_is_told_with_the_way_on(
    capsys: pytest.CaptureFixture[str],
) -> None:
    world("[app.shop]\n", '[account]\ntokens = ["another"]\n\n[app.shop]\n')

    ((verdict, said),) = examined(capsys, 1)["heroku"]

    assert verdict == "problem"
    assert said.startswith("Heroku does not accept the token in HEROKU_API_KEY or ~/.netrc")
    assert "heroku authorizations:create" in said


def test_a_token_that_can_change_nothing_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    world("[app.shop]\n", '[account]\nscope = "identity read"\n\n[app.shop]\n')

    ((verdict, said),) = examined(capsys, 1)["scope"]

    assert (verdict, said.partition(":")[0]) == ("problem", "identity read")


def test_no_token_at_all_is_told_before_anybody_is_asked(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECONCILE_ENDPOINT", "https://api.heroku.com")

    found = examined(capsys, 1)

    assert found["heroku"][0][1].startswith("No Heroku API token: HEROKU_API_KEY is not set")
    assert "account" not in found


def test_the_token_is_never_shown(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEROKU_API_KEY", TOKEN)

    main(["doctor"])

    captured = capsys.readouterr()
    assert TOKEN not in captured.out + captured.err


def test_a_state_that_cannot_be_used_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    Path(".reconcile/runs/abc").mkdir(parents=True)
    Path(".reconcile/runs/abc/journal.jsonl").write_text("no entry\n")

    ((verdict, said),) = examined(capsys, 1)["state"]

    assert verdict == "problem"
    assert "journal.jsonl:1:1 is damaged" in said


def test_a_shared_state_that_cannot_be_reached_is_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECONCILE_STATE_URL", "postgres://user:canary-pw@127.0.0.1:1/none")

    ((verdict, said),) = examined(capsys, 1)["state"]

    assert verdict == "problem"
    assert "canary-pw" not in said


def test_a_desired_state_that_is_wrong_ends_it(capsys: pytest.CaptureFixture[str]) -> None:
    wish('plan = "essential-1"', 'plam = "essential-1"')

    found = examined(capsys, 1)

    assert set(found) == {"version", "desired"}
    assert found["desired"][0][0] == "problem"
