"""A plan as one HTML file that needs nothing but a browser: no network, nothing from the live world that could run."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING

from reconciler.core.endpoint import is_stand_in
from reconciler.core.safety import findings
from reconciler.render.html.article import (
    blocked_article,
    converging_article,
    database_article,
    unknown_article,
)
from reconciler.render.html.calendar import calendar
from reconciler.render.html.markup import Markup, join, tag, text
from reconciler.render.html.overview import overview
from reconciler.render.html.progress import moment_text
from reconciler.render.html.rows import rows_of
from reconciler.render.human import downtime_totals, kept_until, money_totals
from reconciler.render.limits import limit_sections

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator

    from reconciler.core.plan import Plan
    from reconciler.render.html.progress import RunProgress

MOST_LISTED, FEW = 8, 4
"""Of a longer list only a few lines are shown without being asked for."""
MOST_OPEN = 6
"""Up to so many databases are shown in full without being asked for."""


def html_page(
    plan: Plan,
    *,
    now: dt.datetime,
    path: str = "",
    progress: RunProgress | None = None,
) -> str:
    """The whole document, ending in a newline.

    `now`, in UTC, is where its calendar begins, and its day that by which waivers are judged; `path` is where the plan file was written;
    `progress` is how far its apply got.
    """
    what = "apply" if progress else "plan"
    title = f"reconcile {what} {plan.id}"
    style, script = _package("page.css"), _package("page.js")
    policy = (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    return Template(_package("page.html")).substitute(
        policy=text(policy),
        title=text(title),
        style=style,
        script=script,
        body=join(*_body(plan, title, now=now, path=path, progress=progress)),
    )


@cache
def _package(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _hash(source: str) -> str:
    """What a content security policy calls exactly this text by."""
    return f"sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}"


def _body(
    plan: Plan, title: str, *, now: dt.datetime, path: str, progress: RunProgress | None
) -> Iterator[Markup]:
    today = now.date()
    yield tag(
        "header",
        _stand_in(plan),
        tag("h1", title),
        tag("p", f"{_headline(plan)}.", class_="lead"),
        tag("dl", *_totals(plan, progress), class_="totals"),
        _as_of(progress),
    )
    yield tag(
        "main",
        *(_list_section(heading, texts, "alert") for heading, texts in _alerts(plan, today)),
        overview(rows_of(plan), progress),
        calendar(plan, now, is_over=progress.is_done) if progress else calendar(plan, now),
        _details(plan, progress),
        *(_list_section(heading, texts, "also") for heading, texts in _others(plan)),
    )
    yield tag("footer", *_footer(plan, today=today, path=path))


def _stand_in(plan: Plan) -> Markup | None:
    if not is_stand_in(plan.endpoint):
        return None
    words = f"Made against the stand-in ({plan.endpoint}), not Heroku: nothing here is real."
    return tag("p", words, class_="stand-in")


def _headline(plan: Plan) -> str:
    if plan.databases:
        return f"{downtime_totals(plan)}; {money_totals(plan)}"
    is_all_well = not (plan.blocked or plan.unknown or plan.converging)
    return "Nothing to do" if is_all_well else "Nothing to apply"


def _totals(plan: Plan, progress: RunProgress | None) -> Iterator[Markup]:
    done = sum(progress.is_done(one.name) for one in plan.databases) if progress else 0
    counts = (
        (plan.count, "databases", "all"),
        (done, "done", "same"),
        (len(plan.databases) - done, "to change", "change"),
        (len(plan.blocked), "blocked", "blocked"),
        (len(plan.converging), "converging", "converging"),
        (len(plan.unknown), "not read", "unknown"),
        (len(plan.unchanged), "unchanged", "same"),
    )
    for count, words, kind in counts:
        if count or kind == "all":
            class_ = f"total total-{kind}"
            yield tag("div", tag("dt", words), tag("dd", f"{count:,}"), class_=class_)


def _as_of(progress: RunProgress | None) -> Markup | None:
    if progress is None:
        return None
    standings = [one.standing for one in progress.databases.values()]
    parts = [
        f"{standings.count(standing)} {standing}"
        for standing in dict.fromkeys(standings)
        if standing != "not begun"
    ]
    closed = [name for name, one in progress.databases.items() if one.closed_since]
    words = f"As of {moment_text(progress.as_of)}, from the journal: {', '.join(parts) or 'nothing begun'}."
    if not closed:
        return tag("p", words, class_="as-of")
    urgent = tag("strong", f" Apps may be closed: {', '.join(closed)}. Run the same apply again.")
    return tag("p", words, urgent, class_="as-of urgent")


def _alerts(plan: Plan, today: dt.date) -> Iterator[tuple[str, list[str]]]:
    yield from limit_sections(plan, today=today)
    yield "Not read, and so not planned:", [f"{one.name}: {one.reason}" for one in plan.unknown]
    yield "Blocked:", [f"{one.name}: {one.reason}" for one in plan.blocked]
    yield "Notes:", list(plan.notes)


def _others(plan: Plan) -> Iterator[tuple[str, list[str]]]:
    yield (
        "Replaced earlier, waiting for retirement:",
        [
            f"{one.name}: {one.addon} ({one.app}::{one.alias}), kept {kept_until(one)}"
            for one in plan.replaced
        ],
    )
    yield "Not listed, left alone:", [f"{one.name}: {one.what}" for one in plan.unlisted]
    yield "As wanted:", [", ".join(plan.unchanged)] if plan.unchanged else []


def _list_section(heading: str, texts: Iterable[str], kind: str) -> Markup | None:
    items = [tag("li", each) for each in texts]
    if not items:
        return None
    first, rest = (items, []) if len(items) <= MOST_LISTED else (items[:FEW], items[FEW:])
    more = tag(
        "details",
        tag("summary", f"{len(rest)} more"),
        tag("ul", *rest),
        class_="more",
    )
    shown = [tag("ul", *first), *([more] if rest else [])]
    return tag("section", tag("h2", heading.rstrip(":")), *shown, class_=kind)


def _details(plan: Plan, progress: RunProgress | None) -> Markup | None:
    count = plan.count - len(plan.unchanged)
    if not count:
        return None
    is_open = count <= MOST_OPEN
    has_freezes = bool(plan.safety.freezes)
    articles = {
        **{one.name: converging_article(one, is_open=is_open) for one in plan.converging},
        **{one.name: unknown_article(one, is_open=is_open) for one in plan.unknown},
        **{one.name: blocked_article(one, is_open=is_open) for one in plan.blocked},
        **{
            one.name: database_article(
                one,
                progress.of(one.name) if progress else None,
                has_freezes=has_freezes,
                is_open=is_open,
            )
            for one in plan.databases
        },
    }
    return tag(
        "section",
        tag("h2", "Each database", id="each-heading"),
        tag(
            "p",
            tag("button", "Open all", type="button", id="open-all"),
            " ",
            tag("button", "Close all", type="button", id="close-all"),
            id="fold-tools",
            hidden=True,
        ),
        *(articles[name] for name in sorted(articles)),
        aria_labelledby="each-heading",
    )


def _footer(plan: Plan, *, today: dt.date, path: str) -> Iterator[Markup]:
    if plan.databases and path:
        if all(one.is_waived for one in findings(plan, today=today)):
            allow = " --retire" if plan.is_destroying else ""
            command = tag("code", f"reconcile apply {path}{allow}")
            yield tag("p", "Apply exactly this: ", command)
        else:
            yield tag("p", "It is beyond a limit: apply refuses it.")
    yield tag(
        "p",
        f"Plan {plan.id}, made against {plan.endpoint}. Digest ",
        tag("code", plan.digest),
        ". A number in brackets such as [R020] names a rule; ",
        tag("code", "reconcile rules R020"),
        " tells its source. All times are UTC.",
    )
