"""What pydantic found wrong, in the words of whoever writes the TOML.

pydantic says "Input should be a valid string"; the reader wrote `plan = 4` and knows texts, numbers and
tables. Problems of the same place are joined: a value that fits no member of a union is one problem.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from reconciler.toml_text.shape import allowed_keys

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pydantic import BaseModel
    from pydantic_core import ErrorDetails

    from reconciler.toml_text.positions import Path

_WANTED = {
    "string_type": "a text",
    "string_sub_type": "a text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "int_parsing_size": "a smaller number",
    "float_type": "a number",
    "decimal_type": "a number",
    "bool_type": "true or false",
    "list_type": "an array",
    "tuple_type": "an array",
    "dict_type": "a table",
    "model_type": "a table",
    "model_attributes_type": "a table",
    "date_type": "a date such as 2026-06-01",
    "date_parsing": "a date such as 2026-06-01",
    "date_from_datetime_inexact": "a date without a time, such as 2026-06-01",
    "date_from_datetime_parsing": "a date such as 2026-06-01",
    "datetime_type": "a date and time such as 2026-06-01T02:00:00Z",
    "datetime_parsing": "a date and time such as 2026-06-01T02:00:00Z",
    "datetime_from_date_parsing": "a date and time such as 2026-06-01T02:00:00Z",
    "timezone_aware": "a date and time with its zone, such as 2026-06-01T02:00:00Z",
    "time_type": "a time such as 02:00:00",
    "time_parsing": "a time such as 02:00:00",
    "finite_number": "a finite number",
    "none_required": "left out",
}
_BOUNDS = {
    "greater_than": "must be above {gt}.",
    "greater_than_equal": "must be {ge} or more.",
    "less_than": "must be below {lt}.",
    "less_than_equal": "must be {le} or less.",
    "multiple_of": "must be a multiple of {multiple_of}.",
    "string_too_short": "must have {min_length} or more characters.",
    "string_too_long": "must have {max_length} or fewer characters.",
    "too_short": "must have {min_length} or more entries.",
    "too_long": "must have {max_length} or fewer entries.",
    "string_pattern_mismatch": "must match {pattern}.",
}
_KINDS = (
    (str, "this text"),
    (int | float, "this number"),
    (datetime, "a date and time"),
    (date, "a date"),
    (time, "a time"),
    (list, "an array"),
    (dict, "a table"),
)
_SHOWN_CHARACTERS = 20
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem before it has a line: where in the document, what, and the way on."""

    path: Path
    message: str
    hint: str = ""
    is_stray: bool = False
    """A key that means nothing, nor is near one that does: without it the rest says the same."""


def findings(
    errors: Sequence[ErrorDetails], *, data: object, model: type[BaseModel]
) -> list[Finding]:
    """Pydantic's `errors` about `data` (what tomli read) as findings, one a place."""
    by_path: dict[Path, list[ErrorDetails]] = {}
    for error in errors:
        by_path.setdefault(document_path(error, data), []).append(error)
    return [_finding(path, group, data, model) for path, group in by_path.items()]


def document_path(error: ErrorDetails, data: object) -> Path:
    """`loc` without the names of union members and validators, which the document does not have."""
    path: list[str | int] = []
    for step in error["loc"]:
        if _has(data, step):
            data = data[step]  # type: ignore[index]  # `_has` looked
            path.append(step)
    if error["type"] == "missing":
        path.append(error["loc"][-1])
    return tuple(path)


def key_text(path: Path) -> str:
    """The path as TOML would write it: `database.orders.follower[0].plan`, elements from 0."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            bare = step if _BARE_KEY.fullmatch(step) else _quoted(step)
            text += f".{bare}" if text else bare
    return text


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`Did you mean "plan"?`, or nothing when no known word is near."""
    near = get_close_matches(word, tuple(known), n=1, cutoff=0.6)
    return f'Did you mean "{near[0]}"?' if near else ""


def _has(data: object, step: str | int) -> bool:
    if isinstance(data, dict):
        return step in data
    return isinstance(data, list) and isinstance(step, int) and 0 <= step < len(data)


def _at(data: Any, path: Path) -> object:
    for step in path:
        if not _has(data, step):
            return None
        data = data[step]
    return data


def _finding(
    path: Path, errors: Sequence[ErrorDetails], data: object, model: type[BaseModel]
) -> Finding:
    error = errors[0]
    match error["type"]:
        case "extra_forbidden":
            message = "unknown key."
            return _unknown_key(path, model)
        case "missing":
            message = f'the key "{path[-1]}" is missing here.'
        case "literal_error" | "enum":
            return _not_one_of(path, str(error["ctx"]["expected"]), _at(data, path))
        case "union_tag_not_found":
            message = f"needs the key {error['ctx']['discriminator']}."
        case "union_tag_invalid":
            message = f"must be one of {error['ctx']['expected_tags']}."
        case "value_error":
            message = str(error["ctx"]["error"])
        case kind if kind in _BOUNDS:
            message = _BOUNDS[kind].format(**error["ctx"])
        case _:
            value = _at(data, path)
            is_one_of_many = isinstance(value, dict) and allowed_keys(model, (*path, 0))
            hint = (
                f"Write [[{key_text(path)}]], since there may be several." if is_one_of_many else ""
            )
            return Finding(path, _wrong_type(errors, value), hint)
    return Finding(path, message)


def _unknown_key(path: Path, model: type[BaseModel]) -> Finding:
    known = allowed_keys(model, path[:-1])
    listed = f"Allowed here: {', '.join(known)}." if known else ""
    near = did_you_mean(str(path[-1]), known)
    return Finding(path, "unknown key.", near or listed, is_stray=not near)


def _not_one_of(path: Path, expected: str, value: object) -> Finding:
    known = re.findall(r"'([^']*)'", expected)
    choices = " or ".join(_quoted(each) for each in known) or expected
    near = did_you_mean(value, known) if isinstance(value, str) else ""
    return Finding(path, f"must be {choices}, not {_shown(value)}.", near)


def _wrong_type(errors: Sequence[ErrorDetails], value: object) -> str:
    wanted = dict.fromkeys(_WANTED[error["type"]] for error in errors if error["type"] in _WANTED)
    if not wanted:
        return f"{errors[0]['msg'].rstrip('.')}."
    return f"must be {' or '.join(wanted)}, not {_shown(value)}."


def _shown(value: object) -> str:
    """A short word or number as it is, any other by its kind: what is long may be a pasted secret."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and len(value) <= _SHOWN_CHARACTERS:
        return f"the text {_quoted(value)}"
    if isinstance(value, int | float) and len(str(value)) <= _SHOWN_CHARACTERS:
        return f"the number {value}"
    return next((words for kind, words in _KINDS if isinstance(value, kind)), "this")


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
