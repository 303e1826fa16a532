"""A saved plan is shown without the network, and what apply would refuse is said."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
from support.planning import live, plan_of, wanted
from support.retirable import lay_out

from reconciler.adapters.plan_files import write_plan
from reconciler.cli import main
from reconciler.core.durations import parse_duration
from reconciler.core.limits import Limits, Safety

HEROKU = "https://api.heroku.com"
LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RECONCILE_ENDPOINT", raising=False)
    monkeypatch.delenv("HEROKU_API_KEY", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))


def real_plan(*, most: str | None = None, looked_at: dt.datetime | None = LONG_AGO) -> str:
    """A plan as for the real service, at most so old."""
    age = None if most is None else parse_duration(most)
    update = {"endpoint": HEROKU, "safety": Safety(limits=Limits(plan_max_age=age))}
    plan = plan_of(live(), wanted()).model_copy(update=update).with_digest()
    write_plan(plan, Path("x.json"), looked_at=looked_at)
    return plan.id


def shown(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[str, list[str]]:
    capsys.readouterr()
    assert main(["show", "x.json", *words]) == 0
    captured = capsys.readouterr()
    return captured.out, captured.err.splitlines()


def test_a_saved_plan_is_shown_as_it_was_when_it_was_made(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    lay_out(tmp_path, keep="72h")
    main(["plan", "--out", "x.json"])
    planned = capsys.readouterr().out

    out, err = shown(capsys)

    assert out == planned
    assert len(err) == 1
    assert err[0].startswith("Made at 2026-11-22 20:0")
    assert err[0].endswith(" UTC, by the clock of sim:world.toml.")


def test_programs_and_pull_requests_get_theirs(capsys: pytest.CaptureFixture[str]) -> None:
    plan_id = real_plan()

    document = json.loads(shown(capsys, "--format", "json")[0])
    comment = shown(capsys, "--format", "markdown")[0]

    assert (document["id"], document["path"]) == (plan_id, "x.json")
    assert "reconcile apply x.json" in comment


def test_an_old_plan_is_said_to_be_too_old(capsys: pytest.CaptureFixture[str]) -> None:
    plan_id = real_plan(most="24h")

    _, err = shown(capsys)

    assert err[1].startswith(f"Apply refuses plan {plan_id}: it was made ")
    assert err[1].endswith(
        " days ago; it may be at most 24h old (plan_max_age), by this machine's clock."
    )


def test_without_a_limit_no_plan_is_too_old(capsys: pytest.CaptureFixture[str]) -> None:
    real_plan()

    assert shown(capsys)[1] == [f"Made at 2020-01-01 00:00 UTC, by the clock of {HEROKU}."]


def test_a_limit_written_since_counts_too(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    lay_out(tmp_path, keep="72h")
    fleet = tmp_path / "desired/reconcile.toml"
    fleet.write_text(f'[limits]\nplan_max_age = "7d"\n\n[heroku]\nendpoint = "{HEROKU}"\n')
    real_plan()

    _, err = shown(capsys)

    assert "it may be at most 7d old" in err[1]


def test_a_plan_that_does_not_say_when_it_was_made_is_said_to_be_refused(
    capsys: pytest.CaptureFixture[str],
) -> None:
    plan_id = real_plan(most="24h", looked_at=None)

    assert shown(capsys)[1] == [
        (
            f"Apply refuses plan {plan_id}: it does not say when it was made; it may be at most 24h "
            "old (plan_max_age), by this machine's clock."
        )
    ]


def test_a_plan_for_somewhere_else_is_said_to_be_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    lay_out(tmp_path, keep="72h")
    plan_id = real_plan()

    assert shown(capsys)[1][1:] == [
        (
            f"Apply refuses plan {plan_id}: it was made against {HEROKU}, and apply would speak to "
            "sim:world.toml."
        )
    ]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ('"format_version": "1.0"', '"format_version": "2.0"', "has format version 2.0"),
        ('"standard-2"', '"standard-3"', "was changed after it was made: its digest"),
        ("2020-01-01", "2026-01-01", "was changed after it was made: its seal"),
    ],
)
def test_what_apply_would_not_read_is_not_shown(
    capsys: pytest.CaptureFixture[str], before: str, after: str, told: str
) -> None:
    real_plan()
    file = Path("x.json")
    file.write_text(file.read_text().replace(before, after))

    code = main(["show", "x.json"])

    captured = capsys.readouterr()
    assert (code, captured.out) == (1, "")
    assert captured.err.startswith(f"x.json {told}")
    assert len(captured.err.splitlines()) == 2
