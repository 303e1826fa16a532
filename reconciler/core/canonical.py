"""One way to write a JSON value, so that a digest can be computed over it by anybody: RFC 8785.

Keys sorted by UTF-16 code units, no whitespace, no escapes but those that JSON asks for, numbers as ECMAScript
prints them: `60.0` is `60`. Plans have tens of megabytes, so the usual is left to the standard library, which
writes it in the same form; what it would write otherwise goes through a writer of our own.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from decimal import Decimal
from json.encoder import encode_basestring
from typing import Any

LARGEST_WHOLE = 2**53 - 1
"""A larger whole number is not the same number to every reader (RFC 7493)."""
_SORTED_OTHERWISE = re.compile("[\ud800-\U0010ffff]")
"""Only keys with these are in another order by code points than by UTF-16."""
_LIKE_PYTHON = (1e-4, 1e16)
"""Between these ECMAScript and Python write a number that is not whole alike."""
_PLAIN_FROM = -6
_PLAIN_TO = 21
"""Between these places of the decimal point ECMAScript writes a number without an exponent."""


def canonical(value: Any) -> str:
    """`value`, of the kinds that JSON knows, in its one form.

    Raises:
        ValueError: it holds a number or a text that has no such form.
    """
    try:
        text = _dumped(value)
    except TypeError:
        raise ValueError("it holds what JSON does not know") from None
    try:
        is_odd = _SORTED_OTHERWISE.search(text) is not None
        usual = json.loads(
            text,
            parse_float=_usual_float,
            parse_int=_usual_int,
            object_pairs_hook=_usually_sorted if is_odd else None,
        )
        return _dumped(usual)
    except _UnusualError:
        pass
    parts: list[str] = []
    _write(value, parts)
    return "".join(parts)


class _UnusualError(Exception):
    """A number that the standard library would write in another form, or a key that it would sort elsewhere."""


def _dumped(value: Any) -> str:
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def _usually_sorted(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if any(_SORTED_OTHERWISE.search(key) for key, _ in pairs):
        raise _UnusualError
    return dict(pairs)


def _usual_float(text: str) -> float:
    value = float(text)
    if value.is_integer():
        return _usual_whole(int(value))
    if not _LIKE_PYTHON[0] <= abs(value) < _LIKE_PYTHON[1]:
        raise _UnusualError
    return value


def _usual_int(text: str) -> int:
    return _usual_whole(int(text))


def _usual_whole(value: int) -> int:
    if abs(value) > LARGEST_WHOLE:
        raise _UnusualError
    return value


def sha256_of(value: Any) -> str:
    """SHA-256 over the UTF-8 bytes of the canonical form, as hex.

    Raises:
        ValueError: as `canonical`.
    """
    return sha256_of_text(canonical(value))


def sha256_of_text(text: str) -> str:
    """SHA-256 over the UTF-8 bytes of a canonical form, as hex.

    Raises:
        ValueError: it holds half of a surrogate pair, which has no such bytes.
    """
    return hashlib.sha256(text.encode()).hexdigest()


def _write(value: Any, parts: list[str]) -> None:
    match value:
        case str():
            parts.append(encode_basestring(value))
        case None | True | False:
            parts.append({None: "null", True: "true", False: "false"}[value])
        case int() | float():
            parts.append(_number(value))
        case dict():
            parts.append("{")
            for index, key in enumerate(sorted(value, key=_utf_16)):
                parts.append(f"{',' if index else ''}{encode_basestring(key)}:")
                _write(value[key], parts)
            parts.append("}")
        case list() | tuple():
            parts.append("[")
            for index, each in enumerate(value):
                parts.append("," if index else "")
                _write(each, parts)
            parts.append("]")
        case _:
            raise ValueError(f"{type(value).__name__} is nothing that JSON knows")


def _utf_16(key: str) -> bytes:
    return key.encode("utf-16-be")


def _number(value: float) -> str:
    if abs(value) > LARGEST_WHOLE or not math.isfinite(value):
        raise ValueError("it holds a number that is too large")
    if value == int(value):
        return str(int(value))
    sign, digits, exponent = Decimal(repr(value)).as_tuple()
    written = "".join(map(str, digits))
    point = len(written) + int(exponent)
    if not _PLAIN_FROM < point <= _PLAIN_TO:
        first, rest = written[0], written[1:]
        text = f"{first}{'.' if rest else ''}{rest}e{point - 1:+d}"
    elif point > 0:
        text = f"{written[:point]}.{written[point:]}"
    else:
        text = f"0.{'0' * -point}{written}"
    return f"-{text}" if sign else text
