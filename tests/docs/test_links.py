"""What the documents point at is there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from support.documents import ROOT, documents

if TYPE_CHECKING:
    from pathlib import Path


def headings(path: Path) -> set[str]:
    """The anchors of a page, as code hosts make them."""
    titles = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("path", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_relative_link_resolves(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in link]

    for link in links:
        file, _, anchor = link.partition("#")
        target = (path.parent / file) if file else path
        assert target.exists(), link
        assert not anchor or anchor in headings(target), link


@pytest.mark.parametrize("path", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_module_that_is_named_exists(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    named = re.findall(
        r"`((?:reconciler|core|apply|adapters|render|cli|simulator|catalogue|tests)/[\w/.]*)`", text
    )

    places = (ROOT, ROOT / "reconciler")
    assert [name for name in named if not any((place / name).exists() for place in places)] == []
