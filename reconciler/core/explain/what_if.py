"""Suppositions: the same database with another size, plan, version, method or downtime limit."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, get_args

from reconciler.core.catalogue import GIGABYTE
from reconciler.core.desired import WantedMethod
from reconciler.core.diff import primary_of
from reconciler.core.durations import parse_duration
from reconciler.core.plan_names import NotWanted, wanted_plan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.core.catalogue import Catalogue
    from reconciler.core.desired import DesiredDatabase
    from reconciler.core.observed import Snapshot

KEYS = ("size", "plan", "version", "method", "max_downtime")
KEEP, NONE = "keep", "none"
_SIZE = re.compile(r"(?P<amount>[0-9]{1,6}(?:\.[0-9]{1,9})?) ?(?P<unit>[MGT]B)", re.IGNORECASE)
_UNITS = {"MB": 2**20, "GB": GIGABYTE, "TB": 2**40}


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What is supposed to be otherwise; empty: nothing."""

    texts: tuple[str, ...] = ()
    """As they were given."""
    size_bytes: int | None = None
    wishes: tuple[tuple[str, Any], ...] = ()
    """Fields of the desired database and their values."""

    def desired(self, desired: DesiredDatabase) -> DesiredDatabase:
        """`desired` as it would be wished."""
        return desired.model_copy(update=dict(self.wishes)) if self.wishes else desired

    @property
    def supposed(self) -> frozenset[str]:
        """The fields of the desired database that are supposed."""
        return frozenset(field for field, _ in self.wishes)

    def snapshot(self, snapshot: Snapshot, desired: DesiredDatabase) -> Snapshot:
        """`snapshot` as it would be seen."""
        primary = primary_of(desired, snapshot)
        if self.size_bytes is None or primary is None:
            return snapshot
        larger = replace(primary, data_size_bytes=self.size_bytes)
        return snapshot.with_closer(databases=[larger], apps=())


def parse_what_if(texts: Sequence[str], catalogue: Catalogue) -> WhatIf:
    """The suppositions in `size=8GB`, `plan=premium-3`, `version=18`, `method=pg-copy`, `max_downtime=5m`.

    `version=keep` and `max_downtime=none` take a wish away.

    Raises:
        ValueError: one of them is malformed, or a key is given twice; the message is for the writer.
    """
    given: dict[str, str] = {}
    for text in texts:
        key, _, value = (part.strip() for part in text.partition("="))
        if key not in KEYS or not value:
            raise ValueError(_malformed(text, key, value))
        if key in given:
            raise ValueError(f"{key} is given twice, as {given[key]} and as {value}.")
        given[key] = value
    wishes = [_wish(key, value, catalogue) for key, value in given.items() if key != "size"]
    size = given.get("size")
    return WhatIf(tuple(texts), None if size is None else _bytes(size), tuple(wishes))


def _malformed(text: str, key: str, value: str) -> str:
    if key in KEYS and not value:
        return f"{key} needs a value, such as {_EXAMPLES[key]}."
    near = get_close_matches(key, KEYS, n=1)
    meant = f" Did you mean {near[0]}?" if near else ""
    return f'"{text}" is not KEY=VALUE with one of the keys {", ".join(KEYS)}.{meant}'


_EXAMPLES = {
    "size": "size=8GB",
    "plan": "plan=premium-3",
    "version": "version=18",
    "method": "method=pg-copy",
    "max_downtime": "max_downtime=5m",
}


def _bytes(text: str) -> int:
    match = _SIZE.fullmatch(text)
    if match is None:
        raise ValueError(f'size must be an amount of data such as "8GB" or "500MB", not "{text}".')
    whole, _, fraction = match["amount"].partition(".")
    unit = _UNITS[match["unit"].upper()]
    return int(whole) * unit + (int(fraction) * unit // 10 ** len(fraction) if fraction else 0)


def _wish(key: str, value: str, catalogue: Catalogue) -> tuple[str, Any]:
    match key:
        case "plan":
            return "service_plan", _plan(value, catalogue)
        case "version":
            return "version", _version(value, catalogue)
        case "method":
            return "method", _method(value)
        case _:
            return "max_downtime", _limit(value)


def _plan(value: str, catalogue: Catalogue) -> str:
    plan = wanted_plan(value, catalogue)
    if isinstance(plan, NotWanted):
        raise ValueError(f"plan: {plan.message} {plan.hint}".rstrip())  # noqa: TRY004  # it is a value
    return plan.name


def _version(value: str, catalogue: Catalogue) -> int | None:
    if value == KEEP:
        return None
    known = next((one for one in catalogue.versions if str(one.major) == value), None)
    if known is None or known.status == "eol":
        supported = ", ".join(map(str, catalogue.supported_versions))
        raise ValueError(
            f'version must be a major version of PostgreSQL ({supported}) or "{KEEP}", not "{value}".'
        )
    return known.major


def _method(value: str) -> str:
    known = get_args(WantedMethod)
    if value not in known:
        raise ValueError(f'method must be one of {", ".join(known)}, not "{value}".')
    return value


def _limit(value: str) -> Any:
    if value == NONE:
        return None
    try:
        return parse_duration(value)
    except ValueError as error:
        raise ValueError(f'max_downtime {str(error).rstrip(".")}, or "{NONE}".') from None
