"""Tables that fit, and paint that only paints."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.planning import live, plan_of, wanted
from support.rich_plan import rich_plan

from reconciler.render.columns import aligned, cell
from reconciler.render.human import plan_text
from reconciler.render.status import StatusRow, status_text
from reconciler.render.style import Style, painted
from reconciler.render.table import table

ESCAPE = re.compile(r"\x1b\[\d+m")
cells = st.text("abc-1", min_size=1, max_size=30)


@given(
    st.lists(st.tuples(cells, cells, cells, cells), min_size=1, max_size=5), st.integers(40, 200)
)
def test_a_row_is_never_wider_than_asked_for_and_columns_stand_below_each_other(
    rows: list[tuple[str, ...]], width: int
) -> None:
    lines = aligned(rows, width=width, given_up=(3, 1))

    assert [line for line in lines if len(line) > width] == []
    assert len(lines) == len(rows)
    if sum(max(map(len, column)) for column in zip(*rows, strict=True)) + 6 <= width:
        assert [line.split() for line in lines] == [list(row) for row in rows]


@pytest.mark.parametrize("width", [40, 60, 80, 100, 200])
def test_the_table_of_every_kind_of_database_fits(width: int) -> None:
    lines = table(rich_plan(), width=width)

    assert [line for line in lines if len(line) > width] == []
    assert lines[0].split()[0] == "DATABASE"
    assert {"WANTED", "DOWNTIME"} <= set(lines[0].split())


@pytest.mark.parametrize("width", [80, 100])
def test_names_are_whole_while_columns_can_be_left_out(width: int) -> None:
    names = [f"production-orders-eu-{number:03}" for number in range(21)]
    (one, *_) = plan_of(live(), wanted(method="follower-switch")).databases
    plan = plan_of(live(), wanted()).model_copy(
        update={"databases": tuple(one.model_copy(update={"name": name}) for name in names)}
    )

    heading, *lines = table(plan, width=width)

    assert [line.split()[1] for line in lines] == names
    assert [line for line in lines if len(line) > width] == []
    assert {"NOW", "WANTED", "METHOD", "DOWNTIME"} <= set(heading.split())


def test_a_name_that_must_be_cut_is_cut_in_the_middle() -> None:
    names = [f"production-orders-eu-{number:03}" for number in range(21)]

    lines = aligned([(name, "standard-0") for name in names], width=28)

    assert lines[7] == "producti~-eu-007  standard-0"
    assert len(set(lines)) == len(names)


def test_words_that_must_be_cut_are_cut_at_their_end() -> None:
    assert cell("IN THE CUTOVER, apps may be closed", 16) == "IN THE CUTOVER,~"


def test_status_fits_into_40_columns() -> None:
    row = StatusRow(
        plan="fe3485a3",
        database="a-database-with-a-long-name",
        state="closed",
        since="2026-11-22T20:00:00.000+00:00",
        last="wait until the follower is 0 commits behind the leader, twice in a row",
        holder="process 7 on runner-3",
    )
    lines = status_text([row], width=40).splitlines()

    assert [line for line in lines if len(line) > 40] == []
    assert status_text([], width=40) == ""


def test_paint_changes_no_letter_of_a_plan() -> None:
    text = plan_text(rich_plan(), path="plans/x.json")
    coloured = painted(text, Style(is_coloured=True))

    assert painted(text, Style()) == text
    assert ESCAPE.sub("", coloured) == text
    for mark, code in (("~", 33), ("!", 31), (">", 36), ("?", 31)):
        assert f"\x1b[{code}m{mark}\x1b[0m " in coloured
    assert "\x1b[31mBeyond a limit, and so refused" in coloured
    assert re.search(r"\x1b\[31m +-- from here on, going back loses writes --\x1b\[0m", coloured)


@pytest.mark.parametrize("style", [Style(), Style(is_coloured=True)])
def test_a_terminal_takes_no_orders_from_what_it_shows(style: Style) -> None:
    shown = painted("~ \x1b[2Jorders\x9b31m\r\x07: a\tb\n", style)

    assert not re.search(r"[\x07\r\x9b]", shown)
    assert "\x1b[2J" not in shown
    assert shown.endswith("\n")
