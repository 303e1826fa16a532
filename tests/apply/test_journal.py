from __future__ import annotations

from reconciler.apply.journal import (
    CLOSED,
    PREPARED,
    Entry,
    Progress,
    What,
    by_database,
    progress_of,
)
from reconciler.core.names import DatabaseName

CUTOVER = frozenset({2, 3})
AT = "2026-11-22T20:00:00+00:00"


def entry(what: What, *, database: str = "orders", **more: object) -> Entry:
    return Entry(at=AT, database=DatabaseName(database), what=what, **more)  # type: ignore[arg-type]


def test_nothing_written_is_nothing_begun() -> None:
    assert progress_of([], CUTOVER) == Progress()


def test_progress_counts_stages_and_memories() -> None:
    progress = progress_of(
        [
            entry("begun"),
            entry("intent", stage=0, step="create"),
            entry("seen", stage=0, step="create"),
            entry("stage-done", stage=0),
            entry("cutover-begun"),
            entry("remembered", key="dynos shop", value="{}"),
        ],
        CUTOVER,
    )

    assert progress == Progress(
        has_begun=True,
        stages_done=frozenset({0}),
        is_cutting_over=True,
        memory={"dynos shop": "{}"},
        intents=frozenset({"create"}),
        preparing=frozenset({"create"}),
        furthest=0,
        seen=frozenset({"create"}),
        begun_at=AT,
        closed_at=AT,
    )


def test_the_first_memory_of_an_attempt_stands() -> None:
    progress = progress_of(
        [
            entry("remembered", key="dynos shop", value='{"web": 3}'),
            entry("remembered", key="dynos shop", value='{"web": 0}'),
        ],
        CUTOVER,
    )

    assert progress.memory == {"dynos shop": '{"web": 3}'}


def test_a_cutover_that_backed_out_begins_anew_but_what_was_prepared_stays() -> None:
    progress = progress_of(
        [
            entry("begun"),
            entry("stage-done", stage=0),
            entry("cutover-begun"),
            entry("remembered", key="dynos shop", value="{}"),
            entry("stage-done", stage=2),
            entry("backed-out"),
        ],
        CUTOVER,
    )

    assert progress == Progress(has_begun=True, stages_done=frozenset({0}), begun_at=AT)


def test_what_was_measured_outlives_a_back_out_and_the_newest_cutover_stands() -> None:
    progress = progress_of(
        [
            entry("begun"),
            entry("stage-done", stage=0, key=PREPARED, value="240.500"),
            entry("cutover-begun"),
            entry("backed-out", key=CLOSED, value="300.000"),
        ],
        CUTOVER,
    )

    again = progress.after(entry("cutover-begun"), CUTOVER)
    opened = again.after(entry("opened", key=CLOSED, value="41.250"), CUTOVER)

    assert (progress.prepared_s, progress.closed_s, progress.closed_at) == (240.5, 300, "")
    assert again.closed_at == AT
    assert (opened.prepared_s, opened.closed_s, opened.closed_at) == (240.5, 41.25, "")


def test_a_measurement_that_is_damaged_counts_as_none() -> None:
    opened = entry("opened", key=CLOSED, value="4l.25")

    assert progress_of([opened], CUTOVER) == Progress()


def test_entries_are_told_apart_by_database() -> None:
    mine, other = entry("begun"), entry("begun", database="users")

    assert by_database([mine, other]) == {"orders": [mine], "users": [other]}
