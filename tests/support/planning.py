"""Short ways to a desired database, a look and a situation, for tests of the planner's parts."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from support.live import Live, snapshot_of

from reconciler.catalogue import load_catalogue
from reconciler.core import planner
from reconciler.core.desired import (
    DesiredAttachment,
    DesiredBackup,
    DesiredDatabase,
    DesiredFollower,
    DesiredState,
)
from reconciler.core.diff import diff, primary_of
from reconciler.core.rules import Situation

if TYPE_CHECKING:
    from reconciler.core.catalogue import Catalogue
    from reconciler.core.plan import DatabasePlan, Plan
    from reconciler.core.rules import Way

POOL = "connection-pooling:default"


@cache
def catalogue() -> Catalogue:
    return load_catalogue()


def wanted(plan: str = "standard-2", **more: Any) -> DesiredDatabase:
    """The database `orders`, known to `shop` as DATABASE."""
    facts = {"name": "orders", "app": "shop", "service_plan": plan} | more
    return DesiredDatabase(**facts)


def follower(app: str, name: str, plan: str) -> DesiredFollower:
    return DesiredFollower(app=app, attachment=name, service_plan=plan)


def backup(name: str, hour: int, timezone: str) -> DesiredBackup:
    return DesiredBackup(name=name, hour=hour, timezone=timezone)


def name(app: str, name: str) -> DesiredAttachment:
    return DesiredAttachment(app=app, name=name)


def live(plan: str = "standard-0", *, others: Live | None = None, **facts: Any) -> Live:
    """One add-on `old`, which `shop` knows as DATABASE, with `facts` about it, and `others` beside it."""
    apps = facts.pop("apps", {})
    more = {key: facts.pop(key) for key in ("attachments_elsewhere", "addon_names") if key in facts}
    old = {"app": "shop", "plan": plan, "attachments": ["shop::DATABASE"]} | facts
    return {
        "apps": apps,
        "databases": {"old": old} | (others or {}),
        "attachments": more.get("attachments_elsewhere", {}),
        "addon_names": more.get("addon_names", []),
    }


def situation(desired: DesiredDatabase, world: Live, way: Way = "around") -> Situation:
    snapshot = snapshot_of(world)
    primary = primary_of(desired, snapshot)
    assert primary is not None
    return Situation(
        desired=desired,
        observed=primary,
        changes=diff(desired, snapshot),
        snapshot=snapshot,
        catalogue=catalogue(),
        way=way,
    )


def plan_of(world: Live, *desired: DesiredDatabase) -> Plan:
    state = DesiredState(databases=tuple(sorted(desired, key=lambda one: one.name)))
    return planner.plan(state, snapshot_of(world), catalogue(), endpoint="sim:test")


def one_plan(world: Live, desired: DesiredDatabase) -> DatabasePlan:
    """The plan of the only database, which must have one."""
    (found,) = plan_of(world, desired).databases
    return found
