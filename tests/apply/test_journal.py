from __future__ import annotations

from reconciler.apply.journal import Entry, Progress, What, by_database, progress_of
from reconciler.core.names import DatabaseName

CUTOVER = frozenset({2, 3})


def entry(what: What, *, database: str = "orders", **more: object) -> Entry:
    return Entry(at="2026-11-22T20:00:00+00:00", database=DatabaseName(database), what=what, **more)  # type: ignore[arg-type]


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

    assert progress == Progress(has_begun=True, stages_done=frozenset({0}))


def test_entries_are_told_apart_by_database() -> None:
    mine, other = entry("begun"), entry("begun", database="users")

    assert by_database([mine, other]) == {"orders": [mine], "users": [other]}
