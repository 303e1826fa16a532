"""What README shows of the product is what the product shows."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

from support.documents import ROOT
from support.processes import Place

from reconciler.cli import COMMANDS

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

README = ROOT / "README.md"
SHOWN = "legacy"
"""The database whose details the picture has."""


def picture(output: str) -> str:
    """Totals and table, the details of one database, and how to go on."""
    blocks = output.rstrip("\n").split("\n\n")
    (details,) = (block for block in blocks if block.startswith(f"~ {SHOWN}: "))
    return "\n\n".join([*blocks[:2], details, "...", blocks[-1]])


def renewed(readme: str, output: str) -> str:
    """The text of README with its generated parts as they are now."""
    rows = [f"| `reconcile {name}` | {words} |" for name, words in COMMANDS.items()]
    table = "\n".join(["| command | |", "|---|---|", *rows])
    readme = between(readme, "plan", f"```text\n{picture(output)}\n```")
    return between(readme, "commands", table)


def between(text: str, mark: str, new: str) -> str:
    pattern = rf"(<!-- {mark}: [^\n]* -->\n).*?(<!-- end of {mark} -->)"
    replaced, count = re.subn(
        pattern, lambda match: f"{match[1]}{new}\n{match[2]}", text, flags=re.DOTALL
    )
    assert count == 1
    return replaced


def test_the_plan_and_the_commands_in_the_readme_are_current(
    tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    shutil.copytree(ROOT / "desired", tmp_path / "desired")
    done = Place(tmp_path).run("plan")
    assert (done.code, done.err) == (0, "")
    written = README.read_text(encoding="utf-8")

    now = renewed(written, done.out)

    if pytestconfig.getoption("--update-golden"):
        README.write_text(now, encoding="utf-8")
    else:
        assert written == now, "python3 dev.py pytest tests/docs --update-golden"


def test_the_first_commands_of_the_readme_are_the_ones_that_ci_runs() -> None:
    commands = re.findall(r"^python3 dev\.py (\w+(?: \w+)?)", README.read_text(), re.MULTILINE)[:2]
    ci = (ROOT / ".ci" / "run").read_text()

    assert commands == ["reconcile plan", "pytest"]
    assert [one for one in commands if f"python3 dev.py {one}" not in ci] == []
