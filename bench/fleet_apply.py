"""One apply of 300 upgrades and 60 follower switches: how many at once, memory, and how soon it is back after a SIGKILL.

The stand-in's model databases, with its time sped up. What is at work is counted from the events that apply tells.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from bench.frame import Figure, Goal, Result, each_round
from bench.processes import HIDDEN, RECONCILE, Served, measured, served

if TYPE_CHECKING:
    from collections.abc import Iterator

UPGRADES, SWITCHES = 300, 60
TEAMS = 12
AT_ONCE, A_TEAM = 120, 15
BACK_WITHIN_S = 10.0
SPEED = 600
PLAN = "plan.json"
KILLED_AFTER = 40
"""Databases that are done when it is killed."""
HEAD = f"""
seed = 11
[clock]
start = 2026-11-22T20:00:00Z
speed = {SPEED}
[account]
requests_per_hour = 10000000
[timing]
provision = "20m"
catch_up = "20m"
replacement = "30m"
maintenance = "5m"
"""
LIMITS = f"""
[limits]
at_once = {AT_ONCE}
at_once_per_app = 1
at_once_per_label = {{ team = {A_TEAM} }}
"""


def run(rounds: int) -> Result:
    """Apply so many times, each killed once in the middle and run again."""
    taken = each_round(rounds, _one_round)
    goals = {
        "most at once": Goal(AT_ONCE, why="[limits] at_once"),
        "most of one team at once": Goal(A_TEAM, why="[limits] at_once_per_label"),
        "back at work after": Goal(BACK_WITHIN_S),
    }
    units = {"whole apply": "s", "back at work after": "s", "memory": "MB", "memory, a third": "MB"}
    figures = tuple(
        Figure(what, units.get(what, ""), values, goal=goals.get(what))  # type: ignore[arg-type]  # one of the units
        for what, values in taken.items()
    )
    notes = (
        "Back at work: from the start of the second process to the first thing that it does or sees.",
        "Memory is the most that the process had; a third: 100 upgrades and 20 switches with the same limits.",
        "What hours of waiting cost is counted in tests/apply/test_waiting.py: below one request a minute a database.",
    )
    setting = {"upgrades": UPGRADES, "switches": SWITCHES, "teams": TEAMS, "speed": SPEED}
    return Result(figures, setting, notes=notes)


@dataclass
class Course:
    """What the events of one apply tell."""

    team_of: dict[str, str]
    at_work: set[str] = field(default_factory=set)
    done: set[str] = field(default_factory=set)
    most: int = 0
    most_of_a_team: int = 0
    first_s: float | None = None

    def take(self, event: dict[str, object], since: float) -> None:
        """Note one event, told so many seconds after the start of its process."""
        name = str(event.get("database", ""))
        match event["type"], event.get("kind"), event.get("state"):
            case "outcome", _, state:
                self.at_work.discard(name)
                self.done |= {name} if state == "done" else set()
            case "event", "begin", _:
                self.at_work.add(name)
            case "event", "act" | "seen", _:
                self.first_s = since if self.first_s is None else self.first_s
            case _:
                return
        teams = Counter(self.team_of[one] for one in self.at_work)
        self.most = max(self.most, len(self.at_work))
        self.most_of_a_team = max((self.most_of_a_team, *teams.values()))


def _one_round() -> dict[str, float]:
    with _estate(UPGRADES, SWITCHES) as (heroku, folder, team_of):
        settings = {"RECONCILE_ENDPOINT": heroku.url}
        measured([*RECONCILE, "plan", "--out", PLAN], folder=folder, settings=settings)
        began = time.perf_counter()
        first = Course(team_of)
        with _applying(heroku, folder) as process:
            for event, since in _events(process):
                first.take(event, since)
                if len(first.done) >= KILLED_AFTER:
                    process.send_signal(signal.SIGKILL)
                    break
        second = Course(team_of)
        with _applying(heroku, folder) as process:
            for event, since in _events(process):
                second.take(event, since)
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        took = time.perf_counter() - began
    if process.returncode or len(second.done) < UPGRADES + SWITCHES:
        raise RuntimeError(f"not all done: {len(second.done)}, exit code {process.returncode}")
    with _estate(UPGRADES // 3, SWITCHES // 3) as (heroku, folder, _):
        third = measured(
            [*RECONCILE, "apply", "--auto-approve"],
            folder=folder,
            settings={"RECONCILE_ENDPOINT": heroku.url},
        )
    return {
        "most at once": float(max(first.most, second.most)),
        "most of one team at once": float(max(first.most_of_a_team, second.most_of_a_team)),
        "back at work after": second.first_s or 0.0,
        "whole apply": took,
        "memory": used.ru_maxrss / 1024,
        "memory, a third": third.most_mb,
    }


@contextlib.contextmanager
def _estate(upgrades: int, switches: int) -> Iterator[tuple[Served, Path, dict[str, str]]]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "desired").mkdir()
        (folder / "desired" / "reconcile.toml").write_text(LIMITS)
        world, team_of = [HEAD], {}
        for number in range(upgrades + switches):
            is_upgrade = number < upgrades
            logical = f"db-{number:03}"
            team = f"team-{number % TEAMS if number % 3 else 0:02}"  # a third is one team's
            team_of[logical] = team
            world.append(
                f"[app.app-{number:03}]\nformation = {{ web = 1 }}\n"
                f'[app.app-{number:03}.database.{logical}]\nname = "postgresql-bench-{number:03}"\n'
                'plan = "standard-0"\nattachments = ["DATABASE"]\nsize = "1GB"\n'
            )
            wanted = 'plan = "premium-0"' if is_upgrade else 'plan = "standard-2"'
            method = "addons-upgrade" if is_upgrade else "follower-switch"
            (folder / "desired" / f"{logical}.toml").write_text(
                f'[database.{logical}]\napp = "app-{number:03}"\n{wanted}\nmethod = "{method}"\n'
                f'labels = {{ team = "{team}" }}\n'
            )
        (folder / "world.toml").write_text("".join(world))
        with served(folder / "world.toml") as heroku:
            yield heroku, folder, team_of


@contextlib.contextmanager
def _applying(heroku: Served, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    inherited = {name: value for name, value in os.environ.items() if name not in HIDDEN}
    with (
        (folder / "stderr.txt").open("ab") as err,
        subprocess.Popen(  # noqa: S603  # our own command
            [*RECONCILE, "apply", PLAN, "--auto-approve", "--json"],
            cwd=folder,
            env=inherited | {"RECONCILE_ENDPOINT": heroku.url},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=err,
        ) as process,
    ):
        yield process


def _events(process: subprocess.Popen[bytes]) -> Iterator[tuple[dict[str, object], float]]:
    began = time.perf_counter()
    if process.stdout is None:
        raise RuntimeError("its output is not read")
    for line in process.stdout:
        yield json.loads(line), time.perf_counter() - began
