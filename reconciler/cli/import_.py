"""Write desired/ from what is live: one commented TOML file an app. Changes nothing at Heroku.

Listed are every database that the apps own, with its followers, further names, poolers, version and maintenance
window; what TOML cannot say is left out and named. Planning on the result gives nothing to do, which is checked
before anything is written.

No file is overwritten: --update amends files that are there and keeps their comments, --force writes them anew.
Exit code 0 when planning gives nothing to do, 2 when it would not, 1 when something could not be read, is listed
and not live, or could not be amended.
"""

from __future__ import annotations

import asyncio
import codecs
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.errors import DesiredStateError, ReconcileError, UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping

    from reconciler.cli.connecting import Connection
    from reconciler.core.catalogue import Catalogue
    from reconciler.core.desired import DesiredDatabase, DesiredState
    from reconciler.core.drift import Drift
    from reconciler.core.importing import Survey
    from reconciler.core.names import AppName
    from reconciler.core.observed import Snapshot
    from reconciler.core.placing import Mode, PlacedFile, Placing


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--app",
        action="append",
        default=[],
        metavar="APP",
        help="only databases that this app owns; may be repeated (default: all that are visible)",
    )
    parser.add_argument(
        "--out", default="desired", metavar="DIR", help="where the files go (default: desired)"
    )
    how = parser.add_mutually_exclusive_group()
    how.add_argument(
        "--update",
        action="store_true",
        help="amend files that are there, so that they say what is live; comments stay",
    )
    how.add_argument("--force", action="store_true", help="write files anew that are there")


def run(arguments: argparse.Namespace) -> int:
    """Look, compose, check, write, sum up."""
    from reconciler.adapters.toml_files import read_folder
    from reconciler.catalogue import load_catalogue
    from reconciler.cli import CHANGES, DONE, FAILED, say_error
    from reconciler.cli.connecting import connected
    from reconciler.core.importing import survey_of

    out = Path(arguments.out)
    mode: Mode = "update" if arguments.update else "force" if arguments.force else "new"
    catalogue = load_catalogue()
    existing = read_folder(out, catalogue=catalogue)
    apps: frozenset[AppName] = frozenset(arguments.app)
    with connected(existing.heroku) as connection:
        snapshot = asyncio.run(look(apps, existing, connection))
    survey = survey_of(snapshot, catalogue, apps=apps, identities=frozenset(existing.looked_at()))
    _check_apps(apps, survey)
    placing = placed(survey, existing, snapshot, out=out, mode=mode)
    texts, refused = composed(placing)
    found = checked(
        placing,
        out=out,
        texts=texts,
        apps=apps,
        snapshot=snapshot,
        catalogue=catalogue,
        endpoint=connection.label,
    )
    write(texts)
    print("\n".join(summary(placing, survey, found, connection)))
    for error in refused:
        say_error(error)
    if refused or not survey.is_complete or found.unknown:
        return FAILED
    return CHANGES if found.drifted else DONE


async def look(
    apps: frozenset[AppName], existing: DesiredState, connection: Connection
) -> Snapshot:
    """One look at what is live of `apps`, and at which names are live of those listed already."""
    from reconciler.adapters.heroku.survey import survey
    from reconciler.cli.connecting import client_of

    async with client_of(connection, existing.heroku) as client:
        return await survey(client, apps=apps, listed=frozenset(existing.apps()))


def _check_apps(apps: frozenset[AppName], survey: Survey) -> None:
    owners = {one.owner for one in survey.databases} | {one.app for one in survey.left_out}
    missing = sorted(apps - owners)
    if missing:
        raise UsageError(
            f"No Heroku Postgres database of {', '.join(missing)} is visible with this token.",
            hint="A follower is imported with its leader: name the leader's app.",
        )


def placed(
    survey: Survey, existing: DesiredState, snapshot: Snapshot, *, out: Path, mode: Mode
) -> Placing:
    """Which file each database goes to.

    Raises:
        ReconcileError: a file is in the way.
    """
    from reconciler.core.placing import placing

    present = [path.as_posix() for path in out.rglob("*.toml")]
    return placing(survey, existing, snapshot, out=out.as_posix(), present=present, mode=mode)


def composed(placing: Placing) -> tuple[dict[Path, str], list[ReconcileError]]:
    """What is to stand in each file, and why some stay as they are, which `placing` then has no more."""
    texts: dict[Path, str] = {}
    refused = []
    for path, file in sorted(placing.files.items()):
        try:
            texts[Path(path)] = text_of(file)
        except ReconcileError as error:
            refused.append(error)
            del placing.files[path]
    return texts, refused


def text_of(file: PlacedFile) -> str:
    """What is to stand in `file`.

    Raises:
        ReconcileError: it cannot be amended.
    """
    from reconciler.adapters.toml_amending import amended
    from reconciler.render.desired_toml import database_block, new_file

    if not file.is_there:
        return new_file(file.app, file.new, file.left_out)
    with Path(file.path).open(encoding="utf-8-sig", newline="") as written:
        text = written.read()
    return amended(
        text,
        file=file.path,
        amendments=file.amendments,
        additions={name: database_block(name, one) for name, one in file.new},
    )


def checked(
    placing: Placing,
    *,
    out: Path,
    texts: Mapping[Path, str],
    snapshot: Snapshot,
    catalogue: Catalogue,
    endpoint: str,
    apps: frozenset[AppName] = frozenset(),
) -> Drift:
    """What planning would still change of the imported databases once the files are written.

    What is listed and not live is judged too: beside the imported ones in their files, and anywhere if no `apps`
    were asked for.

    Raises:
        ReconcileError: the files would not be right together; nothing was written.
    """
    from dataclasses import replace

    from reconciler.adapters.toml_files import read_folder
    from reconciler.core.drift import drift

    try:
        state = read_folder(out, catalogue=catalogue, texts=texts)
    except DesiredStateError as wrong:
        raise ReconcileError(
            f"Nothing was written: beside what is listed already, the files would be wrong.\n{wrong}",
            hint="Mend or remove what is listed and not live any more; `reconcile drift` names it.",
        ) from wrong
    imported = {name for name in placing.names if name in state.places}
    files = {state.places[name].file for name in imported}
    mine = tuple(
        one
        for one in state.databases
        if one.name in imported
        or ((not apps or state.places[one.name].file in files) and not _is_live(one, snapshot))
    )
    narrowed = replace(state, databases=mine)
    return drift(narrowed, snapshot, catalogue, endpoint=endpoint)


def _is_live(one: DesiredDatabase, snapshot: Snapshot) -> bool:
    origin = one.moved_from
    if origin is not None and snapshot.attached_as(origin.app, origin.attachment) is not None:
        return True
    return snapshot.attached_as(one.app, one.attachment) is not None


def write(texts: Mapping[Path, str]) -> None:
    """Write every file, each whole or not at all; a link, the rights and the byte order mark of what is there stay.

    Raises:
        StateError: one cannot be written.
    """
    from reconciler.adapters.plan_files import write_text

    for path, text in texts.items():
        file = path.resolve()
        if not file.exists():
            write_text(text, file, mode=0o644)
            continue
        mark = "\ufeff" if file.read_bytes().startswith(codecs.BOM_UTF8) else ""
        write_text(mark + text, file, mode=stat.S_IMODE(file.stat().st_mode))


def summary(
    placing: Placing, survey: Survey, found: Drift, connection: Connection
) -> Iterator[str]:
    """What was written, what was left out, and what planning on it gives."""
    from reconciler.render.stand_in import stand_in
    from reconciler.render.words import change_text

    yield from stand_in(connection.label)
    for path, file in sorted(placing.files.items()):
        yield f"{path}: {'amended' if file.is_there else 'written'}"
        yield from (f"  {name} ({one.app}::{one.attachment})" for name, one in file.new)
        for edits in file.amendments:
            yield from (f"  {edits.name}: {text}" for text in edits.sentences())
    for name, path in placing.listed_already:
        yield f"{name}: listed already in {path}, left as it is there"
    for file in placing.files.values():
        yield from (f"{name}: {note}" for name, one in file.new for note in one.notes)
    yield from (f"Left out: {one.addon} of {one.app}, {one.reason}" for one in survey.left_out)
    if not placing.files:
        yield "Nothing to write."
    for drifted in found.drifted:
        changes = "; ".join(change_text(one) for one in drifted.changes)
        yield f"Planning would still change {drifted.name} ({drifted.where}): {changes}"
    yield from (f"Not clear to planning: {one.name}, {one.reason}" for one in found.unknown)
    if placing.names and not found.drifted and not found.unknown:
        yield "Planning on it gives nothing to do."
