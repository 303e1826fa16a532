"""What is live as TOML for `desired/`, with comments for whoever reads it first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.core.desired import DATABASE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from reconciler.core.desired import DesiredAttachment, DesiredBackup, DesiredFollower
    from reconciler.core.importing import LeftOut, LiveDatabase
    from reconciler.core.names import AppName, AttachmentName, DatabaseName

HEAD = """\
# What was live when `reconcile import` wrote this file: planning on it gives nothing to do.
# docs/desired-state.md tells every key.
"""
COMMENT_AT = 38
"""Column of comments beside keys."""


def new_file(
    app: AppName,
    databases: Sequence[tuple[DatabaseName, LiveDatabase]],
    left_out: Sequence[LeftOut] = (),
) -> str:
    """A whole file for the databases of `app`."""
    blocks = [f'{HEAD}app = "{app}"\n']
    blocks += [database_block(name, one, default_app=app) for name, one in databases]
    if left_out:
        lines = [f"# Left out: {one.addon}, {one.reason}" for one in left_out]
        blocks.append("\n".join(lines) + "\n")
    return "\n".join(blocks)


def database_block(
    name: DatabaseName, one: LiveDatabase, *, default_app: AppName | None = None
) -> str:
    """The tables of one database, ending in a newline. `default_app` is that of the file around it."""
    lines = [f"# Heroku's name of it is {one.addon}."]
    lines += [f"# Note: {note}." for note in one.notes]
    lines.append(f"[database.{name}]")
    lines += _keys(one, default_app)
    for follower in one.followers:
        addon = one.addons_behind[follower.app, follower.attachment]
        lines += ["", f"[[database.{name}.follower]]  # {addon}"]
        lines += _follower(follower, one.app)
    for kind, names in (("attach", one.attach), ("pooler", one.poolers)):
        for other in names:
            lines += ["", f"[[database.{name}.{kind}]]"]
            lines += _attachment(other, one.app)
    for backup in one.backups or ():
        lines += ["", f"[[database.{name}.backup]]"]
        lines += _backup(backup, one.attachment)
    return "\n".join(lines) + "\n"


def _keys(one: LiveDatabase, default_app: AppName | None) -> Iterator[str]:
    if one.app != default_app:
        yield f'app = "{one.app}"'
    if one.attachment != DATABASE:
        yield f'attachment = "{one.attachment}"'
    yield f'plan = "{one.service_plan}"'
    if one.version is not None:
        yield _beside(f"version = {one.version}", "major version of PostgreSQL")
    if one.window is not None:
        yield _beside(f'maintenance_window = "{one.window}"', "UTC, Heroku's own weekly window")


def _follower(follower: DesiredFollower, owner: AppName) -> Iterable[str]:
    yield from [f'app = "{follower.app}"'] if follower.app != owner else []
    yield f'attachment = "{follower.attachment}"'
    yield f'plan = "{follower.service_plan}"'


def _attachment(other: DesiredAttachment, owner: AppName) -> Iterable[str]:
    yield from [f'app = "{other.app}"'] if other.app != owner else []
    yield f'as = "{other.name}"'


def _backup(backup: DesiredBackup, attachment: AttachmentName) -> Iterable[str]:
    yield f"hour = {backup.hour}"
    yield f'timezone = "{backup.timezone}"'
    yield from [f'attachment = "{backup.attachment}"'] if backup.attachment != attachment else []


def _beside(text: str, comment: str) -> str:
    return f"{text:<{COMMENT_AT}}  # {comment}"
