"""One rich plan in every rendering, as files to be read: `pytest tests/render --update-golden` writes them anew."""

from __future__ import annotations

import datetime as dt
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.rich_plan import rich_plan

from reconciler.render.html import html_page
from reconciler.render.human import plan_text
from reconciler.render.machine import plan_document

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.core.plan import Plan

FOLDER = Path(__file__).with_name("golden")
NOW = dt.datetime(2026, 11, 22, 1, 28, tzinfo=dt.UTC)
DAY = NOW.date()
RENDERINGS: dict[str, Callable[[Plan], str]] = {
    "rich.txt": lambda plan: plan_text(plan, path="plans/rich.json", today=DAY),
    "rich.80.txt": lambda plan: plan_text(plan, path="plans/rich.json", today=DAY, width=80),
    "rich.ascii.txt": lambda plan: plan_text(plan, today=DAY, is_ascii=True),
    "rich.quiet.txt": lambda plan: plan_text(plan, today=DAY, is_quiet=True),
    "rich.json": lambda plan: plan_document(plan, path="plans/rich.json", today=DAY),
    "rich.html": lambda plan: html_page(plan, now=NOW),
}


@cache
def rich() -> Plan:
    return rich_plan()


@pytest.mark.parametrize("name", RENDERINGS)
def test_the_rendering_of_a_rich_plan_is_the_golden_one(
    name: str, request: pytest.FixtureRequest
) -> None:
    now = RENDERINGS[name](rich())

    if request.config.getoption("--update-golden"):
        (FOLDER / name).write_text(now, encoding="utf-8")
    assert now == (FOLDER / name).read_text(encoding="utf-8")


def test_the_plain_text_is_plain() -> None:
    assert (FOLDER / "rich.ascii.txt").read_text(encoding="utf-8").isascii()
