"""Drift as the text of one issue: what has drifted on top, the rest one click away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.core.endpoint import is_stand_in
from reconciler.render.markdown.escape import code, escaped
from reconciler.render.markdown.fitting import fitting, length
from reconciler.render.markdown.folds import list_fold, sentence
from reconciler.render.markdown.plans import GITHUB_MOST
from reconciler.render.words import ARROW, change_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.core.drift import Drift, Drifted

NOTICE = 300
"""UTF-16 units kept free to say what was left out."""


def drift_markdown(drift: Drift, *, most: int = GITHUB_MOST, marker: str = "") -> str:
    """The whole, at most `most` UTF-16 units long, ending in a newline; what does not fit is counted."""
    head = [*_head(drift, marker)]
    entries = [_drifted(one) for one in drift.drifted]
    folds = [*_folds(drift)]
    room = most - NOTICE - length(head, between=2)
    shown = fitting(entries, room=room)
    folded = fitting(folds, room=room - length(entries[:shown]), between=2)
    blocks = [
        *head,
        "\n".join(entries[:shown]),
        *folds[:folded],
        *_left_out(entries, shown, folds, folded),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _head(drift: Drift, marker: str) -> Iterator[str]:
    counts = (
        (len(drift.drifted), "drifted"),
        (len(drift.converging), "converging"),
        (len(drift.unknown), "not read"),
        (len(drift.unchanged), "as wanted"),
    )
    words = ", ".join(f"{count} {what}" for count, what in counts if count)
    title = f"### reconcile drift: {words or 'nothing is listed'}"
    yield "\n".join([*([marker] if marker else []), title])
    if is_stand_in(drift.endpoint):
        yield "> Seen on the stand-in, not on Heroku: nothing here is real."
    if drift.drifted:
        yield (
            "Live databases are not as the desired state says. `reconcile plan` says how that would be mended; "
            "where what is live is right, `reconcile import --update` writes it down."
        )
    else:
        yield "No database has drifted."


def _drifted(drifted: Drifted) -> str:
    place = code(f"{drifted.app}::{drifted.attachment}")
    wanted = f", wanted at {escaped(drifted.where)}" if drifted.where else ""
    first = f"- {code(drifted.name)} ({place}, {code(drifted.addon)}{wanted})"
    return "\n".join([first, *(f"  - {sentence(change_text(one))}" for one in drifted.changes)])


def _folds(drift: Drift) -> Iterator[str]:
    yield from list_fold(
        "Not read, and so not judged", ((one.name, one.reason) for one in drift.unknown)
    )
    yield from list_fold(
        "Converging, which is no drift",
        (
            (one.name, f"{one.serving_plan} {ARROW} {one.service_plan}, {one.note}")
            for one in drift.converging
        ),
    )
    yield from list_fold(
        "Not listed, left alone",
        [
            *((one.name, one.what) for one in drift.unlisted),
            *((one.addon, f"{one.app}::{one.attachment}") for one in drift.unlisted_databases),
        ],
    )


def _left_out(entries: list[str], shown: int, folds: list[str], folded: int) -> Iterator[str]:
    rest, lists = len(entries) - shown, len(folds) - folded
    if rest or lists:
        what = [f"{rest} databases" if rest else "", f"{lists} lists" if lists else ""]
        yield (
            f"> Left out for want of room: {' and '.join(filter(None, what))}; "
            "`reconcile drift` has all."
        )
