"""Worlds that nobody would think of, and desired states that differ from them in some ways; for Hypothesis."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st
from support.live import snapshot_of
from support.planning import POOL, backup, catalogue, follower, name

from reconciler.core import planner
from reconciler.core.desired import DesiredDatabase, DesiredState
from reconciler.core.durations import parse_duration, parse_weekly_time

if TYPE_CHECKING:
    from support.live import Live

    from reconciler.core.observed import Snapshot
    from reconciler.core.plan import Plan

PLANS = (
    "essential-0",
    "essential-1",
    *("standard-0", "standard-2", "standard-4", "premium-0", "premium-3") * 2,
)
METHODS = (*("auto", "follower-switch") * 3, "addons-upgrade", "pg-upgrade", "pg-copy")
WINDOWS = ("Sunday 02:00", "Tuesday 14:30")
BACKUPS = (backup("DATABASE_URL", 5, "Europe/Paris"), backup("HUB_URL", 0, "UTC"))
LIMITS = (None, None, parse_duration("1m"), parse_duration("30m"))


@st.composite
def worlds(draw: st.DrawFn) -> Live:
    """One to three primaries, each with names on its own app and a shared one, and followers."""
    databases: Live = {}
    for number in range(draw(st.integers(1, 3))):
        _add_primary(draw, databases, number)
    return {"databases": databases, "apps": _apps(draw)}


def _add_primary(draw: st.DrawFn, databases: Live, number: int) -> None:
    app, addon = f"app{number}", f"old{number}"
    plan = draw(st.sampled_from(PLANS))
    names = [f"{app}::DATABASE"]
    names += draw(st.lists(st.sampled_from([f"hub::DB{number}", f"{app}::COLOUR"]), unique=True))
    facts: dict[str, Any] = {
        "app": app,
        "plan": plan,
        "size_gb": draw(st.sampled_from([0.2, 0.5, 0.9, 3, 15, None])),
        "version": draw(st.sampled_from([16, 17, 18])),
        "created_on": draw(st.sampled_from(["2024-02-29", "2026-07-01"])),
        "fork_follow": "Unsupported" if plan.startswith("essential") else "Available",
    }
    if not plan.startswith("essential"):
        pools = [f"{app}::POOL {POOL}", f"hub::POOL{number} {POOL}"]
        names += draw(st.lists(st.sampled_from(pools), unique=True))
        window = draw(st.sampled_from(WINDOWS)).replace("day ", "days ")
        facts["maintenance"] = {"status": "none", "window": f"{window} to later UTC"}
        facts["schedules"] = draw(st.sampled_from([[], [["DATABASE_URL", 3, "UTC"]]]))
        facts["followers"] = _add_followers(draw, databases, number, plan)
    databases[addon] = facts | {"attachments": names}


def _add_followers(draw: st.DrawFn, databases: Live, number: int, plan: str) -> list[str]:
    made = []
    for each in range(draw(st.integers(0, 2))):
        addon = f"follower{number}{each}"
        app = draw(st.sampled_from([f"app{number}", "hub"]))
        databases[addon] = {
            "app": app,
            "plan": plan,
            "leader": f"old{number}",
            "attachments": [f"{app}::REPLICA{number}{each}"],
        }
        made.append(addon)
    return made


def _apps(draw: st.DrawFn) -> Live:
    formation = st.sampled_from([{}, {"web": 1}, {"web": 2, "worker": 1}, {"web": 1, "release": 0}])
    return {name: {"formation": draw(formation)} for name in ("app0", "app1", "app2", "hub")}


def as_it_is(live: Live) -> DesiredState:
    """The desired state that asks for exactly what is there."""
    return DesiredState(
        databases=tuple(
            _desired(live, addon) for addon in sorted(live["databases"]) if addon.startswith("old")
        )
    )


def _desired(live: Live, addon: str) -> DesiredDatabase:
    facts = live["databases"][addon]
    places = [text.partition(" ") for text in facts["attachments"]]
    names = sorted((*where.split("::"), space) for where, _, space in places)
    own = (facts["app"], "DATABASE", "")
    followers = []
    for each in facts.get("followers", ()):
        follows = live["databases"][each]
        app, known_as = follows["attachments"][0].split("::")
        followers.append(follower(app, known_as, follows["plan"]))
    window = (
        facts.get("maintenance", {}).get("window", "").partition(" to ")[0].replace("days ", "day ")
    )
    return DesiredDatabase(
        name=f"name-of-{addon}",
        app=facts["app"],
        service_plan=facts["plan"],
        version=facts["version"],
        not_older_than=dt.date.fromisoformat(facts["created_on"]),
        maintenance_window=parse_weekly_time(window) if window else None,
        followers=tuple(sorted(followers, key=lambda one: (one.app, one.attachment))),
        attach=tuple(
            name(app, it) for app, it, space in names if not space and (app, it, "") != own
        ),
        poolers=tuple(name(app, it) for app, it, space in names if space),
        backups=tuple(backup(*one) for one in facts.get("schedules", ())),
    )


@st.composite
def wishes(draw: st.DrawFn) -> tuple[Live, DesiredState]:
    """A world and a desired state that differs from it in some ways."""
    live = draw(worlds())
    changed = [_changed(draw, one) for one in as_it_is(live).databases]
    return live, DesiredState(databases=tuple(changed))


def _changed(draw: st.DrawFn, present: DesiredDatabase) -> DesiredDatabase:
    news: dict[str, Any] = {
        "service_plan": draw(st.sampled_from(PLANS)),
        "method": draw(st.sampled_from(METHODS)),
        "max_downtime": draw(st.sampled_from(LIMITS)),
        "version": draw(st.sampled_from([None, None, present.version, 18])),
        "not_older_than": draw(st.sampled_from([None, dt.date(2026, 6, 1)])),
        "backups": draw(st.sampled_from([(), present.backups, BACKUPS])),
        "attach": draw(st.sampled_from([(), present.attach, (name("hub", f"NEW{present.app}"),)])),
    }
    if news["service_plan"].startswith("essential"):
        news |= {"followers": (), "poolers": (), "maintenance_window": None}
    else:
        plan = draw(st.sampled_from(["standard-2", "standard-4", "premium-3"]))
        kept = draw(st.booleans())
        moved = tuple(one.model_copy(update={"service_plan": plan}) for one in present.followers)
        news["followers"] = moved if kept else present.followers[:1]
        news["maintenance_window"] = parse_weekly_time(draw(st.sampled_from(WINDOWS)))
    return present.model_copy(update=news)


def plan(live: Live | Snapshot, desired: DesiredState) -> Plan:
    snapshot = snapshot_of(live) if isinstance(live, dict) else live
    return planner.plan(desired, snapshot, catalogue(), endpoint="sim:test")
