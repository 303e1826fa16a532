"""Tables in the documents are tables to those who read them on a code host."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.documents import ROOT, documents
from support.gfm import rendered

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("path", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_row_has_fallen_out_of_its_table(path: Path) -> None:
    page = rendered(path.read_text(encoding="utf-8"))

    paragraphs = [one.text() for one in page.all("p")]
    assert [text for text in paragraphs if text.startswith("|")] == []
