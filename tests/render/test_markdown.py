from __future__ import annotations

import datetime as dt
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.gfm import rendered
from support.planning import live, plan_of, wanted
from support.rich_plan import rich_plan

from reconciler.core.plan import Blocked, Converging, Plan, Reason, Retirement, Unknown
from reconciler.render.markdown.escape import BREAK, code, escaped, units
from reconciler.render.markdown.marker import is_marker_name, marker_of
from reconciler.render.markdown.plans import GITHUB_MOST, SHORTEST, plan_markdown
from reconciler.render.markdown.rows import by_risk
from reconciler.render.retiring import RetireFile

if TYPE_CHECKING:
    from collections.abc import Sequence

GOLDEN = Path(__file__).with_name("golden") / "rich.md"
MARKER = marker_of("production")
OURS = {
    "h3", "blockquote", "p", "ul", "ol", "li", "strong", "code", "br", "pre",
    "table", "thead", "tbody", "tr", "th", "td", "details", "summary",
}  # fmt: skip
TODAY = dt.date(2026, 11, 22)
HOSTILE = [
    "a | b || c",
    "`x` ``y`` ```",
    "\n```\n# heading\n- item\n",
    "<script>alert(1)</script>",
    "</code></td></table></details><img src=x onerror=alert(1)>",
    "<!-- reconcile:plan:production -->",
    "--> <b>bold</b>",
    "*em* **strong** __init__ ~~gone~~ _a_",
    "[link](https://evil.example) ![picture](https://evil.example/x.png)",
    "https://evil.example www.evil.example mail@evil.example ftp://evil.example",
    "@octocat @org/team",
    "#123 GH-12 owner/repo#5 !7 ~label %milestone &epic",
    "$x^2$ and $$y$$",
    ":tada: :+1: :100:",
    "\\| \\` &lt;b&gt; &#60;b&#62;",
    "/close\n/merge",
    "> quote",
    "1. one",
    "- [ ] task",
    "---",
    "tab\tand\x00nul\x1b[31m and \u202egnol\u202c\u200b",
    "\U0001f600" * 9,
    "deadbeefdeadbeefdeadbeefdeadbeefdeadbeef",
    "",
]


@cache
def rich() -> Plan:
    return rich_plan()


def visible(text: str) -> str:
    """What a reader makes of it: the zero-width spaces that keep hosts from linking are not seen."""
    return text.replace("\u200b", "")


def one_line(text: str) -> str:
    """The source as it may be shown: blanks joined, what nobody sees made visible."""
    joined = " ".join(text.split())
    return re.sub(r"[\x00-\x1f\x7f\u200b\u202a-\u202e]", "\ufffd", joined)


def spoiled(plan: Plan, text: str) -> Plan:
    """`plan`, with `text` in every place that comes from the live world or from TOML."""
    one = plan.databases[0]
    point = one.starting_point.model_copy(update={"addon": text, "serving_plan": text})
    reason = Reason(text=text, rule="R001")
    radius = one.blast_radius.model_copy(
        update={"apps": (text,), "attachments": (text,), "followers": (text,)}
    )
    bad = one.model_copy(
        update={
            "name": text, "app": text, "attachment": text, "starting_point": point,
            "because": (reason,), "back_out": text, "warnings": (text,), "redo": (text,),
            "undo_until": text, "keep_old_primary": text, "blast_radius": radius,
            "rejected": tuple(each.model_copy(update={"reasons": (reason,)}) for each in one.rejected),
        }
    )  # fmt: skip
    where = {"name": text, "app": text, "attachment": text}
    more: dict[str, Any] = {
        "databases": (bad,),
        "blocked": (Blocked(**where, changes=one.changes, rejected=(), reason=text, where=text),),
        "unknown": (Unknown(**where, reason=text),),
        "converging": (
            Converging(name=text, addon=text, serving_plan=text, service_plan=text, note=text),
        ),
        "notes": (text,),
        "endpoint": f"sim:{text}",
    }
    return plan.model_copy(update=more).with_digest()


def many(count: int, name: str = "a-database-of-quite-some-name") -> Plan:
    plan = rich()
    kinds = plan.databases
    databases = tuple(
        kinds[number % len(kinds)].model_copy(update={"name": f"{name}-{number:04}"})
        for number in range(count)
    )
    return plan.model_copy(update={"databases": databases})


def rows_of(markdown: str) -> list[list[str]]:
    (table,) = rendered(markdown).all("table")
    return [[visible(cell.text()) for cell in row.all("td")] for row in table.all("tr")][1:]


def test_the_comment_of_a_rich_plan_is_the_golden_one(request: pytest.FixtureRequest) -> None:
    now = plan_markdown(rich(), path="plans/rich.json", today=TODAY, marker=MARKER)

    if request.config.getoption("--update-golden"):
        GOLDEN.write_text(now, encoding="utf-8")
    assert GOLDEN.read_text(encoding="utf-8") == now


def test_a_host_shows_a_table_and_a_fold_for_each_database() -> None:
    plan = rich()

    page = rendered(plan_markdown(plan, path="plans/rich.json", today=TODAY, marker=MARKER))

    assert page.tags() <= OURS
    (table,) = page.all("table")
    cells = [[visible(one.text()) for one in row.all("td")] for row in table.all("tr")][1:]
    listed = [*plan.blocked, *plan.unknown, *plan.databases, *plan.converging]
    assert sorted(row[0] for row in cells) == sorted(one.name for one in listed)
    titles = [visible(one.text()) for one in page.all("summary")]
    assert len(titles) == len(plan.blocked) + len(plan.databases) + 3
    assert titles[0] == f"{plan.blocked[0].name}: blocked"
    assert titles[2].startswith(f"{by_risk(plan)[0].name}: ")


def test_what_decides_stands_outside_of_every_fold() -> None:
    page = rendered(plan_markdown(rich(), path="plans/rich.json", today=TODAY))

    outside = [one for one in page.inside if not isinstance(one, str) and one.tag != "details"]
    said = visible("\n".join(one.text() for one in outside))
    assert said.startswith("reconcile plan: 13 databases: ")
    assert "Beyond a limit, and so refused by apply:" in said
    assert "6 databases would change, 1 of them waived; at most 2 may: 3 more waivers" in said
    assert "[[waiver]]" in said
    assert "Downtime in 5, the longest 6-27 min (essential-leaves-by-copy-1)" in said
    assert page.children("table")


def test_a_fold_has_every_step_and_the_point_of_no_return_in_its_place() -> None:
    (one,) = (each for each in rich().databases if each.method == "pg-copy")
    page = rendered(plan_markdown(rich(), path="x.json", today=TODAY))

    (details,) = (
        each for each in page.all("details") if each.text().startswith(f"{one.name}: pg-copy")
    )
    lists = details.all("ol")
    numbers = [int(each.attributes.get("start") or 1) for each in lists]
    assert one.point_of_no_return is not None
    assert numbers == [1, 2, one.point_of_no_return + 1]
    assert sum(len(each.all("li")) for each in lists) == len(one.stages)
    for words in ("R020", "not addons-upgrade", "touches apps: blog", "backs out by itself"):
        assert words in visible(details.text())


def test_the_next_command_holds_the_whole_digest_as_it_can_be_copied() -> None:
    plan = plan_of(live(), wanted())

    page = rendered(plan_markdown(plan, path="plans/a b.json"))

    *_, following, explaining = page.all("pre")
    assert following.text() == f"reconcile apply 'plans/a b.json' --approve {plan.digest}\n"
    assert explaining.text() == "reconcile explain orders\n"


def test_where_a_pipeline_applies_only_the_digest_is_offered() -> None:
    plan = plan_of(live(), wanted())

    text = plan_markdown(plan, path="plans/x.json", is_pipelines=True)

    assert "reconcile apply" not in text
    assert f"\n{plan.digest}\n" in text


def test_a_plan_beyond_a_limit_is_not_offered_to_be_applied() -> None:
    text = plan_markdown(rich(), path="plans/rich.json", today=TODAY)

    assert "reconcile apply" not in text.rpartition("Plan `")[2]
    assert "is beyond a limit: apply refuses it" in text


def test_nothing_to_do_is_one_line() -> None:
    plan = plan_of(live("standard-2"), wanted())

    assert plan_markdown(plan, marker=MARKER).splitlines() == [
        MARKER,
        "### reconcile plan: 1 database: 1 unchanged",
        "",
        "> Made against the stand-in (<code>sim:test</code>), not Heroku: nothing here is real.",
        "",
        "Nothing to do.",
    ]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_stay_text(text: str) -> None:
    markdown = plan_markdown(spoiled(rich(), text), path="x.json", today=TODAY, marker=MARKER)

    page = rendered(markdown)

    assert page.tags() <= OURS
    assert page.all("a", "img", "script") == []
    assert markdown.count(MARKER) == 1
    assert len(page.all("details")) == len(page.all("summary"))
    assert one_line(text) in one_line(visible(page.text()).replace("\ufffd", "\ufffd"))
    assert not [line for line in markdown.splitlines() if line.startswith("/")]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_stay_in_their_cells(text: str) -> None:
    markdown = plan_markdown(spoiled(rich(), text), path="x.json", today=TODAY)

    rows = rows_of(markdown)

    assert [len(row) for row in rows] == [6] * 4
    assert {row[0] for row in rows} == {one_line(text)}


@pytest.mark.parametrize(
    ("text", "broken"),
    [
        ("@octocat", "@|octocat"),
        ("see #12", "see #|12"),
        ("GH-12", "GH|-12"),
        ("!12 and ~bug", "!|12 and ~|bug"),
        ("$x$", "$|x$"),
        (":tada:", ":|tada:"),
        ("https://a.example", "https:|//a.example"),
        ("www.a.example", "www|.a.example"),
        ("deadbeef", "deadbe|ef"),
        ("heroku pg:backups:capture at 02:00:00 (a.toml:2:1)", None),
        ("shop-orders-standard-2-be943e", None),
    ],
)
def test_references_are_broken_where_a_host_would_link_them(text: str, broken: str | None) -> None:
    shown = "".join(one for one in [rendered(escaped(text)).text().strip()])

    assert shown == (broken or text).replace("|", "\u200b")
    assert (BREAK in escaped(text)) is (broken is not None)


@given(st.text(max_size=200))
def test_any_text_is_shown_as_it_is(text: str) -> None:
    page = rendered(f"- **label** {escaped(text)} {code(text)}")

    assert page.tags() <= {"ul", "li", "strong", "code"}
    shown = visible(page.text())
    if text.strip() and text.isprintable() and "\ufffd" not in text:
        assert " ".join(text.split()) in " ".join(shown.split())


@pytest.mark.slow
@given(
    st.integers(min_value=0, max_value=600),
    st.text(min_size=1, max_size=60),
    st.sampled_from([SHORTEST, 9_999, 20_000, GITHUB_MOST, 1_000_000]),
    st.text(max_size=2_000),
)
@settings(max_examples=15, deadline=None)
def test_a_comment_is_never_longer_than_its_host_allows(
    count: int, name: str, most: int, reason: str
) -> None:
    plan = many(count, name)
    spoilt = spoiled(rich(), reason)
    crowded = plan.model_copy(
        update={
            "notes": (reason,) * 20,
            "unknown": spoilt.unknown * count,
            "blocked": spoilt.blocked * (count // 3),
        }
    )

    for each in (plan, crowded):
        text = plan_markdown(each, path=reason, today=TODAY, most=most, marker=MARKER)
        assert units(text) <= most
        assert rendered(text).tags() <= OURS


def test_500_changed_databases_fit_into_one_comment_with_a_row_for_each() -> None:
    plan = many(500, "db").model_copy(update={"safety": plan_of(live(), wanted()).safety})

    text = plan_markdown(plan, path="plans/x.json", today=TODAY)

    assert units(text) <= GITHUB_MOST
    assert {row[0] for row in rows_of(text)} >= {one.name for one in plan.databases}
    assert "folds with details are left out, the least risky first" in text


def test_folds_go_before_rows_do_and_the_least_risky_go_first() -> None:
    plan = many(40)
    names = [one.name for one in by_risk(plan)]

    text = plan_markdown(plan, path="x.json", today=TODAY)

    assert len(rows_of(text)[0]) == 6
    shown = folds(text)
    assert 0 < len(shown) < 40
    assert shown == [*[one.name for one in plan.blocked], *names][: len(shown)]


def test_where_rows_do_not_fit_either_the_riskiest_stay_and_the_rest_is_counted() -> None:
    plan = many(600, "a-name-that-is-as-long-as-a-name-may-be")
    text = plan_markdown(plan, path="x.json", today=TODAY, most=20_000)

    rows = [row[0] for row in rows_of(text)]
    first = [*plan.blocked, *plan.unknown, *by_risk(plan)]
    found = re.search(r"Rows are shortened, and (\d+) less risky ones left out", text)
    assert found
    assert rows == [one.name for one in first][: len(rows)]
    assert len(rows) + int(found[1]) == len(first) + len(plan.converging)


def test_a_long_list_of_limits_leaves_room_for_the_table() -> None:
    text = plan_markdown(many(500), path="x.json", today=TODAY)

    assert re.search(r"and \d+ more, all in the plan file", text)
    assert len(rows_of(text)) > 300


def test_another_host_with_more_room_gets_more() -> None:
    plan = many(100)

    assert len(folds(plan_markdown(plan, most=1_000_000))) > len(folds(plan_markdown(plan)))


def folds(markdown: str) -> Sequence[str]:
    titles = [one.text().partition(":")[0] for one in rendered(markdown).all("summary")]
    return [one for one in titles if "(" not in one]


def test_too_little_room_is_an_error_of_the_caller() -> None:
    with pytest.raises(ValueError, match="too little room"):
        plan_markdown(rich(), most=SHORTEST - 1)


@pytest.mark.parametrize(
    ("name", "is_one"),
    [("production", True), ("eu/orders 2", True), ("a--b", False), ("", False), ("x>", False)],
)
def test_a_marker_cannot_end_what_hosts_hide(name: str, is_one: bool) -> None:  # noqa: FBT001  # a column
    assert is_marker_name(name) is is_one


def test_what_may_be_destroyed_is_told_with_its_own_command() -> None:
    plan = plan_of(live(), wanted())
    gone = plan.databases[0].model_copy(
        update={
            "changes": (Retirement(addon="old-1", since="2026-11-01", until="2026-11-04"),),
        }
    )
    retire = RetireFile(plan.model_copy(update={"databases": (gone,)}), "plans/r.json")

    text = plan_markdown(plan, path="plans/x.json", retire=retire)

    said = visible(rendered(text).all("p")[-1].text())
    assert said.startswith("1 replaced database kept long enough: to be destroyed by plan ")
    assert said.endswith("Destroy what it names: reconcile apply plans/r.json --retire.")
