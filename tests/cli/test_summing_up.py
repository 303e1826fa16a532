"""What an apply says at its end: first what needs somebody, and of many that are done only how many."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.apply_world import plan_for

from reconciler.apply.outcome import Outcome, State
from reconciler.cli.summing_up import MOST_DONE, needs_attention, summary
from reconciler.core.endpoint import HEROKU
from reconciler.core.names import DatabaseName

if TYPE_CHECKING:
    from reconciler.core.plan import Plan

ONE = plan_for("orders").databases[0]


def plan_of(*names: str) -> Plan:
    databases = tuple(ONE.model_copy(update={"name": DatabaseName(name)}) for name in names)
    return plan_for("orders").model_copy(update={"databases": databases}).with_digest()


def outcome(name: str, state: State = "done", **more: object) -> Outcome:
    return Outcome(DatabaseName(name), state, "as it is", **more)  # type: ignore[arg-type]


def names_in(text: str) -> list[str]:
    return [
        line.split(":")[0].strip()
        for line in text.splitlines()[2:]
        if line.startswith("  ") and ": " in line and not line.startswith("   ")
    ]


def test_what_needs_somebody_comes_first_and_done_last() -> None:
    plan = plan_of("a", "b", "c", "d", "e", "f")
    outcomes = [
        outcome("a"),
        outcome("b", "pending"),
        outcome("c", "stale", hint="Plan again: reconcile plan"),
        outcome("d", "backed-out"),
        outcome("e", "failed"),
        outcome("f", notes=("shop was closed before",)),
    ]

    text = summary(plan, outcomes, width=100)

    assert text.splitlines()[1] == (
        f"Plan {plan.id}: 6 databases: 1 failed, 1 backed-out, 1 stale, 1 pending, 2 done"
    )
    assert names_in(text) == ["e", "d", "c", "b", "f", "a"]


@pytest.mark.parametrize(
    ("count", "most", "named"),
    [(MOST_DONE, MOST_DONE, MOST_DONE), (21, MOST_DONE, 0), (300, None, 300), (3, 0, 0)],
)
def test_of_more_than_that_are_done_only_the_number_is_told(
    count: int, most: int | None, named: int
) -> None:
    names = [f"db-{number}" for number in range(count)]

    text = summary(plan_of(*names), [outcome(name) for name in names], width=100, most_done=most)

    assert text.count(": done. as it is") == named
    says = f"  {count} done, with nothing to note: reconcile status --all"
    assert (says in text.splitlines()) == (named == 0 and bool(most))


def test_with_300_done_the_one_that_failed_is_told_in_full() -> None:
    names = [f"db-{number}" for number in range(300)]
    outcomes = [outcome(name, "failed" if name == "db-150" else "done") for name in names]

    lines = summary(plan_of(*names), outcomes, width=100).splitlines()

    assert lines[1:] == [
        lines[1],
        "  db-150: failed. as it is",
        "  299 done, with nothing to note: reconcile status --all",
    ]


def test_measured_stands_beside_predicted() -> None:
    plan = plan_of("orders").model_copy(update={"endpoint": HEROKU})
    downtime = plan.databases[0].downtime
    inside = downtime.lower_s + 5

    well = summary(plan, [outcome("orders", closed_s=inside)], width=100)
    long = summary(plan, [outcome("orders", closed_s=10_000)], width=100)

    assert f"orders: done. as it is\n    closed for {inside:.1f} s; predicted " in well
    assert "than predicted" not in well
    assert "orders: done. as it is\n    closed for 2.8 h; predicted " in long
    assert long.endswith(", so longer than predicted\n")


def test_the_two_measurements_stand_apart() -> None:
    both = outcome("orders", closed_s=0.2, prepared_s=90.0, hint="Look at it.")

    lines = summary(plan_of("orders"), [both], width=100).splitlines()

    assert [line[:16] for line in lines[2:]] == [
        "  orders: done. ",
        "    closed for 0",
        "    prepared in ",
        "    Look at it.",
    ]


@pytest.mark.parametrize("width", [40, 60, 100])
def test_no_line_is_wider_than_asked_for_but_a_command(width: int) -> None:
    command = "heroku ps:scale web=2 -a an-app-with-a-long-name"
    long = Outcome(
        DatabaseName("orders"),
        "failed",
        "a reason of many words, " * 9,
        hint="and what to do about it, " * 5,
        notes=("an app that was closed before and was left so by us",),
        closed=(f"an-app-with-a-long-name does not run its 2 web dynos; by hand: {command}",),
        closed_s=12.0,
        prepared_s=600.0,
    )

    lines = summary(plan_of("orders"), [long], width=width).splitlines()

    assert [line for line in lines if len(line) > width and command not in line] == []
    assert f"    by hand: {command}" in lines
    assert not any(line.endswith(("reaso", "predict")) for line in lines)


def test_what_was_done_before_is_called_done_once() -> None:
    again = Outcome(DatabaseName("orders"), "done", "done before, and still so: it serves")

    text = summary(plan_of("orders"), [again], width=100)

    assert text.splitlines()[2] == "  orders: done before, and still so: it serves"


def test_what_is_still_closed_comes_last_whatever_the_state() -> None:
    closed = outcome("orders", closed=("shop is in maintenance mode",))

    text = summary(plan_of("orders"), [closed], width=100, most_done=0)

    assert needs_attention(closed)
    assert text.index("NOT OPEN AGAIN:") > text.index("orders: done")
    assert "  shop is in maintenance mode" in text.splitlines()


def test_words_from_elsewhere_stay_on_their_line() -> None:
    bad = Outcome(DatabaseName("orders"), "failed", "no\x1b[2J\n  fake: done. all well")

    text = summary(plan_of("orders"), [bad], width=100)

    assert names_in(text) == ["orders"]
    assert "\x1b" not in text
