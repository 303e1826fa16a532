"""When what happens to one database: prepare, downtime, what stays of the old one. Bars with times, and in words.

The three parts stand beside each other, each drawn to its own scale, since hours of preparation meet seconds of
downtime and days of keeping. A solid bar is how long it takes at least, a striped one how long at most; one that
fades is without a known end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.core.durations import parse_retention
from reconciler.core.estimates import interval, interval_and_likely
from reconciler.render.details import HANDING_OVER, at_the_limit
from reconciler.render.html.markup import join, tag
from reconciler.render.html.scale import percent, tick_text, ticks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.core.plan import DatabasePlan, Estimate
    from reconciler.render.html.markup import Markup
    from reconciler.render.html.progress import DatabaseProgress

BAR_TOP, BAR_HEIGHT = 14, 18
AXIS_Y = BAR_TOP + BAR_HEIGHT
TEXT_Y = AXIS_Y + 16
HEIGHT = AXIS_Y + 22
UNBOUNDED_PART = 0.6
"""How much of a drawing the known beginning of something without a known end takes."""


def timeline(database: DatabasePlan, progress: DatabaseProgress | None) -> Markup:
    """The figure of one database, with what was measured when it was applied."""
    parts = [
        _prepare(database) if _has_phase(database, "prepare") else None,
        _cutover(database, progress),
        _kept(database) if database.keep_old_primary else None,
    ]
    shown = [part for part in parts if part is not None]
    scale = "Each part has a scale of its own. " if len(shown) > 1 else ""
    return tag(
        "figure",
        tag("div", *shown, class_=f"timeline parts-{len(shown)}"),
        tag("figcaption", scale, *_caption(database)),
        class_="timeline-figure",
    )


def _caption(database: DatabasePlan) -> Iterator[str]:
    estimates = (database.preparation, database.downtime)
    yield "Solid: at least so long; striped: up to so long"
    if any(one.upper_s is None for one in estimates):
        yield "; fading out: no source gives a bound"
    yield "."


def _has_phase(database: DatabasePlan, phase: str) -> bool:
    return any(stage.phase == phase for stage in database.stages)


def _prepare(database: DatabasePlan) -> Markup:
    estimate = database.preparation
    words = interval(estimate)
    return _part(
        "prepare",
        "Prepare",
        f"apps up, {'at once' if words == 'none' else words}",
        _drawing(
            f"Preparation, with the apps up: {words}",
            *_bar(estimate, _end_s(estimate), "prepare"),
            *_axis(_end_s(estimate), is_open=estimate.upper_s is None),
        ),
    )


def _cutover(database: DatabasePlan, progress: DatabaseProgress | None) -> Markup:
    estimate = database.downtime
    name = "Retire" if _has_phase(database, "retire") else "Cutover"
    if estimate.upper_s == 0:
        note = "no downtime" if name == "Cutover" else "destroys, no downtime"
        return _part("cutover", name, note, _drawing(f"{name}: no downtime", *_axis(0)))
    limit_s = _limit_s(database)
    end_s = max(_end_s(estimate), limit_s or 0, (progress and progress.closed_s) or 0)
    marks = [
        *_limit_mark(database, limit_s, end_s),
        *_no_return_mark(database, end_s),
        *_measured_mark(progress, end_s),
    ]
    return _part(
        "cutover",
        name,
        f"down {interval_and_likely(estimate)}",
        _drawing(
            f"Downtime: {interval(estimate)}",
            *_bar(estimate, end_s, "down"),
            *_axis(end_s, is_open=estimate.upper_s is None and not limit_s),
            *(mark for mark, _ in marks),
        ),
        tag("ul", *(tag("li", words) for _, words in marks), class_="marks") if marks else None,
    )


def _limit_s(database: DatabasePlan) -> int:
    """After how long the apps are open again; 0 where that is not ours to say."""
    is_stoppable = database.method is not None and database.point_of_no_return != 0
    return database.cutover_limit_s if is_stoppable else 0


def _limit_mark(
    database: DatabasePlan, limit_s: int, end_s: float
) -> Iterator[tuple[Markup, Markup]]:
    if limit_s:
        x = f"{percent(limit_s, end_s)}%"
        line = tag("line", x1=x, x2=x, y1=BAR_TOP - 8, y2=AXIS_Y, class_="limit")
        words = at_the_limit(database)
        yield line, join(_key("limit"), words[0].upper() + words[1:])


def _no_return_mark(database: DatabasePlan, end_s: float) -> Iterator[tuple[Markup, Markup]]:
    if database.point_of_no_return is None or not database.method:
        return
    step = database.point_of_no_return + 1
    if database.method in HANDING_OVER:
        seconds, words = 0.0, f"No way back from here (step {step}): Heroku cannot be stopped"
    else:
        seconds = database.downtime.lower_s
        words = f"No way back, at the earliest here (step {step}): later writes would be lost"
    yield _diamond(percent(seconds, end_s)), join(_key("no-return"), words)


def _measured_mark(
    progress: DatabaseProgress | None, end_s: float
) -> Iterator[tuple[Markup, Markup]]:
    if progress is not None and progress.closed_s is not None:
        width = f"{percent(progress.closed_s, end_s)}%"
        bar = tag("rect", x=0, y=AXIS_Y - 5, width=width, height=5, class_="measured")
        yield bar, join(_key("measured"), f"Measured: closed for {progress.closed_s:.1f} s")


def _kept(database: DatabasePlan) -> Markup:
    length_s = parse_retention(database.keep_old_primary).seconds
    words = f"kept {database.keep_old_primary}"
    if length_s is None:
        bars = (tag("rect", x=0, y=BAR_TOP, width="100%", height=BAR_HEIGHT, class_="kept open"),)
        axis: Iterator[Markup] = _axis(0)
    else:
        bars = (tag("rect", x=0, y=BAR_TOP, width="100%", height=BAR_HEIGHT, class_="kept"),)
        axis = _axis(length_s)
    return _part(
        "kept",
        "Old database",
        f"{words}, paid for",
        _drawing(f"Old one {words}", *bars, *axis),
    )


def _part(kind: str, name: str, note: str, *content: Markup | None) -> Markup:
    heading = tag("p", tag("strong", name), " ", tag("span", note), class_="part-name")
    return tag("div", heading, *content, class_=f"part part-{kind}")


def _drawing(label: str, *content: Markup) -> Markup:
    """Widths are in percent, so that writing keeps its size on every screen."""
    track = tag("rect", x=0, y=BAR_TOP, width="100%", height=BAR_HEIGHT, class_="track")
    return tag(
        "svg",
        track,
        *content,
        role="img",
        aria_label=label,
        width="100%",
        height=HEIGHT,
        class_="bars",
    )


def _end_s(estimate: Estimate) -> float:
    """How many seconds the drawing of it alone spans."""
    if estimate.upper_s is not None:
        return estimate.upper_s
    return estimate.lower_s / UNBOUNDED_PART


def _bar(estimate: Estimate, end_s: float, kind: str) -> Iterator[Markup]:
    lower = percent(estimate.lower_s, end_s)
    upper = 100 if estimate.upper_s is None else percent(estimate.upper_s, end_s)
    if lower:
        yield tag("rect", x=0, y=BAR_TOP, width=f"{lower}%", height=BAR_HEIGHT, class_=kind)
    if upper > lower:
        style = f"{kind} {'open' if estimate.upper_s is None else 'striped'}"
        yield tag(
            "rect",
            x=f"{lower}%",
            y=BAR_TOP,
            width=f"{round(upper - lower, 2)}%",
            height=BAR_HEIGHT,
            class_=style,
        )


def _axis(end_s: float, *, is_open: bool = False) -> Iterator[Markup]:
    numbers = [one for one in ticks(end_s, most=4) if not is_open or one <= end_s * UNBOUNDED_PART]
    for seconds in numbers:
        x = percent(seconds, end_s)
        yield tag("line", x1=f"{x}%", x2=f"{x}%", y1=AXIS_Y, y2=AXIS_Y + 4, class_="tick")
        yield tag("text", tick_text(seconds), x=f"{x}%", y=TEXT_Y, class_=_anchor(x))
    if is_open:
        yield tag("text", "?", x="100%", y=TEXT_Y, class_="end")


def _anchor(x: float) -> str:
    if x < 6:  # noqa: PLR2004  # so close to the edge writing is not centred
        return "start"
    return "end" if x > 94 else "middle"  # noqa: PLR2004


def _diamond(x: float) -> Markup:
    shape = tag(
        "path", d=f"M0 {BAR_TOP - 13}l6 6l-6 6l-6-6zM-1 {BAR_TOP - 2}h2v{BAR_HEIGHT + 2}h-2z"
    )
    return tag("svg", shape, x=f"{x}%", overflow="visible", class_="no-return", aria_hidden="true")


def _key(kind: str) -> Markup:
    return tag("span", class_=f"key key-{kind}", aria_hidden="true")
