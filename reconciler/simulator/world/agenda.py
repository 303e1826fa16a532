"""Letting time pass: everything that is due happens, each at its own moment and in order."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

from reconciler.simulator.world import (
    addons,
    apps,
    credentials,
    databases,
    maintenances,
    releases,
    transfers,
    upgrades,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.simulator.world.heroku import Heroku
    from reconciler.simulator.world.model import Event
    from reconciler.simulator.world.world import World


def handlers() -> dict[str, Callable[[Heroku, str, str], None]]:
    """What carries out each kind of event."""
    return {
        "provisioned": addons.end_provisioning,
        "deprovisioned": addons.end_deprovisioning,
        "essential-changed": addons.end_essential_change,
        "dynos-gone": apps.remove_gone_dynos,
        "credential-settles": credentials.settle,
        "unfollowed": databases.end_unfollow,
        "replacement-ready": maintenances.make_ready,
        "window-begins": maintenances.begin_window,
        "maintenance-ends": maintenances.complete,
        "release-phase-ends": releases.end_release_phase,
        "transfer-ends": transfers.end,
        "upgrade-prepared": upgrades.end_preparing,
        "upgrade-window": upgrades.begin_window,
        "upgrade-ends": upgrades.complete,
    }


def catch_up(heroku: Heroku, now: float) -> bool:
    """Bring the world up to `now`; whether anything happened.

    The result does not depend on how often it is called: an event sees the moment it was due at. Only
    where databases are real an event waits until the servers are ready for it, and whatever else is to
    happen to the same thing waits behind it.
    """
    world, act, happened = heroku.world, handlers(), False
    waiting: dict[str, list[Event]] = {}
    while world.agenda and world.agenda[0].due <= now:
        event = heapq.heappop(world.agenda)
        if event.subject in waiting or not heroku.engine.is_ready(world, event):
            waiting.setdefault(event.subject, []).append(event)
            continue
        world.now = max(world.now, event.due)
        act[event.kind](heroku, event.subject, event.detail)
        happened = True
    world.now = max(world.now, now)
    for event in (each for held in waiting.values() for each in held):
        _put_off(world, event)
    heroku.engine.pass_time(now=world.now)
    return happened


def _put_off(world: World, event: Event) -> None:
    """Ask about `event` again next time; a database that is being made is not ready before it is."""
    heapq.heappush(world.agenda, event)
    if event.kind == "provisioned":
        world.databases[event.subject].ready_at = world.now + 1.0
