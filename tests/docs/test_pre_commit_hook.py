"""The hook for pre-commit starts a command that exists, with words that its parser takes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import tomli
from support.documents import ROOT

from reconciler.cli import COMMANDS, main

if TYPE_CHECKING:
    import pytest


def hook() -> dict[str, str]:
    """The only entry of the file, which is one list of one flat mapping."""
    lines = (ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8").splitlines()
    entries = [re.fullmatch(r"(- |  )(\w+): (.+)", line) for line in lines if line[0] != "#"]
    assert all(entries)
    assert [entry[1] for entry in entries if entry].count("- ") == 1
    return {entry[2]: entry[3] for entry in entries if entry}


def test_the_hook_has_what_pre_commit_asks_for() -> None:
    found = hook()

    assert found["id"] == "reconcile-validate"
    assert found["language"] == "python"
    assert re.search(found["files"], "desired/team/shop.toml")
    assert not re.search(found["files"], "docs/desired.toml")
    assert ("pass_filenames", "false") in found.items()  # all files are checked together


def test_the_hook_starts_an_existing_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    program, *words = hook()["entry"].split()
    project = tomli.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    monkeypatch.chdir(ROOT)

    assert program in project["scripts"]
    assert words[0] in COMMANDS
    assert main(words) == 0
    assert capsys.readouterr().out.startswith("All is well")
