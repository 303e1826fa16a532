"""From the command to its first request: CPU seconds of `--help`, and of `plan` until it connects to Heroku.

`plan` is stopped at its first connection by an audit hook of Python's; until then it has read the desired state of six
databases. CPU time is user and system time of the process, which other work on the machine changes less than the
clock on the wall. The floor is what Python itself and the libraries that `plan` cannot do without take to load.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from bench.estate import write_desired, write_scenario
from bench.frame import Figure, Goal, Result, each_round
from bench.processes import RECONCILE, measured, served

DATABASES = 6
EACH = 3
"""Starts of each kind in a round; the least counts, since nothing makes a start faster than it is."""
UNTIL_CONNECTED = """
import os, sys

def connecting(event, arguments):
    if event == "socket.connect" and "httpcore" in sys.modules:
        os._exit(0)

sys.addaudithook(connecting)
from reconciler.cli import main
main(["plan", "desired"])
os._exit(1)  # it never connected
"""
LIBRARIES = """
import sys
sys.modules["httpx._main"] = None
import argparse, asyncio, anyio._backends._asyncio, httpcore, httpx, tomli
import pydantic.main, pydantic.types, pydantic.type_adapter, pydantic.functional_validators
"""


def run(rounds: int) -> Result:
    """Start each so many times, in turn."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        write_scenario(folder / "world.toml", DATABASES)
        write_desired(folder / "desired", DATABASES)
        with served(folder / "world.toml") as heroku:
            settings = {"RECONCILE_ENDPOINT": heroku.url}
            commands = {
                "python": [sys.executable, "-c", "pass"],
                "libraries": [sys.executable, "-c", LIBRARIES],
                "help": [*RECONCILE, "--help"],
                "plan": [sys.executable, "-c", UNTIL_CONNECTED],
            }

            def measure() -> dict[str, float]:
                taken = [
                    {
                        name: measured(command, folder=folder, settings=settings).cpu_s * 1000
                        for name, command in commands.items()
                    }
                    for _ in range(EACH)
                ]
                return {name: min(one[name] for one in taken) for name in commands}

            taken = each_round(rounds, measure)
    ratio = tuple(a / b for a, b in zip(taken["plan"], taken["libraries"], strict=True))
    return Result(
        figures=(
            Figure("Python alone", "ms", taken["python"]),
            Figure("Python with the libraries that plan needs", "ms", taken["libraries"]),
            Figure("reconcile --help", "ms", taken["help"], Goal(120)),
            Figure("reconcile plan, to its first request", "ms", taken["plan"], Goal(300)),
            Figure("that / the libraries alone", "x", ratio),
        ),
        setting={"databases": DATABASES, "figures": "CPU time"},
    )
