"""The page on the stand-in names every fault with its keys and defaults, and its examples work."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from reconciler.simulator.fault_rules import KEYS, FaultRule
from reconciler.simulator.scenario import parse_world
from reconciler.simulator.world.faults import REQUEST_KINDS

PAGE = (Path(__file__).parents[2] / "docs" / "simulator.md").read_text()
FAULTS = PAGE.partition("## Faults")[2].partition("\n## ")[0]


@pytest.mark.parametrize("kind", sorted(KEYS))
def test_every_kind_has_a_row(kind):
    assert f"\n| `{kind}` |" in FAULTS


@pytest.mark.parametrize("key", sorted(set(FaultRule.model_fields) - {"kind"}))
def test_every_key_is_explained(key):
    assert f"`{key}`" in FAULTS


@pytest.mark.parametrize(
    "key", ["closed_for", "delay", "age", "lasts", "status", "requests", "commits", "percent"]
)
def test_the_defaults_are_right(key):
    default = FaultRule.model_fields[key].default

    assert re.search(rf"`{key}` \(`?{re.escape(str(default))}\b", FAULTS)


def test_every_kind_of_request_fault_has_its_keys():
    assert {*REQUEST_KINDS, "any"} < set(KEYS)


def test_the_example_is_a_rule():
    example = FAULTS.partition("```toml\n")[2].partition("```")[0]
    scenario = f"[clock]\nstart = 2026-11-22T20:00:00Z\n[app.shop]\n{example}"

    (rule,) = parse_world(scenario, file="x.toml").faults.rules

    assert (rule.kind, rule.when, rule.skip, rule.times) == ("reset", "after", 1, 1)
