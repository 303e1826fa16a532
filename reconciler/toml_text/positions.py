"""Where each key of a TOML document stands, for problems that the TOML parser itself cannot see.

tomli gives line and column for broken syntax only, and no library that keeps positions is quick enough for
ten thousand databases. This scanner therefore runs over text that *tomli has already accepted*: it need not
judge anything, only find keys, and so stays small. It does not recurse, so that deep nesting cannot stop it.
Paths are those of pydantic's `loc`: keys as `str`, places in arrays as `int`, from 0.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass

Path = tuple[str | int, ...]
Position = tuple[int, int]
"""Line and column, both from 1; columns count characters."""

_BASIC = r'"(?:[^"\\\n]|\\.)*"'
_LITERAL = r"'[^'\n]*'"
_BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_BETWEEN = re.compile(r"(?:[ \t\r\n,]+|#[^\n]*)*")
_KEY_PART = re.compile(
    rf"[ \t]*(?:(?P<basic>{_BASIC})|(?P<literal>{_LITERAL})|(?P<bare>[^\s.=\[\]\"']+))[ \t]*(?P<dot>\.)?"
)
_EQUALS = re.compile(r"[ \t]*=[ \t]*")
_SCALAR = re.compile(
    rf'"""(?:[^\\]|\\.)*?"{{3,5}}|\'\'\'.*?\'{{3,5}}|{_BASIC}|{_LITERAL}'
    r"|\d{4}-\d\d-\d\d \d\d:[^\s,\]}#]*|[^\s,\]}#]+",
    re.DOTALL,
)
_PLAIN_LINE = re.compile(
    r"[ \t]*(?P<key>[A-Za-z0-9_-]+)[ \t]*=[ \t]*"
    r"(?:\"[^\"\\\n]*\"(?!\")|[^\s\"'\[{#][^\n\"'\[{#]*)[ \t\r]*(?:#[^\n]*)?(?:\n|\Z)"
)
_ESCAPE = re.compile(r"\\(?:u(.{4})|U(.{8})|x(.{2})|(.))")
_ESCAPED = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", "e": "\x1b"}


def positions(text: str) -> dict[Path, Position]:
    """Place of every key, table and array element of `text`, which tomli must have accepted.

    A key stands where it is written, a table at the `[` of its own header (or where its name is first
    written, when it has none), an element of an array of tables at its `[[`, of another array at its value.
    The document itself, `()`, is 1:1.
    """
    scanner = _Scanner(text, {(): 0}, {})
    scanner.scan()
    line_starts = [0, *(found.end() for found in re.finditer("\n", text))]
    return {path: _position(offset, line_starts) for path, offset in scanner.found.items()}


def _position(offset: int, line_starts: list[int]) -> Position:
    line = bisect_right(line_starts, offset)
    return line, offset - line_starts[line - 1] + 1


@dataclass(slots=True)
class _Open:
    """An array or inline table whose end has not come yet; `count` elements were seen."""

    path: Path
    end: str
    count: int = 0


@dataclass(slots=True)
class _Scanner:
    text: str
    found: dict[Path, int]
    lengths: dict[Path, int]
    """Elements so far of each array of tables."""

    def scan(self) -> None:
        text = self.text
        base: Path = ()
        at = _end(_BLANK, text, 0)
        while at < len(text):
            if plain := _PLAIN_LINE.match(text, at):
                self.found.setdefault((*base, plain["key"]), plain.start("key"))
                at = plain.end()
            elif text[at] == "[":
                base, at = self.header(at)
            else:
                path, at = self.key(base, at)
                at = self.value(path, at)
            at = _end(_BLANK, text, at)

    def header(self, at: int) -> tuple[Path, int]:
        """The path of the table that begins at `at`, and where its header ends."""
        is_element = self.text.startswith("[[", at)
        brackets = 2 if is_element else 1
        parts, end = self.key_parts(at + brackets)
        path: Path = ()
        for name, offset in parts[:-1]:
            path = self.latest((*path, name), offset)
        path = (*path, parts[-1][0])
        if is_element:
            number = self.lengths.get(path, 0)
            self.lengths[path] = number + 1
            self.found.setdefault(path, at)
            path = (*path, number)
        self.found[path] = at
        return path, _end(_BLANK, self.text, end) + brackets

    def latest(self, path: Path, offset: int) -> Path:
        """`path`, or its newest element when it is an array of tables; noted at `offset` if new."""
        self.found.setdefault(path, offset)
        length = self.lengths.get(path)
        return path if length is None else (*path, length - 1)

    def key(self, base: Path, at: int) -> tuple[Path, int]:
        """Note the (dotted) key at `at`; its whole path, and where its value begins."""
        parts, at = self.key_parts(at)
        path = base
        for name, offset in parts:
            path = (*path, name)
            self.found.setdefault(path, offset)
        return path, _end(_EQUALS, self.text, at)

    def key_parts(self, at: int) -> tuple[list[tuple[str, int]], int]:
        """Each part of the dotted key at `at` with its offset, and where the key ends."""
        parts = []
        while part := _KEY_PART.match(self.text, at):
            kind = next(kind for kind in ("basic", "literal", "bare") if part[kind] is not None)
            parts.append((_name(part[kind], kind), part.start(kind)))
            at = part.end()
            if not part["dot"]:
                break
        return parts, at

    def value(self, path: Path, at: int) -> int:
        """Note what is inside the value at `at`; where it ends."""
        open_values: list[_Open] = []
        at = self.enter(path, at, open_values)
        while open_values:
            at = _end(_BETWEEN, self.text, at)
            inside = open_values[-1]
            if self.text[at] == inside.end:
                open_values.pop()
                at += 1
                continue
            if inside.end == "]":
                path = (*inside.path, inside.count)
                self.found[path] = at
                inside.count += 1
            else:
                path, at = self.key(inside.path, at)
            at = self.enter(path, at, open_values)
        return at

    def enter(self, path: Path, at: int, open_values: list[_Open]) -> int:
        """Pass a scalar, or the opening bracket of a container, which is put on `open_values`."""
        end = {"[": "]", "{": "}"}.get(self.text[at])
        if end is None:
            return _end(_SCALAR, self.text, at)
        open_values.append(_Open(path, end))
        return at + 1


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.match(text, at)
    return match.end() if match else at


def _name(written: str, kind: str) -> str:
    match kind:
        case "basic":
            return _ESCAPE.sub(_unescaped, written[1:-1])
        case "literal":
            return written[1:-1]
        case _:
            return written


def _unescaped(escape: re.Match[str]) -> str:
    code = escape[1] or escape[2] or escape[3]
    return chr(int(code, 16)) if code else _ESCAPED.get(escape[4], escape[4])
