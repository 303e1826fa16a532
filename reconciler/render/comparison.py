"""How a saved plan differs from what planning gives now, in words and for programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from reconciler.core.comparing import first_other_step
from reconciler.core.estimates import interval
from reconciler.render.details import Lines
from reconciler.render.steps import describe
from reconciler.render.words import ARROW, change_text, cost_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reconciler.core.comparing import Difference
    from reconciler.core.plan import DatabasePlan, Plan
    from reconciler.core.steps import Step

FORMAT_VERSION = "1.0"
_NOW = {
    "blocked": "no method is allowed for it any more",
    "converging": "is under way now",
    "not read": "could not be read now",
    "unchanged": "is as wanted now; nothing is left to do",
    "not listed": "planning says nothing of it any more",
}
_SAID_OTHERWISE = {
    "name", "changes", "method", "starting_point", "from_fingerprint", "to_fingerprint", "stages",
    "downtime",
    "to_service_plan", "preparation", "money",
}  # fmt: skip
"""Keys of which a line of its own speaks."""


def comparison_text(
    committed: Plan, fresh: Plan, found: Sequence[Difference], *, is_guarded_alike: bool, width: int
) -> str:
    """Whether `committed` is still what planning gives, ending in a newline."""
    if not found and is_guarded_alike:
        count = len(committed.databases)
        noun = "database" if count == 1 else "databases"
        more = (
            ""
            if committed.digest == fresh.digest
            else f" Around them things differ: now {fresh.id}."
        )
        return (
            f"Plan {committed.id} is still what planning gives: {count} {noun} to change.{more}\n"
        )
    lines = Lines(width)
    blocks = [[f"Plan {committed.id} is no longer what planning gives, which is now {fresh.id}."]]
    for one in found:
        entries = [line for text in difference_texts(one) for line in lines.entry(text)]
        blocks.append([f"~ {one.name}", *entries])
    if not is_guarded_alike:
        blocks.append(["The limits, waivers or freezes that it is judged by are others."])
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def comparison_document(
    committed: Plan, fresh: Plan, found: Sequence[Difference], *, is_guarded_alike: bool
) -> str:
    """The same as one JSON document, ending in a newline."""
    document = {
        "format_version": FORMAT_VERSION,
        "kind": "check",
        "plan": committed.digest,
        "now": fresh.digest,
        "is_current": not found and is_guarded_alike,
        "is_guarded_alike": is_guarded_alike,
        "differences": [
            {
                "name": one.name,
                "was": one.was,
                "now": one.now,
                "keys": one.fields,
                "texts": [*difference_texts(one)],
            }
            for one in found
        ],
    }
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def difference_texts(difference: Difference) -> Iterator[str]:
    """What is different about one database, a sentence each."""
    before, after = difference.before, difference.after
    if before is not None and after is not None:
        yield from _of_both(before, after, difference.fields)
    elif after is not None:
        yield f"was {difference.was}, is to change now: {_changes(after)}"
    else:
        why = f": {difference.why}" if difference.why else ""
        yield f"{_NOW[difference.now]}{why}"


def _of_both(before: DatabasePlan, after: DatabasePlan, keys: Sequence[str]) -> Iterator[str]:
    if before.from_fingerprint != after.from_fingerprint:
        yield (
            f"the live database is another, from {before.from_fingerprint} to "
            f"{after.from_fingerprint}: {_start(before, after)}"
        )
    if before.to_fingerprint != after.to_fingerprint:
        yield f"what is wanted is another, from {before.to_fingerprint} to {after.to_fingerprint}"
    if before.changes != after.changes:
        yield f"it was to change by {_changes(before)}; now by {_changes(after)}"
    if before.method != after.method:
        yield f"the method is another: {before.method or 'none'} {ARROW} {after.method or 'none'}"
    yield from _steps(before, after)
    if before.downtime != after.downtime:
        yield f"downtime {interval(before.downtime)} {ARROW} {interval(after.downtime)}"
    if before.preparation != after.preparation:
        yield f"prepare {interval(before.preparation)} {ARROW} {interval(after.preparation)}"
    if before.money != after.money:
        old, new = (cost_text(one.money, keep=one.keep_old_primary) for one in (before, after))
        yield f"cost: {old}, now {new}"
    rest = [key for key in keys if key not in _SAID_OTHERWISE]
    if rest:
        yield f"also different: {', '.join(rest)}"


def _start(before: DatabasePlan, after: DatabasePlan) -> str:
    old, new = dict(before.starting_point), dict(after.starting_point)
    parts = [
        f"{key} {_plain(old[key])} {ARROW} {_plain(new[key])}"
        for key in old
        if old[key] != new[key]
    ]
    return ", ".join(parts)


def _plain(value: object) -> str:
    if isinstance(value, tuple):
        return " ".join(map(str, value)) or "none"
    return "none" if value is None else str(value)


def _changes(database: DatabasePlan) -> str:
    return "; ".join(map(change_text, database.changes))


def _steps(before: DatabasePlan, after: DatabasePlan) -> Iterator[str]:
    found = first_other_step(before, after)
    if found is not None:
        number, left, right = found
        yield f"step {number} was: {_step(left)}; now: {_step(right)}"
    elif before.stages != after.stages:
        yield "the same steps are grouped otherwise"


def _step(step: Step | None) -> str:
    return "nothing" if step is None else describe(step)
