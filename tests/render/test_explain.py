from __future__ import annotations

import json

import pytest
from support.live import snapshot_of
from support.planning import POOL, catalogue, follower, live, wanted

from reconciler.core.desired import DesiredState
from reconciler.core.explain import Explanation, explain, parse_what_if
from reconciler.render.explain import explain_document, explain_text

WORLD = live(
    "standard-4",
    size_gb=3,
    attachments=["shop::DATABASE", f"shop::POOL {POOL}", "reports::ORDERS"],
    apps={"reports": {"in_maintenance": True}},
)
SWITCH = {"method": "follower-switch"}


def explained(world=WORLD, what_if=(), notes=(), **wishes: object) -> Explanation:
    desired = wanted(**{"plan": "standard-3", **wishes})
    return explain(
        DesiredState(databases=(desired,)),
        desired.name,
        snapshot_of(world),
        catalogue(),
        endpoint="sim:test",
        what_if=parse_what_if(what_if, catalogue()),
        notes=notes,
    )


def text_of(explanation: Explanation, width: int = 100, *, is_ascii: bool = False) -> str:
    return explain_text(explanation, width=width, is_ascii=is_ascii)


def test_the_totals_say_what_is_chosen_and_from_where_to_where() -> None:
    lines = text_of(explained()).splitlines()

    assert lines[:4] == [
        "Speaking to the stand-in (sim:test), not to Heroku: nothing here is real.",
        "~ orders: shop::DATABASE, now old",
        "  now       standard-4, PostgreSQL 17, 3 GB of data",
        "  change    service plan standard-4 → standard-3",
    ]
    assert lines[4].startswith("  method    addons-upgrade: Heroku prefers it")


def test_the_methods_stand_side_by_side() -> None:
    text = text_of(explained(world=live("essential-0"), plan="standard-0"))

    table = {line.split()[0]: line for line in text.split("\n\n")[1].splitlines()}
    assert next(iter(table)) == "METHOD"
    assert "not possible [R020]" in table["addons-upgrade"]
    assert "not possible [R021]" in table["follower-switch"]
    assert table["pg-copy"].split()[1] == "chosen"


def test_every_method_is_told_in_full() -> None:
    blocks = text_of(explained()).split("\n\n")

    switch = next(block for block in blocks if block.startswith("follower-switch: possible"))
    for label in ("prepare", "downtime", "cost", "undo", "apps", "by hand"):
        assert f"\n  {label}" in switch
    flat = " ".join(switch.split())
    assert "reports (ORDERS): its writes fail for 15-96 s, closed before and left so" in flat
    assert "Dataclips: reassign them to the new database [R083]" in flat
    assert "source: Dev Center updating-heroku-postgres-databases" in flat


def test_what_would_flip_the_choice_says_how_to_see_it() -> None:
    text = text_of(explained(**SWITCH))

    assert 'method = "auto": addons-upgrade (--what-if method=auto)' in text
    assert 'plan = "standard-2": blocked: ' in text


def test_where_nothing_flips_it_that_is_said() -> None:
    missing = explained(
        world=live("standard-0"),
        plan="standard-0",
        followers=(follower("shop", "REPLICA", "standard-0"),),
    )
    stuck = explained(world=live("standard-0", is_waiting=True), plan="standard-2")

    assert "flip" not in text_of(missing)
    assert "Nothing that was tried flips the choice" in text_of(stuck)
    assert "  blocked   Heroku is working on the database" in text_of(stuck)


def test_a_supposition_and_a_note_are_told_with_the_result() -> None:
    text = text_of(explained(what_if=["plan=essential-2"], notes=("prices are old",)))

    assert "  what if   plan=essential-2; without that: addons-upgrade\n" in text
    assert "  note      prices are old\n" in text


def test_what_is_only_supposed_is_not_laid_to_the_desired_state() -> None:
    method = text_of(explained(what_if=["method=pg-copy"]))
    impossible = text_of(explained(what_if=["method=pg-upgrade"]))
    limit = text_of(explained(what_if=["max_downtime=1s"]))

    assert '  method    pg-copy: --what-if asks for it (method = "pg-copy") [R050]\n' in method
    assert "pg-upgrade, which --what-if asks for, is not possible: " in impossible
    assert "Its downtime may be longer than --what-if allows" in limit
    assert "desired state" not in method + impossible + limit


def test_as_wanted_says_how_to_go_on() -> None:
    text = text_of(explained(plan="standard-4"))

    assert "It is as wanted; nothing would change." in text
    assert "  try       --what-if plan=standard-5\n" in text


def test_a_database_on_the_largest_plan_of_its_tier_is_tried_on_a_smaller_one() -> None:
    text = text_of(explained(world=live("essential-2"), plan="essential-2"))

    assert "  try       --what-if plan=essential-1\n" in text


def test_a_method_that_is_named_is_no_flip_to_itself() -> None:
    conditions = [one.condition for one in explained(**SWITCH).flips]

    assert [one for one in conditions if one.startswith("method")] == ['method = "auto"']


def test_what_is_on_its_way_says_to_which_plan() -> None:
    world = live("standard-4", serving="standard-3")

    lines = text_of(explained(world=world, plan="standard-4")).splitlines()

    assert lines[1] == "> orders: shop::DATABASE, now old"
    assert lines[-1] == "  change    service plan standard-3 → standard-4, under way"


def test_no_space_is_another_than_it_seems() -> None:
    gone = explained(world=live(serving=None), plan="standard-4")

    assert gone.standing == "not read"
    assert text_of(gone).replace("→", "->").isascii()


@pytest.mark.parametrize("width", [60, 80, 100, 140])
def test_lines_below_the_table_fit_the_width(width: int) -> None:
    text = text_of(explained(**SWITCH), width=width)

    rest = [
        *text.split("\n\n")[0].splitlines(),
        *"\n".join(text.split("\n\n")[2:]).splitlines(),
    ]
    assert [line for line in rest if len(line) > width] == []


def test_ascii_is_ascii() -> None:
    assert text_of(explained(**SWITCH), is_ascii=True).isascii()


def test_the_document_holds_all_of_it() -> None:
    explanation = explained(**SWITCH)

    document = json.loads(explain_document(explanation))

    assert (document["kind"], document["is_stand_in"]) == ("explanation", True)
    rest = {key: document[key] for key in Explanation.model_fields}
    assert Explanation.model_validate_json(json.dumps(rest)) == explanation
