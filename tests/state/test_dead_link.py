"""Two real machines, and the way of one of them to the shared state goes dead in its cutover: nothing answers, nothing breaks."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from support.machines import until_so
from support.state_wire import state_wire

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.state_server import StateDatabase


def test_who_is_not_answered_takes_its_cutover_back_and_another_machine_has_the_work_soon(
    estate: Callable[[int], Any], database: StateDatabase
) -> None:
    with estate(1) as world, state_wire(database.url) as wire:
        here, there = world.machine("here"), world.machine("there")
        here.place.settings["RECONCILE_STATE_URL"] = wire.url
        world.planned(here, there)
        here.start("apply", "plan.json", "--auto-approve")
        until_so(lambda: "CLOSED" in here.said, here)
        wire.go_dead()
        dead_at = time.monotonic()
        there.start("apply", "plan.json", "--auto-approve")
        code = here.end()
        ended_s = time.monotonic() - dead_at
        there_code = there.end()
        after_s = time.monotonic() - dead_at
        seen = world.asked("state")

    assert code == 1, here.said
    assert "orders-1: backed-out" in here.said
    assert "NOT OPEN AGAIN" not in here.said
    assert there_code == 0, there.said
    assert ended_s < 60
    assert after_s < 90
    assert seen["apps"]["shop-1"]["maintenance"] is False
    assert sum(one["missing_commits"] for one in seen["databases"].values()) == 0
