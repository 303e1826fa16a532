"""Editing files of the desired state that people have written: their comments, order and form stay.

tomlkit edits; that it did what was meant is not taken on trust. The same edits are made to the plain data, and the
text that tomlkit gives must be read by the ordinary reader as exactly that, or nothing is written.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import tomlkit
from pydantic import ValidationError
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT, Array, InlineTable

from reconciler.core.desired import DesiredFollower
from reconciler.core.desired_files import DesiredFile
from reconciler.errors import DesiredStateError, ReconcileError
from reconciler.toml_text import load

if TYPE_CHECKING:
    from collections.abc import Iterable, MutableMapping, MutableSequence, Sequence

    from reconciler.core.amending import Amendment, Entry
    from reconciler.core.names import AppName

Table = "MutableMapping[str, Any]"
HINT = "Amend it by hand, or write the file anew: reconcile import --force"


def amended(
    text: str, *, file: str, amendments: Sequence[Amendment], additions: Iterable[str] = ()
) -> str:
    """`text` with the edits made and the `additions` (whole tables) at its end.

    Raises:
        ReconcileError: the edits cannot be made in the form in which the file is written.
    """
    end = "".join(f"\n{block}" for block in additions)
    try:
        document = tomlkit.parse(text)
        expected = document.unwrap()
        for one in amendments:
            _edit(expected["database"][one.name], one, is_document=False)
            _edit(document["database"][one.name], one, is_document=True)
        result = tomlkit.dumps(document)
        whole = result.rstrip("\n") + "\n" + end if end else result
        _check(result, expected, file=file)
        load(whole, file=file, model=DesiredFile, error=DesiredStateError)
    except (TOMLKitError, DesiredStateError, ValidationError) as error:
        raise ReconcileError(f"{file} cannot be amended as it is written.", hint=HINT) from error
    return whole


def _check(result: str, expected: dict[str, Any], *, file: str) -> None:
    """That the ordinary reader reads `result` as `expected`.

    Raises:
        ReconcileError: it does not.
    """
    read = load(result, file=file, model=DesiredFile, error=DesiredStateError)
    plain = json.dumps(expected, default=lambda moment: moment.isoformat())
    if read != DesiredFile.model_validate_json(plain):
        raise ReconcileError(f"{file} cannot be amended as it is written.", hint=HINT)


def _edit(table: MutableMapping[str, Any], one: Amendment, *, is_document: bool) -> None:
    """Make the edits in the tables of one database, of plain data or of a document."""
    for key, value in one.keys:
        table[key] = value
    for key in one.drop:
        table.pop(key, None)
    for follower in one.replan:
        found = _find(table["follower"], follower, one.app)
        table["follower"][found]["plan"] = follower.service_plan
    for kind, entry in one.add:
        if kind not in table:
            table[kind] = _new_array(table) if is_document else []
        _append(table[kind], _as_table(entry, one.app), is_document=is_document)
    for kind, entry in one.remove:
        entries = table[kind]
        del entries[_find(entries, entry, one.app)]
        if not entries:
            del table[kind]


def _new_array(table: object) -> AoT | Array:
    """An array in the form of the table that it goes into."""
    return tomlkit.array() if isinstance(table, InlineTable) else tomlkit.aot()


def _append(entries: MutableSequence[Any], values: dict[str, str], *, is_document: bool) -> None:
    if not is_document:
        entries.append(values)
        return
    made = tomlkit.table() if isinstance(entries, AoT) else tomlkit.inline_table()
    made.update(values)
    entries.append(made)


def _find(entries: Sequence[MutableMapping[str, Any]], wanted: Entry, app: AppName) -> int:
    """Where in its array the entry stands."""
    key = "attachment" if isinstance(wanted, DesiredFollower) else "as"
    name = wanted.attachment if isinstance(wanted, DesiredFollower) else wanted.name
    return next(
        number
        for number, entry in enumerate(entries)
        if (entry.get("app", app), entry[key]) == (wanted.app, name)
    )


def _as_table(entry: Entry, app: AppName) -> dict[str, str]:
    values: dict[str, str] = {"app": entry.app} if entry.app != app else {}
    if isinstance(entry, DesiredFollower):
        return values | {"attachment": entry.attachment, "plan": entry.service_plan}
    return values | {"as": entry.name}
