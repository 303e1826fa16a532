"""Waiting for hours: what it costs, and that nobody has to wait for it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from support.apply_world import ESTATE, desired_for, make_world

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.apply.events import Event

HOURS = 6


def _slow(tmp_path: Path) -> Path:
    """The estate, in a world where Heroku takes hours to prepare a change."""
    scenario = tmp_path / "slow.toml"
    text = ESTATE.read_text(encoding="utf-8")
    assert 'replacement = "' in text
    lines = [
        f'replacement = "{HOURS}h"' if line.startswith("replacement = ") else line
        for line in text.splitlines()
    ]
    scenario.write_text("\n".join(lines), encoding="utf-8")
    return scenario


def test_hours_of_waiting_cost_less_than_a_request_a_minute(tmp_path: Path) -> None:
    world = make_world(_slow(tmp_path))
    plan = asyncio.run(world.planned(desired_for("lavender")))
    before, began = len(world.wire.requests), world.clock.monotonic()

    (outcome,) = asyncio.run(world.applied(plan))

    minutes = (world.clock.monotonic() - began) / 60
    assert outcome.state == "done"
    assert minutes >= HOURS * 60
    assert len(world.wire.requests) - before < minutes


def test_who_asks_to_stop_does_not_wait_for_the_next_look(tmp_path: Path) -> None:
    world = make_world(_slow(tmp_path))
    plan = asyncio.run(world.planned(desired_for("lavender")))

    waiting = asyncio.Event()

    def noted(event: Event) -> None:
        if event.kind == "wait":
            waiting.set()

    async def stopped() -> float:
        applying = asyncio.create_task(world.applied(plan, report=noted))
        await waiting.wait()
        asked = world.clock.monotonic()
        world.control.stop()
        (outcome,) = await applying
        assert (outcome.state, "stopped on request" in outcome.reason) == ("pending", True)
        return world.clock.monotonic() - asked

    assert asyncio.run(stopped()) < 1


def test_the_time_to_wait_is_kept_to_the_second(tmp_path: Path) -> None:
    world = make_world(_slow(tmp_path))
    plan = asyncio.run(world.planned(desired_for("lavender")))
    began = world.clock.monotonic()
    world.control.until = began + 600

    (outcome,) = asyncio.run(world.applied(plan))

    assert outcome.state == "pending"
    assert "the time to wait is up" in outcome.reason
    assert 600 <= world.clock.monotonic() - began < 602
