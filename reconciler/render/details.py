"""The details of one database: why this method, what it takes step by step, what it touches, what is left to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.core.estimates import interval_and_likely, span
from reconciler.render.limits import window_text
from reconciler.render.steps import describe
from reconciler.render.table import BLOCKED, CHANGES
from reconciler.render.words import change_text, cost_text, reason_text
from reconciler.render.wrapping import wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.core.plan import Blocked, DatabasePlan, Estimate, RejectedMethod

INDENT = " " * 2
LABEL = 10
"""With the space after it, which a longer label has too."""
NO_RETURN = "-- from here on, going back loses writes --"
DESTROYED = "-- what is destroyed does not come back --"
HANDING_OVER = ("addons-upgrade", "pg-upgrade")
"""Methods that Heroku carries out: what is begun nothing stops, so there is no way back from the beginning on."""
HANDED_OVER = "-- from here on, Heroku cannot be stopped --"


class Lines:
    """Labelled paragraphs, wrapped to a width."""

    def __init__(self, width: int) -> None:
        self._width = width

    def item(self, label: str, text: str, *, hang: int = 0) -> list[str]:
        """`text` beside `label`, its further lines indented by `hang` more."""
        first = f"{INDENT}{label:<{LABEL - 1}} "
        if len(first) + len(text) <= self._width:
            return [f"{first}{text}".rstrip()]
        further = " " * (len(first) + hang)
        return wrapped(text, self._width, first=first, further=further) or [first.rstrip()]

    def heading(self, text: str) -> list[str]:
        """The line above all others, its further lines indented."""
        return wrapped(text, self._width, further=INDENT * 3)

    def entry(self, text: str) -> list[str]:
        """One line of a list, its further lines indented."""
        return wrapped(text, self._width, first=INDENT, further=INDENT * 3)

    def below(self, text: str) -> list[str]:
        """What else there is to such a line."""
        return wrapped(text, self._width, first=INDENT * 2, further=INDENT * 3)

    def items(self, label: str, texts: tuple[str, ...]) -> Iterator[str]:
        """Several paragraphs below one label."""
        for position, text in enumerate(texts):
            yield from self.item(label if position == 0 else "", text, hang=2)


def database_details(database: DatabasePlan, *, width: int, has_freezes: bool = False) -> list[str]:
    """All there is to say of one database that is to change; `has_freezes`: the plan has some."""
    lines = Lines(width)
    return [
        *lines.heading(_headline(database)),
        *lines.items("change", tuple(change_text(one) for one in database.changes)),
        *_method(database, lines),
        *lines.item("prepare", estimate_text(database.preparation), hang=2),
        *lines.item("downtime", estimate_text(database.downtime), hang=2),
        *_window(database, lines, has_freezes=has_freezes),
        *lines.item("cost", cost_text(database.money, keep=database.keep_old_primary), hang=2),
        *_steps(database, lines),
        *lines.item("undo", f"{database.undo_until}: {database.back_out}", hang=2),
        *lines.items("touches", tuple(touches(database))),
        *lines.items("warning", database.warnings),
        *lines.items("by hand", database.redo),
    ]


def blocked_details(blocked: Blocked, *, width: int) -> list[str]:
    """Why nothing is planned for a database that differs."""
    lines = Lines(width)
    return [
        *lines.heading(f"{BLOCKED} {blocked.name}: {blocked.app}::{blocked.attachment}"),
        *lines.items("change", tuple(change_text(one) for one in blocked.changes)),
        *lines.item("blocked", blocked.reason, hang=2),
        *lines.items("not", tuple(not_yet_said(blocked))),
        *(lines.item("wanted at", blocked.where) if blocked.where else ()),
    ]


def _headline(database: DatabasePlan) -> str:
    place = f"{database.app}::{database.attachment}"
    return f"{CHANGES} {database.name}: {place}, now {database.starting_point.addon}"


def _method(database: DatabasePlan, lines: Lines) -> Iterator[str]:
    because = "; ".join(reason_text(one) for one in database.because)
    yield from lines.item("method", f"{database.method or 'none needed'}: {because}", hang=2)
    yield from lines.items("not", tuple(rejected_text(one) for one in database.rejected))


def rejected_text(rejected: RejectedMethod) -> str:
    """A method that was not chosen, and every reason."""
    return f"{rejected.method}: " + "; ".join(reason_text(one) for one in rejected.reasons)


def not_yet_said(blocked: Blocked) -> Iterator[str]:
    """What stops each method, but for what the reason says in full."""
    for rejected in blocked.rejected:
        news = tuple(one for one in rejected.reasons if one.text not in blocked.reason)
        if news:
            yield rejected_text(rejected.model_copy(update={"reasons": news}))


def estimate_text(estimate: Estimate) -> str:
    """The interval, how it was worked out, and from what source."""
    if estimate.upper_s == 0:
        return "none"
    return f"{interval_and_likely(estimate)}: {estimate.formula} (source: {estimate.source})"


def _window(database: DatabasePlan, lines: Lines, *, has_freezes: bool) -> Iterator[str]:
    text = window_text(database, has_freezes=has_freezes)
    if text:
        yield from lines.item("cutover", text, hang=2)


def _steps(database: DatabasePlan, lines: Lines) -> Iterator[str]:
    phase = ""
    for number, stage in enumerate(database.stages, start=1):
        if stage.phase != phase:
            phase = stage.phase
            yield from lines.item("steps" if number == 1 else "", phase_heading(database, phase))
        if database.point_of_no_return == number - 1:
            yield from lines.item("", no_return_text(database))
        for position, step in enumerate(stage.steps):
            mark = f"{number:>3}. " if position == 0 else "     "
            yield from lines.item("", mark.replace(" ", "\u00a0") + describe(step), hang=5)


def phase_heading(database: DatabasePlan, phase: str) -> str:
    """What begins with the first step of `phase`, ending in a colon."""
    if phase == "prepare":
        return "prepare, with the apps up:"
    if phase == "retire":
        return "retire:"
    if database.method is None or database.point_of_no_return == 0:
        return "cutover:"
    return f"cutover, which {at_the_limit(database)}:"


def at_the_limit(database: DatabasePlan) -> str:
    """What a cutover does that takes too long; what is handed over to Heroku cannot be taken back."""
    limit = span(database.cutover_limit_s)
    if database.method in HANDING_OVER:
        return f"opens the apps again after {limit} at the latest"
    return f"backs out by itself after {limit}"


def no_return_text(database: DatabasePlan) -> str:
    """The line at the point of no return: what can not be had back from there on."""
    if database.method in HANDING_OVER:
        return HANDED_OVER
    return NO_RETURN if database.method else DESTROYED


def touches(database: DatabasePlan) -> Iterator[str]:
    """Everything in reach of the change, a line a kind: `apps: shop, blog`."""
    radius = database.blast_radius
    yield f"apps: {', '.join(radius.apps)}"
    if radius.restarts:
        yield f"restarts: {', '.join(radius.restarts)}"
    if radius.attachments:
        yield f"names: {', '.join(radius.attachments)}"
    if radius.followers:
        yield f"followers: {', '.join(radius.followers)}"
    if radius.release_phases:
        yield f"release commands of: {', '.join(radius.release_phases)}"
