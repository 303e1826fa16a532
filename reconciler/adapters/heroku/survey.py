"""A look at what is live, whether or not any desired state lists it: where an import begins.

It reads each Postgres database of the asked apps, and each one that their neighbours know: an app that has one of
the first attached may own a follower of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.adapters.heroku.fleet import read_fleet
from reconciler.adapters.heroku.observe import look_at
from reconciler.core.catalogue import bare
from reconciler.core.names import AddonName, AppName, AttachmentName

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from reconciler.adapters.heroku.client import HerokuClient
    from reconciler.adapters.heroku.fleet import Fleet
    from reconciler.core.observed import Snapshot


async def survey(
    client: HerokuClient,
    *,
    apps: AbstractSet[AppName],
    listed: AbstractSet[AppName] = frozenset(),
) -> Snapshot:
    """One look at the databases that `apps` own, and at what their neighbours know; no apps: at all there are.

    Of `listed` apps it also shows by which names they know databases, and which of them do not exist.

    Raises:
        HerokuError: the lists could not be read; single databases that could not be are in `unread`.
    """
    fleet = await read_fleet(client)
    places = [
        (AppName(row.app.name), AttachmentName(row.name))
        for row in fleet.attachments
        if fleet.leads_to_postgres(row)
    ]
    near = _neighbours(fleet, apps) if apps else {app for app, _ in places}
    names = tuple(sorted(place for place in places if place[0] in near))
    backed_up = tuple(place for place in names if _may_be_backed_up(fleet, place))
    return await look_at(
        client, fleet, names=names, apps=tuple(sorted(apps | listed)), backed_up=backed_up
    )


def _may_be_backed_up(fleet: Fleet, place: tuple[AppName, AttachmentName]) -> bool:
    """Not Shield: Dev Center heroku-postgres-logical-backups, 2024-10-16. The other tiers have schedules."""
    row = fleet.databases.get(AddonName(fleet.by_place[place].addon.name))
    return row is not None and not bare(row.plan).startswith("shield-")


def _neighbours(fleet: Fleet, apps: AbstractSet[AppName]) -> set[AppName]:
    """`apps`, and every app that has a database of theirs attached."""
    owned = {addon for addon, row in fleet.databases.items() if row.app.name in apps}
    attached = {
        AppName(row.app.name) for row in fleet.attachments if AddonName(row.addon.name) in owned
    }
    return attached | apps
