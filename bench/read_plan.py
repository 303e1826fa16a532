"""A saved plan with 5,000 changed databases: reading it, as `apply` begins, and showing it in each form.

Each moves to another service plan by a follower, which takes the most steps. Reading is the digest over the whole, and the
check of every value. It is measured as the command has it: Python looks for garbage as seldom.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from bench import plan
from bench.frame import Figure, Goal, Result, each_round
from bench.processes import RECONCILE, measured
from reconciler.catalogue import load_catalogue
from reconciler.core.desired import DesiredState
from reconciler.core.planner import plan as planned

GOAL_S = 3.0
DATABASES = 5_000
WISH = {"service_plan": "premium-0", "method": "follower-switch"}
READ = """
import gc, sys
from pathlib import Path
from reconciler.adapters.plan_files import read_plan
from reconciler.cli import MADE_BEFORE_COLLECTING
gc.set_threshold(MADE_BEFORE_COLLECTING)
read_plan(Path("plan.json"))
"""
SHOWN = {
    "text": (),
    "markdown": ("--format", "markdown"),
    "json": ("--format", "json"),
    "html": ("--html", "plan.html"),
}


def write_plan(file: Path, databases: int) -> None:
    """The plan of a fleet in which every database changes."""
    serving, snapshot = plan.world(databases, 0)
    wanted = DesiredState(databases=tuple(one.model_copy(update=WISH) for one in serving.databases))
    made = planned(wanted, snapshot, load_catalogue(), endpoint="sim:bench")
    file.write_text(made.to_json(), encoding="utf-8")


def run(rounds: int) -> Result:
    """Read and show so many times."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        write_plan(folder / "plan.json", DATABASES)
        size_mb = (folder / "plan.json").stat().st_size / 1e6
        commands = {
            "read": [sys.executable, "-c", READ],
            **{form: [*RECONCILE, "show", "plan.json", *words] for form, words in SHOWN.items()},
        }

        def measure() -> dict[str, float]:
            used = {name: measured(words, folder=folder) for name, words in commands.items()}
            most_mb = {"most_mb": max(one.most_mb for one in used.values())}
            return {name: one.cpu_s for name, one in used.items()} | most_mb

        taken = each_round(rounds, measure)
    return Result(
        figures=(
            Figure("reading it", "s", taken["read"], Goal(GOAL_S)),
            *(Figure(f"show, {form}", "s", taken[form]) for form in SHOWN),
            Figure("most memory of all", "MB", taken["most_mb"]),
        ),
        setting={"databases": f"{DATABASES:,}", "figures": "CPU time, of the whole command"},
        notes=(f"The plan file has {size_mb:.0f} MB.",),
    )
