"""docs/desired-state.md is the whole language: every key of the schemas, and examples that are right."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.documents import ROOT

from reconciler.adapters.toml_files import read_desired
from reconciler.catalogue import load_catalogue
from reconciler.cli.schema import database_schema, fleet_schema

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = (ROOT / "docs" / "desired-state.md").read_text(encoding="utf-8")
OF_A_ROW = re.compile(
    r"^\| `\[*(?:database\.NAME\.)?([a-z_]+)(?:\.NAME)?\]*`(?:, `([a-z_]+)`)? \|", re.MULTILINE
)


def keys_of(schema: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Each table and key of the schema."""
    for title, table in {"file": schema, **schema.get("$defs", {})}.items():
        yield from ((title, key) for key in table.get("properties", {}))


KEYS = sorted(
    {*keys_of(database_schema(load_catalogue())), *keys_of(fleet_schema(load_catalogue()))}
)
IN_PROSE = {
    "FollowerTable",
    "AttachTable",
    "PoolerTable",
    "BackupTable",
    "MovedFromTable",
    "WaiverTable",
    "FreezeTable",
}
"""Tables whose few keys the page tells in a sentence."""
PROSE = {
    "FollowerTable": r"\*\*A follower\*\* has .*",
    "AttachTable": r"\*\*A further name\*\* and \*\*a pooler\*\* have .*",
    "PoolerTable": r"\*\*A further name\*\* and \*\*a pooler\*\* have .*",
    "BackupTable": r"\*\*A backup\*\* has (?s:.*?)\n\n",
    "MovedFromTable": r"`moved_from` has .*",
    "WaiverTable": r"A waiver has all four of .*",
    "FreezeTable": r"A freeze has `from`(?s:.*?)\.\n\n",
}


def said(table: str) -> set[str]:
    """The keys that the page tells of that table."""
    if table in PROSE:
        found = re.search(PROSE[table], PAGE)
        assert found
        return set(re.findall(r"`([a-z_]+)`", found[0]))
    return {key for row in OF_A_ROW.findall(PAGE) for key in row if key}


@pytest.mark.parametrize(("table", "key"), KEYS)
def test_every_key_of_the_schema_is_on_the_page(table: str, key: str) -> None:
    assert key in said(table)


def test_no_row_tells_of_a_key_that_is_not_there() -> None:
    known = {key for _, key in KEYS} | {"nothing_destroyed"}

    rows = {key for row in OF_A_ROW.findall(PAGE) for key in row if key}

    assert rows - known == set()
    assert len(rows) > 20


def test_the_examples_on_the_page_are_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    examples = re.findall(r"```toml\n# (desired/\S+)\n(.*?)```", PAGE, re.DOTALL)
    assert [name for name, _ in examples] == ["desired/shop.toml", "desired/reconcile.toml"]
    for name, text in examples:
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text(text, encoding="utf-8")

    state = read_desired([Path("desired")], catalogue=load_catalogue())

    assert [one.name for one in state.databases] == ["orders"]
    assert state.safety.limits.most_changes == 20
    assert len(state.safety.waivers) == len(state.safety.freezes) == 1
