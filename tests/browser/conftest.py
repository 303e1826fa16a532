"""One headless Chromium for all tests of pages."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from support.pages import chromium, fleet, written
from support.rich_plan import rich_plan

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser


@pytest.fixture(scope="module")  # Playwright keeps an event loop running: not beside other tests
def browser(request: pytest.FixtureRequest) -> Iterator[Browser]:
    path = chromium()
    if path is None:
        words = "no Chromium on this machine (Debian, Ubuntu: apt install chromium)"
        if request.config.getoption("--all-tools"):
            pytest.fail(words)
        pytest.skip(words)
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  # only where there is a browser

    as_root = ["--no-sandbox"] if os.geteuid() == 0 else []  # Chromium refuses root otherwise
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=as_root)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def rich(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page with everything that a plan can have."""
    return written(rich_plan(), tmp_path_factory.mktemp("rich"))


@pytest.fixture(scope="session")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page with 500 databases that change."""
    return written(fleet(500), tmp_path_factory.mktemp("large"))
