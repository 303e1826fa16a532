"""TOML text in, a checked value out, or every problem at once with its line and column.

tomli parses, pydantic judges. Strict models take arrays as tuples, enums and dates from JSON only, so the
parsed document goes to pydantic as JSON; TOML's dates and times are ISO texts there.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import tomli
from pydantic import BaseModel, ValidationError

from reconciler.errors import Problem, TextProblemsError
from reconciler.toml_text.messages import Finding, findings, key_text
from reconciler.toml_text.positions import Path, Position, positions

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T", bound=BaseModel)

_UNQUOTED = re.compile(r"""^\s*[\w.-]+\s*=\s*[A-Za-z][^"']*$""")
_UNREADABLE = "nested too deeply or with a number too long to read."


@dataclass(frozen=True)
class Located(Generic[T]):
    """A checked value that still knows where in which file each of its parts was written."""

    value: T
    file: str
    text: str

    @cached_property
    def _positions(self) -> dict[Path, Position]:
        return positions(self.text)

    def at(self, path: Path) -> Position:
        """Line and column of `path`, or of the nearest table around it that is written somewhere."""
        return _place(path, self._positions)

    def problem(self, path: Path, message: str, hint: str = "") -> Problem:
        """A problem that only becomes clear beyond this one file, at its place in it."""
        return Problem(self.file, *self.at(path), key_text(path), message, hint)


def load(text: str, *, file: str, model: type[T], error: type[TextProblemsError]) -> T:
    """`text` as a `model`; `file` is the name that problems carry.

    Raises:
        TextProblemsError: as `error`: broken TOML, or everything in it that the model refuses.
    """
    return load_located(text, file=file, model=model, error=error).value


def load_located(
    text: str, *, file: str, model: type[T], error: type[TextProblemsError]
) -> Located[T]:
    """As `load`, for checks that come later and want positions too."""
    data, document = _parse(text, file, error)
    try:
        return Located(model.model_validate_json(document), file, text)
    except ValidationError as refused:
        found = _found(refused, data, model)
        raise error(_problems(found, file, text)) from None


def load_remaining(
    text: str,
    *,
    file: str,
    model: type[T],
    error: type[TextProblemsError],
    part_of: Callable[[Path], Path | None],
) -> tuple[Located[T] | None, tuple[Problem, ...]]:
    """As `load_located`, but with everything that the model refuses goes what is left when that is taken away.

    `part_of` tells which part says nothing any more when something at a path in it is wrong; None: the whole file.
    Nothing is left (None) of such a file, nor of one that the model still refuses.

    Raises:
        TextProblemsError: as `error`: broken TOML.
    """
    data, document = _parse(text, file, error)
    try:
        return Located(model.model_validate_json(document), file, text), ()
    except ValidationError as refused:
        found = _found(refused, data, model)
    problems = tuple(_problems(found, file, text))
    if not all(each.path for each in found):
        return None, problems
    rest = json.loads(document)
    for each in found:
        part = each.path if each.is_stray else part_of(each.path)
        if part is None:
            return None, problems
        _take_away(rest, part)
    try:
        return Located(model.model_validate_json(json.dumps(rest)), file, text), problems
    except ValidationError:
        return None, problems


def decode(raw: bytes, *, file: str, error: type[TextProblemsError]) -> str:
    """The text of a TOML file, which must be UTF-8; a byte order mark is dropped.

    Raises:
        TextProblemsError: as `error`, at the first byte that is not UTF-8.
    """
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as broken:
        before = raw[: broken.start].decode("utf-8-sig", errors="replace")
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        problem = Problem(file, line, column, "", "not UTF-8.", "Save the file as UTF-8.")
        raise error([problem]) from None


def _parse(text: str, file: str, error: type[TextProblemsError]) -> tuple[dict[str, Any], str]:
    """The document as tomli read it, and the same as JSON."""
    try:
        data = tomli.loads(text)
        return data, json.dumps(data, default=lambda moment: moment.isoformat())
    except tomli.TOMLDecodeError as broken:
        message = f"not valid TOML: {broken.msg[:1].lower()}{broken.msg[1:]}."
        hint = _syntax_hint(text, broken.lineno)
        column = min(broken.colno, len(_line(text, broken.lineno)) + 1)  # it may point past the end
        problem = Problem(file, broken.lineno, column, "", message, hint)
        raise error([problem]) from None
    except (RecursionError, ValueError):
        raise error([Problem(file, 1, 1, "", _UNREADABLE)]) from None


def _syntax_hint(text: str, line: int) -> str:
    """The commonest slip has its own words."""
    is_unquoted = _UNQUOTED.match(_line(text, line))
    return 'A text needs quotes, such as plan = "standard-2".' if is_unquoted else ""


def _line(text: str, number: int) -> str:
    """The line of that number, from 1, as tomli counts them; empty past the last one."""
    lines = text.split("\n")
    return lines[number - 1].removesuffix("\r") if number <= len(lines) else ""


def _take_away(data: Any, part: Path) -> None:
    """Remove `part` from `data`, if a larger part was not removed before."""
    for step in part[:-1]:
        if isinstance(data, dict) and step not in data:
            return
        data = data[step]
    data.pop(part[-1], None)


def _found(
    refused: ValidationError, data: dict[str, Any], model: type[BaseModel]
) -> Sequence[Finding]:
    errors = refused.errors(include_url=False)
    if errors[0]["type"] == "json_invalid":
        return [Finding((), _UNREADABLE)]
    return findings(errors, data=data, model=model)


def _problems(found: Sequence[Finding], file: str, text: str) -> list[Problem]:
    places = positions(text)
    return [
        Problem(file, *_place(each.path, places), key_text(each.path), each.message, each.hint)
        for each in found
    ]


def _place(path: Path, places: dict[Path, Position]) -> Position:
    while path not in places:
        path = path[:-1]
    return places[path]
