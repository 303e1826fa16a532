"""A compact form of a look, as in the `live.json` of a case.

`{"apps": {NAME: {...}}, "databases": {ADDON: {"app": ..., "plan": ..., "attachments": ["app::NAME namespace"]}}}`;
keys of a database are the fields of `ObservedDatabase`, with `plan` and `serving` for the two plans, `size_gb` for
its size and `attached_at` for when names were made. What is left out is nothing out of the ordinary.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from reconciler.core.observed import (
    ObservedApp,
    ObservedAttachment,
    ObservedDatabase,
    ObservedMaintenance,
    ObservedSchedule,
    Snapshot,
    Unread,
)

Live = dict[str, Any]


def snapshot_of(live: Live) -> Snapshot:
    databases = [_database(addon, facts) for addon, facts in live.get("databases", {}).items()]
    stray = [_attachment(text, addon, {}) for text, addon in live.get("attachments", {}).items()]
    attachments = [one for each in databases for one in each.attachments]
    names = {one.app for one in (*attachments, *stray)} | {one.app for one in databases}
    apps = {name: {} for name in names} | live.get("apps", {})
    return Snapshot(
        databases=tuple(sorted(databases, key=lambda one: one.addon)),
        apps=tuple(_app(name, apps[name]) for name in sorted(apps)),
        attachments=tuple(sorted((*attachments, *stray))),
        unread=tuple(Unread(*one) for one in live.get("unread", ())),
        addon_names=frozenset(
            [one.addon for one in databases]
            + [one.addon for one in stray]
            + live.get("addon_names", [])
        ),
        missing_apps=tuple(live.get("missing_apps", ())),
        today=dt.date.fromisoformat(live["today"]) if "today" in live else None,
    )


def _database(addon: str, facts: Live) -> ObservedDatabase:
    facts = dict(facts)
    plan = facts.pop("plan")
    size_gb = facts.pop("size_gb", 1)
    created = facts.pop("created_on", None)
    maintenance = facts.pop("maintenance", None)
    marked_at = facts.pop("attached_at", {})
    schedules = facts.pop("schedules", ())
    attachments = [_attachment(text, addon, marked_at) for text in facts.pop("attachments", ())]
    return ObservedDatabase(
        addon=addon,
        addon_id=f"id-of-{addon}",
        state=facts.pop("state", "provisioned"),
        service_plan=plan,
        serving_plan=facts.pop("serving", plan),
        version=facts.pop("version", 17),
        data_size_bytes=None if size_gb is None else round(size_gb * 2**30),
        created_on=dt.date.fromisoformat(created) if created else None,
        is_following="leader" in facts,
        followers=tuple(facts.pop("followers", ())),
        maintenance=ObservedMaintenance(**maintenance) if maintenance else None,
        attachments=tuple(sorted(attachments)),
        schedules=None if schedules is None else tuple(ObservedSchedule(*one) for one in schedules),
        **facts,
    )


def _attachment(text: str, addon: str, marked_at: dict[str, str]) -> ObservedAttachment:
    place, _, namespace = text.partition(" ")
    app, _, name = place.partition("::")
    moment = marked_at.get(place)
    return ObservedAttachment(
        app=app,
        name=name,
        addon=addon,
        namespace=namespace,
        created_at=dt.datetime.fromisoformat(moment) if moment else None,
    )


def _app(name: str, facts: Live) -> ObservedApp:
    formation = facts.get("formation", {"web": 1})
    return ObservedApp(
        name=name,
        space=facts.get("space", "common"),
        region=facts.get("region", "us"),
        in_maintenance=facts.get("in_maintenance", False),
        formation=tuple(sorted(formation.items())),
        is_seen_closely=True,
    )
