"""Which comments of a TOML file belong to which table: those right above its header, as people read them.

tomlkit counts them to the table before, and would lose them with it, or put what is new below them. So entries are
cut from the text by their lines, and the others have their comments tied to them while tomlkit edits.
All texts must be TOML that tomli accepts.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from reconciler.toml_text import positions

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from reconciler.toml_text import Path, Position

_TIE = "#\ue000"
"""Begins a line that stands above the header before it; a character that is for private use."""
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
"""With its end; TOML knows fewer ends than `splitlines`."""
_STRING_OR_COMMENT = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'|#[^\r\n]*',
    re.DOTALL,
)


def comments(text: str) -> Counter[str]:
    """Every comment, as often as it is there."""
    found = (match[0].rstrip() for match in _STRING_OR_COMMENT.finditer(text))
    return Counter(one for one in found if one.startswith("#"))


def has_header(text: str, path: Path) -> bool:
    """Whether the table at `path` has a header of its own, or is made by the header of a table in it."""
    line, _ = positions(text)[path]
    return text.split("\n")[line - 1].lstrip().startswith("[")


def without(text: str, entries: Collection[Path]) -> tuple[str, str]:
    """`text` without those entries of arrays of tables and what stands right above them; and what was cut."""
    places = positions(text)
    lines = _LINE.findall(text)
    headers = _header_lines(text, places)
    cut: set[int] = set()
    for path in entries:
        header = places[path][0] - 1
        end = next((one for one in headers if one > header), len(lines))
        begin = header - len(_above(lines, header))
        cut.update(range(begin, end - _trivia(lines, end)))
    kept = (line for number, line in enumerate(lines) if number not in cut)
    return "".join(kept), "".join(lines[number] for number in sorted(cut))


def tied(text: str) -> str:
    """`text` with what stands above a header tied to it, below it."""
    lines = _LINE.findall(text)
    result: list[str] = []
    begin = 0
    for header in _header_lines(text, positions(text)):
        above = _leading(lines, header)
        result += lines[begin : header - above]
        result.append(lines[header] if lines[header].endswith("\n") else f"{lines[header]}\n")
        result += (f"{_TIE}{line}" for line in lines[header - above : header])
        begin = header + 1
    return "".join([*result, *lines[begin:]])


def untied(text: str) -> str:
    """The text with everything that `tied` has tied back in its place."""
    result: list[str] = []
    place = 0
    for line in _LINE.findall(text):
        if line.startswith(_TIE):
            result.insert(place, line.removeprefix(_TIE))
            place += 1
        else:
            place = len(result)
            result.append(line)
    return "".join(result)


def _header_lines(text: str, places: dict[Path, Position]) -> list[int]:
    """The number of each line that is a header, from 0."""
    return sorted(set(_headers(text.split("\n"), places)))


def _headers(lines: list[str], places: dict[Path, Position]) -> Iterator[int]:
    def begins_with_bracket(path: Path) -> bool:
        line, column = places[path]
        return lines[line - 1][column - 1 :].startswith("[")

    for path, (line, column) in places.items():
        is_element = bool(path) and isinstance(path[-1], int)
        is_header = path and begins_with_bracket(path[:-1] if is_element else path)
        if is_header and begins_with_bracket(path) and not lines[line - 1][: column - 1].strip():
            yield line - 1


def _trivia(lines: list[str], end: int) -> int:
    """How many of the lines right before `end` are blank or a comment."""
    begin = end
    while begin > 0 and lines[begin - 1].strip()[:1] in ("", "#"):
        begin -= 1
    return end - begin


def _above(lines: list[str], header: int) -> list[str]:
    """The comment that stands right above a header."""
    begin = header
    while begin > 0 and lines[begin - 1].strip().startswith("#"):
        begin -= 1
    return lines[begin:header]


def _leading(lines: list[str], header: int) -> int:
    """How many lines before a header go with it: all but a comment right below what is before, if a gap follows."""
    count = _trivia(lines, header)
    between = lines[header - count : header]
    gap = next((at for at, line in enumerate(between) if not line.strip()), 0)
    return count - gap if header > count else len(_above(lines, header))
