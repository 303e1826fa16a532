"""Each folder beside this file is a case: what is wanted, what is live, and the plan that must come out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.live import snapshot_of

from reconciler.adapters.toml_files import read_desired
from reconciler.catalogue import load_catalogue
from reconciler.core import planner
from reconciler.core.plan import Plan
from reconciler.core.soundness import dangers
from reconciler.render.human import plan_text

HERE = Path(__file__).parent
CASES = sorted(each.parent for each in HERE.glob("*/desired.toml"))
WIDTH = 100


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_plan_of_a_case_is_the_golden_one(
    case: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    monkeypatch.chdir(case)
    catalogue = load_catalogue()
    desired = read_desired([Path("desired.toml")], catalogue=catalogue)
    live = snapshot_of(json.loads(Path("live.json").read_text()))

    plan = planner.plan(desired, live, catalogue, endpoint="https://api.heroku.com")

    compare(Path("plan.json"), plan.to_json(), request)
    compare(Path("plan.txt"), plan_text(plan, width=WIDTH), request)
    assert dangers(plan) == ()
    assert Plan.model_validate_json(plan.to_json()) == plan


def compare(golden: Path, now: str, request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--update-golden"):
        golden.write_text(now)
    assert golden.read_text() == now


def test_there_are_cases() -> None:
    assert len(CASES) >= 12


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_text_of_a_case_fits_the_width(case: Path) -> None:
    wide = [line for line in (case / "plan.txt").read_text().splitlines() if len(line) > WIDTH]

    assert wide == []
