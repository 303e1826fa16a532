"""The closer look, for databases that will change: what their cutover touches and what must be redone after it.

Formation, maintenance flag, space and region of every attached app; followers by name; schedules, maintenance and
window, credentials; and what a run that was cut off has created, which only our mark knows. Whatever of it could not
be read makes the database unread: it is not planned half blind.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

from reconciler.adapters.heroku import translate
from reconciler.adapters.heroku.client import data, platform
from reconciler.adapters.heroku.fleet import WITH_PLANS
from reconciler.adapters.heroku.marked import look_at_marked
from reconciler.adapters.heroku.reads import AccountReads
from reconciler.adapters.heroku.wire import AttachmentRow
from reconciler.adapters.heroku.wire_closer import CredentialRow
from reconciler.apply.together import at_once, both
from reconciler.core.names import AddonName, AppName
from reconciler.core.observed import ObservedMaintenance, Unread
from reconciler.errors import HerokuError, HerokuRefusedError

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable, Mapping

    from reconciler.adapters.heroku.client import HerokuClient
    from reconciler.core.observed import ObservedApp, ObservedDatabase, Snapshot

T = TypeVar("T")

CREDENTIALS = ("postgres", "v0", "databases")
NOT_OFFERED = frozenset({400, 404, 422})
"""How the Data API says that a service plan does not have something; shogun-schemas.json shows 400 and 422."""
GONE = "archived"


@dataclass(frozen=True, slots=True)
class Closer:
    """One database seen closely, with the followers that were found."""

    database: ObservedDatabase
    followers: tuple[ObservedDatabase, ...]


async def look_closer(
    client: HerokuClient,
    snapshot: Snapshot,
    addons: tuple[AddonName, ...],
    *,
    more_apps: Mapping[AddonName, frozenset[AppName]] = MappingProxyType({}),
) -> Snapshot:
    """`snapshot` with those databases, their followers and their apps seen closely.

    Names of add-ons that the snapshot does not hold are passed over. `more_apps` are apps that a database is to
    be attached to, or that have its followers.
    """
    found = [one for name in sorted(set(addons)) if (one := snapshot.database(name))]
    if not found:
        return snapshot
    reads = AccountReads(client)
    apps_by_addon = {
        one.addon: apps_of(one) | more_apps.get(one.addon, frozenset()) for one in found
    }
    names = sorted({app for each in apps_by_addon.values() for app in each})
    (apps, looks), marked = await both(
        both(
            at_once(_tried(reads.app(name)) for name in names),
            at_once(_tried(_look(client, reads, snapshot, database)) for database in found),
        ),
        look_at_marked(reads, snapshot),
    )
    seen = dict(zip(names, apps, strict=True))
    unread: list[Unread] = []
    for database, look in zip(found, looks, strict=True):
        near = apps_by_addon[database.addon]
        why = look if isinstance(look, str) else _blind_spot(database, near, seen)
        why = why or marked.why_blind(near, names)
        if why:
            unread += [Unread(held.app, held.name, why) for held in database.attachments]
    closer = [look for look in looks if isinstance(look, Closer)]
    databases = (
        *marked.databases,
        *_followers(snapshot, closer),
        *(one.database for one in closer),
    )
    return replace(
        snapshot.with_closer(
            databases=databases,
            apps=[app for app in apps if app is not None and not isinstance(app, str)],
        ),
        unread=tuple(sorted({*snapshot.unread, *unread})),
    )


def apps_of(database: ObservedDatabase) -> frozenset[AppName]:
    """The app that owns it and every app that has it attached."""
    return frozenset({database.app, *(held.app for held in database.attachments)})


def _followers(snapshot: Snapshot, looks: Iterable[Closer]) -> list[ObservedDatabase]:
    """The followers that the snapshot does not hold yet."""
    return [
        found
        for look in looks
        for found in look.followers
        if snapshot.database(found.addon) is None
    ]


async def _tried(look: Coroutine[object, object, T]) -> T | str:
    """The result, or why there is none."""
    try:
        return await look
    except HerokuError as error:
        return str(error)


def _blind_spot(
    database: ObservedDatabase,
    apps: frozenset[AppName],
    seen: dict[AppName, ObservedApp | str | None],
) -> str:
    """Why one of `apps` could not be seen; empty when all were."""
    for name in sorted(apps):
        app = seen[name]
        if app is None:
            has = "has" if name in apps_of(database) else "is to have"
            return f"The app {name}, which {has} {database.addon} attached, cannot be seen."
        if isinstance(app, str):
            return app
    return ""


async def _look(
    client: HerokuClient, reads: AccountReads, snapshot: Snapshot, database: ObservedDatabase
) -> Closer:
    name = database.addon
    (schedules, maintenance), (credentials, followers) = await both(
        both(reads.schedules(name), _maintenance(reads, name)),
        both(
            _credential_count(client, database), _find_followers(client, reads, snapshot, database)
        ),
    )
    closer = replace(
        database,
        schedules=schedules,
        maintenance=maintenance or database.maintenance,
        credential_count=database.credential_count if credentials is None else credentials,
        followers=tuple(sorted(found.addon for found in followers)),
    )
    return Closer(closer, followers)


async def _if_offered(look: Coroutine[object, object, T]) -> T | None:
    """The result, or None where the service plan does not have such a thing."""
    try:
        return await look
    except HerokuRefusedError as error:
        if error.status in NOT_OFFERED:
            return None
        raise


async def _maintenance(reads: AccountReads, name: AddonName) -> ObservedMaintenance | None:
    """Maintenance and window from their own endpoints; None when there is neither."""
    maintenance, window = await both(
        _if_offered(reads.maintenance(name)), _if_offered(reads.maintenance_window(name))
    )
    if maintenance is None:
        return ObservedMaintenance("none", window=window) if window else None
    return replace(maintenance, window=window or maintenance.window)


async def _credential_count(client: HerokuClient, database: ObservedDatabase) -> int | None:
    """How many credentials there are; None where the service plan has none of its own."""
    call = data(*CREDENTIALS, database.addon_id, "credentials")
    found = await _if_offered(client.present(list[CredentialRow], call))
    return None if found is None else sum(one.state != GONE for one in found)


async def _find_followers(
    client: HerokuClient, reads: AccountReads, snapshot: Snapshot, database: ObservedDatabase
) -> tuple[ObservedDatabase, ...]:
    """The databases on the attached apps that follow `database`, and the listed ones, with their attachments.

    Sorted by name. There may be more that no attached app knows; `follower_count` tells.
    """
    if not database.follower_count:
        return ()
    listed = [one for one in snapshot.databases if one.leader == database.addon]
    seen = {database.addon, *(one.addon for one in listed)}
    candidates = await _candidates(client, snapshot, database)
    found = await at_once(reads.addon(name) for name in sorted(candidates - seen))
    following = [one for one in found if one is not None and one.leader == database.addon]
    names = await at_once(reads.attachments_of(one.addon) for one in following)
    others = [replace(one, attachments=held) for one, held in zip(following, names, strict=True)]
    return tuple(sorted((*listed, *others), key=lambda one: one.addon))


async def _candidates(
    client: HerokuClient, snapshot: Snapshot, database: ObservedDatabase
) -> set[AddonName]:
    """The Postgres add-ons that the attached apps know."""
    apps = sorted(apps_of(database))
    lists = await at_once(
        client.list_of(
            AttachmentRow, platform("apps", app, "addon-attachments", headers=WITH_PLANS)
        )
        for app in apps
    )
    attached = {
        AddonName(row.addon.name)
        for rows in lists
        for row in rows
        if row.addon.plan is None or translate.is_postgres(row.addon.plan)
    }
    return attached & snapshot.addon_names
