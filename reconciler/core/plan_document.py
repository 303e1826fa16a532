"""Reading a plan file: from its text to a plan that is exactly what was reviewed, or a sentence why not.

The digest is computed over the document itself, so that it holds also for what this version does not know. Unknown
keys are ignored where they only tell more; what apply acts on (steps, starting points, limits) is closed: a key that
is not known there would change what happens. docs/plan-file.md has the rules for readers and writers.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from pydantic import AwareDatetime, BaseModel, ValidationError

from reconciler.core.canonical import canonical, sha256_of, sha256_of_text
from reconciler.core.frozen import Frozen
from reconciler.core.plan import FORMAT_VERSION, Plan, digested

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.core.plan import DatabasePlan

KNOWN_ADDITIONS: tuple[str, ...] = ()
"""What may stand in `requires`."""
_VERSION = re.compile(r"(?P<major>\d{1,4})\.(?P<minor>\d{1,4})")


class UnreadableError(ValueError):
    """A text is not a plan that can be trusted; the message goes on after the name of its file."""

    def __init__(self, message: str, hint: str = "Plan again: reconcile plan") -> None:
        super().__init__(message)
        self.hint = hint


class Made(Frozen):
    """When a plan file was made, beside the plan and outside of its digest."""

    at: AwareDatetime
    """When the look that it rests on began, by Heroku's clock, UTC, to the second."""
    seal: str
    """SHA-256 over the canonical JSON of the plan's digest and `at`: shows that `at` was changed by hand."""


@dataclass(frozen=True, slots=True)
class PlanDocument:
    """What a plan file holds."""

    plan: Plan
    made: Made | None
    """None where the file does not say, as in the record of a run."""


def made(plan: Plan, at: dt.datetime) -> Made:
    """What is to stand in the file of `plan`, whose look began at `at`."""
    moment = at.astimezone(dt.UTC).replace(microsecond=0)
    return Made(at=moment, seal=_seal(plan.digest, moment))


def text_of(plan: Plan, made: Made | None = None) -> str:
    """The plan file: sorted, indented, ending in a newline."""
    if made is None:
        return plan.to_json()
    document = plan.document() | {"made": made.model_dump(mode="json")}
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def read(text: str) -> PlanDocument:
    """The plan in `text`.

    Raises:
        UnreadableError: it is no plan, of another major version, needs a newer reader, or was changed by hand.
    """
    try:
        return _read(_document(text))
    except RecursionError:
        raise UnreadableError("is not a plan: it is nested too deeply.") from None


def _read(document: dict[str, Any]) -> PlanDocument:
    _check_version(document)
    try:
        text = digested(document)
        digest = sha256_of_text(text)
    except ValueError:
        raise UnreadableError(
            "is not a plan: it holds a number or text that no plan has."
        ) from None
    if document.get("digest") != digest:
        raise UnreadableError(
            "was changed after it was made: its digest does not fit.",
            "Only what was planned and reviewed is applied. Plan again: reconcile plan",
        )
    unsealed = document.pop("made", None)
    plan = _plan(document, text)
    return PlanDocument(plan, None if unsealed is None else _made(unsealed, digest))


def _document(text: str) -> dict[str, Any]:
    """The text as JSON, of which every reader must see the same: no key twice, no NaN."""
    try:
        found = json.loads(text, object_pairs_hook=_each_key_once, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise UnreadableError(f"is not a plan: it is not JSON, or cut short ({where}).") from None
    except UnreadableError:
        raise
    except ValueError:
        raise UnreadableError("is not a plan: it holds a number that is too long.") from None
    if not isinstance(found, dict):
        raise UnreadableError("is not a plan: it is no JSON object.")
    return found


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise UnreadableError("is not a plan: it says something twice.")
    return found


def _no_constant(_: str) -> NoReturn:
    raise UnreadableError("is not a plan: it holds a number that no JSON has.")


def _check_version(document: dict[str, Any]) -> None:
    version = document.get("format_version")
    match = _VERSION.fullmatch(version) if isinstance(version, str) else None
    if match is None:
        raise UnreadableError("is not a plan: it does not say its format version.")
    ours, _, _ = FORMAT_VERSION.partition(".")
    if match["major"] != ours:
        way_on = "Update reconcile, or plan again: reconcile plan"
        raise UnreadableError(
            f"has format version {version}; this reads {ours}.x.",
            way_on if int(match["major"]) > int(ours) else "Plan again: reconcile plan",
        )
    required = document.get("requires")
    for one in required if isinstance(required, list) else ():
        if one not in KNOWN_ADDITIONS:
            raise _newer(f"{one!s:.40}")


def _newer(what: str) -> UnreadableError:
    return UnreadableError(
        f"needs a newer reconcile: this one does not know {what}.",
        "Update reconcile, or plan again: reconcile plan",
    )


def _plan(document: dict[str, Any], text: str) -> Plan:
    """What is read is `text`, which was digested: all of `document` but its digest."""
    try:
        plan = Plan.model_validate_json(text, extra="ignore")
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        told = f"{where}: {first['msg']}"
        if document["format_version"] != FORMAT_VERSION:
            raise _newer(told) from None
        raise UnreadableError(
            f"is not a plan of format version {FORMAT_VERSION} ({told})."
        ) from None
    plan = plan.model_copy(update={"digest": document["digest"]})
    if plan.model_dump(mode="json") == document:  # so nothing is in it that is not known
        return plan
    for where in _unknown_where_it_matters(plan, document):
        raise _newer(where)
    return plan.keeping(document)


def _unknown_where_it_matters(plan: Plan, document: dict[str, Any]) -> Iterator[str]:
    """Keys that are not known in what apply acts on."""
    yield from _unknown(plan.safety, document.get("safety", {}), "safety")
    for database, raw in zip(plan.databases, document["databases"], strict=True):
        yield from _unknown_of_one(database, raw)


def _unknown_of_one(database: DatabasePlan, raw: dict[str, Any]) -> Iterator[str]:
    for part in ("starting_point", "stages"):
        yield from _unknown(getattr(database, part), raw[part], f"{part} of {database.name}")


def _unknown(value: object, raw: Any, where: str) -> Iterator[str]:
    if isinstance(value, BaseModel) and isinstance(raw, dict):
        known = type(value).model_fields
        yield from (f"{key:.40} in {where}" for key in sorted(raw.keys() - known.keys()))
        for key in raw.keys() & known.keys():
            yield from _unknown(getattr(value, key), raw[key], where)
    elif isinstance(value, tuple) and isinstance(raw, list):
        for each, raw_each in zip(value, raw, strict=True):
            yield from _unknown(each, raw_each, where)


def _made(raw: object, digest: str) -> Made:
    try:
        found = Made.model_validate_json(canonical(raw), extra="ignore")
    except ValueError:
        raise UnreadableError('is not a plan: "made" does not say when it was made.') from None
    if found.seal != _seal(digest, found.at):
        raise UnreadableError(
            "was changed after it was made: its seal does not fit when it was made.",
        )
    return found


def _seal(digest: str, at: dt.datetime) -> str:
    return sha256_of({"at": at.astimezone(dt.UTC).isoformat(), "digest": digest})
