"""A plan as text for people: totals first, then a line a database, then the details, last how to apply it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.core.estimates import interval
from reconciler.core.moments import with_ends
from reconciler.core.safety import findings
from reconciler.render import retiring
from reconciler.render.details import Lines, blocked_details, database_details
from reconciler.render.limits import limit_sections
from reconciler.render.stand_in import stand_in
from reconciler.render.table import table
from reconciler.render.words import ARROW, FOREVER, difference_cents, dollars
from reconciler.render.wrapping import wrapped

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator

    from reconciler.core.plan import DatabasePlan, Plan, Replaced
    from reconciler.render.retiring import RetireFile

WIDTH = 100


def plan_text(
    plan: Plan,
    *,
    width: int = WIDTH,
    is_ascii: bool = False,
    path: str = "",
    today: dt.date | None = None,
    retire: RetireFile | None = None,
    is_quiet: bool = False,
) -> str:
    """The whole plan, ending in a newline.

    `path` is where the plan file was written; without it nothing is said of a file. Lines are at most `width`
    columns, but for names that are longer. `today` judges waivers; without it each of them counts. `retire` is what
    the same look has found to be destroyed. `is_quiet`: without the details of what changes, and nothing at all
    where there is nothing to decide.
    """
    if is_quiet and not (plan.databases or plan.blocked or plan.unknown or retire):
        return ""
    destroyed = [] if retire is None else [*retiring.totals(retire)]
    lines = table(plan, width=width)
    head = [*stand_in(plan.endpoint), *_totals(plan), *destroyed, *_notes(plan)]
    following = (
        _next(plan, path, today) if plan.databases else (retiring.nothing_to_do(plan, retire), "")
    )
    tail = [following, *(() if retire is None else retiring.next_command(retire))]
    blocks = [
        _within(head, width),
        [*lines, *_within(_legend(plan, lines), width)],
        *_guards(plan, width=width, today=today),
        *(
            database_details(one, width=width, has_freezes=bool(plan.safety.freezes))
            for one in (() if is_quiet else plan.databases)
        ),
        *(blocked_details(one, width=width) for one in plan.blocked),
        *_lists(plan, width=width),
        *_still_read(retire, width=width),
        [line for first, second in tail for line in _sentences(first, second, width)],
    ]
    text = "\n\n".join("\n".join(block) for block in blocks if block) + "\n"
    printed = text.replace("\u00a0", " ")
    return printed.replace(ARROW, "->") if is_ascii else printed


def _totals(plan: Plan) -> Iterator[str]:
    yield f"reconcile plan: {counts_text(plan)}"
    if plan.databases:
        yield f"{downtime_totals(plan)}; {money_totals(plan)}"


def counts_text(plan: Plan) -> str:
    """`6 databases: 4 to change, 1 converging, 1 unchanged`."""
    counts = (
        (len(plan.databases), "to change"),
        (len(plan.blocked), "blocked"),
        (len(plan.converging), "converging"),
        (len(plan.unknown), "not read"),
        (len(plan.unchanged), "unchanged"),
    )
    parts = ", ".join(f"{count} {what}" for count, what in counts if count)
    noun = "database" if plan.count == 1 else "databases"
    return f"{plan.count} {noun}" + (f": {parts}" if parts else "")


def _notes(plan: Plan) -> Iterator[str]:
    return (f"Note: {note}" for note in plan.notes)


def _within(texts: Iterable[str], width: int) -> list[str]:
    """Each text in lines of at most `width` columns, further ones indented."""
    return [line for text in texts for line in wrapped(text, width, further=" " * 2)]


def downtime_totals(plan: Plan) -> str:
    """How many databases are down, and how long the longest of them."""
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


def money_totals(plan: Plan) -> str:
    """What a month costs more or less, all changes together, and what old and new cost side by side."""
    differences = [difference_cents(one.money) for one in plan.databases]
    known = sum(one for one in differences if one is not None)
    parts = [f"{dollars(known)} {'less' if known < 0 else 'more'} a month"] if known else []
    parts += _overlap_totals(plan)
    unknown = differences.count(None)
    text = ", ".join(parts) or "no other cost"
    return f"{text}, and {unknown} of unknown price" if unknown else text


def _overlap_totals(plan: Plan) -> Iterator[str]:
    once = sum(one.money.overlap_once_cents or 0 for one in plan.databases)
    if once:
        yield f"at least {dollars(once)} once"
    endless = sum(
        one.money.overlap_cents or 0 for one in plan.databases if one.keep_old_primary == FOREVER
    )
    if endless:
        yield f"{dollars(endless)} a month for what is kept forever"


def _legend(plan: Plan, lines: list[str]) -> Iterator[str]:
    """What a question mark means in those columns of the table `lines` that show one."""
    shown = lines[0].split() if lines else []
    estimates = {
        "PREPARE": [one.preparation for one in plan.databases],
        "DOWNTIME": [one.downtime for one in plan.databases],
    }
    columns = [
        name
        for name, each in estimates.items()
        if name in shown and any(one.upper_s is None for one in each)
    ]
    if columns:
        yield f"A question mark in {' or '.join(columns)}: no source gives a bound."


def _guards(plan: Plan, *, width: int, today: dt.date | None) -> Iterator[list[str]]:
    lines = Lines(width)
    for heading, texts in limit_sections(plan, today=today):
        yield [heading, *(line for text in texts for line in lines.entry(text))]


def _lists(plan: Plan, *, width: int) -> Iterator[list[str]]:
    lines = Lines(width)
    sections = {
        "Not read, and so not planned:": [f"{one.name}: {one.reason}" for one in plan.unknown],
        "Replaced earlier, waiting for retirement:": [
            f"{one.name}: {one.addon} ({one.app}::{one.alias}), kept {kept_until(one)}"
            for one in plan.replaced
        ],
        "Not listed, left alone:": [f"{one.name}: {one.what}" for one in plan.unlisted],
    }
    for heading, texts in sections.items():
        if texts:
            yield [heading, *(line for text in texts for line in lines.entry(text))]


def kept_until(replaced: Replaced) -> str:
    """How long what was replaced stays: until when, or how long from a time that is not known."""
    if replaced.until:
        return f"until {with_ends(replaced.until)}"
    return replaced.keep if replaced.since else f"{replaced.keep}, since when is not known"


def _still_read(retire: RetireFile | None, *, width: int) -> Iterator[list[str]]:
    texts = [] if retire is None else retiring.still_read(retire)
    if texts:
        heading = "Replaced earlier and kept long enough, but not to be destroyed:"
        yield [heading, *(line for text in texts for line in Lines(width).entry(text))]


def _next(plan: Plan, path: str, today: dt.date | None) -> tuple[str, str]:
    """Where `plan` is, and what can be done with it: two sentences, the second one may be empty."""
    if not path:
        return f"Plan {plan.id}.", ""
    written = f"Plan {plan.id} written to {path}."
    if not all(one.is_waived for one in findings(plan, today=today)):
        return written, "It is beyond a limit: apply refuses it."
    allow = " --retire" if plan.is_destroying else ""
    return written, f"Apply exactly this: reconcile apply {path}{allow}"


def _sentences(first: str, second: str, width: int) -> list[str]:
    """Both in one line, or each whole in its own: the second ends in a command to be copied."""
    line = f"{first} {second}".rstrip()
    return [line] if len(line) <= width or not second else [first, f"  {second}"]
