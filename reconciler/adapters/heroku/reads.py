"""Looks at the live account, one at a time and each fresh: `apply.ports.HerokuReads`.

Source of the endpoints: heroku/platform-api schema.json; heroku/cli v11.9.0 src/commands/pg and src/commands/data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import SecretStr

from reconciler.adapters.heroku import translate, translate_work
from reconciler.adapters.heroku.client import DATABASES, data, platform
from reconciler.adapters.heroku.wire import (
    AddonRow,
    AppRow,
    AttachmentRow,
    DatabaseInfo,
    ScheduleRow,
)
from reconciler.adapters.heroku.wire_closer import (
    DynoRow,
    FormationRow,
    MaintenanceRow,
    ReleaseRow,
    TransferRow,
    UpgradeRow,
    WindowRow,
)
from reconciler.apply.together import both
from reconciler.core.names import ProcessType
from reconciler.core.naming import is_mark
from reconciler.errors import HerokuRefusedError

if TYPE_CHECKING:
    import datetime as dt

    from reconciler.adapters.heroku.client import HerokuClient
    from reconciler.apply.ports import ObservedRelease, ObservedTransfer, ObservedUpgrade
    from reconciler.core.names import AddonName, AppName, AttachmentName
    from reconciler.core.observed import (
        ObservedApp,
        ObservedAttachment,
        ObservedDatabase,
        ObservedMaintenance,
        ObservedSchedule,
    )

MAINTENANCES = ("data", "maintenances", "v1")
TRANSFERS = ("client", "v11", "apps")


class AccountReads:
    """The reads. What is remembered is only which id a name had: the Data API wants ids."""

    def __init__(self, client: HerokuClient) -> None:
        self._client = client
        self._ids: dict[AddonName, str] = {}

    async def addon(self, name: AddonName) -> ObservedDatabase | None:
        """The add-on as both APIs tell it, attachments left out; None when there is none."""
        guess = self._ids.get(name)
        if guess is None:
            row = await self._row(name)
            info = await self._info(row.id) if row else None
        else:
            row, info = await both(self._row(name), self._info(guess))
            if row is not None and row.id != guess:
                info = await self._info(row.id)
        return translate.database_of(row, info) if row else None

    async def _row(self, name: AddonName) -> AddonRow | None:
        row = await self._client.one(AddonRow, platform("addons", name))
        if row is None:
            self._ids.pop(name, None)
        else:
            self._ids[name] = row.id
        return row

    async def _info(self, addon_id: str) -> DatabaseInfo | None:
        return await self._client.one(DatabaseInfo, data(*DATABASES, addon_id))

    async def _id(self, name: AddonName) -> str:
        """The id of the add-on.

        Raises:
            HerokuRefusedError: there is no such add-on.
        """
        known = self._ids.get(name)
        if known is not None:
            return known
        row = await self._row(name)
        if row is None:
            raise HerokuRefusedError(f"There is no add-on {name} (404).", status=404)
        return row.id

    async def attachments_of(self, addon: AddonName) -> tuple[ObservedAttachment, ...]:
        """Every name under which any app knows `addon`, sorted; none for one that is not there."""
        found = await self._client.list_if_there(
            AttachmentRow, platform("addons", addon, "addon-attachments")
        )
        return translate.attachments_of(found or ())

    async def address(self, addon: AddonName) -> SecretStr | None:
        """The address with password of the default credential, from the config vars of an app that has it.

        By a mark of ours where there is one: other names may come to lead elsewhere between the two reads.
        """
        known = [one for one in await self.attachments_of(addon) if not one.namespace]
        for held in sorted(known, key=lambda one: not is_mark(one.name)):
            values = await self._client.present(
                dict[str, str | None], platform("apps", held.app, "config-vars")
            )
            address = values.get(f"{held.name}_URL")
            if address:
                return SecretStr(address)
        return None

    async def attachment(self, app: AppName, name: AttachmentName) -> ObservedAttachment | None:
        """What `app` knows as `name`."""
        row = await self._client.one(
            AttachmentRow, platform("apps", app, "addon-attachments", name)
        )
        return translate.attachment_of(row) if row else None

    async def app(self, name: AppName) -> ObservedApp | None:
        """The app with its maintenance flag and formation."""
        row, formation = await both(
            self._client.one(AppRow, platform("apps", name)),
            self._client.list_if_there(FormationRow, platform("apps", name, "formation")),
        )
        return translate.app_of(row, formation or ()) if row else None

    async def running(self, app: AppName) -> tuple[ProcessType, ...]:
        """The process type of each dyno that is still listed, in whatever state, sorted."""
        found = await self._client.list_of(DynoRow, platform("apps", app, "dynos"))
        return tuple(sorted(ProcessType(dyno.type) for dyno in found))

    async def newest_releases(self, app: AppName, count: int) -> tuple[ObservedRelease, ...]:
        """The newest releases, newest first."""
        newest = {"Range": f"version ..; max={count}, order=desc"}
        found = await self._client.present(
            list[ReleaseRow], platform("apps", app, "releases", headers=newest)
        )
        newest_first = sorted(found, key=lambda release: -release.version)
        return tuple(map(translate_work.release_of, newest_first[:count]))

    async def config_var_names(self, app: AppName) -> tuple[str, ...]:
        """The names of the app's config vars, sorted. Heroku sends the values too: they go no further."""
        found = await self._client.present(dict[str, object], platform("apps", app, "config-vars"))
        return tuple(sorted(found))

    async def maintenance(self, addon: AddonName) -> ObservedMaintenance | None:
        """The maintenance of `addon`, if it has one."""
        row = await self._client.one(MaintenanceRow, data(*MAINTENANCES, await self._id(addon)))
        return translate.maintenance_of(row) if row else None

    async def maintenance_window(self, addon: AddonName) -> str:
        """Heroku's weekly window in its words, `Sundays 02:00 to 06:00 UTC`; empty when there is none."""
        row = await self._client.one(
            WindowRow, data(*MAINTENANCES, await self._id(addon), "window")
        )
        return row.window if row else ""

    async def version_upgrade(self, addon: AddonName) -> ObservedUpgrade:
        """How far the version upgrade is (heroku/cli v11.9.0 src/commands/pg/upgrade/wait.ts)."""
        call = data(*DATABASES, await self._id(addon), "upgrade", "wait_status")
        row = await self._client.one(UpgradeRow, call)
        return translate_work.upgrade_of(row or UpgradeRow())

    async def time(self) -> dt.datetime:
        """Heroku's own clock, to the second."""
        return await self._client.time()

    async def transfers(self, app: AppName) -> tuple[ObservedTransfer, ...]:
        """Every transfer that Heroku lists under `app`, in its order."""
        found = await self._client.present(list[TransferRow], data(*TRANSFERS, app, "transfers"))
        return tuple(map(translate_work.transfer_of, found))

    async def schedules(self, addon: AddonName) -> tuple[ObservedSchedule, ...]:
        """The daily backups of `addon`, sorted by name."""
        found = await self._client.present(
            list[ScheduleRow], data(*DATABASES, await self._id(addon), "transfer-schedules")
        )
        return translate.schedules_of(found)
