"""The kill matrix can fail: with the look before acting taken away from any one step that makes something, it does.

The step is replaced, for the test, by one that believes its records: what it has not written down as seen is not there.
A run that nobody kills ends as before. Killed after its request, the next run asks a second time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from support.killing import CASES, Moment, apply, apply_until, clean_run, end_of

from reconciler.apply import behaviours
from reconciler.apply.behaviours.base import Behaviour, Seen, absent
from reconciler.render.steps import describe

if TYPE_CHECKING:
    from support.killing import Case

    from reconciler.apply.run import Run

pytestmark = pytest.mark.slow

MAKING = {
    "Provision": ("legacy", "POST /apps/blog/addons"),
    "Attach": ("orders", "POST /addon-attachments"),
    "ScheduleBackup": ("orders", "/transfer-schedules"),
    "Copy": ("legacy", "/transfers"),
    "ChangeServicePlan": ("lavender", "PATCH /apps/ledger/addons/"),
    "PrepareUpgrade": ("annals", "/upgrade/prepare"),
    "RunMaintenance": ("lavender", "/run"),
}
"""Kind of step: a change that has it, and its request."""


def blind(behaviour: type[Behaviour[Any]]) -> type[Behaviour[Any]]:
    """That step without its look before acting."""
    acted: list[tuple[Run, str]] = []

    class Blind(behaviour):  # type: ignore[valid-type, misc]
        async def look(self) -> Seen:
            words = describe(self.step)
            has_acted = any(run is self.run and words == one for run, one in acted)
            if has_acted or words in self.run.progress.seen:
                return await super().look()  # type: ignore[no-any-return]
            return absent()

        async def act(self) -> None:
            acted.append((self.run, describe(self.step)))
            await super().act()

    return Blind


def what_is_wrong(case: Case, pattern: str) -> list[str]:
    """Of each kill right after such a request, in words, what the end lacks."""
    found = []
    unkilled, judge = case.world()
    apply(case, unkilled, judge)
    for nth, request in enumerate(unkilled.wire.requests, 1):
        if pattern not in request or request.startswith("GET"):
            continue
        world, judge = case.world()
        assert apply_until(case, world, judge, Moment("request", nth, "after"))
        outcome = apply(case, world, judge)
        found += [f"twice: {one}" for one in judge.twice]
        found += judge.verdict(outcome)
        if outcome.state != "done":
            found.append(f"{outcome.state}: {outcome.reason}")
        elif end_of(world) != clean_run(case).end:
            found.append("another end")
    return found


@pytest.mark.parametrize("kind", MAKING)
def test_without_its_look_a_step_that_makes_something_fails_the_matrix(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, pattern = MAKING[kind]
    case = CASES[name]
    assert what_is_wrong(case, pattern) == []

    mutated = blind(getattr(behaviours, f"{kind}Behaviour"))
    monkeypatch.setattr(behaviours, f"{kind}Behaviour", mutated)

    world, judge = case.world()
    outcome = apply(case, world, judge)
    assert (outcome.state, judge.verdict(outcome)) == ("done", [])  # unless it is killed
    assert what_is_wrong(case, pattern) != []
