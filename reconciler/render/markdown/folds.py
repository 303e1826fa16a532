"""The folds of a comment: all there is to say of one database, or a list that few need."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reconciler.core.estimates import interval
from reconciler.render.details import (
    estimate_text,
    no_return_text,
    not_yet_said,
    phase_heading,
    rejected_text,
    touches,
)
from reconciler.render.human import kept_until
from reconciler.render.limits import window_text
from reconciler.render.markdown.escape import code, escaped
from reconciler.render.steps import describe
from reconciler.render.words import change_text, cost_text, reason_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from reconciler.core.plan import Blocked, DatabasePlan, Plan

LONGEST_SENTENCE = 2_000
"""UTF-16 units of one sentence; what is longer was made to be."""


def database_fold(database: DatabasePlan, *, has_freezes: bool) -> str:
    """Reasons, rejected methods, steps, blast radius and the way back of one database that is to change."""
    method = database.method or "no method needed"
    title = (
        f"{code(database.name)}: {escaped(method)}, downtime {escaped(interval(database.downtime))}"
    )
    return fold(title, [*_database(database, has_freezes=has_freezes)])


def blocked_fold(blocked: Blocked) -> str:
    """Why nothing is planned for a database that differs."""
    lines = [
        f"{code(f'{blocked.app}::{blocked.attachment}')}",
        "",
        *_items("change", (change_text(one) for one in blocked.changes)),
        _item("blocked", blocked.reason),
        *_items("not", not_yet_said(blocked)),
        *([_item("wanted at", blocked.where)] if blocked.where else []),
    ]
    return fold(f"{code(blocked.name)}: blocked", lines)


def list_folds(plan: Plan) -> Iterator[str]:
    """What was not read, what waits for retirement, what nobody lists; the first matters most."""
    yield from list_fold(
        "Not read, and so not planned", ((one.name, one.reason) for one in plan.unknown)
    )
    yield from list_fold(
        "Replaced earlier, waiting for retirement",
        (
            (one.name, f"{one.addon} ({one.app}::{one.alias}), kept {kept_until(one)}")
            for one in plan.replaced
        ),
    )
    yield from list_fold("Not listed, left alone", ((one.name, one.what) for one in plan.unlisted))


def fold(title: str, lines: Iterable[str]) -> str:
    """A fold; `title` and `lines` are Markdown already, and the title begins no line with what stands in it."""
    body = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")
    return f"<details><summary>{title}</summary>\n\n{body}\n\n</details>"


def sentence(text: str) -> str:
    """A text from anywhere, as text."""
    return escaped(text, most=LONGEST_SENTENCE)


def list_fold(title: str, entries: Iterable[tuple[str, str]]) -> Iterator[str]:
    """A fold with names and a sentence on each; none without entries."""
    lines = [f"- {code(name)}: {sentence(text)}" for name, text in entries]
    if lines:
        yield fold(f"{title} ({len(lines)})", lines)


def _database(database: DatabasePlan, *, has_freezes: bool) -> Iterator[str]:
    now = f"{code(f'{database.app}::{database.attachment}')}, now {code(database.starting_point.addon)}"
    because = "; ".join(reason_text(one) for one in database.because)
    window = window_text(database, has_freezes=has_freezes)
    yield from (now, "")
    yield from _items("change", (change_text(one) for one in database.changes))
    yield _item("method", f"{database.method or 'none needed'}: {because}")
    yield from _items("not", (rejected_text(one) for one in database.rejected))
    yield _item("prepare", estimate_text(database.preparation))
    yield _item("downtime", estimate_text(database.downtime))
    if window:
        yield _item("cutover", window)
    yield _item("cost", cost_text(database.money, keep=database.keep_old_primary))
    yield _item("undo", f"{database.undo_until}: {database.back_out}")
    yield from _items("touches", touches(database))
    yield from _items("warning", database.warnings)
    yield from _items("by hand", database.redo)
    yield from _steps(database)


def _steps(database: DatabasePlan) -> Iterator[str]:
    phase = ""
    for number, stage in enumerate(database.stages, start=1):
        if stage.phase != phase:
            phase = stage.phase
            yield f"\n**Steps** {sentence(phase_heading(database, phase))}\n"
        if database.point_of_no_return == number - 1:
            yield f"\n**{sentence(no_return_text(database).strip('- '))}**\n"
        first, *more = (sentence(describe(step)) for step in stage.steps)
        yield f"{number}. {first}" + "".join(f"<br>and {each}" for each in more)


def _items(label: str, texts: Iterable[str]) -> Iterator[str]:
    yield from (_item(label, text) for text in texts)


def _item(label: str, text: str) -> str:
    return f"- **{label}** {sentence(text)}"
