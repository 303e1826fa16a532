from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from support.planning import POOL, follower, live, plan_of, wanted
from support.rich_plan import rich_plan

from reconciler.core.durations import parse_retention
from reconciler.core.endpoint import is_stand_in
from reconciler.core.limits import Safety
from reconciler.core.plan import Money, Plan
from reconciler.render.html import html_page
from reconciler.render.human import plan_text
from reconciler.render.words import (
    amount,
    cost_text,
    difference_cents,
    dollars,
    overlap_figure,
    signed,
)

if TYPE_CHECKING:
    from reconciler.core.desired import DesiredDatabase

SWITCH = {"method": "follower-switch"}


def against(plan: Plan, endpoint: str) -> Plan:
    return plan.model_copy(update={"endpoint": endpoint}).with_digest()


def test_the_first_line_says_that_it_speaks_to_the_stand_in() -> None:
    text = plan_text(plan_of(live(), wanted()))

    assert text.splitlines()[0] == (
        "Speaking to the stand-in (sim:test), not to Heroku: nothing here is real."
    )


@pytest.mark.parametrize(
    ("endpoint", "is_one"),
    [
        ("sim:example", True),
        ("http://127.0.0.1:5780", True),
        ("http://[::1]:5780", True),
        ("http://localhost:1", True),
        ("localhost", True),
        ("loopback", True),
        ("https://api.heroku.com", False),
        ("api.heroku.com", False),
        ("https://simple.example.com", False),
        ("https://[x", False),
        ("sim:[x", True),
    ],
)
def test_stand_ins_are_told_from_heroku(endpoint: str, is_one: bool) -> None:  # noqa: FBT001  # a column
    assert is_stand_in(endpoint) is is_one


def test_heroku_itself_is_not_announced() -> None:
    text = plan_text(against(plan_of(live(), wanted()), "https://api.heroku.com"))

    assert text.startswith("reconcile plan: 1 database: 1 to change\n")


def test_the_last_line_says_how_to_apply_exactly_this() -> None:
    plan = plan_of(live(), wanted())

    assert plan_text(plan, path="plans/x.json").splitlines()[-1] == (
        f"Plan {plan.id} written to plans/x.json. Apply exactly this: reconcile apply plans/x.json"
    )
    assert plan_text(plan).splitlines()[-1] == f"Plan {plan.id}."


def test_nothing_to_do_is_said_only_when_all_is_as_wanted() -> None:
    done = plan_of(live("standard-2"), wanted())
    on_its_way = plan_of(live("standard-2", serving="standard-0"), wanted())

    assert plan_text(done).splitlines()[-1] == "Nothing to do."
    assert plan_text(on_its_way).splitlines()[-1] == "Nothing to apply."


@pytest.mark.parametrize("width", [60, 80, 100, 140])
def test_lines_fit_the_width_where_no_single_word_is_longer(width: int) -> None:
    names = ["shop::DATABASE", f"shop::POOL {POOL}", "reports::ORDERS"]
    world = live(attachments=names, schedules=[["DATABASE_URL", 3, "UTC"]])
    desired = wanted(followers=(follower("web", "REPLICA", "standard-2"),), **SWITCH)

    details = plan_text(plan_of(world, desired), width=width).split("\n\n", 2)[2]

    assert [line for line in details.splitlines() if len(line) > width] == []


@pytest.mark.parametrize("width", [60, 80])
def test_heads_and_tails_fit_the_width_and_commands_stay_whole(width: int) -> None:
    plan = rich_plan().model_copy(update={"safety": Safety(), "endpoint": "sim:example"})
    path = "plans/fe3485a3.json"

    blocks = [one.splitlines() for one in plan_text(plan, path=path, width=width).split("\n\n")]
    headlines = [line for one in blocks[2:] for line in one[:2]]

    assert [line for line in [*blocks[0], *headlines, *blocks[-1]] if len(line) > width] == []
    assert blocks[-1] == [
        f"Plan {plan.id} written to {path}.",
        f"  Apply exactly this: reconcile apply {path}",
    ]


def test_a_question_mark_is_explained_for_the_columns_that_show_one() -> None:
    plan = rich_plan()

    wide, narrow = (plan_text(plan, width=width).split("\n\n")[1] for width in (140, 80))

    assert wide.endswith("\nA question mark in PREPARE: no source gives a bound.")
    assert "PREPARE" not in narrow


def test_a_long_name_is_cut_in_the_table_and_whole_in_the_details() -> None:
    name = "a-database-with-an-uncommonly-long-name-that-nobody-should-need"

    text = plan_text(plan_of(live(), wanted(name=name)), width=90)

    table, details = text.split("\n\n")[1:3]
    assert max(len(line) for line in table.splitlines()) <= 90
    assert name not in table
    assert name in details


def test_ascii_is_ascii() -> None:
    plan = plan_of(live(), wanted())

    assert plan_text(plan, is_ascii=True).isascii()
    assert "standard-0 → standard-2" in plan_text(plan)


def test_the_table_is_aligned() -> None:
    text = plan_text(
        plan_of(
            live(
                others={
                    "small": {"app": "web", "plan": "essential-0", "attachments": ["web::DATABASE"]}
                }
            ),
            wanted(**SWITCH),
            wanted("essential-2", name="a-longer-name", app="web"),
        )
    )

    table = text.split("\n\n")[1].splitlines()[:3]
    columns = [table[0].index(word) for word in ("NOW", "WANTED", "METHOD", "PREPARE", "DOWNTIME")]
    for line in table[1:]:
        assert all(line[column - 1] == " " and line[column] != " " for column in columns)


def test_prices_that_are_not_known_are_called_so() -> None:
    text = plan_text(plan_of(live("premium-0"), wanted("premium-10")))

    assert "no other cost, and 1 of unknown price" in text
    assert "$200 → price unknown a month" in text


@pytest.mark.parametrize(
    ("cents", "text"), [(None, "price unknown"), (0, "$0"), (5000, "$50"), (120050, "$1,200.50")]
)
def test_money_is_written_in_dollars(cents: int | None, text: str) -> None:
    assert dollars(cents) == text


@pytest.mark.parametrize(
    ("cents", "text"), [(None, "?"), (0, "0"), (15000, "+150"), (-115050, "-1,150.50")]
)
def test_differences_carry_their_sign(cents: int | None, text: str) -> None:
    assert signed(cents) == text


def test_what_an_unknown_overlap_costs_is_not_called_nothing() -> None:
    money = Money(before_cents=None, after_cents=100, overlap_cents=None)

    assert cost_text(money, keep="72h") == (
        "price unknown → $1 a month; what is replaced is paid for meanwhile, price unknown (kept 72h)"
    )


def test_what_is_to_be_known_about_the_making_stands_below_the_totals() -> None:
    plan = plan_of(live(), wanted()).model_copy(update={"notes": ("prices are old",)})

    assert plan_text(plan).splitlines()[3] == "Note: prices are old"


def test_a_difference_needs_both_ends() -> None:
    assert difference_cents(Money(before_cents=1, after_cents=None, overlap_cents=0)) is None
    assert difference_cents(Money(before_cents=100, after_cents=40, overlap_cents=None)) == -60
    assert amount(-60) == "0.60"


REPLACING = Money(before_cents=5000, after_cents=5000, overlap_cents=5000, overlap_once_cents=501)


@pytest.mark.parametrize(
    ("money", "keep", "text", "figure"),
    [
        (
            REPLACING,
            "72h",
            (
                "$50 a month, as now; and at least $5.01 once: $50 a month / 720 an hour for what is "
                "replaced (kept 72h) and what is new beside it until the cutover "
                "(source: heroku/cli v11.9.0)"
            ),
            "+5.01",
        ),
        (
            REPLACING.model_copy(update={"overlap_once_cents": None}),
            "forever",
            "$50 a month, as now; what is replaced goes on costing $50 a month (kept forever)",
            "+50/month",
        ),
        (
            REPLACING.model_copy(update={"after_cents": None, "overlap_once_cents": None}),
            "72h",
            (
                "$50 → price unknown a month; what is replaced goes on costing $50 a month, pro rata "
                "(kept 72h)"
            ),
            "?",
        ),
    ],
)
def test_an_overlap_is_what_it_costs_in_all(
    money: Money, keep: str, text: str, figure: str
) -> None:
    assert (cost_text(money, keep=keep), overlap_figure(money, keep=keep)) == (text, figure)


def test_a_renewal_costs_its_overlap() -> None:
    renewed = wanted("standard-0", not_older_than=dt.date(2026, 1, 1))

    text = plan_text(plan_of(live(created_on="2020-01-01"), renewed))

    assert text.splitlines()[2].endswith("; at least $5.01 once")


def test_what_is_kept_forever_costs_each_month() -> None:
    desired = wanted(**SWITCH, keep_old_primary=parse_retention("forever"))

    text = plan_text(plan_of(live(), desired))

    assert "$150 more a month, $50 a month for what is kept forever" in " ".join(text.split())


@pytest.mark.parametrize(
    ("desired", "words"),
    [
        (wanted(), "opens the apps again after 10 min at the latest"),
        (wanted("standard-0", version=18), "opens the apps again after 41 min at the latest"),
        (wanted(**SWITCH), "backs out by itself after 5 min"),
    ],
)
def test_what_heroku_carries_out_is_not_said_to_back_out(
    desired: DesiredDatabase, words: str
) -> None:
    plan = plan_of(live(version=17), desired)

    assert f"cutover, which {words}:" in plan_text(plan)
    assert words[1:] in html_page(plan, now=dt.datetime(2026, 11, 22, tzinfo=dt.UTC))
