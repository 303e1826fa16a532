"""All there is to say of one database: the figure first, then why, the steps, money, reach and what is left by hand."""

from __future__ import annotations

from itertools import groupby
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
from reconciler.render.html.markup import join, tag
from reconciler.render.html.overview import anchor
from reconciler.render.html.progress import moment_text
from reconciler.render.html.timeline import timeline
from reconciler.render.limits import window_text
from reconciler.render.standing import in_words
from reconciler.render.steps import describe
from reconciler.render.words import (
    ARROW,
    change_text,
    cost_text,
    dollars,
    reason_text,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from reconciler.core.plan import Blocked, Converging, DatabasePlan, Unknown
    from reconciler.render.html.markup import Markup
    from reconciler.render.html.progress import DatabaseProgress


def database_article(
    one: DatabasePlan,
    progress: DatabaseProgress | None,
    *,
    has_freezes: bool,
    is_open: bool,
) -> Markup:
    """One that is to change; `is_open`: shown without being asked for."""
    facts = [
        ("Change", _list(change_text(change) for change in one.changes)),
        (
            "Method",
            join(
                tag("strong", one.method or "none needed"),
                ": " if one.because else None,
                _list(reason_text(reason) for reason in one.because),
            ),
        ),
        ("Not", _list(rejected_text(each) for each in one.rejected)),
        ("Prepare", estimate_text(one.preparation)),
        ("Downtime", estimate_text(one.downtime)),
        ("Cutover", window_text(one, has_freezes=has_freezes)),
        ("Cost", _cost(one)),
        ("Undo", join(tag("strong", one.undo_until), ": ", one.back_out)),
        ("Touches", _list(touches(one))),
        ("By hand", _list(one.redo)),
    ]
    return _article(
        one.name,
        f"{one.app}::{one.attachment}, now {one.starting_point.addon}",
        _short(one, progress),
        _progress(progress),
        tag("ul", *(tag("li", words) for words in one.warnings), class_="warnings")
        if one.warnings
        else None,
        timeline(one, progress),
        _facts(facts),
        _steps(one, progress),
        is_open=is_open,
    )


def blocked_article(one: Blocked, *, is_open: bool) -> Markup:
    """One for which no method is allowed."""
    facts = [
        ("Change", _list(change_text(change) for change in one.changes)),
        ("Blocked", one.reason),
        ("Not", _list(not_yet_said(one))),
        ("Wanted at", one.where),
    ]
    place = f"{one.app}::{one.attachment}"
    return _article(one.name, place, "blocked", _facts(facts), is_open=is_open)


def converging_article(one: Converging, *, is_open: bool) -> Markup:
    """One that is on its way by itself."""
    way = f"{one.serving_plan} {ARROW} {one.service_plan}"
    facts = [("Under way", f"{way}: {one.note}")]
    return _article(one.name, f"now {one.addon}", "converging", _facts(facts), is_open=is_open)


def unknown_article(one: Unknown, *, is_open: bool) -> Markup:
    """One that could not be read."""
    facts = [("Not read", one.reason)]
    place = f"{one.app}::{one.attachment}"
    return _article(one.name, place, "not read", _facts(facts), is_open=is_open)


def _article(name: str, place: str, short: str, *content: Markup | None, is_open: bool) -> Markup:
    """A fold, whose content stands in `noscript` while it is closed.

    A browser with scripts reads that as plain text, hundreds of them in no time, and the page's script makes it a
    part of the page when it is opened or printed.
    """
    summary = tag(
        "summary",
        tag("h3", name),
        " ",
        tag("span", place, class_="place"),
        " ",
        tag("span", short, class_="short"),
    )
    shown = content if is_open else tag("noscript", *content)
    return tag("details", summary, shown, id=anchor(name), class_="database", open=is_open)


def _short(one: DatabasePlan, progress: DatabaseProgress | None) -> str:
    if progress is not None:
        return in_words(progress.standing)
    down = "no downtime" if one.downtime.upper_s == 0 else f"down {interval(one.downtime)}"
    return f"{one.method or 'no method needed'}, {down}"


def _progress(progress: DatabaseProgress | None) -> Markup | None:
    if progress is None or progress.standing == "not begun":
        return None
    begun = f" since {moment_text(progress.closed_since)}" if progress.closed_since else ""
    return tag(
        "p",
        tag("strong", in_words(progress.standing)),
        f"{begun}. Last, at {moment_text(progress.since)}: {progress.last}",
        class_=f"applied standing s-{progress.standing[:4]}",
    )


def _facts(facts: Iterable[tuple[str, Markup | str]]) -> Markup:
    rows = (join(tag("dt", name), tag("dd", value)) for name, value in facts if value)
    return tag("dl", *rows, class_="facts")


def _list(texts: Iterable[str]) -> Markup:
    """One sentence, or several below each other."""
    items = list(texts)
    if len(items) < 2:  # noqa: PLR2004  # a list of one is none
        return join(*items)
    return tag("ul", *(tag("li", item) for item in items))


def _cost(one: DatabasePlan) -> Markup:
    before, after = one.money.before_cents, one.money.after_cents
    words = cost_text(one.money, keep=one.keep_old_primary)
    if before is None or after is None or before == after:
        return join(words)
    most = max(before, after)
    return join(
        words,
        tag(
            "span",
            f"{'+' if after > before else '-'}{dollars(after - before)} a month",
            class_="pill",
        ),
        tag(
            "div",
            *_price("now", before, most),
            *_price("then", after, most),
            class_="money",
        ),
    )


def _price(when: str, cents: int, most: int) -> Iterator[Markup]:
    """A bar; the words above say the same."""
    kind = "before" if when == "now" else "after"
    bar = tag("rect", width=f"{100 * cents / most:.2f}%", height=9, class_=f"money-{kind}")
    yield tag("span", when)
    yield tag("svg", bar, width="100%", height=9, aria_hidden="true")


def _steps(one: DatabasePlan, progress: DatabaseProgress | None) -> Markup:
    stages = list(enumerate(one.stages))
    parts = [
        part
        for phase, group in groupby(stages, key=lambda item: item[1].phase)
        for part in _phase(one, phase, [index for index, _ in group], progress)
    ]
    return tag("section", tag("h4", "Steps"), *parts, class_="steps")


def _phase(
    one: DatabasePlan, phase: str, indexes: list[int], progress: DatabaseProgress | None
) -> Iterator[Markup]:
    yield tag("p", phase_heading(one, phase).rstrip(":"), class_="phase-name")
    turning = one.point_of_no_return
    if turning is not None and turning in indexes:
        at = indexes.index(turning)
        if at:
            yield _stages(one, indexes[:at], progress)
        yield tag("p", no_return_text(one).strip("- "), class_="turning")
        indexes = indexes[at:]
    yield _stages(one, indexes, progress)


def _stages(one: DatabasePlan, indexes: list[int], progress: DatabaseProgress | None) -> Markup:
    items = [_stage(one, index, progress) for index in indexes]
    return tag("ol", *items, start=indexes[0] + 1)


def _stage(one: DatabasePlan, index: int, progress: DatabaseProgress | None) -> Markup:
    is_done = progress is not None and (
        progress.standing == "done" or index in progress.stages_done
    )
    steps = one.stages[index].steps
    words = (
        describe(steps[0])
        if len(steps) == 1
        else join("at once: ", _list(describe(step) for step in steps))
    )
    mark = tag("span", "done", class_="tick-done") if is_done else None
    return tag("li", words, mark, class_="is-done" if is_done else None)
