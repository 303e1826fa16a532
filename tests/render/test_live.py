"""What is on the table of a run, at any size of the terminal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.render.live import LiveRow, clock, columns_of, cut, table, totals

TITLE = "Plan 51612d5a, 1:02:03: 2 closed, 40 waiting"


def row(name: str = "orders", state: str = "active", **more: object) -> LiveRow:
    facts = {"phase": "prepare", "step": "wait until it is there"} | more
    return LiveRow(name=name, state=state, **facts)  # type: ignore[arg-type]


def text_of(*rows: LiveRow, width: int = 100, most_rows: int = 20, title: str = TITLE) -> list[str]:
    lines = table(rows, title=title, width=width, most_rows=most_rows)
    return ["".join(text for text, _ in line).rstrip() for line in lines]


ANY_ROW = st.builds(
    row,
    name=st.text(max_size=50),
    state=st.sampled_from(["closed", "troubled", "active", "pending", "done", "waiting"]),
    step=st.text(max_size=200),
    percent=st.none() | st.integers(0, 100),
    left=st.sampled_from(["", "late", "45 s-3 min"]),
    closed_s=st.none() | st.floats(0, 1e6),
    trouble=st.text(max_size=200),
    is_troubled=st.booleans(),
)


@given(st.lists(ANY_ROW, max_size=30), st.integers(40, 200), st.integers(1, 40))
def test_no_line_is_wider_and_no_more_lines_than_there_is_room(
    rows: list[LiveRow], width: int, most_rows: int
) -> None:
    lines = table(rows, title=TITLE, width=width, most_rows=most_rows)

    texts = ["".join(text for text, _ in line) for line in lines]
    assert [one for one in texts if columns_of(one) > width] == []
    assert [one for one in texts if not one.isprintable()] == []
    assert len(lines) <= 2 + max(most_rows, 2)


def test_a_row_says_where_a_database_stands() -> None:
    closed = row(
        "orders",
        "closed",
        phase="cutover",
        step="stop all dynos of shop",
        percent=62,
        left="10-55 s",
        closed_s=75.9,
        is_closed=True,
    )

    assert text_of(closed) == [
        TITLE,
        "DATABASE  PHASE    DONE     LEFT  CLOSED  STEP",
        "orders    cutover  ~62%  10-55 s    1:15  stop all dynos of shop",
    ]


def test_only_the_clock_that_runs_is_red() -> None:
    rows = [row(closed_s=7, is_closed=True), row(closed_s=8)]

    pieces = [piece for line in table(rows, title="", width=80, most_rows=9) for piece in line]

    assert [text.strip() for text, meaning in pieces if meaning == "closed"] == ["0:07"]


def test_news_of_trouble_takes_the_place_of_the_step_or_its_own_column() -> None:
    troubled = row("orders", "troubled", trouble="cannot look: 503", is_troubled=True)

    assert text_of(troubled, width=90)[2].endswith("  ! cannot look: 503")
    roomy = text_of(troubled, width=130)
    assert roomy[1].endswith("LAST TROUBLE")
    assert "wait until it is there" in roomy[2]
    assert roomy[2].endswith("  cannot look: 503")


def test_where_there_is_not_room_for_all_what_must_be_seen_comes_first() -> None:
    rows = [
        *(row(f"waiting-{number}", "waiting") for number in range(200)),
        *(row(f"done-{number}", "done") for number in range(95)),
        row("active", "active"),
        row("troubled", "troubled"),
        row("closed", "closed"),
    ]

    lines = text_of(*rows, most_rows=5)

    assert [line.split()[0] for line in lines[2:-1]] == ["closed", "troubled", "active", "done-0"]
    assert lines[-1] == "and 294 more: 94 done, 200 waiting"


def test_where_there_is_room_the_order_stays() -> None:
    lines = text_of(row("a", "waiting"), row("b", "closed"), row("c", "done"))

    assert [line.split()[0] for line in lines[2:]] == ["a", "b", "c"]


def test_on_a_narrow_terminal_the_clock_and_the_step_stay() -> None:
    one = row("a-database-with-a-long-name", "closed", percent=5, left="45 s-3 min", closed_s=3.0)

    heading, line = text_of(one, width=50)[1:]

    assert {"DATABASE", "CLOSED", "STEP"} <= set(heading.split())
    assert "0:03" in line
    assert "wait until" in line


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0, "0:00"), (59.9, "0:59"), (754, "12:34"), (3_723, "1:02:03")]
)
def test_the_clock_goes_on_over_hours(seconds: float, shown: str) -> None:
    assert clock(seconds) == shown


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [("short", 5, "short"), ("shorter", 5, "shor~"), ("日本語", 5, "日本~"), ("any", 0, "")],
)
def test_what_is_cut_says_so(text: str, width: int, shown: str) -> None:
    assert cut(text, width) == shown


def test_totals_count_by_what_needs_to_be_seen() -> None:
    rows = [row(state="done"), row(state="closed"), row(state="done")]

    assert totals(rows) == "1 closed, 2 done"
