"""`Range` in, `Next-Range` and 206 out.

All spellings that real clients send are read: `version ..; max=5, order=desc`, `id ..; max=1000;`,
`name a..z; max=10,order=desc`. A bound with `]` before it is exclusive, as in the `Next-Range` that we give.
Source: heroku/cli v11.9.0, heroku/heroku-go v6; sizes from the Platform API reference.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from reconciler.simulator.http.call import Answer
from reconciler.simulator.world.refusals import bad_request

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

PAGE, MOST = 200, 1000
Item = TypeVar("Item")
RANGE = re.compile(
    r"\s*(\w+)\s+(\]?)([^;.\[\]]*(?:\.[^;.]+)*)\.\.([^;\[\]]*?)\s*(?:;(.*))?", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Range:
    """A wish for a part of a list."""

    field: str
    first: str = ""
    exclusive: bool = False
    last: str = ""
    most: int = PAGE
    descending: bool = False


def parse_range(text: str, default: str) -> Range:
    """The wish in a Range header, or the default one.

    Raises:
        Refusal: 400 when it cannot be read.
    """
    if not text.strip():
        return Range(default)
    match = RANGE.fullmatch(text)
    if match is None:
        raise bad_request(f"Invalid range: {text}.")
    options = dict(
        part.strip().partition("=")[::2]
        for part in re.split(r"[;,]", match[5] or "")
        if part.strip()
    )
    most = options.get("max", str(PAGE))
    if (
        not most.isdecimal()
        or not 0 < int(most) <= MOST
        or options.get("order", "asc") not in {"asc", "desc"}
    ):
        raise bad_request(f"Invalid range: {text}.")
    return Range(
        match[1],
        match[3].strip(),
        bool(match[2]),
        match[4].strip(),
        int(most),
        options.get("order") == "desc",
    )


def page(
    header: str,
    items: Sequence[Item],
    fields: Mapping[str, Callable[[Item], str | int]],
    show: Callable[[Item], dict[str, Any]],
) -> Answer:
    """The asked part of `items`; `fields` says by what it can be sorted, the first being the default."""
    wish = parse_range(header, next(iter(fields)))
    if wish.field not in fields:
        raise bad_request(f"Invalid range field: {wish.field}.")
    key = fields[wish.field]
    chosen = (
        [item for item in items if _inside(key(item), wish)]
        if wish.first or wish.last
        else list(items)
    )
    chosen.sort(key=key, reverse=wish.descending)
    cut = chosen[: wish.most]
    body = [show(item) for item in cut]
    if len(cut) == len(chosen):
        return Answer(body)
    order = ", order=desc" if wish.descending else ""
    following = f"{wish.field} ]{key(cut[-1])}..{wish.last}; max={wish.most}{order}"
    return Answer(body, 206, {"Next-Range": following})


def _inside(value: str | int, wish: Range) -> bool:
    """Whether `value` lies between the bounds, in the direction of the list."""
    first, last = _like(value, wish.first), _like(value, wish.last)
    sign = -1 if wish.descending else 1
    if first is not None:
        distance = _compare(value, first) * sign
        if distance < 0 or (distance == 0 and wish.exclusive):
            return False
    return last is None or _compare(value, last) * sign <= 0


def _like(value: str | int, text: str) -> str | int | None:
    if not text:
        return None
    if isinstance(value, int):
        if not text.isdecimal():
            raise bad_request(f"Invalid range bound: {text}.")
        return int(text)
    return text


def _compare(left: str | int, right: str | int) -> int:
    if isinstance(left, int) and isinstance(right, int):
        return (left > right) - (left < right)
    return (str(left) > str(right)) - (str(left) < str(right))
