"""Editing files of the desired state that people have written: their comments, order and form stay.

tomlkit edits; that it did what was meant is not taken on trust. The same edits are made to the plain data, and the
text that tomlkit gives must be read by the ordinary reader as exactly that, with every comment still in it but those
of what was taken away, or nothing is written.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import tomlkit
from pydantic import ValidationError
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT, Array

from reconciler.adapters.toml_comments import comments, has_header, tied, untied, without
from reconciler.core.desired import DesiredBackup, DesiredFollower
from reconciler.core.desired_files import DesiredFile
from reconciler.errors import DesiredStateError, ReconcileError
from reconciler.toml_text import load, positions

if TYPE_CHECKING:
    from collections.abc import (
        Callable,
        Iterable,
        Mapping,
        MutableMapping,
        MutableSequence,
        Sequence,
    )

    from reconciler.core.amending import Amendment, Entry
    from reconciler.core.names import DatabaseName
    from reconciler.toml_text import Path

Table = "MutableMapping[str, Any]"
Values = dict[str, str | int]
HINT = "Amend it by hand, or write the file anew: reconcile import --force"


def amended(
    text: str, *, file: str, amendments: Sequence[Amendment], additions: Mapping[DatabaseName, str]
) -> str:
    """`text` with the edits made and the `additions` (the whole table of each new database) at its end; its line ends stay.

    Raises:
        ReconcileError: the edits cannot be made in the form in which the file is written.
    """
    end = "".join(f"\n{block}" for block in additions.values())
    try:
        result = text
        for one in amendments:
            result = _amended(result, one, file=file)
        whole = result.rstrip("\r\n") + "\n" + end if end else result
        whole = _with_line_ends_of(text, whole)
        load(whole, file=file, model=DesiredFile, error=DesiredStateError)
    except (TOMLKitError, DesiredStateError, ValidationError) as error:
        raise _cannot(file, f"{', '.join(additions)} cannot stand at its end") from error
    return whole


def _cannot(file: str, reason: str) -> ReconcileError:
    return ReconcileError(f"{file} cannot be amended as it is written: {reason}.", hint=HINT)


def _with_line_ends_of(text: str, result: str) -> str:
    """`result`, with the line ends of `text` if that has one kind only."""
    is_dos = "\r\n" in text and text.count("\r\n") == text.count("\n")
    return re.sub(r"(?<!\r)\n", "\r\n", result) if is_dos else result


def _amended(text: str, one: Amendment, *, file: str) -> str:
    """`text` with the edits of one database.

    Raises:
        ReconcileError: they cannot be made in the form in which it is written, or would lose a comment.
    """
    if one.is_empty:
        return text
    form = f"it may be the form in which database {one.name} is written"
    try:
        expected = tomlkit.parse(text).unwrap()
        places = [_path(expected, kind, entry, one) for kind, entry in one.remove]
        by_header = {path for path in places if _is_table(text, path)}
        rest = tuple(
            each for each, path in zip(one.remove, places, strict=True) if path not in by_header
        )
        shorter, cut = without(text, by_header)
        document = tomlkit.parse(tied(shorter))
        is_inline = not has_header(text, ("database", one.name))
        _edit(expected["database"][one.name], one, make=None)
        make = _inline_array if is_inline else tomlkit.aot
        _edit(document["database"][one.name], replace(one, remove=rest), make=make)
        result = untied(tomlkit.dumps(document))
        _check(result, expected, file=file)
    except (TOMLKitError, DesiredStateError, ValidationError) as error:
        raise _cannot(file, form) from error
    lines = _lines_of(text, [*places, *(("database", one.name, key) for key in one.drop)])
    lost = comments(text) - comments(result) - comments(cut) - comments(lines)
    if lost:
        raise _cannot(file, f'the comment "{next(iter(lost))}" would be lost from {one.name}')
    return result


def _path(data: Any, kind: str, entry: Entry, one: Amendment) -> Path:
    entries = data["database"][one.name][kind]
    return "database", one.name, kind, _find(entries, entry, one)


def _is_table(text: str, path: Path) -> bool:
    """Whether the entry at `path` has a header, and is not part of an array in brackets."""
    line, column = positions(text)[path]
    return text.split("\n")[line - 1].startswith("[[", column - 1)


def _lines_of(text: str, paths: Iterable[Path]) -> str:
    """The lines on which those of `paths` begin that are there."""
    places = positions(text)
    lines = text.split("\n")
    return "\n".join(
        lines[number] for number in {places[one][0] - 1 for one in paths if one in places}
    )


def _check(result: str, expected: dict[str, Any], *, file: str) -> None:
    """That the ordinary reader reads `result` as `expected`.

    Raises:
        ReconcileError: it does not.
    """
    read = load(result, file=file, model=DesiredFile, error=DesiredStateError)
    plain = json.dumps(expected, default=lambda moment: moment.isoformat())
    if read != DesiredFile.model_validate_json(plain):
        raise _cannot(file, "the edits do not come out as meant")


def _edit(
    table: MutableMapping[str, Any], one: Amendment, *, make: Callable[[], AoT | Array] | None
) -> None:
    """Make the edits in the tables of one database: of plain data, or of a document, where `make` makes an array."""
    for key, value in one.keys:
        table[key] = value
    for key in one.drop:
        table.pop(key, None)
    for follower in one.replan:
        found = _find(table["follower"], follower, one)
        table["follower"][found]["plan"] = follower.service_plan
    for backup in one.reschedule:
        found = _find(table["backup"], backup, one)
        table["backup"][found]["hour"] = backup.hour
        table["backup"][found]["timezone"] = backup.timezone
    for kind, entry in one.add:
        if kind not in table:
            table[kind] = make() if make else []
        _append(table[kind], _as_table(entry, one), is_document=make is not None)
    for kind, entry in one.remove:
        entries = table[kind]
        del entries[_find(entries, entry, one)]
        if not entries and not (isinstance(entries, Array) and comments(entries.as_string())):
            del table[kind]


def _inline_array() -> AoT | Array:
    """An array in brackets, as it stands in a table without a header."""
    return tomlkit.array()


def _append(entries: MutableSequence[Any], values: Values, *, is_document: bool) -> None:
    if not is_document:
        entries.append(values)
        return
    made = tomlkit.table() if isinstance(entries, AoT) else tomlkit.inline_table()
    made.update(values)
    entries.append(made)


def _find(entries: Sequence[MutableMapping[str, Any]], wanted: Entry, one: Amendment) -> int:
    """Where in its array the entry stands."""
    if isinstance(wanted, DesiredBackup):
        names = [entry.get("attachment", one.attachment) for entry in entries]
        return names.index(wanted.attachment)
    key = "attachment" if isinstance(wanted, DesiredFollower) else "as"
    name = wanted.attachment if isinstance(wanted, DesiredFollower) else wanted.name
    return next(
        number
        for number, entry in enumerate(entries)
        if (entry.get("app", one.app), entry[key]) == (wanted.app, name)
    )


def _as_table(entry: Entry, one: Amendment) -> Values:
    if isinstance(entry, DesiredBackup):
        own: Values = {"hour": entry.hour, "timezone": entry.timezone}
        return own if entry.attachment == one.attachment else own | {"attachment": entry.attachment}
    values: Values = {"app": entry.app} if entry.app != one.app else {}
    if isinstance(entry, DesiredFollower):
        return values | {"attachment": entry.attachment, "plan": entry.service_plan}
    return values | {"as": entry.name}
