"""What `reconcile abort` asks, and what it refuses before it asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.journals import record
from support.terminals import typed

from reconciler.adapters.plan_files import read_plan

if TYPE_CHECKING:
    from support.processes import Place

BEGUN = {"what": "begun"}
DONE = {"what": "done", "text": "it serves"}


def recorded(reader: Place, *written: dict[str, object]) -> None:
    """An apply of `crimson` that has written this."""
    reader.run("plan", "--only", "crimson", "--out", "mine.json", is_alone=False)
    record(reader.folder, read_plan(reader.folder / "mine.json"), "crimson", *written)


@pytest.mark.parametrize("answer", [b"no\n", b"y\n", b"\n", b"\x04"])
def test_anything_but_yes_takes_nothing_back(reader: Place, answer: bytes) -> None:
    recorded(reader, BEGUN)

    with typed(answer) as stdin:
        done = reader.run("abort", "crimson", stdin=stdin, is_alone=False)

    assert (done.code, done.err.splitlines()[-1]) == (5, "Not approved; nothing was changed.")
    assert "has done for crimson? Type yes: " in done.out


def test_without_a_terminal_it_needs_an_approval(reader: Place) -> None:
    recorded(reader, BEGUN)

    done = reader.run("abort", "crimson", is_alone=False)

    assert (done.code, done.err.splitlines()[-2:]) == (
        5,
        ["To abort without being asked, add --auto-approve.", "Not approved; nothing was changed."],
    )


@pytest.mark.parametrize("words", [(), ("--auto-approve",)])
def test_of_what_is_done_nothing_is_asked(reader: Place, words: tuple[str, ...]) -> None:
    recorded(reader, BEGUN, DONE)

    done = reader.run("abort", "crimson", *words, is_alone=False)

    assert (done.code, done.out, done.err.splitlines()[-2:]) == (
        1,
        "",
        [
            "crimson is done; there is nothing to abort.",
            "Plan the way back as a change of its own.",
        ],
    )
