from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft7Validator

from reconciler.catalogue import load_catalogue
from reconciler.cli import main
from reconciler.cli.schema import database_schema, fleet_schema
from reconciler.core.plan_names import NotWanted, wanted_plan

EXAMPLE = Path(__file__).parents[2] / "desired"
WRONG = """\
app = "shop"
[database.orders]
pla = "standard-2"
[database."Ä b"]
plan = 2
"""
PROBLEMS = [
    {
        "file": "desired/a shop.toml",
        "line": 3,
        "column": 1,
        "key": "database.orders.pla",
        "message": "unknown key.",
        "hint": 'Did you mean "plan"?',
    },
    {
        "file": "desired/a shop.toml",
        "line": 4,
        "column": 1,
        "key": 'database."Ä b"',
        "message": "a database's name must be 1 to 40 of a-z, 0-9, _ and -, a letter first.",
        "hint": "",
    },
    {
        "file": "desired/a shop.toml",
        "line": 5,
        "column": 1,
        "key": 'database."Ä b".plan',
        "message": "must be a text, not the number 2.",
        "hint": "",
    },
]


@pytest.fixture
def wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("desired").mkdir()
    Path("desired/a shop.toml").write_text(WRONG, encoding="utf-8")


def test_a_right_state_is_said_to_be_so(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["validate", str(EXAMPLE)])

    assert (code, capsys.readouterr().out) == (0, "All is well: 6 databases in 5 files.\n")


@pytest.mark.usefixtures("wrong")
def test_a_wrong_one_is_listed_line_by_line(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["validate"])

    printed = capsys.readouterr()
    assert (code, printed.err) == (1, "")
    assert printed.out == (
        'desired/a shop.toml:3:1: database.orders.pla: unknown key. Did you mean "plan"?\n'
        'desired/a shop.toml:4:1: database."Ä b": a database\'s name must be 1 to 40 of a-z, 0-9, _'
        " and -, a letter first.\n"
        'desired/a shop.toml:5:1: database."Ä b".plan: must be a text, not the number 2.\n'
        "\n"
        "3 problems in 1 file.\n"
    )


@pytest.mark.usefixtures("wrong")
def test_json_is_one_document(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["validate", "--format", "json"])

    assert code == 1
    assert json.loads(capsys.readouterr().out) == {
        "format_version": "0.1",
        "valid": False,
        "databases": [],
        "problems": PROBLEMS,
    }


def test_json_of_a_right_state_lists_its_databases(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["validate", "--format", "json", str(EXAMPLE)])

    assert code == 0
    assert json.loads(capsys.readouterr().out) == {
        "format_version": "0.1",
        "valid": True,
        "databases": ["accounts", "crimson", "lavender", "legacy", "orders", "search"],
        "problems": [],
    }


@pytest.mark.usefixtures("wrong")
def test_sarif_has_a_region_for_each_problem(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["validate", "--format", "sarif"])

    log = json.loads(capsys.readouterr().out)
    (run,) = log["runs"]
    assert (code, log["version"], run["tool"]["driver"]["name"]) == (1, "2.1.0", "reconcile")
    assert {result["ruleId"] for result in run["results"]} == {
        rule["id"] for rule in run["tool"]["driver"]["rules"]
    }
    assert run["results"][0]["message"] == {
        "text": 'database.orders.pla: unknown key. Did you mean "plan"?'
    }
    assert [result["locations"] for result in run["results"]] == [
        [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": "desired/a%20shop.toml"},
                    "region": {"startLine": line, "startColumn": 1},
                }
            }
        ]
        for line in (3, 4, 5)
    ]


def test_sarif_of_a_right_state_has_no_result(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["validate", "--format", "sarif", str(EXAMPLE)])

    assert (code, json.loads(capsys.readouterr().out)["runs"][0]["results"]) == (0, [])


def test_nothing_to_validate_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)

    code = main(["validate"])

    printed = capsys.readouterr()
    assert (code, printed.out) == (1, "")
    assert printed.err.startswith('There is no file or folder "desired".\n')


@pytest.fixture
def without_databases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("empty").mkdir()
    Path("shop.toml").write_text('app = "shop"\n', encoding="utf-8")


@pytest.mark.usefixtures("without_databases")
@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("nowhere", 'There is no file or folder "nowhere".'),
        ("empty", "There is no .toml file with databases under empty."),
        ("shop.toml", "No database is listed under shop.toml."),
    ],
)
@pytest.mark.parametrize("form", ["json", "sarif"])
def test_nothing_to_validate_is_a_problem_in_a_document(
    capsys: pytest.CaptureFixture[str], path: str, message: str, form: str
) -> None:
    code = main(["validate", path, "--format", form])

    printed = capsys.readouterr()
    document = json.loads(printed.out)
    assert (code, printed.err) == (1, "")
    if form == "json":
        (problem,) = document["problems"]
        assert (problem["file"], problem["line"], problem["message"]) == (path, 0, message)
        assert not document["valid"]
    else:
        (result,) = document["runs"][0]["results"]
        place = result["locations"][0]["physicalLocation"]
        assert place == {"artifactLocation": {"uri": path}}
        assert result["message"]["text"].startswith(message)


def test_the_schema_knows_every_key_of_a_database_and_no_null() -> None:
    schema = database_schema(load_catalogue())

    table = schema["$defs"]["DatabaseTable"]
    assert sorted(table["properties"]) == [
        "after_writes_resume",
        "app",
        "attach",
        "attachment",
        "backup",
        "before_writes_stop",
        "cutover_window",
        "follower",
        "hook_timeout",
        "keep_old_primary",
        "labels",
        "maintenance_window",
        "max_downtime",
        "method",
        "moved_from",
        "not_older_than",
        "plan",
        "pooler",
        "scale_down",
        "version",
    ]
    assert all(each["description"] for each in table["properties"].values())
    assert table["additionalProperties"] is False
    assert "null" not in json.dumps(schema)


def test_the_schema_lists_the_plans_on_sale() -> None:
    schema = database_schema(load_catalogue())

    for table in ("DatabaseTable", "Defaults", "FollowerTable"):
        names = schema["$defs"][table]["properties"]["plan"]["anyOf"][0]["enum"]
        assert "standard-2" in names
        assert not {"mini", "advanced"} & set(names)


@pytest.mark.parametrize(
    "name",
    [
        *("standard-2", "heroku-postgresql:standard-2", "standard-11", "premium-xl-11"),
        *("essential-3", "standard-l-9", "standard-1", "standard-99", "mini", "standrad-2"),
        *("standard-x", "premium-l-5", "essential-10", "shield-l-10", "private-1"),
    ],
)
def test_the_schema_allows_the_plans_that_validate_allows(name: str) -> None:
    catalogue = load_catalogue()
    is_wanted = not isinstance(wanted_plan(name, catalogue), NotWanted)

    document = {"app": "shop", "database": {"one": {"plan": name}}}

    assert Draft7Validator(database_schema(catalogue)).is_valid(document) == is_wanted


@pytest.mark.parametrize("words", [["schema"], ["schema", "--fleet"]])
def test_the_schema_is_printed(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    code = main(words)

    wanted = fleet_schema if "--fleet" in words else database_schema
    assert (code, json.loads(capsys.readouterr().out)) == (0, wanted(load_catalogue()))
