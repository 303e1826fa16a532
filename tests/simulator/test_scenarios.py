from __future__ import annotations

import pytest

from reconciler.errors import ReconcileError, ScenarioError
from reconciler.simulator.clock import ManualClock
from reconciler.simulator.moments import moment
from reconciler.simulator.reading import seconds, size_bytes, window_parts
from reconciler.simulator.scenario import built_in_names, load_world, parse_world
from reconciler.simulator.standin import StandIn

HEAD = """\
[clock]
start = 2026-11-22T20:00:00Z
[app.shop]
[app.shop.database.one]
plan = "standard-0"
attachments = ["DATABASE"]
"""


def problems(text):
    with pytest.raises(ScenarioError) as caught:
        parse_world(text, file="scenario.toml")
    return [(each.line, each.key, each.message) for each in caught.value.problems]


def test_the_example_is_built_in():
    assert "example" in built_in_names()
    assert len(load_world("example").databases) == 8


def test_a_scenario_can_be_a_file(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(HEAD)

    assert len(load_world(path).databases) == 1


def test_a_missing_file_is_one_sentence_with_the_way_on(tmp_path):
    with pytest.raises(ReconcileError) as caught:
        load_world(str(tmp_path / "nothing.toml"))

    assert "nothing.toml cannot be read" in str(caught.value)
    assert "example" in caught.value.hint


@pytest.mark.parametrize(
    ("more", "line", "key", "words"),
    [
        ('plam = "x"', 7, "app.shop.database.one.plam", "unknown key"),
        ("tables = -1", 7, "app.shop.database.one.tables", ""),
        ('size = "big"', 7, "app.shop.database.one.size", "must be a size"),
        ('window = "Someday 02:00"', 7, "app.shop.database.one.window", "must be a day"),
        (
            'pending_plan = "essential-1"',
            7,
            "app.shop.database.one.pending_plan",
            "cannot be changing",
        ),
        ('follows = "nobody"', 7, "app.shop.database.one.follows", "no database nobody"),
        (
            'also_on = { nobody = ["X"] }',
            7,
            "app.shop.database.one.also_on.nobody",
            "no app nobody",
        ),
        (
            'poolers = ["DATABASE"]',
            7,
            "app.shop.database.one.poolers",
            "another attachment DATABASE",
        ),
        ('size = "900GB"', 7, "app.shop.database.one.size", "more than the standard-0 plan holds"),
        ('[app.blog]\nspace = "none"', 8, "app.blog.space", "no space none"),
        (
            '[app.blog.database.one]\nplan = "standard-0"',
            7,
            "app.blog.database.one",
            "another database is called one too.",
        ),
        ("[app.blog.formation]\nweb = -1", 8, "app.blog.formation.web", "from 0 to 100"),
        (
            '[app.blog.database.b]\nplan = "standard-1"',
            8,
            "app.blog.database.b.plan",
            "no classic plan",
        ),
        (
            '[app.blog.database.b]\nplan = "essential-0"\ncredentials = { a = [] }',
            9,
            "app.blog.database.b.credentials",
            "Essential databases have none",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_place(more, line, key, words):
    ((found_line, found_key, message),) = problems(HEAD + more + "\n")

    assert (found_line, found_key) == (line, key)
    assert words in message


def test_all_problems_come_at_once():
    text = HEAD + 'follows = "nobody"\npoolers = ["DATABASE"]\n[app.blog]\nspace = "none"\n'

    assert [line for line, _, _ in problems(text)] == [
        7,
        10,
    ]  # a follower of nobody is not looked at further


def test_a_broken_file_is_a_problem_too():
    assert [line for line, _, _ in problems("[clock\n")] == [1]


@pytest.mark.parametrize(
    ("text", "expected"), [("4m", 240), ("1.5h", 5400), ("50ms", 0.05), ("0s", 0), ("1w", 604800)]
)
def test_durations(text, expected):
    assert seconds(text) == expected


@pytest.mark.parametrize("text", ["", "4", "m", "-4m", "4 min", "4m 3s"])
def test_no_durations(text):
    with pytest.raises(ValueError, match="must be a duration"):
        seconds(text)


def test_sizes_and_windows():
    assert size_bytes("4.2GB") == int(4.2 * 2**30)
    assert window_parts("Saturday 02:00") == (5, 120)


def test_a_running_change_can_be_part_of_a_scenario(speak):

    world = parse_world(
        HEAD
        + 'name = "the-one"\npending_plan = "standard-2"\npending_state = "preparing"\n'
        + '[app.blog.database.two]\nname = "the-two"\nplan = "standard-0"\n'
        + 'routine_maintenance = { required_in = "2w" }\n',
        file="x.toml",
    )
    heroku = speak(StandIn(world, ManualClock(moment(world.now))))

    assert heroku.get("/data/maintenances/v1/the-one")["status"] == "preparing"
    routine = heroku.get("/data/maintenances/v1/the-two")
    assert (routine["status"], routine["reason"]) == ("ready", "routine_maintenance")
    assert heroku.row("the-two", "Maintenance").startswith("required by 2026-12-06")
    heroku.wait(7201)
    assert heroku.get("/data/maintenances/v1/the-one")["status"] == "ready"
