from __future__ import annotations

import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.render.wrapping import wrapped

WORDS = st.text("ab-\u00a0\u2192", min_size=1, max_size=12)
PLAIN = st.lists(WORDS, max_size=12).map(" ".join)
ODD = st.text("ab \t\n\u00a0\u2028-", max_size=40)
INDENTS = st.sampled_from(["", "  ", "  method    "])


@given(PLAIN | ODD, st.integers(1, 30), INDENTS, INDENTS)
def test_lines_are_those_of_textwrap(text: str, width: int, first: str, further: str) -> None:
    theirs = textwrap.wrap(
        text,
        width,
        initial_indent=first,
        subsequent_indent=further,
        break_long_words=False,
        break_on_hyphens=False,
    )

    assert wrapped(text, width, first=first, further=further) == theirs


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", []),
        ("one", ["- one"]),
        ("one two", ["- one", "  two"]),
        ("a bc def", ["- a bc", "  def"]),
        ("much-too-long a b", ["- much-too-long", "  a b"]),
        ("a much-too-long", ["- a", "  much-too-long"]),
        ("a  b", ["- a  b"]),
    ],
)
def test_a_longer_word_stands_alone(text: str, lines: list[str]) -> None:
    assert wrapped(text, 6, first="- ", further="  ") == lines
