from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.commands import command_text, parse_command


@pytest.mark.parametrize(
    ("written", "command"),
    [
        ("./hooks/pause", ("./hooks/pause",)),
        ("  ./hooks/pause   --app shop ", ("./hooks/pause", "--app", "shop")),
        ("notify 'all of us' \"a b\" c\\ d", ("notify", "all of us", "a b", "c d")),
        ("notify '|' $HOME *", ("notify", "|", "$HOME", "*")),
        ("curl https://example.com/a?b=c&d=e", ("curl", "https://example.com/a?b=c&d=e")),
        (["sh", "-c", "a | b > c"], ("sh", "-c", "a | b > c")),
        (["./pause", ""], ("./pause", "")),
    ],
)
def test_a_command_is_words_and_nothing_of_a_shell(
    written: object, command: tuple[str, ...]
) -> None:
    assert parse_command(written) == command


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("", "must name a program"),
        ([], "must name a program"),
        (["", "a"], "must name a program"),
        (3, "must be a command"),
        (["a", 3], "must be a command"),
        ("--app shop", "must begin with a program, not with --app"),
        ("a 'b", "must have its quotes closed"),
        ("a | b", "has | for a shell"),
        ("a && b", "has && for a shell"),
        ("a > b", "has > for a shell"),
        ("a 2>&1", "has 2>&1 for a shell"),
        ("a ; b", "has ; for a shell"),
        ("a &", "has & for a shell"),
        ("a\nb\x1b[2J", "must be one line"),
        ("psql postgres://u:p@db/d", "holds a password"),
        (["curl", "redis://:p@cache"], "holds a password"),
    ],
)
def test_what_is_no_command_is_refused(written: object, words: str) -> None:
    with pytest.raises(ValueError, match=words.replace("|", r"\|")):
        parse_command(written)


WORDS = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S")), min_size=1).filter(
    lambda word: not word.startswith("-") and "://" not in word
)


@given(st.lists(WORDS, min_size=1).map(tuple))
def test_the_text_of_a_command_reads_back_as_the_same_words(command: tuple[str, ...]) -> None:
    assert parse_command(list(command)) == command
    assert parse_command(command_text(command)) == command
