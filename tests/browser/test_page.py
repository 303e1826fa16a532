"""The page in a real browser: fast, quiet, usable, and deaf to whatever the live world is called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from support.pages import FIRST_DAY, fleet, shown, written
from support.rich_plan import rich_plan

from reconciler.core.plan import Reason
from reconciler.render.html.progress import DatabaseProgress, RunProgress

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.slow

WIDE = {"width": 1300, "height": 900}
PHONE = {"width": 375, "height": 800}
LOADED_MS = "() => performance.getEntriesByType('navigation')[0].loadEventEnd"
SIDEWAYS = "() => document.documentElement.scrollWidth - innerWidth"
ONE_S = 1_000
HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(2)</script>",
    "</noscript><script>alert(3)</script>",
    '"><svg onload=alert(4)>',
    "&lt;b&gt; 'quoted' \u202egnp.exe",
)


def test_500_databases_are_there_within_a_second(
    browser: Browser, large: Path, record_property: Callable[[str, object], None]
) -> None:
    """The second is of the page's own work: what the clock shows depends on who else is on the machine."""
    works_ms, clock_ms = [], []
    for _ in range(8):  # the best counts: caches and clock rates are shared with other tests, too
        with shown(browser, large, viewport=WIDE) as seen:
            seen.page.wait_for_function(LOADED_MS)
            works_ms.append(seen.work_ms())
            clock_ms.append(seen.page.evaluate(LOADED_MS))
            assert len(seen.names()) == _row_count(500)
        if min(works_ms) < ONE_S:
            break
    record_property(
        "figure",
        f"page of 500 databases: {min(works_ms):.0f} ms of work, loaded in {min(clock_ms):.0f} ms",
    )
    assert 10 < min(works_ms) < ONE_S  # less would be a clock that stands still


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_it_asks_nobody_for_anything_and_complains_of_nothing(
    browser: Browser, rich: Path, scheme: str, size: dict[str, int]
) -> None:
    with shown(browser, rich, viewport=size, color_scheme=scheme) as seen:
        seen.page.click("#open-all")
        seen.page.click("#overview thead button >> nth=5")

        assert (seen.complaints, seen.requests) == ([], [])


def test_scripts_that_are_not_its_own_do_not_run(browser: Browser, rich: Path) -> None:
    with shown(browser, rich) as seen:
        seen.page.evaluate("""() => {
            const one = document.createElement("script");
            one.textContent = "window.ran = true";
            document.body.append(one);
            document.body.insertAdjacentHTML("beforeend", "<img src='https://example.com/x.png'>");
        }""")

        assert seen.page.evaluate("window.ran") is None
        assert any("Content Security Policy" in words for words in seen.complaints)


def test_hostile_names_are_shown_and_not_run(browser: Browser, tmp_path: Path) -> None:
    plan = rich_plan()
    databases = tuple(
        one.model_copy(
            update={
                "name": f"{evil} {number}",
                "app": evil,
                "warnings": (evil,),
                "because": (Reason(text=evil, rule=evil),),
                "back_out": evil,
                "undo_until": evil,
            }
        )
        for one in plan.databases[:2]
        for number, evil in enumerate(HOSTILE)
    )
    notes = {"notes": HOSTILE, "endpoint": HOSTILE[1], "unchanged": HOSTILE}
    file = written(plan.model_copy(update={"databases": databases} | notes), tmp_path)

    with shown(browser, file, viewport=WIDE) as seen:
        seen.page.click("#open-all")
        seen.page.wait_for_function("!document.querySelector('details > noscript')")
        seen.page.click("#overview thead button >> nth=0")
        text = seen.page.inner_text("body")

        assert (seen.complaints, seen.requests) == ([], [])
        assert seen.page.locator("img, body script, [onload], [onerror]").count() == 1  # its own
        for evil in HOSTILE[:4]:
            assert evil in text
        assert "\u202e" not in text


def test_the_filter_leaves_what_fits(browser: Browser, large: Path) -> None:
    with shown(browser, large, viewport=WIDE) as seen:
        seen.page.fill("#filter", "db-01 app-1")
        fitting = [f"db-{number:03}" for number in range(10, 20)]

        assert seen.names() == fitting
        assert seen.page.inner_text("#shown") == f"10 of {_row_count(500)}"
        assert seen.page.locator("details.database:visible").count() == 10

        seen.page.select_option("#method", "pg-copy")
        copied = [one.name for one in fleet(500).databases if one.method == "pg-copy"]
        assert seen.names() == [name for name in fitting if name in copied]
        assert 0 < len(seen.names()) < 10

        seen.page.fill("#filter", "nobody is called so")
        assert seen.names() == []
        assert seen.page.is_visible("#none-fits")


def test_only_what_is_blocked_can_be_shown(browser: Browser, rich: Path) -> None:
    with shown(browser, rich, viewport=WIDE) as seen:
        seen.page.select_option("#kind", "blocked")

        assert seen.names() == sorted(one.name for one in rich_plan().blocked)


@pytest.mark.parametrize(
    ("column", "figure"),
    [
        ("$ a month", lambda one: one.money.after_cents - one.money.before_cents),
        ("Downtime", lambda one: 1e99 if one.downtime.upper_s is None else one.downtime.upper_s),
        (
            "Prepare",
            lambda one: 1e99 if one.preparation.upper_s is None else one.preparation.upper_s,
        ),
    ],
    ids=["money", "downtime", "prepare"],
)
def test_the_table_is_sorted_by_keyboard_both_ways(
    browser: Browser, rich: Path, column: str, figure: Callable[[Any], float]
) -> None:
    figures = {one.name: figure(one) for one in rich_plan().databases}
    with shown(browser, rich, viewport=WIDE) as seen:
        button = seen.page.get_by_role("button", name=column)
        heading = button.locator("xpath=..")
        for direction, order in (("ascending", 1), ("descending", -1)):
            button.focus()
            seen.page.keyboard.press("Enter")
            found = [figures[name] for name in seen.names() if name in figures]

            assert heading.get_attribute("aria-sort") == direction
            assert found == sorted(found, key=lambda one: order * one)
            assert len(set(found)) > 2


def test_a_name_leads_to_all_about_it(browser: Browser, large: Path) -> None:
    with shown(browser, large, viewport=WIDE) as seen:
        assert seen.page.locator("details.database[open]").count() == 0

        seen.page.click("#overview a[href='#db-db-007']")
        seen.page.wait_for_selector("#db-db-007[open] .steps li")

        assert seen.page.locator("details.database[open]").count() == 1
        with shown(browser, large) as other:
            other.page.goto(f"{large.as_uri()}#db-db-007")
            assert other.page.is_visible("#db-db-007 .steps")


def test_the_downtime_is_drawn_to_scale(browser: Browser, rich: Path) -> None:
    drawn = {}
    with shown(browser, rich, viewport=WIDE) as seen:
        seen.page.click("#open-all")
        seen.page.wait_for_function("!document.querySelector('details > noscript')")
        for one in rich_plan().databases:
            if one.downtime.upper_s is None or not one.downtime.upper_s:
                continue
            part = seen.page.locator(f"#db-{one.name} .part-cutover svg.bars")
            whole = part.bounding_box()
            longest = part.locator("rect.down.striped").bounding_box()
            assert whole is not None
            assert longest is not None
            is_stoppable = bool(one.method) and one.point_of_no_return != 0
            end_s = max(one.downtime.upper_s, one.cutover_limit_s if is_stoppable else 0)
            width = (longest["x"] + longest["width"] - whole["x"]) / whole["width"]
            drawn[one.name] = (width, one.downtime.upper_s / end_s)
    assert len(drawn) > 2
    for width, share in drawn.values():
        assert width == pytest.approx(share, abs=0.01)


def test_progress_is_laid_over_the_plan(browser: Browser, tmp_path: Path) -> None:
    plan = rich_plan()
    at = "2026-12-14T10:00:00.000+00:00"
    done, closed, *rest = (
        one.name
        for one in plan.databases
        if one.method == "follower-switch" or one.downtime.upper_s
    )
    states = {
        done: DatabaseProgress("done", at, "confirmed", closed_s=21.5),
        closed: DatabaseProgress("closed", at, "copy", frozenset({0}), closed_since=at),
    }
    file = written(plan, tmp_path, progress=RunProgress(states, at))
    with shown(browser, file, viewport=WIDE) as seen:
        seen.page.click("#open-all")
        seen.page.wait_for_function("!document.querySelector('details > noscript')")
        header = seen.page.inner_text("header")

        assert f"Apps may be closed: {closed}." in header
        assert "1 done, 1 closed" in header
        assert seen.page.locator(f"#db-{done} .steps li:not(.steps li li)").count() == len(
            next(one.stages for one in plan.databases if one.name == done)
        )
        assert (
            seen.page.locator(f"#db-{done} .steps li:not(.is-done):not(.steps li li)").count() == 0
        )
        assert seen.page.locator(f"#db-{closed} .is-done").count() == 1
        assert "closed for 21.5 s" in seen.page.inner_text(f"#db-{done} .marks")
        assert seen.page.locator(f"#db-{rest[0]} .is-done").count() == 0


@pytest.mark.parametrize("width", [1217, 1280, 1920])
@pytest.mark.parametrize("is_applied", [False, True], ids=["plan", "apply"])
def test_no_plan_or_method_is_broken_or_cut_in_the_table(
    browser: Browser,
    tmp_path: Path,
    width: int,
    is_applied: bool,  # noqa: FBT001  # a column
) -> None:
    at = "2026-12-14T10:00:00.000+00:00"
    names = [one.name for one in rich_plan().databases]
    progress = RunProgress({name: DatabaseProgress("closed", at, "copy") for name in names}, at)
    file = written(rich_plan(), tmp_path, progress=progress if is_applied else None)

    with shown(browser, file, viewport={"width": width, "height": 900}) as seen:
        assert seen.page.locator("#overview thead th:visible").count() == (9 if is_applied else 8)
        words = seen.page.locator("#overview tbody .whole")
        assert {"essential-0", "addons-upgrade", "first write"} <= set(words.all_inner_texts())
        beyond = words.evaluate_all("""spans => spans.filter((one) => {
            const cell = one.closest("td");
            return one.getClientRects().length > 1
                || one.getBoundingClientRect().right > cell.getBoundingClientRect().right;
        }).map((one) => one.textContent)""")
        assert beyond == []
        assert seen.page.evaluate(SIDEWAYS) == 0


def test_a_phone_shows_most_of_a_week_and_always_whose_it_is(browser: Browser, large: Path) -> None:
    with shown(browser, large, viewport={"width": 360, "height": 800}) as seen:
        box = seen.page.locator(".scrolls")
        days = seen.page.locator(".calendar thead th:not(:first-child)")
        whole = box.bounding_box()
        assert whole is not None
        right = whole["x"] + whole["width"]
        ends = days.evaluate_all("each => each.map((one) => one.getBoundingClientRect().right)")
        assert len([end for end in ends if end <= right]) >= 6

        caption = seen.page.locator(".calendar caption span")
        for _ in range(2):
            for one in (caption, seen.page.locator(".calendar tbody th").first):
                place = one.bounding_box()
                assert place is not None
                assert whole["x"] <= place["x"] <= place["x"] + place["width"] <= right
            box.evaluate("one => { one.scrollLeft = one.scrollWidth; }")


@pytest.mark.parametrize(
    "size", [PHONE, {"width": 320, "height": 700}, {"width": 800, "height": 900}]
)
@pytest.mark.parametrize("name", ["rich", "large"])
def test_nothing_makes_a_phone_scroll_sideways(
    browser: Browser, request: pytest.FixtureRequest, name: str, size: dict[str, int]
) -> None:
    with shown(browser, request.getfixturevalue(name), viewport=size) as seen:
        assert seen.page.evaluate(SIDEWAYS) == 0
        if name == "rich":
            seen.page.click("#open-all")
            seen.page.wait_for_function("!document.querySelector('details > noscript')")
            assert seen.page.evaluate(SIDEWAYS) == 0


def test_paper_has_everything_and_no_tools(browser: Browser, rich: Path) -> None:
    with shown(browser, rich, viewport=WIDE) as seen:
        assert seen.page.locator("details > noscript").count() > 0

        pdf = seen.page.pdf(format="A4")

        assert pdf.startswith(b"%PDF")
        assert seen.page.locator("details > noscript").count() == 0
        assert seen.page.locator("details[open]").count() == 0  # as before, once it is printed
        seen.page.emulate_media(media="print")
        assert not seen.page.is_visible("#tools")
        assert seen.page.is_visible("#overview")
        assert _luminance(seen.page, "body") == 1


def test_without_scripts_everything_can_be_read(browser: Browser, rich: Path) -> None:
    with shown(browser, rich, viewport=WIDE, java_script_enabled=False) as seen:
        assert not seen.page.is_visible("#tools")
        seen.page.click("details.database summary >> nth=0")
        assert seen.page.is_visible("details.database >> nth=0 >> .facts")


def test_dark_is_dark_and_light_is_light(browser: Browser, rich: Path) -> None:
    for scheme, is_dark in (("dark", True), ("light", False)):
        with shown(browser, rich, color_scheme=scheme) as seen:
            assert (_luminance(seen.page, "body") < 0.05) is is_dark


def test_the_calendar_begins_on_the_given_day(browser: Browser, large: Path) -> None:
    with shown(browser, large, viewport=WIDE) as seen:
        table = seen.page.locator("table.calendar")
        rows = {
            row.locator(".when").first.inner_text(): row.locator("td").evaluate_all(
                "cells => cells.map((one) => one.title)"
            )
            for row in table.locator("tbody tr").all()
        }

        assert f"{FIRST_DAY:%A, %Y-%m-%d}" in table.inner_text()
        assert rows["at any time"][5:9] == [
            "all day",
            "00:00-12:00, otherwise frozen",
            "frozen",
            "all day",
        ]
        assert rows["Sunday 02:00-06:00 UTC"] == [
            *["closed"] * 6,
            "02:00-06:00, otherwise frozen",
            "frozen",
            *["closed"] * 5,
            "02:00-06:00",
        ]


def _row_count(changing: int) -> int:
    plan = fleet(changing)
    return changing + len(plan.blocked) + len(plan.converging) + len(plan.unknown)


def _luminance(page: Page, selector: str) -> float:
    """Of the background, 0 is black."""
    return float(
        page.locator(selector).evaluate("""(one) => {
            const parts = getComputedStyle(one).backgroundColor.match(/[\\d.]+/g).slice(0, 3).map(Number);
            const linear = parts.map((c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
            return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
        }""")
    )
