"""Two weeks of cutovers: when each group of databases may begin, against windows and freezes.

A plan holds no clock, so the present moment is given. Databases that may begin at the same times share a line.
"""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import TYPE_CHECKING

from reconciler.core.windows import next_moment
from reconciler.render.html.markup import join, tag

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from reconciler.core.limits import Freeze
    from reconciler.core.names import DatabaseName
    from reconciler.core.plan import DatabasePlan, Plan
    from reconciler.core.windows import CutoverWindow
    from reconciler.render.html.markup import Markup

DAYS = 14
DAY = dt.timedelta(days=1)
Span = tuple[dt.datetime, dt.datetime]
"""From the first on, until before the second."""
MOST_NAMES = 6


def calendar(
    plan: Plan, now: dt.datetime, *, is_over: Callable[[DatabaseName], bool] = lambda _: False
) -> Markup:
    """The table from the day of `now` on, UTC; nothing without a cutover that is not over."""
    groups = _groups([one for one in plan.databases if not is_over(one.name)])
    if not groups:
        return join()
    first_day = now.date()
    days = [first_day + DAY * number for number in range(DAYS)]
    freezes = plan.safety.freezes
    heading = tag("tr", tag("th", "Cutover of", scope="col"), *map(_day_heading, days))
    return tag(
        "section",
        tag("h2", "When cutovers may begin", id="calendar-heading"),
        tag(
            "div",
            tag(
                "table",
                tag(
                    "caption",
                    tag(
                        "span",
                        f"Two weeks from {first_day:%A, %Y-%m-%d}, UTC; each cell is a day from midnight to midnight.",
                    ),
                ),
                tag("thead", heading),
                tag("tbody", *(_line(window, ones, days, freezes, now) for window, ones in groups)),
                class_="calendar",
            ),
            class_="scrolls",
            tabindex=0,
            role="region",
            aria_labelledby="calendar-heading",
        ),
        _legend(has_freezes=bool(freezes)),
        aria_labelledby="calendar-heading",
        class_="calendar-section",
    )


def spans_of_day(
    day: dt.date, window: CutoverWindow | None, freezes: Sequence[Freeze]
) -> list[Span]:
    """The times of one day, UTC, at which a cutover may begin, in order; neighbouring ones are one."""
    begins = dt.datetime.combine(day, dt.time(), dt.UTC)
    ends = begins + DAY
    edges = {begins, ends}
    edges |= {each for one in freezes for each in (one.begins, one.ends) if begins < each < ends}
    if window is not None:
        length = dt.timedelta(minutes=window.length_min)
        at = begins + dt.timedelta(minutes=window.begins_min)
        edges |= {each for each in (at, at + length, at + length - DAY) if begins < each < ends}
    sorted_edges = sorted(edges)
    found: list[Span] = []
    for start, end in pairwise(sorted_edges):
        if next_moment(start, window=window, freezes=freezes) != start:
            continue
        if found and found[-1][1] == start:
            start = found.pop()[0]  # noqa: PLW2901  # the two are one span
        found.append((start, end))
    return found


def _groups(
    databases: Sequence[DatabasePlan],
) -> list[tuple[CutoverWindow | None, list[DatabasePlan]]]:
    """Databases with a cutover by their window; those that may begin at any time come first."""
    groups: dict[str, tuple[CutoverWindow | None, list[DatabasePlan]]] = {}
    for one in databases:
        if one.method is not None and any(stage.phase == "cutover" for stage in one.stages):
            window = one.cutover_window
            groups.setdefault(str(window or ""), (window, []))[1].append(one)
    return [groups[key] for key in sorted(groups)]


def _day_heading(day: dt.date) -> Markup:
    return tag(
        "th",
        tag("abbr", f"{day:%a}"[:2], title=f"{day:%A}"),
        tag("span", f"{day.day}" if day.day != 1 else f"{day:1 %b}", class_="date"),
        scope="col",
        class_="weekend" if day.weekday() >= 5 else None,  # noqa: PLR2004  # Saturday
    )


def _line(
    window: CutoverWindow | None,
    databases: Sequence[DatabasePlan],
    days: Sequence[dt.date],
    freezes: Sequence[Freeze],
    now: dt.datetime,
) -> Markup:
    """When it may begin at once, no first moment is told: the page is read later than it is written."""
    first = next_moment(now, window=window, freezes=freezes)
    names = ", ".join(one.name for one in databases[:MOST_NAMES])
    more = f" and {len(databases) - MOST_NAMES} more" if len(databases) > MOST_NAMES else ""
    header = tag(
        "th",
        tag("span", names + more, class_="names"),
        tag("span", f"{window} UTC" if window else "at any time", class_="when"),
        tag("span", f"first {first:%a %Y-%m-%d %H:%M}", class_="when") if first > now else None,
        scope="row",
    )
    return tag("tr", header, *(_day(day, window, freezes) for day in days))


def _day(day: dt.date, window: CutoverWindow | None, freezes: Sequence[Freeze]) -> Markup:
    midnight = dt.datetime.combine(day, dt.time(), dt.UTC)
    spans = spans_of_day(day, window, freezes)
    frozen = [
        (max(one.begins, midnight), min(one.ends, midnight + DAY))
        for one in freezes
        if one.begins < midnight + DAY and one.ends > midnight
    ]
    words = _words(spans, midnight, is_frozen=bool(frozen))
    drawn = [
        *(_block(span, midnight, "frozen") for span in frozen),
        *(_block(span, midnight, "open") for span in spans),
    ]
    return tag(
        "td",
        tag("svg", *drawn, width="100%", height=26, aria_hidden="true") if drawn else None,
        tag("span", words, class_="unseen"),
        title=words,
    )


def _block(span: Span, midnight: dt.datetime, kind: str) -> Markup:
    x, end = (100 * (each - midnight) / DAY for each in span)
    return tag(
        "rect", x=f"{x:.2f}%", width=f"{end - x:.2f}%", y=0, height=26, class_=f"{kind}-time"
    )


def _words(spans: Sequence[Span], midnight: dt.datetime, *, is_frozen: bool) -> str:
    if not spans:
        return "frozen" if is_frozen else "closed"
    if spans == [(midnight, midnight + DAY)]:
        return "all day"
    times = ", ".join(f"{start:%H:%M}-{_end(end, midnight)}" for start, end in spans)
    return f"{times}, otherwise frozen" if is_frozen else times


def _end(end: dt.datetime, midnight: dt.datetime) -> str:
    return "24:00" if end == midnight + DAY else f"{end:%H:%M}"


def _legend(*, has_freezes: bool) -> Markup:
    def keys() -> Iterator[Markup]:
        yield tag("li", tag("span", class_="key key-open-time", aria_hidden="true"), "may begin")
        if has_freezes:
            frozen = tag("span", class_="key key-frozen-time", aria_hidden="true")
            yield tag("li", frozen, "freeze: no cutover begins")

    return tag("ul", *keys(), class_="marks")
