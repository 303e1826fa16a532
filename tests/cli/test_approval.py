"""What apply takes for an approval where it does not ask, and how old a plan may be."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
from support.retirable import OLD, lay_out, wish

from reconciler.adapters.plan_files import read_plan, write_plan
from reconciler.cli import main

START = dt.datetime(2026, 11, 22, 20, tzinfo=dt.UTC)
"""When the world of these tests begins; nothing here takes an hour of it."""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RECONCILE_ENDPOINT", raising=False)
    lay_out(tmp_path, keep="0s")


def planned(capsys: pytest.CaptureFixture[str]) -> str:
    """The digest of `mine.json`; beside it stands `mine-retire.json`."""
    assert main(["plan", "--out", "mine.json"]) == 0
    capsys.readouterr()
    return read_plan(Path("mine.json")).digest


def applied(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    """The exit code, and the last line that was said."""
    code = main(["apply", *words])
    err = capsys.readouterr().err.splitlines()
    return code, err[-1] if err else ""


def live_plans(capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    """The plan of each listed database, by an independent look."""
    main(["plan", "--format", "json", "--out", "look.json"])
    document = json.loads(capsys.readouterr().out)
    return {
        one["name"]: one["starting_point"]["service_plan"] for one in document["plan"]["databases"]
    }


def limited(most: str) -> None:
    wish("[heroku]", f'[limits]\nplan_max_age = "{most}"\n\n[heroku]', "reconcile")


def dated(at: dt.datetime | None) -> None:
    """Let the file say that it was made then."""
    write_plan(read_plan(Path("mine.json")), Path("mine.json"), looked_at=at)


def test_another_digest_approves_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    digest = planned(capsys)
    other = read_plan(Path("mine-retire.json")).digest

    code = main(["apply", "mine.json", "--approve", other, "--auto-approve"])

    assert code == 5
    assert capsys.readouterr().err.splitlines() == [
        f"Plan {digest[:8]} is not the one that --approve {other[:12]} is about.",
        "Not approved; nothing was changed.",
    ]
    assert live_plans(capsys) == {"posts": "essential-0"}


@pytest.mark.slow
def test_its_own_digest_approves_a_plan(capsys: pytest.CaptureFixture[str]) -> None:
    digest = planned(capsys)

    code, _ = applied(capsys, "mine.json", "--approve", digest.upper())

    assert code == 0
    assert live_plans(capsys) == {}


def test_a_digest_is_read_as_it_comes_out_of_a_page(capsys: pytest.CaptureFixture[str]) -> None:
    digest = planned(capsys)
    limited("1s")
    dated(None)

    code, said = applied(capsys, "mine.json", "--approve", f" {digest[:6]}\u200b{digest[6:]}\n")

    assert code == 5
    assert "does not say when it was made" in said


def test_the_beginning_of_a_digest_approves_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    digest = planned(capsys)

    code, _ = applied(capsys, "mine.json", "--approve", digest[:32])

    assert code == 64
    assert live_plans(capsys) == {"posts": "essential-0"}


def test_a_plan_made_now_is_approved_by_its_digest_only(
    capsys: pytest.CaptureFixture[str],
) -> None:
    digest = planned(capsys)
    wish("essential-1", "essential-2")

    code, said = applied(capsys, "--approve", digest)

    assert (code, said) == (5, "Not approved; nothing was changed.")


@pytest.mark.parametrize("text", ["", "abc1234", "x" * 64, "0x12345678", "a" * 63, "a" * 65])
def test_what_is_no_digest_is_wrong_usage(capsys: pytest.CaptureFixture[str], text: str) -> None:
    code, said = applied(capsys, "--approve", text)

    assert code == 64
    assert said == 'Give all 64 of its hex digits; it stands in the plan file as "digest".'


@pytest.mark.slow
def test_what_destroys_needs_its_own_digest_and_leave(capsys: pytest.CaptureFixture[str]) -> None:
    digest = planned(capsys)
    own = read_plan(Path("mine-retire.json")).digest

    of_the_other = applied(capsys, "mine-retire.json", "--retire", "--approve", digest)
    without_leave = applied(capsys, "mine-retire.json", "--approve", own)
    main(["plan", "--format", "json"])
    still_there = json.loads(capsys.readouterr().out)["plan"]["replaced"]
    both = applied(capsys, "mine-retire.json", "--approve", own, "--retire")
    main(["plan", "--format", "json"])

    assert of_the_other == (5, "Not approved; nothing was changed.")
    assert without_leave == (5, "This plan destroys databases: add --retire to allow that.")
    assert [one["addon"] for one in still_there] == [OLD]
    assert both[0] == 0
    assert json.loads(capsys.readouterr().out)["plan"]["replaced"] == []


@pytest.mark.parametrize(
    ("file", "before", "after", "other"),
    [
        ("shop", "essential-1", "essential-2", "another desired state"),
        ("reconcile", "[heroku]", "[limits]\nmost_changes = 9\n\n[heroku]", "other limits, waivers or freezes"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("plan", ["mine", "mine-retire"])
def test_a_plan_for_another_wish_is_refused_where_that_is_asked(
    capsys: pytest.CaptureFixture[str], *, plan: str, file: str, before: str, after: str, other: str
) -> None:
    planned(capsys)
    ways = ("--auto-approve", "--retire", "--as-desired")
    wish(before, after, file)

    refused = applied(capsys, f"{plan}.json", *ways)
    wish(after, before, file)
    shown = applied(capsys, f"{plan}.json", "--as-desired")

    assert refused[0] == 5
    assert f"was made for {other}; nothing was changed. Plan again: reconcile plan" in refused[1]
    assert "was made for" not in shown[1]


def test_a_plan_that_is_older_than_allowed_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    limited("24h")
    digest = planned(capsys)
    dated(START - dt.timedelta(hours=30))

    code, said = applied(capsys, "mine.json", "--approve", digest)

    assert (code, said) == (
        5,
        (
            f"Plan {digest[:8]} was made 30 hours ago; it may be at most 24h old (plan_max_age); "
            "nothing was changed. Plan again: reconcile plan"
        ),
    )
    assert live_plans(capsys) == {"posts": "essential-0"}


def test_so_is_one_that_does_not_say_when_it_was_made(capsys: pytest.CaptureFixture[str]) -> None:
    limited("24h")
    digest = planned(capsys)
    dated(None)

    code, said = applied(capsys, "mine.json", "--approve", digest)

    assert code == 5
    assert "does not say when it was made" in said


def test_a_limit_written_since_counts(capsys: pytest.CaptureFixture[str]) -> None:
    digest = planned(capsys)
    dated(START - dt.timedelta(hours=30))
    limited("24h")

    code, said = applied(capsys, "mine.json", "--approve", digest)

    assert code == 5
    assert "it may be at most 24h old" in said


def test_a_young_plan_is_only_asked_for_its_approval(capsys: pytest.CaptureFixture[str]) -> None:
    limited("1h")
    planned(capsys)

    code, said = applied(capsys, "mine.json")

    assert (code, said) == (5, "Not approved; nothing was changed.")


@pytest.mark.slow
def test_what_was_begun_goes_on_at_any_age(capsys: pytest.CaptureFixture[str]) -> None:
    limited("24h")
    wish('"standard-2"', '"standard-3"')
    digest = planned(capsys)
    begun, _ = applied(capsys, "mine.json", "--approve", digest, "--wait", "1s")
    dated(START - dt.timedelta(days=30))

    again, said = applied(capsys, "mine.json", "--approve", digest, "--wait", "1s")

    assert (begun, again) == (3, 3)
    assert "may be at most" not in said


def test_the_same_names_in_another_account_are_not_taken_for_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    digest = planned(capsys)
    world = Path("world.toml")
    world.write_text(world.read_text().replace("seed = 5", "seed = 6"))

    code = main(["apply", "mine.json", "--approve", digest])

    out = capsys.readouterr().out
    assert code == 4
    assert "postgresql-cubed-10003 is another add-on of that name, or of another account" in out
    assert live_plans(capsys) == {"posts": "essential-0"}
