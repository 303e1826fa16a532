"""Every kind of fault of the stand-in at every kind of step: how apply ends, as docs/faults.md has it, and that it is so.

The suite takes a sample of the pairs, `--all-schedules` takes all; `--update-golden` writes the table anew from all.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import httpx
import pytest
from support.apply_world import ListJournal
from support.killing import CASES

from reconciler.core.steps import Attach, Step
from reconciler.simulator.connection import Wire as Broken
from reconciler.simulator.fault_rules import KEYS, FaultRule, add_fault, remove_faults

if TYPE_CHECKING:
    from support.apply_world import World
    from support.killing import Case

    from reconciler.apply.journal import Entry

pytestmark = pytest.mark.slow

PAGE = Path(__file__).parents[2] / "docs" / "faults.md"
BEGIN, END = (
    "<!-- faults: `pytest tests/apply/test_fault_table.py --update-golden` renews them -->\n",
    "<!-- end of faults -->",
)
WAIT_S = 2 * 3600
SAMPLE = 17
FOUND = ("lag-jumps-back", "unfollow")
"""What once lost writes: the lag was read as 0 a moment before."""
WITH: dict[str, dict[str, Any]] = {
    "status": {"when": "after"},
    "reset": {"when": "after"},
    "rate-limit": {"retry_after": 3},
    "slow": {"delay": "1ms"},
    "stale": {"age": "5s"},
    "quota": {"requests": 505},
    "lag-jumps-back": {"lasts": "20s"},
    "release-phase-fails": {"release": "Attach *"},
    "release-phase-hangs": {"release": "Attach *"},
}
"""What a kind is told beside its name."""
OF_REQUESTS = (
    "refuse",
    "reset",
    "status",
    "rate-limit",
    "slow",
    "truncate",
    "stale",
    "duplicate",
    "any",
)
MADE_APART = ("deprovision",)
"""Kinds of steps of plans that destroy: tests/apply/test_retire.py."""
STEP_KINDS = tuple(
    kind
    for kind in (one.model_fields["kind"].default for one in get_args(get_args(Step)[0]))
    if kind not in MADE_APART
)
ENDS = {
    "backed-out": "taken back, apps open",
    "failed": "failed, and says so",
    "pending": "waits, and names it",
}


def where() -> dict[str, tuple[Case, int]]:
    """For each kind of step, a change that has it, and the stage."""
    found: dict[str, tuple[Case, int]] = {}
    for case in sorted(CASES.values(), key=lambda one: one.name != "orders"):
        for index, stage in enumerate(case.plan().databases[0].stages):
            for step in stage.steps:
                if isinstance(step, Attach) and step.replaces is None:
                    continue  # a name of ours, which no app reads
                found.setdefault(step.kind, (case, index))
    return found


@dataclass
class AtStage(ListJournal):
    """Has a fault in force while one stage is worked on."""

    inner: ListJournal = field(default_factory=ListJournal)
    world: Any = None
    stage: int = 0
    rule: dict[str, Any] = field(default_factory=dict)
    is_due: bool = True

    def append(self, entry: Entry) -> None:
        self.inner.append(entry)
        begins = entry.what == "stage-done" and entry.stage == self.stage - 1
        if self.is_due and (begins or (self.stage == 0 and entry.what == "begun")):
            self.is_due = False
            add_fault(self.world, FaultRule(**self.rule))
        if entry.what == "stage-done" and entry.stage == self.stage:
            remove_faults(self.world)

    def entries(self) -> tuple[Entry, ...]:
        return self.inner.entries()


def rule_of(kind: str) -> dict[str, Any]:
    times = {"times": 3 if kind in OF_REQUESTS else 1} if "times" in KEYS[kind] else {}
    return {"kind": kind, **times, **WITH.get(kind, {})}


def broken(world: World) -> None:
    world.wire.inner = Broken(
        world.wire.inner,
        refused=httpx.ConnectError,
        reset=httpx.ReadError,
        truncated=httpx.RemoteProtocolError,
    )


def how_it_ends(fault: str, step: str) -> tuple[str, list[str]]:
    """The outcome, and what is wrong with it in the judge's eyes: then, and after another apply in fine weather."""
    case, stage = where()[step]
    world, judge = case.world()
    broken(world)
    journal = AtStage(
        inner=world.journal, world=world.stand_in.world, stage=stage, rule=rule_of(fault)
    )
    world.control.until = WAIT_S
    (outcome,) = asyncio.run(world.applied(case.plan(), journal=journal))
    wrong = judge.verdict(outcome)
    remove_faults(world.stand_in.world)
    world.clock.world.advance(600)
    world.control.until = world.clock.monotonic() + WAIT_S
    judge.new_process()
    (again,) = asyncio.run(world.applied(case.plan()))
    return outcome.state, wrong + judge.verdict(again) + [f"closed: {c}" for c in again.closed]


def table(ends: dict[tuple[str, str], str]) -> str:
    lines = ["| fault | " + " | ".join(ENDS.values()) + " |", "|---" * (1 + len(ENDS)) + "|"]
    for fault in KEYS:
        cells = []
        for state in ENDS:
            at = [step for step in STEP_KINDS if ends[fault, step] == state]
            cells.append("every step" if len(at) == len(STEP_KINDS) else ", ".join(at) or "none")
        lines.append(f"| {fault} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def told() -> dict[tuple[str, str], str]:
    """The table of the page, read back."""
    text = PAGE.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]
    ends = {(fault, step): "done" for fault in KEYS for step in STEP_KINDS}
    for line in text.splitlines()[2:]:
        fault, *cells = (one.strip() for one in line.strip("|").split("|"))
        for state, cell in zip(ENDS, cells, strict=True):
            at = STEP_KINDS if cell == "every step" else re.findall(r"[a-z-]+", cell)
            at = () if cell == "none" else at
            ends |= {(fault, step): state for step in at}
    return ends


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "fault" in metafunc.fixturenames:
        every = [(fault, step) for fault in KEYS for step in STEP_KINDS]
        is_all = metafunc.config.getoption("--all-schedules")
        chosen = every if is_all else sorted({*every[::SAMPLE], FOUND})
        metafunc.parametrize(("fault", "step"), chosen, ids=[" at ".join(one) for one in chosen])


def test_a_fault_at_a_step_ends_as_the_page_says_and_in_no_lie(fault: str, step: str) -> None:
    state, wrong = how_it_ends(fault, step)

    assert wrong == []
    assert state == told()[fault, step]


def test_the_page_has_every_kind_of_fault_and_of_step(request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--update-golden"):
        ends = {(f, step): how_it_ends(f, step)[0] for f in KEYS for step in STEP_KINDS}
        before, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
        after = rest.partition(END)[2]
        PAGE.write_text(before + BEGIN + table(ends) + END + after, encoding="utf-8")

    assert set(where()) == set(STEP_KINDS)
    assert table(told()) in PAGE.read_text(encoding="utf-8")
