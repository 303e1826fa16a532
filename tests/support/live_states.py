"""Random live accounts, of every kind of thing that one can hold, for properties of the import."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st
from support.planning import catalogue

if TYPE_CHECKING:
    from support.live import Live

APPS = ("shop", "reports", "blog", "a-very-long-name-of-an-app-30c", "core-2")
PLANS = tuple(plan.name for plan in catalogue().plans)
COMMON = ("essential-0", "essential-1", "standard-0", "standard-2", "premium-0", "premium-3")
REPLICATED = ("standard-0", "standard-2", "premium-0")
"""What a leader or follower changes to: Heroku lets neither become Essential."""
NAMES = ("DATABASE", "HEROKU_POSTGRESQL_RED", "HEROKU_POSTGRESQL_BLUE", "ORDERS", "ORDERS_URL")
NAMES += ("ANALYTICS", "ORDERS_REPLACED_9C1E77", "ORDERS_NEXT_9C1E77", f"LONG_{'X' * 60}")
NAMESPACES = ("", "", "", "", "connection-pooling:default", "credential:analyst")
SCHEDULES: tuple[list[list[Any]] | None, ...] = (
    None,
    [],
    [],
    [["DATABASE_URL", 3, "UTC"]],
    [["DATABASE_URL", 23, "America/Argentina/Buenos_Aires"], ["ORDERS_URL", 0, "Europe/Paris"]],
    [["DATABASE_URL", 4, "PST"]],
    [["lower_url", 4, "UTC"], ["DATABASE", 5, "UTC"], ["HEROKU_POSTGRESQL_RED_URL", 4, "UTC"]],
)
WINDOWS = ("", "Sundays 02:00 to 06:00 UTC", "Fridays 14:30 to 18:30 UTC", "whenever", None)


@st.composite
def live_accounts(draw: st.DrawFn) -> Live:
    """Up to eight databases on a few apps, some of them followers, with names that never clash."""
    databases: dict[str, Any] = {}
    free = [(app, name) for app in APPS for name in NAMES]
    for number in range(draw(st.integers(1, 8))):
        leaders = [addon for addon, facts in databases.items() if "leader" not in facts]
        addon = f"postgresql-{number}"
        databases[addon] = _database(draw, leaders)
        for _ in range(draw(st.sampled_from([0, 1, 1, 2, 3, 4]))):
            place = draw(st.sampled_from(free))
            free.remove(place)
            namespace = draw(st.sampled_from(NAMESPACES))
            databases[addon]["attachments"].append(f"{place[0]}::{place[1]} {namespace}".strip())
    for facts in databases.values():
        leader = databases.get(facts.get("leader") or "")
        if leader is not None:
            leader["follower_count"] = (leader["follower_count"] or 0) + 1
    live = {"databases": databases}
    if free and draw(st.integers(0, 4)) == 0:
        app, name = draw(st.sampled_from(free))
        live |= {"attachments": {f"{app}::{name}": "postgresql-silent"}}
        live |= {"unread": [(app, name, "it did not answer")]}
    return live


def _database(draw: st.DrawFn, leaders: list[str]) -> dict[str, Any]:
    plan = draw(st.sampled_from([*COMMON, *COMMON, *PLANS[:12], "mini"]))
    leader = {"leader": draw(st.sampled_from([*leaders, None]))} if draw(st.booleans()) else {}
    window = draw(st.sampled_from(WINDOWS))
    return {
        "app": draw(st.sampled_from(APPS)),
        "plan": plan,
        "serving": draw(st.sampled_from([*[plan] * 6, "standard-0", None])),
        "state": draw(st.sampled_from(["provisioned"] * 6 + ["provisioning"])),
        "version": draw(st.sampled_from([17, 17, 16, 12, None])),
        "maintenance": None if window is None else {"status": "none", "window": window},
        "follower_count": draw(st.sampled_from([0, None])),
        "schedules": draw(st.sampled_from(SCHEDULES)),
        "attachments": [],
    } | (leader if leaders else {})


@st.composite
def changed(draw: st.DrawFn, live: Live) -> Live:
    """`live` later: other plans, versions and windows, names gone and added; nobody follows anew or stops."""
    databases = {addon: dict(facts) for addon, facts in live["databases"].items()}
    taken = {text.split(" ")[0] for one in databases.values() for text in one["attachments"]}
    taken |= set(live.get("attachments", ()))
    leaders = {facts.get("leader") for facts in databases.values()}
    for addon, facts in databases.items():
        if draw(st.booleans()):
            in_replication = addon in leaders or "leader" in facts
            plan = draw(st.sampled_from(REPLICATED if in_replication else COMMON))
            facts |= {"plan": plan, "serving": plan, "version": draw(st.sampled_from([17, 16]))}
        if draw(st.booleans()):
            facts["maintenance"] = {"status": "none", "window": draw(st.sampled_from(WINDOWS[1:3]))}
        if draw(st.booleans()):
            facts["schedules"] = draw(st.sampled_from(SCHEDULES[1:]))
        if draw(st.booleans()):
            facts["attachments"] = [
                text for text in facts["attachments"] if "DATABASE" in text or draw(st.booleans())
            ]
        new = f"{draw(st.sampled_from(APPS))}::NEW_{draw(st.integers(1, 9))}"
        if new not in taken:
            taken.add(new)
            namespace = draw(st.sampled_from(NAMESPACES))
            facts["attachments"] = [*facts["attachments"], f"{new} {namespace}".strip()]
    return live | {"databases": databases}
