"""Completion in the shells that people use, each a real one."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from support.shells import candidates_of_fish, environment, needed, typing

from reconciler.cli import COMMANDS
from reconciler.cli.completion import described

if TYPE_CHECKING:
    from support.processes import Place

pytestmark = pytest.mark.slow

LINES = {
    "reconcile pla": "plan",
    "reconcile plan --det": "--detailed-exitcode",
    "reconcile plan --format j": "json",
    "reconcile plan --only leg": "legacy",
    "reconcile explain cri": "crimson",
    "reconcile abort lav": "lavender",
    "reconcile apply plans/ab": "plans/ab12cd34.json",
    "reconcile apply --phase prep": "prepare",
    "reconcile sim re": "reset",
    "reconcile drift desired/bl": "desired/blog.toml",
    "reconcile explain --desired other sp": "special",
}


@pytest.fixture
def furnished(place: Place) -> Place:
    """The example estate, a plan file, and other databases elsewhere."""
    (place.folder / "plans").mkdir()
    (place.folder / "plans" / "ab12cd34.json").write_text("{}")
    (place.folder / "plans" / "abandoned.txt").write_text("no plan")
    (place.folder / "other").mkdir()
    (place.folder / "other" / "a.toml").write_text('[database.special]\nplan = "half writ')
    return place


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_tab_completes_the_word(
    shell: str, furnished: Place, request: pytest.FixtureRequest
) -> None:
    needed(shell, request.config)
    with typing(shell, furnished) as keys:
        found = {line: keys.completed(line) for line in LINES}

    assert {line: text.rstrip() for line, text in found.items()} == {
        line: f"{line.rpartition(' ')[0]} {word}" for line, word in LINES.items()
    }


def test_fish_offers_the_word(furnished: Place, request: pytest.FixtureRequest) -> None:
    needed("fish", request.config)
    found = {line: candidates_of_fish(furnished, line) for line in LINES}

    assert {line: words[:1] for line, words in found.items()} == {
        line: [word] for line, word in LINES.items()
    }


def offered_by_bash(place: Place, *words: str) -> set[str]:
    """All that bash would offer for the last of the words."""
    script = (
        "source <(reconcile completion bash)\n"
        'COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))\n'
        '_reconcile 2>/dev/null; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    done = subprocess.run(
        [str(shutil.which("bash")), "--norc", "-c", script, "bash", *words],
        cwd=place.folder,
        env=environment(place),
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.splitlines())


def test_every_command_and_every_option_is_offered(
    furnished: Place, request: pytest.FixtureRequest
) -> None:
    needed("bash", request.config)
    assert offered_by_bash(furnished, "reconcile", "") == {*COMMANDS, "--help", "--version"}
    for command in described():
        options = {each for one in command.options for each in one.spellings}
        assert offered_by_bash(furnished, "reconcile", command.name, "--") == {*options, "--help"}


def test_every_database_is_offered_and_nothing_else(
    furnished: Place, request: pytest.FixtureRequest
) -> None:
    needed("bash", request.config)

    assert offered_by_bash(furnished, "reconcile", "explain", "") == {
        "accounts",
        "crimson",
        "lavender",
        "legacy",
        "orders",
        "search",
    }


def test_an_option_with_an_equals_sign_is_completed_too(
    furnished: Place, request: pytest.FixtureRequest
) -> None:
    needed("bash", request.config)

    assert offered_by_bash(furnished, "reconcile", "plan", "--format", "=", "m") == {"markdown"}
    assert offered_by_bash(furnished, "reconcile", "plan", "--format", "=") == {
        "text",
        "json",
        "markdown",
    }


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_is_accepted_by_its_shell(
    shell: str, furnished: Place, request: pytest.FixtureRequest
) -> None:
    needed(shell, request.config)
    script = furnished.run("completion", shell).out

    done = subprocess.run([shell, "-n"], input=script, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")


def test_names_are_read_from_half_written_files(furnished: Place) -> None:
    (furnished.folder / "desired" / "more.toml").write_text(
        '[ database . "quoted" ]\n[[database.a-1.follower]]\n# [database.not]\n[database.new\nx'
    )

    names = furnished.run("completion", "names").out.split()

    assert {"quoted", "a-1", "new", "orders"} <= set(names)
    assert "not" not in names
    assert furnished.run("completion", "names", "--desired", "nowhere").out == ""
