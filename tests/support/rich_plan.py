"""One plan that has everything: each method, blocked, under way, not read, replaced, unlisted, beyond a limit."""

from __future__ import annotations

import datetime as dt
import json
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from support.live import snapshot_of

from reconciler.adapters.toml_files import read_desired
from reconciler.catalogue import load_catalogue
from reconciler.core import planner
from reconciler.core.durations import Duration
from reconciler.core.limits import Freeze, Limits, Safety, Waiver

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.core.plan import Plan

CASES = Path(__file__).parents[1] / "cases"
INTO = (
    "essential_grows_at_once",
    "essential_leaves_by_copy",
    "follower_switch_moves_every_name",
    "newer_version_alone_by_upgrade",
    "names_follower_and_window_without_a_method",
    "older_version_is_refused",
    "another_change_is_pending",
    "change_under_way_is_not_asked_for_twice",
    "not_everything_can_be_read",
    "replaced_database_waits_for_retirement",
    "followers_nobody_lists_are_named",
)
SAFETY = Safety(
    limits=Limits(most_downtime=Duration(600), most_changes=2),
    waivers=(
        Waiver(
            limit="most_changes",
            database="essential-leaves-by-copy-1",
            until=dt.date(2026, 12, 31),
            reason="agreed",
        ),
    ),
    freezes=(
        Freeze(
            begins=dt.datetime(2026, 12, 20, tzinfo=dt.UTC),
            ends=dt.datetime(2027, 1, 4, tzinfo=dt.UTC),
            reason="Christmas business",
        ),
    ),
    fleet_size=20,
)
GROUPS = ("databases", "blocked", "converging", "unknown", "replaced", "unlisted")


def plan_of_case(name: str) -> Plan:
    folder = CASES / name
    with _inside(folder):
        catalogue = load_catalogue()
        desired = read_desired([Path("desired.toml")], catalogue=catalogue)
        live = snapshot_of(json.loads(Path("live.json").read_text()))
        return planner.plan(desired, live, catalogue, endpoint="https://api.heroku.com")


def rich_plan() -> Plan:
    """The groups of several cases together; each database is named after its case and counted."""
    plans = [(name, plan_of_case(name)) for name in INTO]
    groups: dict[str, tuple[Any, ...]] = {
        group: tuple(
            one.model_copy(update={"name": f"{name.replace('_', '-')}-{number}"})
            for name, plan in plans
            for number, one in enumerate(getattr(plan, group), start=1)
        )
        for group in GROUPS
    }
    first = plans[0][1]
    more = {"safety": SAFETY, "notes": ("prices are of 2026-11-22",), "digest": ""}
    return first.model_copy(update=groups | more).with_digest()


@contextmanager
def _inside(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
