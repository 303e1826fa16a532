"""A plan on the terminal, in each of the forms: what `plan` prints of a new one and `show` of a saved one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.core.plan import Plan
    from reconciler.render.retiring import RetireFile

FORMATS = ("text", "json", "markdown")


def shown(
    plan: Plan,
    form: str,
    path: Path | None,
    *,
    retire: RetireFile | None = None,
    is_quiet: bool = False,
) -> str:
    """The plan in that form.

    `path` is where its file is, `retire` what the same look has found to be destroyed; `is_quiet` goes for text.
    """
    from reconciler.adapters.clock import SystemClock
    from reconciler.cli.terminal import is_ascii, width
    from reconciler.render.human import plan_text
    from reconciler.render.machine import plan_document
    from reconciler.render.markdown.marker import marker_of
    from reconciler.render.markdown.plans import plan_markdown

    place = str(path or "")
    today = SystemClock().now().date()
    if form == "json":
        return plan_document(plan, path=place, today=today, retire=retire)
    if form == "markdown":
        return plan_markdown(plan, path=place, today=today, marker=marker_of("plan"), retire=retire)
    return plan_text(
        plan,
        path=place,
        width=width(),
        is_ascii=is_ascii(),
        today=today,
        retire=retire,
        is_quiet=is_quiet,
    )


def put(text: str, form: str) -> None:
    """Print what `shown` has given; what is for people as their terminal can show it."""
    from reconciler.cli.terminal import show

    if form == "text":
        show(text)
    else:
        print(text, end="", flush=True)
