from __future__ import annotations

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core import canonical as ways
from reconciler.core.canonical import LARGEST_WHOLE, canonical, sha256_of

WHOLE = st.integers(-LARGEST_WHOLE, LARGEST_WHOLE)
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none() | st.booleans() | WHOLE | st.floats(-1e15, 1e15) | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
)


@given(VALUES)
def test_what_is_written_says_the_same(value: object) -> None:
    assert json.loads(canonical(value)) == value


@given(VALUES)
def test_written_again_it_is_the_same_text(value: object) -> None:
    assert canonical(json.loads(canonical(value))) == canonical(value)


@given(VALUES)
def test_the_quick_way_and_the_whole_way_write_the_same(value: object) -> None:
    parts: list[str] = []
    ways._write(value, parts)  # noqa: SLF001  # the reference

    assert canonical(value) == "".join(parts)


def test_a_value_beyond_the_basic_plane_keeps_the_order_of_the_keys() -> None:
    assert canonical({"b": "\U0001f600", "a": "\ue000"}) == '{"a":"\ue000","b":"\U0001f600"}'


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (60.0, "60"),
        (-0.0, "0"),
        (0.5, "0.5"),
        (4.50, "4.5"),
        (2e-3, "0.002"),
        (0.000001, "0.000001"),
        (1e-7, "1e-7"),
        (-1.5e-9, "-1.5e-9"),
        (333333333.3333333, "333333333.3333333"),
        ([60.0, 1e-7, 0.5], "[60,1e-7,0.5]"),
        ({"\ue000": 1.0, "\U0001f600": 2.5}, '{"\U0001f600":2.5,"\ue000":1}'),
        ('\u20ac$\u000f\nA\'B"\\\\"/\u007f', '"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/\u007f"'),
    ],
)
def test_numbers_and_texts_are_written_as_rfc_8785_has_them(value: object, text: str) -> None:
    assert canonical(value) == text


def test_keys_are_sorted_by_utf_16_as_the_rfc_has_it() -> None:
    keys = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]

    written = json.loads(canonical(dict.fromkeys(keys)), object_pairs_hook=list)

    assert [key for key, _ in written] == [
        "\r",
        "1",
        "\u0080",
        "\u00f6",
        "\u20ac",
        "\U0001f600",
        "\ufb33",
    ]


@pytest.mark.parametrize(
    "value", [2**53, -(10**400), float("nan"), float("inf"), 1e300, "\ud800", {"\udfff": 1}, {1}]
)
def test_what_not_every_reader_would_read_the_same_has_no_such_form(value: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        sha256_of(value)


def test_the_digest_is_sha_256_over_the_bytes() -> None:
    assert sha256_of({"b": 1.0, "a": "é"}) == hashlib.sha256('{"a":"é","b":1}'.encode()).hexdigest()
