"""What the documents tell users to type can be typed."""

from __future__ import annotations

import argparse
import importlib
import re
import shlex
from typing import TYPE_CHECKING

import pytest
from support.documents import ROOT, commands, documents

from reconciler.cli import COMMANDS, EPILOG, Parser, module_of

if TYPE_CHECKING:
    from support.documents import Command

WRITTEN = commands()


def parser_of(name: str) -> Parser:
    parser = Parser(prog=name)
    importlib.import_module(module_of(name)).configure(parser)
    return parser


def words_of(text: str) -> list[str]:
    """The words up to what the shell keeps for itself."""
    words = shlex.split(text, comments=True)
    ends = [index for index, word in enumerate(words) if word in {"&", "|", "&&", ">", "<"}]
    return words[: ends[0]] if ends else words


@pytest.mark.parametrize(
    "command", WRITTEN, ids=[f"{one.file}:{one.line} {one.text}" for one in WRITTEN]
)
def test_every_command_line_in_the_documents_is_accepted(command: Command) -> None:
    name, *words = words_of(command.text)
    if name in {"COMMAND", "--help", "--version"}:
        return
    assert name in COMMANDS
    parser = parser_of(name)

    if "[" in command.text:  # a synopsis
        known = set(parser._option_string_actions)  # noqa: SLF001  # argparse tells it nowhere else
        assert set(re.findall(r"--[a-z-]+", command.text)) <= known
    elif words not in ([], ["--help"]):  # alone it is only named
        parser.parse_args(words)


def test_a_command_line_that_is_wrong_would_be_found() -> None:
    with pytest.raises(Exception, match="unrecognized arguments: --bogus"):
        parser_of("plan").parse_args(words_of("--bogus  # a comment"))


def test_every_command_is_mentioned_in_the_documents() -> None:
    mentioned = {words_of(one.text)[0] for one in WRITTEN}

    assert set(COMMANDS) - mentioned == set()


def test_every_option_of_plan_and_apply_is_in_the_readme_or_the_runbook() -> None:
    text = "".join(
        (ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "docs/operations.md")
    )
    options = {
        option
        for name in ("plan", "apply")
        for action in parser_of(name)._actions  # noqa: SLF001  # argparse tells it nowhere else
        if not isinstance(action, argparse._HelpAction)  # noqa: SLF001
        for option in action.option_strings
    }

    assert {option for option in options if option not in text} == set()


def test_every_command_that_our_own_messages_name_exists() -> None:
    texts = {path: path.read_text(encoding="utf-8") for path in (ROOT / "reconciler").rglob("*.py")}
    named = {
        (path.name, word)
        for path, text in texts.items()
        for word in re.findall(r"(?:`|hint=.*[:\"] ?)reconcile ([a-z][a-z-]*)", text)
    }

    assert {one for one in named if one[1] not in COMMANDS} == set()
    assert len(named) > 5


def test_exit_codes_mean_in_the_runbook_what_they_mean_in_the_help() -> None:
    said = " ".join(EPILOG.partition("Exit codes:")[2].split()).removesuffix(".")
    in_help = dict(part.split(" ", 1) for part in re.split(r", (?=\d+ )", said))

    rows = re.findall(
        r"^\| (\d+) \| ([^|]+) \|",
        (ROOT / "docs" / "operations.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )

    assert {code: words.strip().replace("`", "") for code, words in rows} == in_help


def test_the_readme_and_the_runbook_are_among_the_documents() -> None:
    names = {str(path.relative_to(ROOT)) for path in documents()}

    assert {"README.md", "docs/operations.md", "docs/simulator.md"} <= names


@pytest.mark.parametrize(
    "words",
    [
        "Cut off in the middle of a cutover: ",
        "NOT OPEN AGAIN",
        "Not read, and so not planned:",
        "is damaged, or written by another version.",
        "is left over from an earlier attempt and cannot be used; deprovision it",
        "backed-out",
        '"stale"',
        '"pending"',
    ],
)
def test_the_runbook_speaks_of_what_the_product_says(words: str) -> None:
    runbook = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "reconciler").rglob("*.py")]

    assert words.strip('"') in " ".join(runbook.split())
    assert any(words in re.sub(r'"\s+f?"', "", source) for source in sources)
