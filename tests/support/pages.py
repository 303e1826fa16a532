"""Plans to be shown as pages, and the browser that shows them."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import shutil
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from support.rich_plan import rich_plan

from reconciler.core.limits import Freeze
from reconciler.core.windows import parse_cutover_window
from reconciler.render.html import html_page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, CDPSession, Page

    from reconciler.core.plan import DatabasePlan, Plan

NOW = dt.datetime(2026, 12, 14, 1, 28, tzinfo=dt.UTC)
FIRST_DAY = NOW.date()
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
WINDOWS = (None, "Sun 02:00-06:00", "Mon-Thu 22:00-02:00")


def chromium() -> str | None:
    """The path of a Chromium of this machine; `RECONCILE_CHROMIUM` names another."""
    named = os.environ.get("RECONCILE_CHROMIUM")
    return named or next((path for path in map(shutil.which, NAMES) if path), None)


@cache
def fleet(count: int) -> Plan:
    """So many databases that change, each as one of the rich plan, some with a window, all with a freeze."""
    plan = rich_plan()
    databases = tuple(
        _named(plan.databases[number % len(plan.databases)], number) for number in range(count)
    )
    freeze = Freeze(
        begins=dt.datetime(2026, 12, 20, 12, tzinfo=dt.UTC),
        ends=dt.datetime(2026, 12, 22, tzinfo=dt.UTC),
        reason="Christmas business",
    )
    safety = plan.safety.model_copy(update={"freezes": (freeze,)})
    return plan.model_copy(update={"databases": databases, "safety": safety}).with_digest()


def _named(one: DatabasePlan, number: int) -> DatabasePlan:
    window = WINDOWS[number % len(WINDOWS)]
    changes = {
        "name": f"db-{number:03}",
        "app": f"app-{number % 40:02}",
        "cutover_window": parse_cutover_window(window) if window else None,
    }
    return one.model_copy(update=changes)


@dataclass
class Shown:
    """A page in the browser, and what it did there that it should not."""

    page: Page
    devtools: CDPSession
    complaints: list[str] = field(default_factory=list)
    """What the console says, errors of scripts, dialogs."""
    requests: list[str] = field(default_factory=list)
    """All but for the file itself."""

    def names(self) -> list[str]:
        """The databases of the rows that can be seen, in order."""
        return self.page.locator("#overview tbody tr:visible th a").all_inner_texts()

    def work_ms(self) -> float:
        """What the main thread of the page has computed so far: time of a processor, not of the clock."""
        metrics = self.devtools.send("Performance.getMetrics")["metrics"]
        return next(one["value"] for one in metrics if one["name"] == "ThreadTime") * 1000


@contextlib.contextmanager
def shown(browser: Browser, file: Path, **context: Any) -> Iterator[Shown]:
    """Open `file` as a user would, and watch it."""
    with contextlib.closing(browser.new_context(**context)) as one:
        page = one.new_page()
        devtools = one.new_cdp_session(page)
        devtools.send("Performance.enable", {"timeDomain": "threadTicks"})  # it counts from here
        seen = Shown(page, devtools)
        page.on("console", lambda message: seen.complaints.append(message.text))
        page.on("pageerror", lambda error: seen.complaints.append(str(error)))
        page.on("dialog", lambda dialog: (seen.complaints.append("dialog"), dialog.dismiss()))
        one.on(
            "request",
            lambda request: (
                None if request.url == file.as_uri() else seen.requests.append(request.url)
            ),
        )
        page.goto(file.as_uri())
        yield seen


def written(plan: Plan, folder: Path, **more: Any) -> Path:
    """The page of `plan` as a file."""
    file = folder / "page.html"
    file.write_text(html_page(plan, now=NOW, path="plans/x.json", **more), encoding="utf-8")
    return file
