from __future__ import annotations

import subprocess
import sys

import pytest

from reconciler.cli import COMMANDS, main


def test_help_names_every_command_and_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])

    text = capsys.readouterr().out
    assert [name for name in COMMANDS if f"\n    {name} " not in text] == []
    assert "64 wrong usage" in text


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main([command, "--help"])

    text = capsys.readouterr().out
    assert text.startswith(f"usage: reconcile {command}")
    assert len(text.splitlines()) > 5


@pytest.mark.parametrize("command", ["", *sorted(COMMANDS)])
@pytest.mark.parametrize("columns", [60, 80])
def test_paragraphs_of_a_help_are_as_wide_as_the_terminal(
    command: str, columns: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))

    with pytest.raises(SystemExit, match="0"):
        main([*filter(None, [command]), "--help"])

    lines = capsys.readouterr().out.splitlines()
    paragraphs = [line for line in lines if not line.startswith(" ")]
    assert [line for line in paragraphs if len(line) > columns] == []


def test_what_a_help_shows_to_be_copied_stays_as_it_is(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")

    with pytest.raises(SystemExit, match="0"):
        main(["comment", "--help"])

    text = capsys.readouterr().out
    assert (
        "\n\n  reconcile plan --out plan.json && reconcile comment plan.json\n"
        '  reconcile drift --format json > drift.json; reconcile comment --issue "Drift" drift.json\n\n'
    ) in text


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "A command is missing."),
        (["plam"], "There is no command plam."),
        (["resume"], "To go on with what was cut off: reconcile apply"),
        (["plan", "--bogus"], "reconcile plan: unrecognized arguments: --bogus."),
        (["plan", "--format", "xml"], "invalid choice"),
    ],
)
def test_wrong_usage_is_one_sentence_and_exit_64(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 64

    captured = capsys.readouterr()
    assert captured.out == ""
    assert message in captured.err
    assert len(captured.err.splitlines()) == 2


HEAVY = {
    "deepdiff",
    "httpx",
    "pydantic",
    "tomli",
    "starlette",
    "uvicorn",
    "psycopg",
    "asyncio",
}


def modules_after(words: list[str]) -> set[str]:
    code = (
        "import sys\n"
        "from reconciler.cli import main\n"
        "try:\n"
        f"    main({words!r})\n"
        "except SystemExit:\n"
        "    pass\n"
        "print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in done.stderr.split()}


def test_help_imports_nothing_heavy() -> None:
    assert modules_after(["--help"]) & HEAVY == set()


@pytest.mark.parametrize("command", ["plan", "validate", "status", "apply"])
def test_commands_without_the_stand_in_do_not_import_it(command: str) -> None:
    never = {"starlette", "uvicorn", "psycopg", "dbos", "sqlalchemy", "click", "rich"}

    assert modules_after([command, "--help"]) & never == set()
