"""Every add-on and attachment that the token can see, from two lists, made ready for look-ups."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from reconciler.adapters.heroku import translate
from reconciler.adapters.heroku.client import SDK, platform
from reconciler.adapters.heroku.wire import AddonRow, AttachmentRow
from reconciler.apply.together import both
from reconciler.core.names import AddonName, AppName, AttachmentName

if TYPE_CHECKING:
    from reconciler.adapters.heroku.client import HerokuClient
    from reconciler.core.observed import ObservedAttachment

WITH_PLANS = {**SDK, "Accept-Inclusion": "addon:plan"}
"""So that attachments to add-ons of apps that the token cannot see still tell what they lead to."""


@dataclass(frozen=True)
class Fleet:
    """The two lists, as Heroku gave them."""

    addons: tuple[AddonRow, ...]
    attachments: tuple[AttachmentRow, ...]

    @cached_property
    def databases(self) -> dict[AddonName, AddonRow]:
        """The Postgres add-ons by name."""
        return {AddonName(row.name): row for row in self.addons if translate.is_postgres(row.plan)}

    @cached_property
    def by_place(self) -> dict[tuple[AppName, AttachmentName], AttachmentRow]:
        """Every attachment, of whatever service, by app and name."""
        return {(AppName(row.app.name), AttachmentName(row.name)): row for row in self.attachments}

    @cached_property
    def names_of(self) -> dict[AddonName, tuple[ObservedAttachment, ...]]:
        """The names of each add-on on every app, sorted."""
        found: defaultdict[AddonName, list[AttachmentRow]] = defaultdict(list)
        for row in self.attachments:
            found[AddonName(row.addon.name)].append(row)
        return {addon: translate.attachments_of(rows) for addon, rows in found.items()}

    @cached_property
    def apps(self) -> set[AppName]:
        """The apps that surely exist: they own an add-on or have one attached."""
        owners = {AppName(row.app.name) for row in self.addons}
        return owners.union(AppName(row.app.name) for row in self.attachments)

    def leads_to_postgres(self, row: AttachmentRow) -> bool:
        """Whether the attachment's add-on is a Postgres database, seen or not."""
        return AddonName(row.addon.name) in self.databases or translate.is_postgres(
            row.addon.plan or ""
        )


async def read_fleet(client: HerokuClient) -> Fleet:
    """Both lists, 1,000 a page, read at once.

    Raises:
        HerokuError: one of them could not be read.
    """
    addons, attachments = await both(
        client.list_of(AddonRow, platform("addons")),
        client.list_of(AttachmentRow, platform("addon-attachments", headers=WITH_PLANS)),
    )
    return Fleet(addons, attachments)
