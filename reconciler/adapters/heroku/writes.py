"""The effects: `apply.ports.HerokuWrites`. Each is one request, formed as the vendor's CLI forms it.

No answer is believed: whether an effect came about is for the next look. Source of the bodies: heroku/cli v11.9.0,
the file named at each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from reconciler.adapters.heroku.client import DATABASES, Call, path
from reconciler.adapters.heroku.reads import MAINTENANCES, TRANSFERS, AccountReads
from reconciler.adapters.heroku.translate import SERVICE
from reconciler.apply.together import both
from reconciler.errors import HerokuUnavailableError, ReconcileError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.apply.ports import Watch
    from reconciler.core.names import (
        AddonName,
        AppName,
        AttachmentName,
        ProcessType,
        ServicePlanName,
    )
    from reconciler.core.observed import ObservedSchedule

ADDON_HEADERS = {"Accept-Expansion": "plan", "X-Heroku-Legacy-Provider-Messages": "true"}
"""src/lib/addons/create-addon.ts, src/commands/addons/upgrade.ts"""


class HerokuAccount(AccountReads):
    """`apply.ports.Heroku`: the reads, and these writes.

    All writes raise `HerokuUnavailableError` (surely without effect), `HerokuUnclearError` (look) and
    `HerokuRefusedError`.
    """

    def watched_by(self, watch: Watch) -> HerokuAccount:
        """The same account; every write goes past `watch`."""
        watched = HerokuAccount(self._client.watched_by(watch))
        watched._ids = self._ids  # of the same class
        return watched

    async def provision(
        self,
        *,
        addon: AddonName,
        app: AppName,
        service_plan: ServicePlanName,
        attachment: AttachmentName,
        follow: AddonName | None,
        version: int | None,
        region: str | None,
    ) -> None:
        """Ask for a new add-on (src/lib/addons/create-addon.ts); its name makes a second request a refusal."""
        config: dict[str, str] = {}
        if follow is not None:
            config["follow"] = follow
        if version is not None:
            config["version"] = str(version)
        if region is not None:
            config["region"] = region
        body = {
            "attachment": {"name": attachment},
            "config": config,
            "confirm": app,
            "name": addon,
            "plan": {"name": f"{SERVICE}:{service_plan}"},
        }
        await self._send("POST", "apps", app, "addons", body=body, headers=ADDON_HEADERS)

    async def change_service_plan(
        self, *, addon: AddonName, app: AppName, service_plan: ServicePlanName
    ) -> None:
        """Ask for another service plan (src/commands/addons/upgrade.ts)."""
        body = {"plan": {"name": f"{SERVICE}:{service_plan}"}}
        await self._send("PATCH", "apps", app, "addons", addon, body=body, headers=ADDON_HEADERS)

    async def set_maintenance(self, app: AppName, *, on: bool) -> None:
        """Set the app's maintenance flag (src/commands/maintenance/on.ts)."""
        await self._send("PATCH", "apps", app, body={"maintenance": on})

    async def scale(self, app: AppName, quantities: Mapping[ProcessType, int]) -> None:
        """Set how many dynos of each process type run (heroku/platform-api schema.json, formation)."""
        updates = [{"type": kind, "quantity": quantities[kind]} for kind in sorted(quantities)]
        await self._send("PATCH", "apps", app, "formation", body={"updates": updates})

    async def unfollow(self, addon: AddonName) -> None:
        """Ask for the end of following (src/commands/pg/unfollow.ts)."""
        await self._send_data("PUT", *DATABASES, await self._id(addon), "unfollow")

    async def attach(
        self, *, app: AppName, name: AttachmentName, addon: AddonName, namespace: str
    ) -> None:
        """Attach, replacing an attachment of the same name (src/commands/pg/promote.ts)."""
        body = {
            "addon": {"name": addon},
            "app": {"name": app},
            "confirm": app,
            "name": name,
            "namespace": namespace or None,
        }
        await self._send("POST", "addon-attachments", body=body)

    async def detach(self, *, app: AppName, name: AttachmentName) -> None:
        """Take the attachment away (src/commands/addons/detach.ts); nothing to do when it is not there."""
        found = await self.attachment(app, name)
        if found is not None:
            await self._send("DELETE", "addon-attachments", found.id)

    async def copy(
        self, *, source: AddonName, target: AddonName, from_name: str, to_name: str
    ) -> None:
        """Start a copy on Heroku's side (src/commands/pg/copy.ts). The addresses pass through, nothing keeps them."""
        target_id = await self._id(target)
        from_address, to_address = await both(self.address(source), self.address(target))
        if from_address is None or to_address is None:
            missing = source if from_address is None else target
            raise HerokuUnavailableError(
                f"No app has the address of {missing} in a config var yet."
            )
        from_url, to_url = from_address.get_secret_value(), to_address.get_secret_value()
        if from_url == to_url:
            raise ReconcileError(f"{source} and {target} are the same database: nothing to copy.")
        body = {
            "from_name": from_name,
            "from_url": from_url,
            "to_name": to_name,
            "to_url": to_url,
        }
        await self._send_data("POST", *DATABASES, target_id, "transfers", body=body)

    async def deprovision(self, *, addon: AddonName, app: AppName) -> None:
        """Destroy an add-on (src/lib/addons/destroy-addon.ts), never with `force`."""
        await self._send(
            "DELETE",
            *("apps", app, "addons", await self._id(addon)),
            body={"force": False},
            headers=ADDON_HEADERS,
        )

    async def cancel_transfer(self, app: AppName, transfer_id: str) -> None:
        """Stop a running transfer (src/commands/pg/backups/cancel.ts)."""
        await self._send_data(
            "POST", *TRANSFERS, app, "transfers", transfer_id, "actions", "cancel"
        )

    async def run_maintenance(self, addon: AddonName) -> None:
        """Run the prepared maintenance now (src/commands/data/maintenances/run.ts)."""
        await self._send_data("POST", *MAINTENANCES, await self._id(addon), "run")

    async def prepare_upgrade(self, addon: AddonName, *, version: int) -> None:
        """Ask Heroku to prepare another major version (src/commands/pg/upgrade/prepare.ts)."""
        await self._upgrade(addon, "prepare", {"version": str(version)})

    async def run_upgrade(self, addon: AddonName, *, version: int) -> None:
        """Run the prepared upgrade, or on Essential upgrade at once (src/commands/pg/upgrade/run.ts)."""
        await self._upgrade(addon, "run", {"version": str(version)})

    async def cancel_upgrade(self, addon: AddonName) -> None:
        """Give up the prepared upgrade (src/commands/pg/upgrade/cancel.ts)."""
        await self._upgrade(addon, "cancel", {})

    async def _upgrade(self, addon: AddonName, what: str, body: dict[str, str]) -> None:
        parts = (*DATABASES, await self._id(addon), "upgrade", what)
        await self._send_data("POST", *parts, body=body)

    async def schedule_backup(self, addon: AddonName, schedule: ObservedSchedule) -> None:
        """Set a daily backup (src/commands/pg/backups/schedule.ts); acts as upsert by name."""
        body = {
            "hour": f"{schedule.hour:02}",
            "schedule_name": schedule.name,
            "timezone": schedule.timezone,
        }
        await self._send_data(
            "POST", *DATABASES, await self._id(addon), "transfer-schedules", body=body
        )

    async def set_maintenance_window(self, addon: AddonName, *, day: str, time: str) -> None:
        """Set the weekly window (src/commands/data/maintenances/window/update.ts)."""
        body = {"day_of_week": day.casefold(), "time_of_day": time}
        await self._send_data("POST", *MAINTENANCES, await self._id(addon), "window", body=body)

    async def _send(
        self,
        method: Literal["POST", "PATCH", "DELETE"],
        *parts: str,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        await self._client.send(Call(method, path(*parts), "platform", headers or {}, body))

    async def _send_data(
        self, method: Literal["POST", "PUT"], *parts: str, body: Any = None
    ) -> None:
        await self._client.send(Call(method, path(*parts), "data", {}, body))
