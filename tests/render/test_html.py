"""The page as text; how it looks and behaves in a browser is tested in tests/browser."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.pages import FIRST_DAY, NOW
from support.rich_plan import rich_plan

from reconciler.apply.journal import Entry
from reconciler.apply.shown import shown_progress
from reconciler.core.limits import Freeze, Safety
from reconciler.core.windows import freeze_at, parse_cutover_window
from reconciler.render.html import html_page
from reconciler.render.html.calendar import spans_of_day
from reconciler.render.html.markup import tag, text
from reconciler.render.html.progress import DatabaseProgress, RunProgress
from reconciler.render.html.scale import log_percent, percent, tick_text, ticks

DAY_S = 86_400


class Read(HTMLParser):
    """What a browser would find in a piece of HTML."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words += data


printable = st.text(st.characters(exclude_categories=["Cc", "Cf", "Cs"]))


@given(printable, printable)
def test_whatever_is_said_stays_words(words: str, value: str) -> None:
    read = Read(tag("p", words, title=value))

    assert read.tags == [("p", {"title": value})]
    assert read.words == words


def test_what_is_markup_is_not_escaped_twice() -> None:
    assert text(text("a < b")) == "a &lt; b"
    assert tag("p", tag("b", "a & b"), [None, 3]) == "<p><b>a &amp; b</b>3</p>"


@pytest.mark.parametrize("sign", ["\u202e", "\u2066", "\x00", "\x1b"])
def test_signs_that_would_show_another_name_are_made_visible(sign: str) -> None:
    assert text(f"a{sign}b") == "a\N{REPLACEMENT CHARACTER}b"


def test_equal_plans_give_equal_pages() -> None:
    pages = {html_page(rich_plan(), now=NOW) for _ in range(2)}

    assert len(pages) == 1


def test_only_its_own_style_and_script_are_allowed_and_nothing_is_loaded() -> None:
    page = html_page(rich_plan(), now=NOW)
    policy = next(
        attributes["content"]
        for name, attributes in Read(page).tags
        if attributes.get("http-equiv") == "Content-Security-Policy"
    )

    assert policy is not None
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    for kind in ("style", "script"):
        (source,) = re.findall(rf"<{kind}>(.*?)</{kind}>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
    assert not re.search(
        r"\s(style|src|on\w+)=", re.sub(r"<script>.*</script>", "", page, flags=re.DOTALL)
    )
    assert not re.search(
        r"url\((?!#)|@import|https?://", re.search(r"<style>(.*?)</style>", page, re.DOTALL)[1]
    )  # type: ignore[index]


def test_everything_the_plan_says_of_a_database_is_there() -> None:
    plan = rich_plan()
    words = " ".join(Read(html_page(plan, now=NOW)).words.split())

    for one in plan.databases:
        said = [*one.warnings, *one.redo, one.back_out, one.downtime.formula, one.undo_until]
        said += [reason.text for each in one.rejected for reason in each.reasons]
        said += [reason.text for reason in one.because]
        assert [each for each in said if " ".join(each.split()) not in words] == []
    for group in (plan.blocked, plan.unknown):
        assert [one.reason for one in group if one.reason not in words] == []
    assert all(one.addon in words for one in plan.replaced)
    assert all(one.what in words for one in plan.unlisted)


def test_it_ends_with_how_to_apply_exactly_this_or_why_not() -> None:
    plan = rich_plan()
    refused = html_page(plan, now=NOW, path="plans/x.json")
    allowed = plan.model_copy(update={"safety": type(plan.safety)()})

    assert "reconcile apply plans/x.json" not in refused
    assert "It is beyond a limit: apply refuses it." in refused
    assert "<code>reconcile apply plans/x.json</code>" in html_page(
        allowed, now=NOW, path="plans/x.json"
    )


windows = st.sampled_from(
    [
        None,
        "Sun 02:00-06:00",
        "Mon-Thu 22:00-02:00",
        "daily 00:00-24:00",
        "Sat 23:30-23:45",
        "Fri 06:00-05:00",
    ]
)
moments = st.integers(0, 16 * 48).map(
    lambda half: dt.datetime(2026, 12, 12, tzinfo=dt.UTC) + dt.timedelta(minutes=30 * half)
)


@given(windows, st.lists(st.tuples(moments, moments), max_size=3), st.integers(0, 13))
def test_the_calendar_says_of_every_quarter_what_apply_would_do(
    window: str | None, pairs: list[tuple[dt.datetime, dt.datetime]], number: int
) -> None:
    freezes = tuple(
        Freeze(begins=min(pair), ends=max(pair), reason="") for pair in pairs if pair[0] != pair[1]
    )
    parsed = parse_cutover_window(window) if window else None
    day = FIRST_DAY + dt.timedelta(days=number)

    spans = spans_of_day(day, parsed, freezes)

    assert all(one[1] < other[0] for one, other in pairwise(spans))
    for quarter in range(96):
        moment = dt.datetime.combine(day, dt.time(), dt.UTC) + dt.timedelta(minutes=15 * quarter)
        may = (parsed is None or parsed.holds(moment)) and freeze_at(moment, freezes) is None
        assert any(begin <= moment < end for begin, end in spans) is may


@given(st.floats(0.1, 10 * 365 * DAY_S))
def test_scales_have_few_round_numbers_in_order(end_s: float) -> None:
    found = ticks(end_s, most=4)

    assert found[0] == 0
    assert found == sorted(set(found))
    assert len(found) <= 5
    assert found[-1] <= end_s
    assert len({tick_text(one) for one in found}) == len(found)


@given(st.floats(0, 1e7), st.floats(0, 1e7))
def test_longer_is_never_drawn_shorter(one_s: float, other_s: float) -> None:
    short_s, long_s = sorted((one_s, other_s))

    assert 0 <= log_percent(short_s) <= log_percent(long_s) <= 100
    assert 0 <= percent(short_s, 1e6) <= percent(long_s, 1e6) <= 100


def test_the_journal_tells_how_far_each_database_is() -> None:
    plan = rich_plan()
    done, closed, failed, back, other, *_ = (one.name for one in plan.databases)

    def entry(name: str, what: str, second: int, **more: object) -> Entry:
        at = f"2026-12-14T10:00:{second:02}.000+00:00"
        return Entry.model_validate({"at": at, "database": name, "what": what, **more})

    shown = shown_progress(
        plan,
        [
            *(entry(name, "begun", 1) for name in (done, closed, failed, back)),
            entry(done, "cutover-begun", 2),
            entry(done, "opened", 7),
            entry(done, "done", 8, text="confirmed"),
            entry(closed, "stage-done", 3, stage=0),
            entry(closed, "cutover-begun", 4),
            entry(failed, "failed", 5, text="no answer"),
            entry(back, "cutover-begun", 6),
            entry(back, "backed-out", 9),
        ],
    )

    standings = [shown.of(name).standing for name in (done, closed, failed, back, other)]
    assert standings == ["done", "closed", "failed", "backed-out", "not begun"]
    assert (shown.of(done).closed_s, shown.of(back).closed_s) == (5.0, 3.0)
    assert shown.of(closed).closed_since == "2026-12-14T10:00:04.000+00:00"
    assert shown.of(closed).stages_done == {0}
    assert shown.of(failed).last == "no answer"
    assert shown.as_of == "2026-12-14T10:00:09.000+00:00"


def test_a_cutover_that_may_begin_at_once_is_told_no_first_moment_and_no_past_one() -> None:
    past, later = map(parse_cutover_window, ("daily 00:00-01:00", "daily 02:00-03:00"))
    cut_over = (each for each in rich_plan().databases if each.method)
    databases = tuple(
        each.model_copy(update={"cutover_window": window})
        for each, window in zip(cut_over, (None, past, later), strict=False)
    )
    plan = rich_plan().model_copy(update={"databases": databases, "safety": Safety()})

    words = " ".join(Read(html_page(plan, now=NOW)).words.split())

    assert re.findall(r"first \w+ (2026-12-\d\d \d\d:\d\d)", words) == [
        "2026-12-15 00:00",
        "2026-12-14 02:00",
    ]


def test_what_is_done_is_neither_to_change_nor_in_the_calendar() -> None:
    plan = rich_plan()
    at = "2026-12-14T10:00:09.000+00:00"
    first, *rest = (one.name for one in plan.databases)

    def words(*done: str) -> str:
        states = {name: DatabaseProgress("done", at, "confirmed") for name in done}
        page = html_page(plan, now=NOW, progress=RunProgress(states, at))
        return " ".join(Read(page).words.split())

    some, all_of_them = words(*rest), words(first, *rest)

    assert f"done{len(rest)}to change1" in some
    assert f"done{len(plan.databases)}blocked" in all_of_them
    assert "how far each was on 2026-12-14 10:00:09 UTC" in some
    assert "that are not as wanted" not in some
    assert "When cutovers may begin" in some
    assert "When cutovers may begin" not in all_of_them
