from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import toml_rs
import tomli
from hypothesis import given
from hypothesis import strategies as st

from reconciler.toml_text import positions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.toml_text import Path, Position

DOCUMENT = '''\
app = "x" # comment = 1
[database.orders]
"quo.ted" = 1
a.b . c = 2
labels = { team = "p", x.y = [1, {z = 2}] }
text = """
[not.a.table]
key = 'no'
"""
\'l.it\' = \'\'\'a
b = """ \'\'\'\'
when = 1979-05-27 07:32:00
[[database.orders.follower]]
app = "a"
[[database.orders.follower]]
  app = "b"
[[database.orders.follower.sub]]
q = [ # [x]
 1, 'two, ]', "\\"]",
 [ [], [3] ],
]
'''


def oracle(text: str) -> dict[Path, Position]:
    """Places of the last part of each key and of each array element, as far as toml-rs reports them.

    It says nothing of arrays in arrays, and of an array of tables it gives the name, we the brackets.
    """
    lines = text.split("\n")
    places: dict[Path, Position] = {}
    for path, line, column_bytes in reported(toml_rs.load_with_metadata(text).meta["nodes"]):
        before = lines[line - 1].encode()[: column_bytes - 1]
        places[path] = (line, len(before.decode()) + 1)
    return places


def reported(node: Any, path: Path = ()) -> Iterator[tuple[Path, int, int]]:
    if isinstance(node, list):
        for number, each in enumerate(node):
            if isinstance(each, dict) and "value_line" in each:
                yield (*path, number), first(each["value_line"]), first(each["value_col"])
                yield from reported(each["value"], (*path, number))
    elif isinstance(node, dict) and "key_raw" in node:
        if not is_array_of_tables(node["value"]):
            yield path, first(node["key_line"]), first(node["key_col"])
        yield from reported(node["value"], path)
    elif isinstance(node, dict):
        for key, each in node.items():
            yield from reported(each, (*path, key))


def first(place: int | tuple[int, int]) -> int:
    return place if isinstance(place, int) else place[0]


def is_array_of_tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and value[0].get("value_raw", "")[:2] == "[["


def test_every_kind_of_key_and_value_has_its_place() -> None:
    found = positions(DOCUMENT)

    assert found == {
        (): (1, 1),
        ("app",): (1, 1),
        ("database",): (2, 2),
        ("database", "orders"): (2, 1),
        ("database", "orders", "quo.ted"): (3, 1),
        ("database", "orders", "a"): (4, 1),
        ("database", "orders", "a", "b"): (4, 3),
        ("database", "orders", "a", "b", "c"): (4, 7),
        ("database", "orders", "labels"): (5, 1),
        ("database", "orders", "labels", "team"): (5, 12),
        ("database", "orders", "labels", "x"): (5, 24),
        ("database", "orders", "labels", "x", "y"): (5, 26),
        ("database", "orders", "labels", "x", "y", 0): (5, 31),
        ("database", "orders", "labels", "x", "y", 1): (5, 34),
        ("database", "orders", "labels", "x", "y", 1, "z"): (5, 35),
        ("database", "orders", "text"): (6, 1),
        ("database", "orders", "l.it"): (10, 1),
        ("database", "orders", "when"): (12, 1),
        ("database", "orders", "follower"): (13, 1),
        ("database", "orders", "follower", 0): (13, 1),
        ("database", "orders", "follower", 0, "app"): (14, 1),
        ("database", "orders", "follower", 1): (15, 1),
        ("database", "orders", "follower", 1, "app"): (16, 3),
        ("database", "orders", "follower", 1, "sub"): (17, 1),
        ("database", "orders", "follower", 1, "sub", 0): (17, 1),
        ("database", "orders", "follower", 1, "sub", 0, "q"): (18, 1),
        ("database", "orders", "follower", 1, "sub", 0, "q", 0): (19, 2),
        ("database", "orders", "follower", 1, "sub", 0, "q", 1): (19, 5),
        ("database", "orders", "follower", 1, "sub", 0, "q", 2): (19, 15),
        ("database", "orders", "follower", 1, "sub", 0, "q", 3): (20, 2),
        ("database", "orders", "follower", 1, "sub", 0, "q", 3, 0): (20, 4),
        ("database", "orders", "follower", 1, "sub", 0, "q", 3, 1): (20, 8),
        ("database", "orders", "follower", 1, "sub", 0, "q", 3, 1, 0): (20, 9),
    }


def test_escapes_in_a_quoted_key_are_resolved() -> None:
    text = r'"a\t\u00e9\U0001F600\"\\" = 1'

    assert positions(text) == {(): (1, 1), ('a\té😀"\\',): (1, 1)}


def test_windows_line_ends_change_no_place() -> None:
    assert positions(DOCUMENT.replace("\n", "\r\n")) == positions(DOCUMENT)


def test_a_deeply_nested_value_is_scanned_without_recursion() -> None:
    depth = 5_000

    found = positions("a = " + "[" * depth + "]" * depth)

    assert len(found) == depth + 1


def basic(text: str) -> str:
    """A basic string, in which every character that JSON escapes is escaped the way TOML does."""
    plain = json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
    return plain.encode("utf-8", "replace").decode()


KEYS = st.one_of(
    st.text("abcXYZ019_-", min_size=1, max_size=6),
    st.text(max_size=6),
)
SCALARS = st.one_of(
    st.integers(-(2**40), 2**40).map(str),
    st.booleans().map(lambda value: str(value).lower()),
    st.sampled_from(["1.5", "-inf", "1979-05-27", "1979-05-27 07:32:00Z", "07:32:00", "0xAF"]),
    st.text(max_size=12).map(basic),
    st.text('abc []{}#=,."\\', max_size=12).map(lambda text: f"'{text}'"),
    st.text("ab\n[]=#'{},", max_size=12).map(lambda text: f'"""{text}"""'),
    st.text('ab\n[]=#"{},', max_size=12).map(lambda text: f"'''{text}'''"),
)


def written(key: str) -> str:
    return key if key and key.isascii() and key.replace("_", "a").isalnum() else basic(key)


def join(parts: list[str], comment: str, *, brackets: str) -> str:
    between = f" ,{comment}\n" if brackets == "[]" else " , "
    return f"{brackets[0]} {between.join(parts)} {brackets[1]}"


VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.builds(
            join,
            st.lists(inner, max_size=3),
            st.sampled_from(["", " # x = [", "\n"]),
            brackets=st.just("[]"),
        ),
        st.dictionaries(KEYS, inner, max_size=3).map(
            lambda table: join(
                [f"{written(key)} = {value}" for key, value in table.items()], "", brackets="{}"
            )
        ),
    ),
    max_leaves=6,
)
LINES = st.one_of(
    st.builds(
        lambda keys, value, tail: f"{' . '.join(map(written, keys))} = {value}{tail}",
        st.lists(KEYS, min_size=1, max_size=3),
        VALUES,
        st.sampled_from(["", "  # c", "\t"]),
    ),
    st.lists(KEYS, min_size=1, max_size=3).map(lambda keys: f"[ {'.'.join(map(written, keys))} ]"),
    st.lists(KEYS, min_size=1, max_size=2).map(lambda keys: f"[[{'.'.join(map(written, keys))}]]"),
    st.sampled_from(["", "# [x]", "   "]),
)


def accepted(lines: list[str]) -> str:
    """The longest document that can be made by leaving out lines which do not fit the others."""
    kept: list[str] = []
    for line in lines:
        try:
            tomli.loads("\n".join([*kept, line]))
        except tomli.TOMLDecodeError:
            continue
        kept.append(line)
    return "\n".join(kept)


@given(st.lists(LINES, max_size=12).map(accepted))
def test_random_documents_agree_with_another_parser(text: str) -> None:
    found = positions(text)

    wanted = oracle(text)
    assert {path: found.get(path) for path in wanted} == wanted


@given(st.lists(LINES, max_size=12).map(accepted))
def test_paths_are_those_of_the_parsed_document(text: str) -> None:
    def paths(value: object, path: Path = ()) -> set[Path]:
        inside = (
            value.items()
            if isinstance(value, dict)
            else enumerate(value)
            if isinstance(value, list)
            else ()
        )
        return {path}.union(*(paths(each, (*path, step)) for step, each in inside))

    assert set(positions(text)) == paths(tomli.loads(text))
