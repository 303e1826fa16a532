from __future__ import annotations

from datetime import date, time
from typing import Annotated, Literal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from reconciler.errors import DesiredStateError, Problem, ScenarioError
from reconciler.toml_text import decode, load, load_located


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


def even(number: int) -> int:
    if number % 2:
        raise ValueError("must be even.")
    return number


class Follower(Frozen):
    app: str | None = None
    plan: str


class Database(Frozen):
    plan: str
    method: Literal["auto", "pg-copy"] = "auto"
    version: Annotated[int, Field(ge=9)] | None = None
    size: int | str | None = None
    pairs: Annotated[int, AfterValidator(even)] = 0
    day: date | None = None
    at: time | None = None
    labels: dict[str, str] = {}
    followers: tuple[Follower, ...] = Field(default=(), alias="follower")


class Document(Frozen):
    app: str | None = None
    database: dict[str, Database] = {}


VALID = """\
app = "shop"  # of this file

[database.orders]
plan = "standard-2"
method = "pg-copy"
version = 17
day = 2026-06-01
at = 02:00:00
labels = { team = "payments", "wide key" = '''a
b''' }

[[database.orders.follower]]
app = "reports"
plan = "standard-0"

[database."other.one"]
plan = "essential-0"
follower = [{ plan = "standard-0" }, { plan = "standard-2", app = "x" }]
"""


def problems_in(text: str) -> tuple[Problem, ...]:
    with pytest.raises(DesiredStateError) as caught:
        load(text, file="a.toml", model=Document, error=DesiredStateError)
    return caught.value.problems


def test_a_valid_document_becomes_the_model() -> None:
    document = load(VALID, file="a.toml", model=Document, error=DesiredStateError)

    orders = Database(
        plan="standard-2",
        method="pg-copy",
        version=17,
        day=date(2026, 6, 1),
        at=time(2, 0),
        labels={"team": "payments", "wide key": "a\nb"},
        follower=(Follower(app="reports", plan="standard-0"),),
    )
    other = Database(
        plan="essential-0",
        follower=(Follower(plan="standard-0"), Follower(app="x", plan="standard-2")),
    )
    assert document == Document(app="shop", database={"orders": orders, "other.one": other})


def test_all_problems_come_at_once_and_in_order() -> None:
    found = problems_in("app = 1\n[database.orders]\nplan = 2\nmethod = 'no'\n")

    assert [(each.line, each.column, each.key) for each in found] == [
        (1, 1, "app"),
        (3, 1, "database.orders.plan"),
        (4, 1, "database.orders.method"),
    ]


@pytest.mark.parametrize(
    ("text", "place", "key", "message", "hint"),
    [
        ("aap = 'x'", (1, 1), "aap", "unknown key.", 'Did you mean "app"?'),
        ("[limits]", (1, 1), "limits", "unknown key.", "Allowed here: app, database."),
        (
            "[database.a]\nplan = 'x'\nfollower = [{ plan = 'x', paln = 'y' }]",
            (3, 27),
            "database.a.follower[0].paln",
            "unknown key.",
            'Did you mean "plan"?',
        ),
        (
            "[database.a]\nplan = 'x'\n[[database.a.follower]]\nplan = 'y'\nsize = 1",
            (5, 1),
            "database.a.follower[0].size",
            "unknown key.",
            "Allowed here: app, plan.",
        ),
        (
            "\n  [database.'a b']",
            (2, 3),
            'database."a b".plan',
            'the key "plan" is missing here.',
            "",
        ),
        ("database = []", (1, 1), "database", "must be a table, not an array.", ""),
        ("app = true", (1, 1), "app", "must be a text, not true.", ""),
        (
            "database = {a = {plan = 'x', day = 5}}",
            (1, 30),
            "database.a.day",
            "must be a date such as 2026-06-01, not the number 5.",
            "",
        ),
        (
            "database.a.plan = 'x'\ndatabase.a.version = '17'",
            (2, 12),
            "database.a.version",
            'must be a whole number, not the text "17".',
            "",
        ),
        (
            "database.a.plan = 'x'\ndatabase.a.size = 1.5",
            (2, 12),
            "database.a.size",
            "must be a whole number or a text, not the number 1.5.",
            "",
        ),
        (
            "database.a.plan = 'x'\ndatabase.a.version = 8",
            (2, 12),
            "database.a.version",
            "must be 9 or more.",
            "",
        ),
        (
            "database.a.plan = 'x'\ndatabase.a.pairs = 3",
            (2, 12),
            "database.a.pairs",
            "must be even.",
            "",
        ),
        (
            "database.a.plan = 'x'\ndatabase.a.method = 'pg_copy'",
            (2, 12),
            "database.a.method",
            'must be "auto" or "pg-copy", not the text "pg_copy".',
            'Did you mean "pg-copy"?',
        ),
        (
            "app = standard-2",
            (1, 7),
            "",
            "not valid TOML: invalid value.",
            'A text needs quotes, such as plan = "standard-2".',
        ),
        ("a = 1\na = 2\n", (2, 6), "", "not valid TOML: cannot overwrite a value.", ""),
    ],
)
def test_each_kind_of_problem_has_its_place_and_words(
    text: str, place: tuple[int, int], key: str, message: str, hint: str
) -> None:
    found = problems_in(text)

    assert found == (Problem("a.toml", *place, key, message, hint),)


def test_a_long_value_is_not_repeated_since_it_may_be_a_secret() -> None:
    secret = "canary-" + "0123456789abcdef" * 2

    found = problems_in(f"database.a = {{ plan = 'x', version = '{secret}', method = '{secret}' }}")

    assert not any(secret in str(each) for each in found)
    assert [each.message for each in found] == [
        "must be a whole number, not this text.",
        'must be "auto" or "pg-copy", not this text.',
    ]


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "[" * 5_000,
        "a = " + "[" * 700 + "]" * 700,
        "a = " + "9" * 5_000,
        "a." * 3_000 + "a=1",
    ],
    ids=["unclosed", "deep", "long number", "deep key"],
)
def test_what_no_reader_can_take_is_a_problem_too(text: str) -> None:
    found = problems_in(text)

    assert [(each.file, each.line, each.column) for each in found] == [("a.toml", 1, 1)]


def test_the_error_is_of_the_kind_that_was_asked_for() -> None:
    with pytest.raises(ScenarioError):
        load("[", file="a.toml", model=Document, error=ScenarioError)


def test_a_later_problem_stands_at_its_own_place_or_at_the_nearest_table() -> None:
    located = load_located(VALID, file="a.toml", model=Document, error=DesiredStateError)

    written = located.problem(("database", "orders", "version"), "too new.", "Use 16.")
    left_out = located.problem(("database", "orders", "size"), "is needed.")

    assert written == Problem("a.toml", 6, 1, "database.orders.version", "too new.", "Use 16.")
    assert left_out == Problem("a.toml", 3, 1, "database.orders.size", "is needed.")


def test_bytes_that_are_not_utf_8_are_named_by_place() -> None:
    with pytest.raises(DesiredStateError) as caught:
        decode("a = 'é'\nb = 'é".encode() + b"\xff'", file="a.toml", error=DesiredStateError)

    assert caught.value.problems == (
        Problem("a.toml", 2, 7, "", "not UTF-8.", "Save the file as UTF-8."),
    )


def test_a_byte_order_mark_is_dropped() -> None:
    assert decode(b"\xef\xbb\xbfa = 1", file="a.toml", error=DesiredStateError) == "a = 1"


PIECES = st.sampled_from(
    [*'[]{}=,."#\n\\ x9-é\x00', "'''", '"""', "[[", "app", "plan", "1e5", "true"]
)


@given(st.lists(st.tuples(st.integers(0, len(VALID)), st.integers(0, 9), PIECES), max_size=4))
@example([(0, 0, "\n"), (20, 3, "]")])
@example([(364, 6, "\\")])  # tomli looks for the escaped character beyond the end of the line
def test_a_mutated_document_is_read_or_refused_with_a_place(
    edits: list[tuple[int, int, str]],
) -> None:
    text = VALID
    for at, removed, added in edits:
        text = text[:at] + added + text[at + removed :]

    try:
        load(text, file="a.toml", model=Document, error=DesiredStateError)
    except DesiredStateError as refused:
        lines = text.split("\n")
        for problem in refused.problems:
            assert 1 <= problem.line <= len(lines)
            assert 1 <= problem.column <= len(lines[problem.line - 1]) + 1
            assert problem.message
