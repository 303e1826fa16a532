"""The table of all databases that are not as wanted, to be filtered and sorted."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from reconciler.core.estimates import interval
from reconciler.render.html.markup import join, tag
from reconciler.render.html.progress import moment_text
from reconciler.render.html.rows import KINDS
from reconciler.render.html.scale import log_percent
from reconciler.render.standing import in_words
from reconciler.render.words import signed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.core.plan import DatabasePlan, Estimate
    from reconciler.render.html.markup import Markup
    from reconciler.render.html.progress import RunProgress
    from reconciler.render.html.rows import Row

Heading = tuple[str, str, bool]
"""Words, class, whether it is a number."""
HEADINGS: tuple[Heading, ...] = (
    ("Database", "name", False),
    ("Now", "now", False),
    ("Wanted", "wanted", False),
    ("Method", "method", False),
    ("Prepare", "prepare", True),
    ("Downtime", "downtime", True),
    ("$ a month", "money", True),
    ("Undo until", "undo", False),
)
APPLIED: Heading = ("Applied", "applied", False)
WHOLE = 15
"""Characters; so short a plan or method is not broken at its hyphens."""
BAR = (
    "The bar below a downtime is drawn from a second to a day, each tenfold the same length; "
    "in full colour what it takes at least, faint what it takes at most."
)


def overview(rows: Sequence[Row], progress: RunProgress | None) -> Markup:
    """The tools and the table; nothing when all is as wanted."""
    if not rows:
        return join()
    headings = (*HEADINGS, APPLIED) if progress else HEADINGS
    body = [_row(row, progress) for row in rows]
    table = tag(
        "table",
        tag("caption", f"{_subject(progress)} {BAR}"),
        tag("thead", tag("tr", *map(_heading, headings), role="row"), role="rowgroup"),
        tag("tbody", *body, role="rowgroup"),
        class_="overview with-progress" if progress else "overview",
        id="overview",
        role="table",
    )
    return tag(
        "section",
        tag("h2", "Databases", id="databases-heading"),
        _tools(rows),
        table,
        tag("p", "No database fits the filter.", id="none-fits", class_="quiet", hidden=True),
        aria_labelledby="databases-heading",
    )


def _subject(progress: RunProgress | None) -> str:
    if progress is None:
        return "Databases that are not as wanted."
    as_of = moment_text(progress.as_of)
    return f"Databases as the plan found and predicted them, and how far each was on {as_of}."


def anchor(name: str) -> str:
    """The id of the part that tells all about a database."""
    return f"db-{name}"


def _tools(rows: Sequence[Row]) -> Markup:
    kinds = [kind for kind in KINDS if any(row.kind == kind for row in rows)]
    methods = sorted({row.plan.method or "none needed" for row in rows if row.plan})
    return tag(
        "div",
        tag(
            "label",
            "Filter ",
            tag("input", type="search", id="filter", autocomplete="off", spellcheck="false"),
        ),
        _choice("kind", "Show", "all", [(kind, KINDS[kind]) for kind in kinds]),
        _choice("method", "Method", "any", [(one, one) for one in methods]),
        tag("output", f"{len(rows)} of {len(rows)}", id="shown", for_="filter kind method"),
        class_="tools",
        id="tools",
        hidden=True,
    )


def _choice(name: str, label: str, every: str, options: list[tuple[str, str]]) -> Markup:
    select = tag(
        "select",
        tag("option", every, value=""),
        *(tag("option", words, value=value) for value, words in options),
        id=name,
    )
    return tag("span", tag("label", label, for_=name), " ", select)


def _heading(heading: Heading) -> Markup:
    words, kind, is_number = heading
    return tag(
        "th",
        words,
        scope="col",
        role="columnheader",
        class_=f"c-{kind}{' number' if is_number else ''}",
    )


def _row(row: Row, progress: RunProgress | None) -> Markup:
    link = tag("a", row.name, href=f"#{anchor(row.name)}")
    app = tag("span", row.app, class_="app") if row.app else None
    cells = [
        tag(
            "th",
            tag("span", KINDS[row.kind], class_=f"kind kind-{row.kind}"),
            link,
            app,
            scope="row",
            role="rowheader",
            data_sort=row.name,
            class_="c-name",
        ),
        _cell("now", _whole(row.before)),
        _cell("wanted", _whole(row.after)),
        *(_figures(row.plan, row.cents) if row.plan else _note(row.note)),
    ]
    if progress:
        standing = progress.of(row.plan.name).standing if row.plan else ""
        said = (
            tag("span", in_words(standing), class_=f"standing s-{standing[:4]}")
            if standing
            else None
        )
        cells.append(_cell("applied", said))
    method = (row.plan.method or "none needed") if row.plan else ""
    return tag("tr", *cells, role="row", data_kind=row.kind, data_method=method)


def _figures(one: DatabasePlan, cents: int | None) -> list[Markup]:
    return [
        _cell("method", _whole(one.method or "none needed")),
        _cell("prepare", interval(one.preparation), sort=_longest_s(one.preparation)),
        _cell(
            "downtime", interval(one.downtime), _bar(one.downtime), sort=_longest_s(one.downtime)
        ),
        _cell("money", signed(cents), sort="" if cents is None else cents),
        _cell("undo", _whole(one.undo_until)),
    ]


def _whole(words: str) -> Markup | str:
    return tag("span", words, class_="whole") if 0 < len(words) <= WHOLE else words


def _note(words: str) -> list[Markup]:
    return [tag("td", words, class_="c-note", colspan=len(HEADINGS) - 3, role="cell", data_sort="")]


def _cell(kind: str, *content: object, sort: str | float | None = None) -> Markup:
    heading, is_number = next((words, n) for words, key, n in (*HEADINGS, APPLIED) if key == kind)
    return tag(
        "td",
        *content,
        role="cell",
        data_label=heading,
        data_sort=sort,
        class_=f"c-{kind}{' number' if is_number else ''}",
    )


def _longest_s(estimate: Estimate) -> str:
    """To sort by: what has no known bound counts as longest."""
    upper_s = math.inf if estimate.upper_s is None else estimate.upper_s
    return "1e99" if math.isinf(upper_s) else f"{upper_s:g}"


def _bar(estimate: Estimate) -> Markup | None:
    """A small bar on the scale that all databases share; the words beside it say the same."""
    if estimate.upper_s == 0:
        return None
    lower = log_percent(estimate.lower_s)
    upper = 100 if estimate.upper_s is None else log_percent(estimate.upper_s)
    return tag(
        "svg",
        tag("rect", width="100%", height=5, class_="track"),
        tag("rect", x=0, width=f"{lower}%", height=5, class_="down"),
        tag(
            "rect",
            x=f"{lower}%",
            width=f"{round(upper - lower, 2)}%",
            height=5,
            class_="down faint",
        ),
        class_="mini",
        width="100%",
        height=5,
        aria_hidden="true",
    )
