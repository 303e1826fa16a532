"""A plan beyond a limit: printed in full, refused by apply with exit 5, nothing changed."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from reconciler.cli import main

EXAMPLE = Path(__file__).parents[2] / "desired"
LIMIT = '[limits]\nmost_downtime = "10s"\n'
WAIVER = (
    '[[waiver]]\nlimit = "most_downtime"\ndatabase = "crimson"\nuntil = {}\nreason = "agreed"\n'
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RECONCILE_ENDPOINT", raising=False)
    shutil.copytree(EXAMPLE, tmp_path / "desired")


def guard(text: str) -> None:
    file = Path("desired/reconcile.toml")
    file.write_text(f"{file.read_text(encoding='utf-8')}\n{text}", encoding="utf-8")


def planned(capsys: pytest.CaptureFixture[str]) -> tuple[Path, str]:
    """The plan file of the database that changes at once, and what was printed."""
    assert main(["plan", "--only", "crimson"]) == 0
    printed = capsys.readouterr().out
    found = re.search(r"written to (plans/\w+\.json)", printed)
    assert found
    return Path(found[1]), printed


def now(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """What has drifted, by an independent look."""
    main(["drift", "--only", "crimson", "--format", "json"])
    return [one["name"] for one in json.loads(capsys.readouterr().out)["drifted"]]


def test_a_plan_beyond_a_limit_is_refused_and_nothing_changed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    guard(LIMIT)
    path, printed = planned(capsys)
    assert "Beyond a limit, and so refused by apply:\n  crimson would be down " in printed
    assert printed.endswith(f"{path}. It is beyond a limit: apply refuses it.\n")

    code = main(["apply", str(path), "--auto-approve"])

    captured = capsys.readouterr()
    assert code == 5
    assert captured.err.startswith("Beyond a limit; nothing was changed:\n  crimson would be down ")
    assert "~ crimson: example-app::HEROKU_POSTGRESQL_CRIMSON" in captured.out
    assert now(capsys) == ["crimson"]


def test_a_limit_in_the_plan_counts_whatever_the_files_say_later(
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = Path("desired/reconcile.toml").read_text(encoding="utf-8")
    guard(LIMIT)
    path, _ = planned(capsys)
    Path("desired/reconcile.toml").write_text(before, encoding="utf-8")

    assert main(["apply", str(path), "--auto-approve"]) == 5


def test_an_expired_waiver_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    guard(LIMIT + WAIVER.format("2001-01-01"))
    path, printed = planned(capsys)
    assert "  the waiver for crimson expired: it was until 2001-01-01 (agreed)\n" in printed

    code = main(["apply", str(path), "--auto-approve"])

    assert code == 5
    assert "the waiver for crimson expired: it was until 2001-01-01 (agreed)" in (
        capsys.readouterr().err
    )
    assert now(capsys) == ["crimson"]


def test_with_a_waiver_it_is_applied(capsys: pytest.CaptureFixture[str]) -> None:
    guard(LIMIT + WAIVER.format("9999-12-31"))
    path, _ = planned(capsys)

    code = main(["apply", str(path), "--auto-approve"])

    assert code == 0
    capsys.readouterr()
    assert now(capsys) == []


def test_a_freeze_written_after_planning_holds_the_cutover_back(
    capsys: pytest.CaptureFixture[str],
) -> None:
    path, _ = planned(capsys)
    guard('[[freeze]]\nfrom = 2001-01-01\nuntil = 2999-12-31\nreason = "for good"\n')

    code = main(["apply", str(path), "--auto-approve"])

    assert code == 3
    out = capsys.readouterr().out
    assert "crimson: pending" in out
    assert "there is a freeze until Wednesday 3000-01-01 00:00 UTC (for good)" in out
    assert now(capsys) == ["crimson"]
