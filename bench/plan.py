"""Planning 10,000 databases of which 1,000 change: from two states in memory to the plan, its text and its file.

Every tenth database changes, by turns in six ways. The memory is the most that the process ever had, the made-up
states included.
"""

from __future__ import annotations

import gc
import resource
import time
from dataclasses import dataclass

from bench.frame import Figure, Goal, Result
from reconciler.catalogue import load_catalogue
from reconciler.core.desired import DesiredAttachment, DesiredDatabase, DesiredState
from reconciler.core.names import AddonName, AppName, AttachmentName, DatabaseName, ServicePlanName
from reconciler.core.observed import ObservedApp, ObservedAttachment, ObservedDatabase, Snapshot
from reconciler.core.planner import plan
from reconciler.render.human import plan_text

GOAL_S = 3.0
GOAL_MB = 400
DATABASES = 10_000
CHANGING = 1_000
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


def run(rounds: int) -> Result:
    """Plan so many times."""
    taken = [measure(DATABASES, CHANGING) for _ in range(rounds)]
    most_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    last = taken[-1]
    return Result(
        figures=(
            Figure("plan", "s", tuple(one.plan_s for one in taken)),
            Figure("text", "s", tuple(one.text_s for one in taken)),
            Figure("plan and text", "s", tuple(one.counted_s for one in taken), Goal(GOAL_S)),
            Figure("plan file", "s", tuple(one.file_s for one in taken)),
            Figure("most memory", "MB", (most_mb,), Goal(GOAL_MB)),
        ),
        setting={"databases": f"{DATABASES:,}", "changing": f"{last.changing:,}"},
        notes=(
            f"The text has {last.text_bytes / 1e6:.1f} MB, the plan file {last.file_bytes / 1e6:.1f} MB.",
        ),
    )
