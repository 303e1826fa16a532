"""Processes at a plan, as the shared state sees them."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from support.killing import CASES, clean_run

from reconciler.adapters.state.shared import SharedState
from reconciler.core.limits import Limits

if TYPE_CHECKING:
    import pytest

    from reconciler.core.names import DatabaseName
    from reconciler.core.plan import Plan

NEVER_S = 3600.0
"""Between two heartbeats of a heart that beats when told."""
NO_LIMITS = Limits()
WHENS = ("before", "after")


def recorded(url: str, plan: Plan, *names: DatabaseName) -> None:
    """Keep the plan, and open the work at `names`, as every apply does when it begins."""
    with contextlib.closing(SharedState(url)) as state, state.record(plan) as record:
        if names:
            record.open_work(names, frozenset({"cutover"}))


def each_moment(
    metafunc: pytest.Metafunc, names: tuple[str, ...], numbers: tuple[int, int], *, sample: int
) -> None:
    """Before and after everything that a clean run of each case counts.

    From `numbers[0]` to `numbers[1]` more than its entries; one in `sample` of them without `--all-schedules`.
    """
    if "when" not in metafunc.fixturenames:
        return
    first, more = numbers
    every = [
        (name, nth, when)
        for name in names
        for nth in range(first, clean_run(CASES[name]).counts["entry"] + more + 1)
        for when in WHENS
    ]
    cases = every[:: 1 if metafunc.config.getoption("--all-schedules") else sample]
    ids = ["-".join(map(str, case)) for case in cases]
    metafunc.parametrize(("name", "nth", "when"), cases, ids=ids)
