"""Writes in words: what a request asks of Heroku, and what carrying out or taking back a plan may ask of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from reconciler.core import steps

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from reconciler.core.plan import DatabasePlan
    from reconciler.simulator.world.world import World

Deed = tuple[str, ...]
"""What is done, then to what: `("attach", "shop", "DATABASE", "postgresql-red-1", "")`."""


def deed_of(request: httpx.Request, world: World, attachments: dict[str, Deed]) -> Deed | None:
    """What `request` asks for; None for a read. `attachments`: id to app and name, as before the request."""
    if request.method == "GET":
        return None
    parts = request.url.path.strip("/").split("/")
    body: dict[str, Any] = json.loads(request.content or b"{}")
    if parts[0] in {"client", "data"}:
        return _of_data_api(parts, body, world)
    if parts[0] == "addon-attachments":
        if request.method == "DELETE":
            return ("detach", *attachments.get(parts[1], ("?", parts[1])))
        names = (body["app"]["name"], body["name"], body["addon"]["name"])
        return ("attach", *names, body.get("namespace") or "")
    return _of_app(request.method, parts, body, world)


def _of_app(method: str, parts: list[str], body: dict[str, Any], world: World) -> Deed:
    app, rest = parts[1], parts[2:]
    match (method, rest):
        case ("PATCH", []):
            return ("close" if body["maintenance"] else "open", app)
        case ("PATCH", ["formation"]):
            is_stop = not any(one["quantity"] for one in body["updates"])
            return ("stop dynos" if is_stop else "start dynos", app)
        case ("POST", ["addons"]):
            plan = body["plan"]["name"].partition(":")[2]
            return ("create", app, body["name"], plan, body["config"].get("follow", ""))
        case ("PATCH", ["addons", addon]):
            return ("change plan", addon, body["plan"]["name"].partition(":")[2])
        case ("DELETE", ["addons", addon]):
            return ("destroy", _name(world, addon))
        case _:
            return (method, *parts)


def _of_data_api(  # noqa: PLR0911  # one line a kind
    parts: list[str], body: dict[str, Any], world: World
) -> Deed:
    match parts[-1]:
        case "unfollow":
            return ("unfollow", _name(world, parts[-2]))
        case "transfers":
            return ("copy", _name(world, parts[-2]))
        case "cancel" if "transfers" in parts:
            return ("cancel copy", parts[3])
        case "transfer-schedules":
            at = f"{body['hour']}:00 {body['timezone']}"
            return ("schedule", _name(world, parts[-2]), body["schedule_name"], at)
        case "window":
            return ("window", _name(world, parts[-2]), body["day_of_week"], body["time_of_day"])
        case "run" if "upgrade" not in parts:
            return ("run maintenance", _name(world, parts[-2]))
        case "prepare" | "run" | "cancel":
            name = _name(world, parts[-3])
            return (f"{parts[-1]} upgrade", name, str(body.get("version", "")))
        case _:
            return tuple(parts)


def _name(world: World, id_or_name: str) -> str:
    addon = world.addon(id_or_name)
    return addon.name if addon is not None else id_or_name


def deeds_of(plan: DatabasePlan) -> frozenset[Deed]:
    """Everything that carrying out `plan` may ask for."""
    return frozenset(
        deed for stage in plan.stages for step in stage.steps for deed in _of_step(step)
    )


def undoings_of(plan: DatabasePlan) -> frozenset[Deed]:
    """Everything that taking back its cutover may ask for."""
    cutover = (stage for stage in plan.stages if stage.phase != "prepare")
    return frozenset(
        deed for stage in cutover for step in stage.steps for deed in _of_undoing(step)
    )


def _of_step(step: steps.Step) -> Iterator[Deed]:  # noqa: C901, PLR0912  # one line a kind
    match step:
        case steps.Provision():
            yield ("create", step.app, step.addon, step.service_plan, step.follow or "")
        case steps.ChangeServicePlan():
            yield ("change plan", step.addon, step.after)
        case steps.PrepareUpgrade():
            yield ("prepare upgrade", step.addon, str(step.after))
        case steps.RunUpgrade():
            yield ("run upgrade", step.addon, str(step.after))
        case steps.RunMaintenance():
            yield ("run maintenance", step.addon)
        case steps.MaintenanceOn():
            yield ("close", step.app)
        case steps.ScaleDown():
            yield ("stop dynos", step.app)
        case steps.Unfollow() | steps.EndFollowing():
            yield ("unfollow", step.follower)
        case steps.Copy():
            yield ("copy", step.target)
        case steps.Attach():
            yield ("attach", step.app, step.name, step.addon, step.namespace)
        case steps.ScaleUp():
            yield ("start dynos", step.app)
        case steps.MaintenanceOff():
            yield ("open", step.app)
        case steps.ScheduleBackup():
            yield ("schedule", step.addon, step.name, f"{step.hour:02}:00 {step.timezone}")
        case steps.SetMaintenanceWindow():
            yield ("window", step.addon, step.day.casefold(), step.time)
        case steps.Deprovision():
            yield ("destroy", step.addon)
        case _:
            return


def _of_undoing(step: steps.Step) -> Iterator[Deed]:
    match step:
        case steps.MaintenanceOn():
            yield ("open", step.app)
        case steps.ScaleDown():
            yield ("start dynos", step.app)
        case steps.Copy():
            yield ("cancel copy", step.app)
        case steps.Attach(replaces=None):
            yield ("detach", step.app, step.name)
        case steps.Attach(replaces=str(old)):
            yield ("attach", step.app, step.name, old, step.namespace)
        case _:
            return
