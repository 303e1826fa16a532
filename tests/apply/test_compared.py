"""Old and new are compared over SQL before names are final: what is missing ends backed out, with the app open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.compared_world import Compared, compared_world

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from reconciler.apply.outcome import Outcome

pytestmark = pytest.mark.slow

TAKEN = {"follower-switch": "seen unfollow", "pg-copy": "seen copy all data"}
"""What is told when the new one holds all, and right before both are compared."""


def row_deleted(world: Compared) -> None:
    world.ask(world.new, "delete from items where id = 250")


def sequence_behind(world: Compared) -> None:
    world.ask(world.new, "select setval('items_id_seq', 7)")


def index_invalid(world: Compared) -> None:
    world.as_superuser(
        world.new,
        "update pg_index set indisvalid = false where indexrelid = 'items_by_name'::regclass",
    )


def extension_missing(world: Compared) -> None:
    world.as_superuser(world.new, "drop extension plpgsql")


def view_missing(world: Compared) -> None:
    world.ask(world.new, "drop view named")


def table_missing(world: Compared) -> None:
    world.ask(world.new, "drop table seed_001")


TAMPERING: dict[str, tuple[Callable[[Compared], None], str]] = {
    "row deleted": (row_deleted, "table public.items has 500 rows in the old one, 499 in the new"),
    "sequence behind": (sequence_behind, "sequence public.items_id_seq is behind by 493"),
    "index invalid": (index_invalid, "index public.items_by_name is invalid"),
    "extension missing": (extension_missing, "extension plpgsql is missing"),
    "view missing": (view_missing, "view public.named is missing"),
    "table missing": (table_missing, "table public.seed_001 is missing"),
}


@pytest.mark.parametrize("method", TAKEN)
def test_what_is_the_same_is_certified(tmp_path: Path, method: str) -> None:
    with compared_world(tmp_path, method) as world:
        outcome = world.apply()

        assert (outcome.state, outcome.closed) == ("done", ())
        assert world.leads_to() == world.new
        found = world.certificate()
        text = world.everything_written()
        password = world.url(world.new).split(":")[2].split("@")[0]

    assert (found.over, found.why_not_sql, found.method) == ("sql", "", method)
    results = {one.what: one.result for one in found.checks}
    grants = "same" if method == "follower-switch" else "not-compared"
    assert results == {
        "server": "same",
        "extensions": "same",
        "tables": "same",
        "other objects": "same",
        "indexes": "same",
        "sequences": "same",
        "grants": grants,
        "size": "told",
        "rows": "same",
    }
    rows = next(one for one in found.checks if one.what == "rows")
    assert rows.text.endswith("rows of 5 tables counted in both")
    assert "over SQL: server: PostgreSQL 16." in text
    assert "canary" in password
    assert "canary" not in text
    assert "postgres://" not in text
    assert "127.0.0.1" not in text


@pytest.mark.parametrize("method", TAKEN)
def test_whatever_differs_is_named_and_the_cutover_backed_out(tmp_path: Path, method: str) -> None:
    def spoil(world: Compared) -> None:
        for tamper, _ in TAMPERING.values():
            tamper(world)

    with compared_world(tmp_path, method) as world:
        world.when, world.tamper = TAKEN[method], spoil

        outcome = world.apply()

        assert_backed_out(world, outcome)
        differences = [text for one in world.certificate().checks for text in one.differences]
        found = {
            case
            for case, (_, words) in TAMPERING.items()
            if any(words in one for one in differences)
        }
        assert found == set(TAMPERING)
        went_along = 2  # the table's key and its index
        assert len(differences) == len(TAMPERING) + went_along
        assert "; and 3 more." in outcome.reason
        assert "canary" not in world.everything_written()


def test_one_row_is_enough_and_the_next_apply_starts_anew(tmp_path: Path) -> None:
    with compared_world(tmp_path, "pg-copy") as world:
        world.when, world.tamper = TAKEN["pg-copy"], row_deleted

        outcome = world.apply()

        assert_backed_out(world, outcome)
        assert TAMPERING["row deleted"][1] in outcome.reason
        again = world.apply()
        assert again.state == "done"
        assert world.leads_to() == world.new
        assert world.ask(world.new, "select count(*) from items") == [(500,)]


def assert_backed_out(world: Compared, outcome: Outcome) -> None:
    assert (outcome.state, outcome.closed) == ("backed-out", ())
    assert f"{world.new} does not hold all that orders-old holds" in outcome.reason
    assert world.leads_to() == "orders-old"
    assert world.is_open()


# --- what there was no time for


def test_the_rest_is_counted_as_it_was_while_nobody_wrote(tmp_path: Path) -> None:
    with compared_world(tmp_path, "follower-switch") as world:
        world.rows_within_s = 0
        world.when = "open "
        world.tamper = lambda one: one.ask(one.new, "delete from items")

        outcome = world.apply()

        assert outcome.state == "done"
        assert world.ask(world.new, "select count(*) from items") == [(0,)]
    found = world.certificate()
    (rows,) = [one for one in found.checks if one.what == "rows"]
    assert (rows.result, len(rows.not_compared)) == ("not-compared", 5)
    (rest,) = found.rest
    assert (rest.result, rest.not_compared) == ("same", ())
    assert rest.text.endswith("rows of 5 tables counted in both")
    assert found.rest_at >= found.compared_at


def test_what_is_found_with_the_apps_open_is_told_and_undoes_nothing(tmp_path: Path) -> None:
    with compared_world(tmp_path, "follower-switch") as world:
        world.rows_within_s = 0
        world.when, world.tamper = TAKEN["follower-switch"], row_deleted

        outcome = world.apply()
        again = world.apply()

        assert (outcome.state, outcome.closed) == ("failed", ())
        assert "did not hold all that orders-old holds when it took over" in outcome.reason
        assert TAMPERING["row deleted"][1] in outcome.reason
        assert "nothing was undone" in outcome.hint
        assert world.leads_to() == world.new
        assert world.is_open()
        assert again.state == "done"
        seen = [one.text for one in world.world.journal.lines if "compare the rest" in one.step]
        assert seen[-1].startswith("not compared: nothing was left to be counted, or its snapshot")


def test_rows_of_an_unlogged_table_are_not_expected_of_a_follower(tmp_path: Path) -> None:
    with compared_world(tmp_path, "follower-switch") as world:
        world.ask("orders-old", "create unlogged table cache (n int)")
        world.ask("orders-old", "insert into cache values (1)")

        outcome = world.apply()

        assert outcome.state == "done"
    (rows,) = [one for one in world.certificate().checks if one.what == "rows"]
    assert rows.not_compared == ("public.cache: unlogged, a follower never has its rows",)


def test_a_table_that_can_not_be_read_is_said_and_the_others_are_counted(tmp_path: Path) -> None:
    with compared_world(tmp_path, "follower-switch") as world:
        world.as_superuser("orders-old", "create table hidden (n int)")

        outcome = world.apply()

        assert outcome.state == "done"
    (rows,) = [one for one in world.certificate().checks if one.what == "rows"]
    assert rows.not_compared == ("public.hidden: it could not be read (42501)",)
    assert rows.text.endswith("rows of 5 tables counted in both, 1 table not")
