"""An explanation as text: the methods side by side, then each in full, then what would flip the choice."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from reconciler.core.counting import gigabytes
from reconciler.core.endpoint import is_stand_in
from reconciler.core.estimates import interval
from reconciler.render.columns import aligned
from reconciler.render.details import Lines, estimate_text
from reconciler.render.stand_in import stand_in
from reconciler.render.table import BLOCKED, CHANGES, NOT_READ, ON_ITS_WAY
from reconciler.render.words import (
    ARROW,
    UNKNOWN,
    change_text,
    cost_text,
    difference_cents,
    overlap_figure,
    reason_text,
    signed,
)
from reconciler.render.wrapping import wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.core.explain import AppImpact, Explanation, Option

FORMAT_VERSION = "0.1"
"""Of the JSON document."""

MARKS = {
    "to change": CHANGES,
    "blocked": BLOCKED,
    "converging": ON_ITS_WAY,
    "not read": NOT_READ,
    "unchanged": "=",
}
HEADINGS = ("METHOD", "VERDICT", "PREPARE", "DOWNTIME", "$/MONTH", "OVERLAP", "UNDO UNTIL")

GIVEN_UP = ("UNDO UNTIL", "OVERLAP", "PREPARE", "$/MONTH")
"""What a narrow table leaves out, this one first; below it each method is told in full."""
LONGEST_METHOD = len("follower-switch")


def explain_text(explanation: Explanation, *, width: int, is_ascii: bool = False) -> str:
    """The whole explanation, ending in a newline; lines are at most `width` columns, but for long names."""
    lines = Lines(width)
    blocks = [
        [*_banner(explanation, width), *_headline(explanation, lines)],
        _side_by_side(explanation, width=width),
        *([*_option(one, lines)] for one in explanation.options),
        [*_flips(explanation, lines)],
    ]
    text = "\n\n".join("\n".join(block) for block in blocks if block) + "\n"
    return text.replace(ARROW, "->") if is_ascii else text


def explain_document(explanation: Explanation) -> str:
    """One JSON document, ending in a newline."""
    document = {
        "format_version": FORMAT_VERSION,
        "kind": "explanation",
        "is_stand_in": is_stand_in(explanation.endpoint),
        **explanation.model_dump(mode="json"),
    }
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _banner(explanation: Explanation, width: int) -> Iterator[str]:
    for text in stand_in(explanation.endpoint):
        yield from wrapped(text, width, further=" " * 2)


def _headline(explanation: Explanation, lines: Lines) -> Iterator[str]:
    place = f"{explanation.app}::{explanation.attachment}"
    now = f", now {explanation.addon}" if explanation.addon else ""
    yield f"{MARKS[explanation.standing]} {explanation.name}: {place}{now}"
    if explanation.what_if:
        supposed = ", ".join(explanation.what_if)
        yield from lines.item("what if", f"{supposed}; without that: {explanation.really}", hang=2)
    yield from lines.items("note", explanation.notes)
    if explanation.addon:
        yield from lines.item("now", _now(explanation), hang=2)
    yield from lines.items("change", tuple(change_text(one) for one in explanation.changes))
    yield from _result(explanation, lines)


def _now(explanation: Explanation) -> str:
    version = explanation.version or UNKNOWN
    size = explanation.size_gb
    amount = "an unknown amount" if size is None else gigabytes(size)
    return f"{explanation.service_plan}, PostgreSQL {version}, {amount} of data"


def _result(explanation: Explanation, lines: Lines) -> Iterator[str]:
    match explanation.standing:
        case "to change":
            because = "; ".join(reason_text(one) for one in explanation.because)
            yield from lines.item("method", f"{_called(explanation.method)}: {because}", hang=2)
        case "unchanged":
            yield from lines.item("", "It is as wanted; nothing would change.")
            if explanation.another_plan:
                yield from lines.item("try", f"--what-if plan={explanation.another_plan}")
        case "converging":
            leads = f"service plan {explanation.service_plan} {ARROW} {explanation.wanted_plan}"
            yield from lines.item("change", f"{leads}, {explanation.note}", hang=2)
        case standing:
            yield from lines.item(standing, explanation.note, hang=2)


def _called(method: str | None) -> str:
    return method or "none needed"


def _side_by_side(explanation: Explanation, *, width: int) -> list[str]:
    rows = [_row(one) for one in explanation.options]
    if not rows:
        return []
    given_up = [HEADINGS.index(one) for one in GIVEN_UP]
    lines = aligned(
        [HEADINGS, *rows], width=width - 2, given_up=given_up, shortest=(LONGEST_METHOD, 8)
    )
    return [f"  {line}" for line in lines]


def _row(option: Option) -> tuple[str, ...]:
    if option.money is None or option.preparation is None or option.downtime is None:
        ids = ", ".join(one.rule for one in option.forbidden_by)
        return (_called(option.method), f"{option.verdict} [{ids}]", *[""] * 5)
    return (
        _called(option.method),
        option.verdict,
        interval(option.preparation),
        interval(option.downtime),
        signed(difference_cents(option.money)),
        overlap_figure(option.money, keep=option.keep_old_primary),
        option.undo_until,
    )


def _option(option: Option, lines: Lines) -> Iterator[str]:
    yield f"{_called(option.method)}: {option.verdict}"
    yield from lines.items("for it", tuple(reason_text(one) for one in option.because))
    yield from lines.items("against", tuple(reason_text(one) for one in option.forbidden_by))
    if option.preparation is None or option.downtime is None or option.money is None:
        return
    cost = cost_text(option.money, keep=option.keep_old_primary)
    yield from lines.item("prepare", estimate_text(option.preparation), hang=2)
    yield from lines.item("downtime", estimate_text(option.downtime), hang=2)
    yield from lines.item("cost", cost, hang=2)
    yield from lines.item("undo", f"{option.undo_until}: {option.back_out}", hang=2)
    yield from lines.items("apps", tuple(_app(one) for one in option.apps))
    yield from lines.items("warning", option.warnings)
    yield from lines.items("by hand", option.redo)


def _app(impact: AppImpact) -> str:
    parts = [_closing(impact), "restarts" if impact.restarts else "does not restart"]
    if impact.runs_release:
        parts.append("runs its release command")
    names = f" ({', '.join(impact.names)})" if impact.names else ""
    return f"{impact.app}{names}: {', '.join(parts)}"


def _closing(impact: AppImpact) -> str:
    if impact.downtime.upper_s == 0:
        return "its writes go on" if impact.names else "not closed"
    took = f"its writes fail for {interval(impact.downtime)}"
    if impact.is_closed_already:
        return f"{took}, closed before and left so"
    return f"{took}, closed meanwhile" if impact.is_closed else f"{took}, open meanwhile"


def _flips(explanation: Explanation, lines: Lines) -> Iterator[str]:
    if not explanation.options or explanation.options[0].method is None:
        return
    if not explanation.flips:
        yield "Nothing that was tried flips the choice (size, method, max_downtime, version, plans beside it)."
        return
    yield "What would flip the choice (each was tried):"
    for flip in explanation.flips:
        result = flip.method or f"blocked: {flip.reason}"
        yield from lines.entry(f"{flip.condition}: {result} (--what-if {flip.what_if})")
