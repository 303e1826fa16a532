#!/usr/bin/env python3
"""How long planning takes: `python3 dev.py python bench/plan.py [--databases 10000] [--changing 1000]`.

The desired state and the observed one are made up in memory; what is measured is what planning does with them:
from both to the plan, its file and its text. Every tenth database changes, by turns in six ways. The memory is the
most that the process ever had, the made-up states included. Runs three times and judges by the best.
"""

from __future__ import annotations

import argparse
import gc
import resource
import sys
import time
from dataclasses import dataclass

from reconciler.catalogue import load_catalogue
from reconciler.core.desired import DesiredAttachment, DesiredDatabase, DesiredState
from reconciler.core.names import AddonName, AppName, AttachmentName, DatabaseName, ServicePlanName
from reconciler.core.observed import ObservedApp, ObservedAttachment, ObservedDatabase, Snapshot
from reconciler.core.planner import plan
from reconciler.render.human import plan_text

GOAL_S = 3.0
GOAL_MB = 400
RUNS = 3
AN_APP = 10
"""Databases of one app."""
CHANGES = (
    ("standard-0", {"service_plan": "standard-2"}),
    ("standard-0", {"service_plan": "premium-0", "method": "follower-switch"}),
    ("essential-1", {"service_plan": "standard-0"}),
    ("essential-0", {"service_plan": "essential-1"}),
    ("standard-2", {"version": 18}),
    ("standard-0", {"attach": "REPORTING"}),
)
"""Service plans that serve, and what is wanted of them."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Seconds of each part, and how large what came out is."""

    plan_s: float
    file_s: float
    text_s: float
    changing: int
    text_bytes: int
    file_bytes: int

    @property
    def counted_s(self) -> float:
        """What the goal is about: plan and text."""
        return self.plan_s + self.text_s


def world(databases: int, changing: int) -> tuple[DesiredState, Snapshot]:
    """So many databases, ten an app, of which so many are to change."""
    wanted, seen, names = [], [], []
    apps = tuple(_app(number) for number in range(-(-databases // AN_APP)))
    every = databases // changing if changing else databases + 1
    for number in range(databases):
        turn = number // every % len(CHANGES)
        is_changing = number % every == 0 and number // every < changing
        serving, wish = CHANGES[turn] if is_changing else ("standard-0", {})
        app = apps[number // AN_APP].name
        held = ObservedAttachment(app, _name(number), AddonName(f"postgresql-bench-{number}"))
        wanted.append(_wanted(number, app, serving, wish))
        seen.append(_seen(held, serving))
        names.append(held)
    desired = DesiredState(databases=tuple(sorted(wanted, key=lambda one: one.name)))
    snapshot = Snapshot(
        databases=tuple(sorted(seen, key=lambda one: one.addon)),
        apps=apps,
        attachments=tuple(sorted(names)),
        addon_names=frozenset(one.addon for one in seen),
    )
    return desired, snapshot


def _app(number: int) -> ObservedApp:
    return ObservedApp(AppName(f"app-{number:05}"), formation=(), is_seen_closely=True)


def _name(number: int) -> AttachmentName:
    return AttachmentName(f"DB_{number % AN_APP}")


def _wanted(number: int, app: AppName, serving: str, wish: dict) -> DesiredDatabase:
    facts = {"service_plan": serving} | wish
    if "attach" in wish:
        facts["attach"] = (DesiredAttachment(app=app, name=AttachmentName(wish["attach"])),)
    return DesiredDatabase(
        name=DatabaseName(f"db-{number:05}"), app=app, attachment=_name(number), **facts
    )


def _seen(held: ObservedAttachment, serving: str) -> ObservedDatabase:
    return ObservedDatabase(
        addon=held.addon,
        addon_id=held.addon,
        app=held.app,
        state="provisioned",
        service_plan=ServicePlanName(serving),
        serving_plan=ServicePlanName(serving),
        version=17,
        data_size_bytes=900_000_000,
        credential_count=1,
        table_count=20,
        fork_follow="Available",
        attachments=(held,),
    )


def measure(databases: int, changing: int) -> Figures:
    """One run, over states that were made before the clock started."""
    catalogue = load_catalogue()
    desired, snapshot = world(databases, changing)
    gc.collect()
    began = time.perf_counter()
    made = plan(desired, snapshot, catalogue, endpoint="sim:bench")
    planned = time.perf_counter()
    file = made.to_json()
    written = time.perf_counter()
    text = plan_text(made, path="plans/bench.json")
    shown = time.perf_counter()
    if len(made.databases) != changing or made.blocked or made.unknown:
        raise RuntimeError(f"not what was made up: {made.count}, {len(made.blocked)} blocked")
    return Figures(
        plan_s=planned - began,
        file_s=written - planned,
        text_s=shown - written,
        changing=len(made.databases),
        text_bytes=len(text.encode()),
        file_bytes=len(file.encode()),
    )


def main() -> int:
    """Measure; 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--databases", type=int, default=10_000)
    parser.add_argument("--changing", type=int, default=1_000)
    arguments = parser.parse_args()
    best = min(
        (measure(arguments.databases, arguments.changing) for _ in range(RUNS)),
        key=lambda one: one.counted_s,
    )
    most_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rows = (
        ("databases", f"{arguments.databases:,}", ""),
        ("changing", f"{best.changing:,}", ""),
        ("plan", f"{best.plan_s:.2f} s", ""),
        ("text", f"{best.text_s:.2f} s", f"{best.text_bytes / 1e6:.1f} MB"),
        ("plan and text", f"{best.counted_s:.2f} s", f"goal {GOAL_S:g} s"),
        ("plan file", f"{best.file_s:.2f} s", f"{best.file_bytes / 1e6:.1f} MB"),
        ("most memory", f"{most_mb:.0f} MB", f"goal {GOAL_MB} MB"),
    )
    for what, figure, note in rows:
        sys.stdout.write(f"{what:>14}  {figure:>9}  {note}".rstrip() + "\n")
    is_reached = best.counted_s < GOAL_S and most_mb < GOAL_MB
    sys.stdout.write(f"goals {'reached' if is_reached else 'missed'}\n")
    return 0 if is_reached else 1


if __name__ == "__main__":
    sys.exit(main())
