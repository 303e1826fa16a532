"""What has to change in a listed database's tables so that they say what is live.

Only what is said is looked at: a database without `version` gets none. A wish that no table can take back
(`not_older_than`, say) stays, and planning tells of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.core.desired import (
    DATABASE,
    DesiredAttachment,
    DesiredBackup,
    DesiredFollower,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.core.desired import DesiredDatabase
    from reconciler.core.importing import LiveDatabase
    from reconciler.core.names import AppName, AttachmentName, DatabaseName
    from reconciler.core.observed import Snapshot

Entry = DesiredFollower | DesiredAttachment | DesiredBackup

LACKING = {"maintenance_window": "the service plan has no window"}
"""Why a key is dropped."""


@dataclass(frozen=True, slots=True)
class Amendment:
    """Edits of the tables of one database. An entry of an array is found by its app and name."""

    name: DatabaseName
    app: AppName
    """The database's: that of an entry which names none."""
    attachment: AttachmentName = DATABASE
    """The database's: that of a backup which names none."""
    keys: tuple[tuple[str, str | int], ...] = ()
    """Keys of its own table with their new values."""
    drop: tuple[str, ...] = ()
    """Keys of its own table that its service plan does not allow; some may not be there."""
    replan: tuple[DesiredFollower, ...] = ()
    """Followers that are listed with another plan."""
    reschedule: tuple[DesiredBackup, ...] = ()
    """Backups that are listed with another hour or time zone."""
    add: tuple[tuple[str, Entry], ...] = ()
    """Entries that are missing, under the key of their array: `follower`, `attach`, `pooler`, `backup`."""
    remove: tuple[tuple[str, Entry], ...] = ()
    """Entries of what is not live, the same way."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is to be edited."""
        changed = self.keys or self.drop or self.replan or self.reschedule
        return not (changed or self.add or self.remove)

    def sentences(self) -> Iterator[str]:
        """What is edited, in words."""
        yield from (f"{key} = {value}" for key, value in self.keys)
        yield from (f"{key} removed: {LACKING[key]}" for key in self.drop)
        yield from (f"follower {_place(one)}: plan = {one.service_plan}" for one in self.replan)
        yield from (f"backup {_place(one)}: {one}" for one in self.reschedule)
        yield from (f"{kind} {_place(one)} added" for kind, one in self.add)
        yield from (f"{kind} {_place(one)} is not live: removed" for kind, one in self.remove)


def amendment(desired: DesiredDatabase, live: LiveDatabase, snapshot: Snapshot) -> Amendment:
    """The edits that make `desired` say what `live` is."""
    listed = {(one.app, one.attachment): one for one in desired.followers}
    replan = tuple(
        one
        for one in live.followers
        if (place := (one.app, one.attachment)) in listed
        and listed[place].service_plan != one.service_plan
    )
    return Amendment(
        name=desired.name,
        app=desired.app,
        attachment=desired.attachment,
        keys=tuple(_keys(desired, live)),
        drop=("maintenance_window",)
        if desired.maintenance_window is not None and not live.has_window
        else (),
        replan=replan,
        reschedule=tuple(_moved_backups(desired, live)),
        add=tuple(_missing(desired, live)),
        remove=tuple(_gone(desired, live, snapshot)),
    )


def _keys(desired: DesiredDatabase, live: LiveDatabase) -> Iterator[tuple[str, str | int]]:
    if desired.service_plan != live.service_plan:
        yield "plan", live.service_plan
    is_version_said = desired.version is not None and live.version is not None
    if is_version_said and live.version is not None and desired.version != live.version:
        yield "version", live.version
    is_window_said = desired.maintenance_window is not None and live.window is not None
    if is_window_said and desired.maintenance_window != live.window:
        yield "maintenance_window", str(live.window)


def _missing(desired: DesiredDatabase, live: LiveDatabase) -> Iterator[tuple[str, Entry]]:
    followers = {(one.app, one.attachment) for one in desired.followers}
    yield from (
        ("follower", one) for one in live.followers if (one.app, one.attachment) not in followers
    )
    yield from (("attach", one) for one in live.attach if one not in desired.attach)
    yield from (("pooler", one) for one in live.poolers if one not in desired.poolers)
    listed = {one.name for one in desired.backups}
    scheduled = live.backups or ()
    yield from (("backup", one) for one in scheduled if listed and one.name not in listed)


def _gone(
    desired: DesiredDatabase, live: LiveDatabase, snapshot: Snapshot
) -> Iterator[tuple[str, Entry]]:
    for follower in desired.followers:
        attachment = snapshot.attached_as(follower.app, follower.attachment)
        database = snapshot.database(attachment.addon) if attachment else None
        if database is None or database.leader != live.addon:
            yield "follower", follower
    for one in desired.attach:
        found = snapshot.attached_as(one.app, one.name)
        if found is None or (found.addon, found.namespace) != (live.addon, ""):
            yield "attach", one
    yield from (("pooler", one) for one in desired.poolers if one not in live.poolers)
    if live.backups is not None:
        scheduled = {one.name for one in live.backups}
        yield from (("backup", one) for one in desired.backups if one.name not in scheduled)


def _moved_backups(desired: DesiredDatabase, live: LiveDatabase) -> Iterator[DesiredBackup]:
    listed = {one.name: one for one in desired.backups}
    scheduled = live.backups or ()
    yield from (one for one in scheduled if one.name in listed and one != listed[one.name])


def _place(one: Entry) -> str:
    if isinstance(one, DesiredBackup):
        return one.attachment
    return f"{one.app}::{one.attachment if isinstance(one, DesiredFollower) else one.name}"
