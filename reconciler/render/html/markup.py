"""HTML that cannot be broken out of: whatever is not `Markup` already is escaped."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape

Attribute = str | int | float | bool | None

_WITHOUT_END = frozenset({"br", "input"})
_CONTROLS = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069"
_UNPRINTABLE = re.compile(f"[{_CONTROLS}]")
"""Control characters, and those that turn the direction of writing and so can show another name than it is."""
_NOT_AS_IT_IS = re.compile(f"[&<>\"'{_CONTROLS}]")
"""What `text` changes. Most words have none of it, and a page of a fleet has millions of words."""


class Markup(str):
    """Text that is HTML already. Only `text`, `join` and `tag` may say so of a string."""

    __slots__ = ()


def text(words: str) -> Markup:
    """`words` as they are to be read: everything that HTML gives a meaning is escaped."""
    if isinstance(words, Markup):
        return words
    if _NOT_AS_IT_IS.search(words) is None:
        return Markup(words)
    return Markup(escape(_UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", words)))


def join(*parts: object) -> Markup:
    """The parts one after another: strings, numbers, and whatever gives such; None is nothing."""
    found: list[str] = []
    _add(parts, found)
    return Markup("".join(found))


def tag(name: str, *children: object, **attributes: Attribute) -> Markup:
    """One element with its children, as `join` takes them.

    `class_` gives `class`, `data_sort` gives `data-sort`; True is a bare attribute, None and False are none. Names of
    elements and attributes are the program's own, never data.
    """
    said = "".join([_attribute(key, value) for key, value in attributes.items()])
    if name in _WITHOUT_END:
        return Markup(f"<{name}{said}>")
    return Markup(f"<{name}{said}>{join(*children)}</{name}>")


def _add(parts: Iterable[object], found: list[str]) -> None:
    for part in parts:
        if isinstance(part, str):
            found.append(text(part))
        elif isinstance(part, Iterable):
            _add(part, found)
        elif part is not None:
            found.append(str(part))


def _attribute(key: str, value: Attribute) -> str:
    if value is None or value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{text(str(value))}"'
