"""`reconcile drift` against the stand-in that it starts itself."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from reconciler.cli import main

EXAMPLE = Path(__file__).parents[2] / "desired"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RECONCILE_ENDPOINT", raising=False)
    shutil.copytree(EXAMPLE, tmp_path / "desired")


def test_drift_is_told_apart_from_what_converges(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["drift", "--format", "json"])

    document = json.loads(capsys.readouterr().out)
    assert code == 2
    assert {one["name"] for one in document["drifted"]} == {
        "crimson",
        "lavender",
        "legacy",
        "orders",
    }
    assert [one["name"] for one in document["converging"]] == ["search"]
    assert document["unchanged"] == ["accounts"]
    assert all(one["where"].startswith("desired/") for one in document["drifted"])
    assert not Path("plans").exists()


def test_without_drift_the_exit_code_is_0(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["drift", "--only", "accounts", "--only", "search"])

    assert code == 0
    assert "2 databases: 1 converging, 1 as wanted" in capsys.readouterr().out


def test_what_could_not_be_read_makes_it_fail(capsys: pytest.CaptureFixture[str]) -> None:
    Path("desired/none.toml").write_text(
        '[database.none]\napp = "accounts"\nattachment = "NONE"\nplan = "standard-0"\n',
        encoding="utf-8",
    )

    code = main(["drift", "--only", "none"])

    assert code == 1
    assert "none: accounts knows no database as NONE" in capsys.readouterr().out
