"""The page for everybody: contrast computed as WCAG 2 does, names for all controls, tables that say what they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.pages import shown

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

pytestmark = pytest.mark.slow

WIDE = {"width": 1300, "height": 900}

CONTRASTS = """() => {
  const parse = (text) => { const p = text.match(/[\\d.]+/g).map(Number); return p.length < 4 ? [...p, 1] : p; };
  const light = (c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const luminance = (p) => 0.2126 * light(p[0]) + 0.7152 * light(p[1]) + 0.0722 * light(p[2]);
  const behind = (one) => {
    for (let each = one; each; each = each.parentElement) {
      const back = parse(getComputedStyle(each).backgroundColor);
      if (back[3] === 1) return back;
    }
    return [255, 255, 255, 1];
  };
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const one = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || !one.checkVisibility() || one.closest("script, noscript, option")) continue;
    const style = getComputedStyle(one);
    const ink = parse(one instanceof SVGElement ? style.fill : style.color);
    const [a, b] = [luminance(ink), luminance(behind(one))].sort((x, y) => y - x);
    found.push([(a + 0.05) / (b + 0.05), walk.currentNode.data.trim().slice(0, 40), one.className.toString()]);
  }
  return found;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_writing_has_the_contrast_that_wcag_asks_for(
    browser: Browser, rich: Path, scheme: str
) -> None:
    with shown(browser, rich, viewport=WIDE, color_scheme=scheme) as seen:
        seen.page.click("#open-all")
        seen.page.wait_for_function("!document.querySelector('details > noscript')")
        found = seen.page.evaluate(CONTRASTS)

    assert len(found) > 300
    assert [one for one in found if one[0] < 4.5] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_drawings_stand_out_from_what_is_behind_them(
    browser: Browser, rich: Path, scheme: str
) -> None:
    with shown(browser, rich, viewport=WIDE, color_scheme=scheme) as seen:
        ratios = seen.page.evaluate("""() => {
          const style = getComputedStyle(document.documentElement);
          const light = (c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
          const value = (name) => {
            const hex = style.getPropertyValue(name).trim().slice(1);
            const [r, g, b] = [0, 2, 4].map((at) => light(parseInt(hex.slice(at, at + 2), 16)));
            return 0.2126 * r + 0.7152 * g + 0.0722 * b;
          };
          return ["--down", "--prepare", "--no-return", "--open-time", "--measured", "--focus"].map((name) => {
            const [a, b] = [value(name), value("--card")].sort((x, y) => y - x);
            return [name, (a + 0.05) / (b + 0.05)];
          });
        }""")

    assert [one for one in ratios if one[1] < 3] == []


def test_everything_says_what_it_is(browser: Browser, rich: Path) -> None:
    with shown(browser, rich, viewport=WIDE) as seen:
        page = seen.page
        page.click("#open-all")
        page.wait_for_function("!document.querySelector('details > noscript')")

        assert page.get_attribute("html", "lang") == "en"
        assert page.title().startswith("reconcile plan ")
        assert page.locator("h1, main, header, footer").count() == 4
        assert page.locator("table:not(:has(caption))").count() == 0
        assert page.locator("th:not([scope])").count() == 0
        assert page.locator("svg:not([aria-hidden]):not([role=img][aria-label])").count() == 0
        assert (
            page.evaluate("""() => {
            const ids = [...document.querySelectorAll("[id]")].map((one) => one.id);
            return ids.filter((id, at) => ids.indexOf(id) !== at);
        }""")
            == []
        )
        for name in ("Filter", "Show", "Method"):
            assert page.get_by_label(name, exact=True).count() == 1


def test_the_overview_is_a_table_for_a_reader_on_a_phone_too(browser: Browser, rich: Path) -> None:
    with shown(browser, rich, viewport={"width": 375, "height": 800}) as seen:
        table = seen.page.get_by_role("table").first

        assert table.get_by_role("columnheader").count() == 8
        assert table.get_by_role("row").count() > 10
        assert table.get_by_role("rowheader").count() == table.get_by_role("row").count() - 1


def test_the_keyboard_reaches_everything_and_shows_where_it_is(
    browser: Browser, rich: Path
) -> None:
    with shown(browser, rich, viewport=WIDE) as seen:
        reached = []
        for _ in range(200):
            seen.page.keyboard.press("Tab")
            now = seen.page.evaluate("""() => {
                const one = document.activeElement;
                const style = getComputedStyle(one);
                return [one.tagName, style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2];
            }""")
            if now[0] == "BODY":
                break
            reached.append(now)

    assert {tag for tag, _ in reached} == {"INPUT", "SELECT", "BUTTON", "A", "DIV", "SUMMARY"}
    assert [tag for tag, is_seen in reached if not is_seen] == []
