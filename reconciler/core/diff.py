"""What differs between a database as it is wanted and as it was seen, as typed changes.

Both sides are brought to the same shape: nested dictionaries keyed by name, which hold only what the desired
state speaks of. Equal ones are the common case and end at once; of others, deepdiff names the places inside
dictionaries.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

from reconciler.core.observed import POOLER
from reconciler.core.plan import (
    AppChange,
    AttachmentMissing,
    BackupChange,
    FollowerMissing,
    MaintenanceWindowChange,
    Refresh,
    ServicePlanChange,
    VersionChange,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reconciler.core.desired import DesiredDatabase
    from reconciler.core.names import AppName, AttachmentName, ServicePlanName
    from reconciler.core.observed import ObservedDatabase, Snapshot
    from reconciler.core.plan import Change

Shape: TypeAlias = "dict[str, Shape | str | int | bool | None]"

_WINDOW = re.compile(r"(?P<day>[A-Z][a-z]+day)s? (?P<time>\d\d:\d\d)\b")
_ORDER = (
    "service-plan",
    "app",
    "version",
    "refresh",
    "follower",
    "attachment",
    "maintenance-window",
    "backup",
)


def primary_of(desired: DesiredDatabase, snapshot: Snapshot) -> ObservedDatabase | None:
    """The add-on that `desired` speaks of: what its app knows under its attachment.

    Where it knows nothing by that name, it is what the database is moved from.
    """
    attachment = snapshot.attached_as(desired.app, desired.attachment)
    origin = desired.moved_from
    if attachment is None and origin is not None:
        attachment = snapshot.attached_as(origin.app, origin.attachment)
    return None if attachment is None else snapshot.database(attachment.addon)


def is_moving(desired: DesiredDatabase, primary: ObservedDatabase) -> bool:
    """Whether the primary belongs to the app that the database is to be moved from."""
    return desired.moved_from is not None and primary.app == desired.moved_from.app


def diff(desired: DesiredDatabase, snapshot: Snapshot) -> tuple[Change, ...]:
    """The changes that bring the database to `desired`; sorted by kind, then app, then attachment.

    A service plan that was asked for and does not serve yet is no change: the database is on its way there.

    Raises:
        ValueError: the database is not in `snapshot`; the caller should have known.
    """
    primary = primary_of(desired, snapshot)
    if primary is None:
        raise ValueError(f"{desired.app}::{desired.attachment} was not observed")
    wanted = _wanted(desired, primary)
    seen = _seen(desired, primary, snapshot)
    if wanted == seen:
        return ()
    places = _differing(seen, wanted)
    changes = _changes(desired, primary, snapshot, places)
    return tuple(sorted(changes, key=_sort_key))


def canonical_window(text: str) -> str:
    """`Sunday 02:00` for Heroku's `Sundays 02:00 to 06:00 UTC`; empty when it says no such thing.

    Source: Heroku Data API, database info row `Maintenance window`.
    """
    found = _WINDOW.match(text)
    return f"{found['day']} {found['time']}" if found else ""


def observed_window(database: ObservedDatabase) -> str:
    """The weekly window in canonical form; empty when it is unknown."""
    return canonical_window(database.maintenance.window) if database.maintenance else ""


def primary_names(desired: DesiredDatabase) -> Iterator[tuple[AppName, AttachmentName, str]]:
    """Every app, name and namespace under which the primary is wanted."""
    yield desired.app, desired.attachment, ""
    yield from ((one.app, one.name, "") for one in desired.attach)
    yield from ((one.app, one.name, POOLER) for one in desired.poolers)


def _wanted(desired: DesiredDatabase, primary: ObservedDatabase) -> Shape:
    shape: Shape = {
        "service-plan": desired.service_plan,
        "attachment": {
            f"{app}::{name}": {"addon": primary.addon, "namespace": namespace}
            for app, name, namespace in primary_names(desired)
        },
        "follower": {
            f"{one.app}::{one.attachment}": {
                "service-plan": one.service_plan,
                "leader": primary.addon,
            }
            for one in desired.followers
        },
    }
    if desired.moved_from is not None:
        shape["is-moving"] = False
    if desired.version is not None:
        shape["version"] = desired.version
    if desired.not_older_than is not None:
        shape["is-fresh"] = True
    if desired.maintenance_window is not None:
        shape["maintenance-window"] = str(desired.maintenance_window)
    if desired.backups:
        shape["backup"] = {one.name: str(one) for one in desired.backups}
    return shape


def _seen(desired: DesiredDatabase, primary: ObservedDatabase, snapshot: Snapshot) -> Shape:
    attachments: Shape = {}
    for app, name, _ in primary_names(desired):
        attachment = snapshot.attached_as(app, name)
        if attachment is not None:
            attachments[f"{app}::{name}"] = {
                "addon": attachment.addon,
                "namespace": attachment.namespace,
            }
    followers: Shape = {}
    for one in desired.followers:
        follower = _attached(snapshot, one.app, one.attachment)
        if follower is not None:
            followers[f"{one.app}::{one.attachment}"] = {
                "service-plan": follower.service_plan,
                "leader": follower.leader,
            }
    shape: Shape = {
        "service-plan": primary.service_plan,
        "attachment": attachments,
        "follower": followers,
    }
    if desired.moved_from is not None:
        shape["is-moving"] = is_moving(desired, primary)
    if desired.version is not None:
        shape["version"] = primary.version
    if desired.not_older_than is not None:
        created = primary.created_on
        shape["is-fresh"] = created is None or created >= desired.not_older_than
    if desired.maintenance_window is not None:
        shape["maintenance-window"] = observed_window(primary)
    if desired.backups:
        shape["backup"] = dict(_wanted_schedules(desired, primary))
    return shape


def _wanted_schedules(
    desired: DesiredDatabase, primary: ObservedDatabase
) -> Iterator[tuple[str, str]]:
    """What is scheduled under the names that are wanted."""
    names = {one.name for one in desired.backups}
    return ((one.name, str(one)) for one in primary.schedules or () if one.name in names)


def _attached(snapshot: Snapshot, app: AppName, name: AttachmentName) -> ObservedDatabase | None:
    attachment = snapshot.attached_as(app, name)
    return None if attachment is None else snapshot.database(attachment.addon)


def _differing(seen: Shape, wanted: Shape) -> frozenset[tuple[str, ...]]:
    """The places that differ, as paths of one key, or two below `attachment` and `follower`."""
    unequal = [key for key in wanted if seen.get(key) != wanted[key]]
    tables = [key for key in unequal if isinstance(wanted[key], dict)]
    single = frozenset((key,) for key in unequal if key not in tables)
    return single | _differing_inside(seen, wanted, tables) if tables else single


def _differing_inside(
    seen: Shape, wanted: Shape, tables: Sequence[str]
) -> frozenset[tuple[str, ...]]:
    """The same for keys that hold dictionaries."""
    from deepdiff import DeepDiff  # noqa: PLC0415  # 100 ms that most plans need not pay

    found = DeepDiff(
        {key: seen[key] for key in tables if key in seen},
        {key: wanted[key] for key in tables},
        threshold_to_diff_deeper=0,
        view="tree",
    )
    paths = (level.path(output_format="list") for levels in found.values() for level in levels)
    return frozenset(tuple(path[:2]) for path in paths)


def _changes(
    desired: DesiredDatabase,
    primary: ObservedDatabase,
    snapshot: Snapshot,
    places: frozenset[tuple[str, ...]],
) -> Iterator[Change]:
    kinds = {place[0] for place in places}
    if "service-plan" in kinds:
        yield ServicePlanChange(before=_left_plan(desired, primary), after=desired.service_plan)
    if "is-moving" in kinds:
        yield AppChange(before=primary.app, after=desired.app)
    if "version" in kinds and primary.version is not None and desired.version is not None:
        yield VersionChange(before=primary.version, after=desired.version)
    if "is-fresh" in kinds and primary.created_on and desired.not_older_than:
        yield Refresh(
            created_on=primary.created_on.isoformat(),
            not_older_than=desired.not_older_than.isoformat(),
        )
    if "maintenance-window" in kinds and desired.maintenance_window is not None:
        yield MaintenanceWindowChange(
            before=observed_window(primary), after=str(desired.maintenance_window)
        )
    yield from _backup_changes(desired, primary, places)
    for follower in desired.followers:
        if ("follower", f"{follower.app}::{follower.attachment}") in places:
            live = snapshot.attached_as(follower.app, follower.attachment)
            yield FollowerMissing(
                app=follower.app,
                attachment=follower.attachment,
                service_plan=follower.service_plan,
                instead_of=live.addon if live else None,
            )
    for app, name, namespace in primary_names(desired):
        if ("attachment", f"{app}::{name}") in places:
            now = snapshot.attached_as(app, name)
            yield AttachmentMissing(
                app=app,
                attachment=name,
                namespace=namespace,
                instead_of=now.addon if now else None,
            )


def _left_plan(desired: DesiredDatabase, primary: ObservedDatabase) -> ServicePlanName:
    """The plan that serves; the one that is pending where what serves is what is wanted."""
    serving = primary.serving_plan
    return primary.service_plan if serving in (None, desired.service_plan) else serving


def _backup_changes(
    desired: DesiredDatabase, primary: ObservedDatabase, places: frozenset[tuple[str, ...]]
) -> Iterator[Change]:
    scheduled = dict(_wanted_schedules(desired, primary))
    for one in desired.backups:
        if ("backup", one.name) in places:
            before = scheduled.get(one.name, "")
            yield BackupChange(name=one.name, before=before, after=str(one))


def _sort_key(change: Change) -> tuple[int, str, str]:
    where = ("", "")
    if isinstance(change, FollowerMissing | AttachmentMissing):
        where = (change.app, change.attachment)
    elif isinstance(change, BackupChange):
        where = ("", change.name)
    return _ORDER.index(change.kind), *where
