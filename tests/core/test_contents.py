from __future__ import annotations

import pytest

from reconciler.core.contents import (
    MOST,
    Count,
    Held,
    SequenceFact,
    TableFact,
    checks_of,
    differences_of,
    differences_text,
    rows_check,
)


def held(**changes: object) -> Held:
    plain = Held(
        version=170009,
        num_bytes=1_000,
        encoding="UTF8",
        extensions=("pgcrypto", "plpgsql"),
        tables=(TableFact(schema_name="public", table="orders", num_bytes=10),),
        objects=("view public.open",),
        invalid_indexes=(),
        sequences=(SequenceFact(name="public.n", last=40, is_readable=True),),
        grants=("analyst may SELECT public.orders",),
    )
    return plain.model_copy(update=changes)


def sequence(last: int | None, **facts: bool) -> tuple[SequenceFact, ...]:
    return (SequenceFact(**{"name": "public.n", "last": last, "is_readable": True, **facts}),)


DIFFERENT = [
    ("follower-switch", {"version": 180001}, "PostgreSQL 17.9 became 18.1"),
    ("pg-copy", {"version": 160004}, "PostgreSQL 17.9 became 16.4"),
    ("pg-copy", {"encoding": "SQL_ASCII"}, "encoding UTF8 became SQL_ASCII"),
    ("pg-copy", {"extensions": ("plpgsql",)}, "extension pgcrypto is missing"),
    ("pg-copy", {"tables": ()}, "table public.orders is missing"),
    ("pg-copy", {"objects": ()}, "view public.open is missing"),
    ("pg-copy", {"invalid_indexes": ("public.i",)}, "index public.i is invalid"),
    ("pg-copy", {"sequences": ()}, "sequence public.n is missing"),
    ("pg-copy", {"sequences": sequence(39)}, "sequence public.n is behind by 1"),
    (
        "follower-switch",
        {"sequences": sequence(None)},
        "sequence public.n is behind: it was never used",
    ),
    ("follower-switch", {"grants": ()}, "analyst may SELECT public.orders: not in the new one"),
]


@pytest.mark.parametrize(("way", "changes", "words"), DIFFERENT)
def test_what_the_new_one_lacks_is_a_difference(
    way: str, changes: dict[str, object], words: str
) -> None:
    checks = checks_of(held(), held(**changes), way)  # type: ignore[arg-type]

    assert differences_of(checks) == (words,)


SAME = [
    ("pg-copy", {"version": 180001}),
    (
        "pg-copy",
        {"extensions": ("more", "pgcrypto", "plpgsql"), "objects": ("a", "view public.open")},
    ),
    ("pg-copy", {"grants": ()}),
    ("follower-switch", {"sequences": sequence(72)}),
    ("follower-switch", {"num_bytes": 7}),
    ("follower-switch", {}),
]


@pytest.mark.parametrize(("way", "changes"), SAME)
def test_more_than_before_and_what_a_copy_never_takes_along_is_none(
    way: str, changes: dict[str, object]
) -> None:
    assert differences_of(checks_of(held(), held(**changes), way)) == ()  # type: ignore[arg-type]


def test_a_sequence_that_counts_down_is_behind_when_it_is_higher() -> None:
    old, new = (held(sequences=sequence(last, is_descending=True)) for last in (-40, -39))

    assert differences_of(checks_of(old, new, "pg-copy")) == ("sequence public.n is behind by 1",)
    assert differences_of(checks_of(new, old, "pg-copy")) == ()


def test_what_can_not_be_read_is_said_to_be_not_compared() -> None:
    hidden = held(sequences=sequence(None, is_readable=False))

    (found,) = [one for one in checks_of(held(), hidden, "pg-copy") if one.what == "sequences"]

    assert (found.result, found.not_compared) == (
        "same",
        ("public.n: not to be read by this credential",),
    )
    assert found.text == "0 of 1 not behind"


def test_an_index_that_was_invalid_before_is_no_difference() -> None:
    old = held(invalid_indexes=("public.i",))

    assert differences_of(checks_of(old, old, "follower-switch")) == ()


def test_rows_count_as_compared_only_where_both_were_counted() -> None:
    counts = [
        Count(table="public.a", old=1_000, new=1_000),
        Count(table="public.b", why_not="it could not be read (42501)"),
    ]

    found = rows_check(counts, left=["public.c"])

    assert found.result == "same"
    assert found.text == "1,000 rows of 1 table counted in both, 2 tables not"
    assert found.not_compared == (
        "public.b: it could not be read (42501)",
        "public.c: no time while the apps were closed",
    )
    assert rows_check([], left=["public.c"]).result == "not-compared"
    assert rows_check([Count(table="public.a", old=2, new=1)]).differences == (
        "table public.a has 2 rows in the old one, 1 in the new one",
    )


def test_thousands_of_differences_are_counted_and_a_few_are_named() -> None:
    old = held(objects=tuple(f"view public.v{n}" for n in range(MOST + 7)))

    differences = differences_of(checks_of(old, held(objects=()), "pg-copy"))

    assert len(differences) == MOST + 1
    assert differences[-1] == "and 7 more"
    assert len(differences_text(differences)) < 300
