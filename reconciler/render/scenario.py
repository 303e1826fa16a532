"""What is live as a scenario of the stand-in: names and shapes, no secret and no data."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from reconciler.core.catalogue import GIGABYTE
from reconciler.core.observed import POOLER

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Mapping

    from reconciler.core.names import AddonName, AppName, ProcessType
    from reconciler.core.observed import (
        ObservedApp,
        ObservedAttachment,
        ObservedDatabase,
        Snapshot,
    )

HEAD = """\
# What was live when this was recorded: names and shapes, no secrets, no data. How much an app writes is not known
# from outside: commits_per_minute is a guess to be set, as are the durations under [timing].
"""
READY = ("ready", "running")
CREDENTIAL = "credential:"
MEGABYTE = GIGABYTE // 1_024


def scenario_text(snapshot: Snapshot, *, start: dt.datetime, speed: float = 600) -> str:
    """A scenario that begins at `start` with what `snapshot` (with the closer look) shows.

    Databases that could not be read are named in comments. Apps that only have a database attached are there too.
    """
    known = {one.name for one in snapshot.apps}
    apps = [one for one in snapshot.apps if one.name not in snapshot.missing_apps]
    databases = [one for one in snapshot.databases if one.app in known]
    blocks = [
        HEAD,
        f"[clock]\nstart = {start:%Y-%m-%dT%H:%M:%SZ}\nspeed = {speed:g}\n",
        *_spaces(apps),
        *(f"# Not read: {one.app}::{one.attachment}: {one.reason}\n" for one in snapshot.unread),
    ]
    for app in apps:
        blocks.append(_app(app))
        blocks += (_database(one, databases) for one in databases if one.app == app.name)
    return "\n".join(blocks)


def _spaces(apps: Iterable[ObservedApp]) -> Iterator[str]:
    spaces = sorted({(_space(one), one.region) for one in apps if one.space != "common"})
    if spaces:
        lines = [f"{_quoted(name)} = {_quoted(region)}" for name, region in spaces]
        yield "\n".join(["[spaces]", *lines, ""])


def _space(app: ObservedApp) -> str:
    return f"{app.space}-{app.region}"


def _app(app: ObservedApp) -> str:
    formation = {kind: count for kind, count in app.formation if kind != "release"}
    lines = [f"[app.{app.name}]", f"formation = {_table(formation)}"]
    if app.region and app.space == "common":
        lines.append(f"region = {_quoted(app.region)}")
    if app.space != "common":
        lines.append(f"space = {_quoted(_space(app))}")
    if app.in_maintenance:
        lines.append("maintenance = true")
    if app.has_release_phase:
        lines.append('release_phase = "succeeds"')
    return "\n".join([*lines, ""])


def _database(one: ObservedDatabase, all_databases: Iterable[ObservedDatabase]) -> str:
    present = {each.addon for each in all_databases}
    lines = [
        f"[app.{one.app}.database.{one.addon}]",
        f"name = {_quoted(one.addon)}",
        f"plan = {_quoted(one.serving_plan or one.service_plan)}",
        *_facts(one, present),
        *_names(one),
    ]
    return "\n".join([*lines, ""])


def _size(size_bytes: int) -> str:
    """`1.2GB`, `400MB`: at least a megabyte."""
    if size_bytes >= GIGABYTE:
        return f"{size_bytes / GIGABYTE:.6g}GB"
    return f"{max(size_bytes / MEGABYTE, 1):.6g}MB"


def _facts(one: ObservedDatabase, present: set[AddonName]) -> Iterator[str]:
    if one.is_converging:
        is_ready = one.maintenance is not None and one.maintenance.status in READY
        yield f"pending_plan = {_quoted(one.service_plan)}"
        yield f"pending_state = {_quoted('ready' if is_ready else 'preparing')}"
    if one.version is not None:
        yield f'version = "{one.version}"'
    if one.data_size_bytes is not None and one.leader is None:
        yield f'size = "{_size(one.data_size_bytes)}"'
    if one.table_count is not None and one.leader is None:
        yield f"tables = {one.table_count}"
    if one.created_on is not None:
        yield f"created = {one.created_on:%Y-%m-%d}T00:00:00Z"
    if one.leader in present:
        yield f"follows = {_quoted(str(one.leader))}"
    if one.maintenance is not None and one.maintenance.window:
        yield f"window = {_quoted(_window(one.maintenance.window))}"
    if one.schedules:
        rows = (
            f"{{ hour = {each.hour}, timezone = {_quoted(each.timezone)}, name = {_quoted(each.name)} }}"
            for each in one.schedules
        )
        yield f"schedules = [{', '.join(rows)}]"


def _window(text: str) -> str:
    """`Thursday 21:30` of `Thursdays 21:30 to Fridays 01:30 UTC`."""
    day, time = text.split()[:2]
    return f"{day.removesuffix('s')} {time}"


def _names(one: ObservedDatabase) -> Iterator[str]:
    plain = [each for each in one.attachments if not each.namespace]
    poolers = [each for each in one.attachments if each.namespace == POOLER]
    for key, names in (("attachments", plain), ("poolers", poolers)):
        mine = [each.name for each in names if each.app == one.app]
        if mine:
            yield f"{key} = {_list(mine)}"
    for key, names in (("also_on", plain), ("poolers_on", poolers)):
        others = _by_app(each for each in names if each.app != one.app)
        if others:
            rows = (f"{app} = {_list(held)}" for app, held in others.items())
            yield f"{key} = {{ {', '.join(rows)} }}"
    credentials: dict[str, list[str]] = {}
    for each in one.attachments:
        if each.namespace.startswith(CREDENTIAL) and each.app == one.app:
            credentials.setdefault(each.namespace.removeprefix(CREDENTIAL), []).append(each.name)
    for number in range(len(credentials) + 1, one.credential_count or 1):
        credentials[f"credential-{number + 1}"] = []
    if credentials:
        rows = (f"{_quoted(name)} = {_list(held)}" for name, held in sorted(credentials.items()))
        yield f"credentials = {{ {', '.join(rows)} }}"


def _by_app(attachments: Iterable[ObservedAttachment]) -> dict[AppName, list[str]]:
    found: dict[AppName, list[str]] = {}
    for each in sorted(attachments):
        found.setdefault(each.app, []).append(each.name)
    return found


def _list(texts: Iterable[str]) -> str:
    return f"[{', '.join(_quoted(text) for text in texts)}]"


def _table(counts: Mapping[ProcessType, int]) -> str:
    return "{ " + ", ".join(f"{kind} = {count}" for kind, count in counts.items()) + " }"


def _quoted(text: str) -> str:
    """A TOML basic string; JSON's escapes are among TOML's."""
    return json.dumps(text, ensure_ascii=False)
