from __future__ import annotations

import re
from pathlib import Path

from reconciler.simulator.scenario import (
    AccountPart,
    AppPart,
    DatabasePart,
    Scenario,
    TimingPart,
    parse_world,
)

PAGE = (Path(__file__).parents[2] / "docs/simulator.md").read_text(encoding="utf-8")


def test_the_scenario_on_the_page_works():
    text = re.search(r"```toml\n(.*?)```", PAGE, re.DOTALL)[1]

    world = parse_world(text, file="simulator.md")
    assert len(world.databases) == 2


def test_every_key_of_a_scenario_is_on_the_page():
    keys = {
        name
        for part in (AccountPart, AppPart, DatabasePart, Scenario, TimingPart)
        for name in part.model_fields
    }

    missing = {key for key in keys if not re.search(rf"\b{key}\b", PAGE)}
    assert missing == set()
