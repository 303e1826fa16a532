"""The first look: the whole fleet in two lists, then one request a listed database.

For N listed databases it takes N requests and one more for each 1,000 add-ons or attachments. A database that
could not be read is said to be unread and does not stop the others.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from reconciler.adapters.heroku import translate
from reconciler.adapters.heroku.client import DATABASES, data, platform
from reconciler.adapters.heroku.fleet import Fleet, read_fleet
from reconciler.adapters.heroku.wire import AppRow, DatabaseInfo, ScheduleRow
from reconciler.apply.together import at_once
from reconciler.core.names import AddonName, AppName, AttachmentName
from reconciler.core.observed import ObservedApp, ObservedDatabase, Snapshot, Unread
from reconciler.errors import HerokuError, HerokuRefusedError, HerokuUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable, Mapping

    from reconciler.adapters.heroku.client import HerokuClient
    from reconciler.core.observed import ObservedAttachment, ObservedSchedule

K = TypeVar("K")
V = TypeVar("V")
Place = tuple[AppName, AttachmentName]

GIVE_UP_AFTER = 32
"""So many databases in a row without an answer, each after several attempts: the Data API is down."""
PROVISIONED = "provisioned"


async def observe(
    client: HerokuClient,
    *,
    names: tuple[Place, ...],
    apps: tuple[AppName, ...],
    backed_up: tuple[Place, ...] = (),
) -> Snapshot:
    """One look at the databases known as `names`, and at every Postgres attachment on `apps` and their apps.

    Of those known as `backed_up`, the backup schedules are read too: one more request each.

    Raises:
        HerokuError: the lists could not be read; single databases that could not be are in `unread`.
    """
    fleet = await read_fleet(client)
    return await look_at(client, fleet, names=names, apps=apps, backed_up=backed_up)


async def look_at(
    client: HerokuClient,
    fleet: Fleet,
    *,
    names: tuple[Place, ...],
    apps: tuple[AppName, ...],
    backed_up: tuple[Place, ...] = (),
) -> Snapshot:
    """As `observe`, over lists that were read already."""
    named = {app for app, _ in names} | set(apps)
    listed = listed_databases(fleet, names)
    reader = DataReader(client, with_schedules=frozenset(listed_databases(fleet, backed_up)))
    client.announce(len(listed) + len(backed_up))
    looks = await answers(listed, lambda addon: reader.look(fleet, addon))
    presence = await answers(sorted(named - fleet.apps), lambda app: is_there(client, app))
    reasons = {place: why_unread(fleet, place, looks, presence) for place in sorted(names)}
    databases = tuple(look for look in looks.values() if isinstance(look, ObservedDatabase))
    missing = tuple(app for app, seen in presence.items() if seen is False)
    heard_at = client.heard_at()
    return Snapshot(
        databases=databases,
        apps=attached_apps(named - set(missing), databases),
        attachments=attachments(fleet, named, listed),
        unread=tuple(Unread(app, name, why) for (app, name), why in reasons.items() if why),
        addon_names=frozenset(fleet.databases),
        missing_apps=missing,
        today=None if heard_at is None else heard_at.astimezone(dt.UTC).date(),
    )


def listed_databases(fleet: Fleet, names: Iterable[Place]) -> list[AddonName]:
    """The Postgres add-ons that are known as `names`, each once, sorted."""
    rows = (fleet.by_place[place] for place in names if place in fleet.by_place)
    return sorted({AddonName(row.addon.name) for row in rows} & fleet.databases.keys())


async def answers(
    asked: Iterable[K], ask: Callable[[K], Coroutine[object, object, V]]
) -> dict[K, V]:
    """Every answer by what was asked, in that order; asked at once."""
    keys = tuple(asked)
    return dict(zip(keys, await at_once(map(ask, keys)), strict=True))


def why_unread(
    fleet: Fleet,
    place: Place,
    looks: Mapping[AddonName, ObservedDatabase | str],
    presence: Mapping[AppName, bool | str],
) -> str:
    """Why what is known under that name could not be read; empty when it was, or when nothing is."""
    row = fleet.by_place.get(place)
    if row is None:
        seen = presence.get(place[0], True)
        return seen if isinstance(seen, str) else ""
    look = looks.get(AddonName(row.addon.name))
    if look is not None:
        return look if isinstance(look, str) else ""
    if fleet.leads_to_postgres(row):
        owner = row.addon.app.name or "another app"
        return f"{row.addon.name} belongs to {owner}, which this token cannot see."
    return f"{row.addon.name} is not a Heroku Postgres database."


class DataReader:
    """Reads databases from the Data API until that has clearly stopped answering."""

    def __init__(
        self, client: HerokuClient, *, with_schedules: frozenset[AddonName] = frozenset()
    ) -> None:
        self._client = client
        self._with_schedules = with_schedules
        self._turns = asyncio.Semaphore(client.concurrency)
        self._failures_in_a_row = 0

    async def look(self, fleet: Fleet, addon: AddonName) -> ObservedDatabase | str:
        """The database, or why it could not be read."""
        async with (
            self._turns
        ):  # held while a read is repeated, so that a dead API is noticed early
            return await self._look(fleet, addon)

    async def _look(self, fleet: Fleet, addon: AddonName) -> ObservedDatabase | str:
        row = fleet.databases[addon]
        if self._failures_in_a_row >= GIVE_UP_AFTER:
            return f"The Data API did not answer for {GIVE_UP_AFTER} databases in a row."
        try:
            info = await self._client.one(DatabaseInfo, data(*DATABASES, row.id))
            schedules = await self._schedules(addon, row.id) if info else None
        except HerokuError as error:
            self._failures_in_a_row += isinstance(error, HerokuUnavailableError)
            return str(error)
        self._failures_in_a_row = 0
        if info is None and row.state == PROVISIONED:
            return f"The Data API does not know {addon}, although it is provisioned."
        database = translate.database_of(row, info, fleet.names_of.get(addon, ()))
        return database if schedules is None else replace(database, schedules=schedules)

    async def _schedules(
        self, addon: AddonName, addon_id: str
    ) -> tuple[ObservedSchedule, ...] | None:
        """The daily backups, sorted by name, where they were asked for."""
        if addon not in self._with_schedules:
            return None
        call = data(*DATABASES, addon_id, "transfer-schedules")
        return translate.schedules_of(await self._client.present(list[ScheduleRow], call))


async def is_there(client: HerokuClient, app: AppName) -> bool | str:
    """Whether the token can see the app, or why that could not be read.

    Asked only of apps that show up in neither list. Each has a listed database that costs no request.
    """
    try:
        return await client.one(AppRow, platform("apps", app)) is not None
    except HerokuRefusedError:
        return False
    except HerokuError as error:
        return str(error)


def attached_apps(
    named: Iterable[AppName], databases: Iterable[ObservedDatabase]
) -> tuple[ObservedApp, ...]:
    """Every app that matters, by name only, sorted."""
    attached = {held.app for database in databases for held in database.attachments}
    owners = {database.app for database in databases}
    return tuple(ObservedApp(name) for name in sorted({*named, *attached, *owners}))


def attachments(
    fleet: Fleet, named: Iterable[AppName], listed: Iterable[AddonName]
) -> tuple[ObservedAttachment, ...]:
    """Every Postgres attachment on the named apps, and every one of the listed databases, sorted."""
    apps, addons = frozenset(named), frozenset(listed)
    return translate.attachments_of(
        row
        for row in fleet.attachments
        if AddonName(row.addon.name) in addons
        or (AppName(row.app.name) in apps and fleet.leads_to_postgres(row))
    )
