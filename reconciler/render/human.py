"""A plan as text for people: totals first, then a line a database, then the details, last how to apply it."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from reconciler.core.estimates import interval
from reconciler.core.safety import findings
from reconciler.render.details import Lines, blocked_details, database_details
from reconciler.render.limits import limit_sections
from reconciler.render.table import table
from reconciler.render.words import ARROW, difference_cents, dollars

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from reconciler.core.plan import DatabasePlan, Plan, Replaced

WIDTH = 100
_ASCII = str.maketrans({ARROW: "->", "\u00a0": " "})
_PRINTED = str.maketrans({"\u00a0": " "})
_LOOPBACK = ("loopback", "localhost", "127.0.0.1", "::1")
"""The first is what a plan calls all the others, since its bytes must not depend on a port."""


def plan_text(
    plan: Plan,
    *,
    width: int = WIDTH,
    is_ascii: bool = False,
    path: str = "",
    today: dt.date | None = None,
) -> str:
    """The whole plan, ending in a newline.

    `path` is where the plan file was written; without it nothing is said of a file. Lines are at most `width`
    columns, but for names that are longer. `today` judges waivers; without it each of them counts.
    """
    blocks = [
        [*_stand_in(plan.endpoint), *_totals(plan), *_notes(plan, width=width)],
        [*table(plan, width=width), *_legend(plan)],
        *_guards(plan, width=width, today=today),
        *(
            database_details(one, width=width, has_freezes=bool(plan.safety.freezes))
            for one in plan.databases
        ),
        *(blocked_details(one, width=width) for one in plan.blocked),
        *_lists(plan, width=width),
        [_next(plan, path, today)],
    ]
    text = "\n\n".join("\n".join(block) for block in blocks if block) + "\n"
    return text.translate(_ASCII if is_ascii else _PRINTED)


def is_stand_in(endpoint: str) -> bool:
    """Whether a plan was made against a stand-in: one of ours, or a server on this machine."""
    host = urlsplit(endpoint if "://" in endpoint else f"//{endpoint}").hostname
    return endpoint.startswith("sim:") or host in _LOOPBACK


def _stand_in(endpoint: str) -> Iterator[str]:
    if is_stand_in(endpoint):
        yield f"Speaking to the stand-in ({endpoint}), not to Heroku: nothing here is real."


def _totals(plan: Plan) -> Iterator[str]:
    counts = (
        (len(plan.databases), "to change"),
        (len(plan.blocked), "blocked"),
        (len(plan.converging), "converging"),
        (len(plan.unknown), "not read"),
        (len(plan.unchanged), "unchanged"),
    )
    parts = ", ".join(f"{count} {what}" for count, what in counts if count)
    noun = "database" if plan.count == 1 else "databases"
    yield f"reconcile plan: {plan.count} {noun}" + (f": {parts}" if parts else "")
    if plan.databases:
        yield f"{_downtimes(plan)}; {_money(plan)}"


def _notes(plan: Plan, *, width: int) -> Iterator[str]:
    for note in plan.notes:
        yield from wrap(f"Note: {note}", width, subsequent_indent=" " * 2, break_long_words=False)


def _downtimes(plan: Plan) -> str:
    closed = [one for one in plan.databases if one.downtime.upper_s != 0]
    if not closed:
        return "No downtime"
    unbounded = [one.name for one in closed if one.downtime.upper_s is None]
    if unbounded:
        return f"Downtime in {len(closed)}, without a known bound: {', '.join(unbounded)}"
    longest = max(closed, key=_upper_s)
    return f"Downtime in {len(closed)}, the longest {interval(longest.downtime)} ({longest.name})"


def _upper_s(database: DatabasePlan) -> float:
    return database.downtime.upper_s or 0


def _money(plan: Plan) -> str:
    differences = [difference_cents(one.money) for one in plan.databases]
    known = sum(one for one in differences if one is not None)
    unknown = differences.count(None)
    text = (
        f"{dollars(known)} {'less' if known < 0 else 'more'} a month" if known else "no other cost"
    )
    return f"{text}, and {unknown} of unknown price" if unknown else text


def _legend(plan: Plan) -> Iterator[str]:
    estimates = [one for each in plan.databases for one in (each.preparation, each.downtime)]
    if any(one.upper_s is None for one in estimates):
        yield "A question mark in PREPARE or DOWNTIME: no source gives a bound."


def _guards(plan: Plan, *, width: int, today: dt.date | None) -> Iterator[list[str]]:
    lines = Lines(width)
    for heading, texts in limit_sections(plan, today=today):
        yield [heading, *(line for text in texts for line in lines.entry(text))]


def _lists(plan: Plan, *, width: int) -> Iterator[list[str]]:
    lines = Lines(width)
    sections = {
        "Not read, and so not planned:": [f"{one.name}: {one.reason}" for one in plan.unknown],
        "Replaced earlier, waiting for retirement:": [
            f"{one.name}: {one.addon} ({one.app}::{one.alias}), kept {_until(one)}"
            for one in plan.replaced
        ],
        "Not listed, left alone:": [f"{one.name}: {one.what}" for one in plan.unlisted],
    }
    for heading, texts in sections.items():
        if texts:
            yield [heading, *(line for text in texts for line in lines.entry(text))]


def _until(replaced: Replaced) -> str:
    if replaced.until:
        return f"until {replaced.until}"
    return replaced.keep if replaced.since else f"{replaced.keep}, since when is not known"


def _next(plan: Plan, path: str, today: dt.date | None) -> str:
    if not plan.databases:
        is_all_well = not (plan.blocked or plan.unknown or plan.converging)
        return "Nothing to do." if is_all_well else "Nothing to apply."
    if not path:
        return f"Plan {plan.id}."
    if not all(one.is_waived for one in findings(plan, today=today)):
        return f"Plan {plan.id} written to {path}. It is beyond a limit: apply refuses it."
    allow = " --retire" if plan.is_destroying else ""
    return f"Plan {plan.id} written to {path}. Apply exactly this: reconcile apply {path}{allow}"
