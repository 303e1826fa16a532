from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from support.processes import Place


def test_explain_agrees_with_the_plan_of_the_example_estate(reader: Place) -> None:
    planned = json.loads(reader.run("plan", "--format", "json").out)["plan"]["databases"]

    for one in planned:
        done = reader.run("explain", one["name"], "--format", "json")
        explanation = json.loads(done.out)
        (chosen,) = [each for each in explanation["options"] if each["verdict"] == "chosen"]
        assert (done.code, done.err) == (0, "")
        assert (explanation["method"], chosen["money"]) == (one["method"], one["money"])
        assert chosen["downtime"] == one["downtime"]
    assert not list(reader.folder.glob("plans/*/*"))


def test_a_supposition_is_tried_on_the_live_database(reader: Place) -> None:
    done = reader.run("explain", "accounts", "--what-if", "plan=essential-2", "--format", "json")

    explanation = json.loads(done.out)
    assert (done.code, explanation["really"]) == (0, "nothing to change")
    assert explanation["what_if"] == ["plan=essential-2"]
    assert explanation["changes"][0]["after"] == "essential-2"
    assert explanation["standing"] in {"to change", "blocked"}


def test_the_text_begins_with_whom_it_speaks_to_and_ends_with_what_flips_it(reader: Place) -> None:
    done = reader.run("explain", "legacy")

    assert done.out.startswith("Speaking to the stand-in (loopback)")
    assert "\nWhat would flip the choice (each was tried):\n" in done.out
    assert "  more than 20 GB of data: blocked: " in done.out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ("legacy", "--what-if", "size=big"),
            '--what-if: size must be an amount of data such as "8GB" or "500MB", not "big".',
        ),
        (
            ("legacy", "--what-if", "size=1GB", "--what-if", "size=2GB"),
            "--what-if: size is given twice, as 1GB and as 2GB.",
        ),
        (("legcy",), "No database is listed as legcy."),
        (("LEGACY",), "No database is listed as LEGACY."),
        (
            ("legacy", "--what-if", "plan=PREMIUM-4"),
            '--what-if: plan: there is no plan "PREMIUM-4". Nearest: premium-4, premium-0, premium-2.',
        ),
        ((), "reconcile explain: the following arguments are required: NAME."),
    ],
)
def test_wrong_usage_is_one_sentence_and_exit_64(
    reader: Place, words: tuple[str, ...], message: str
) -> None:
    done = reader.run("explain", *words)

    assert (done.code, done.out) == (64, "")
    assert done.err.splitlines()[0] == message
    assert len(done.err.splitlines()) == 2


def test_a_name_in_other_letters_is_recognised(reader: Place) -> None:
    assert reader.run("explain", "LEGACY").err.splitlines()[1] == "Did you mean legacy?"


def test_a_database_that_cannot_be_read_fails(reader: Place) -> None:
    (reader.folder / "desired" / "none.toml").write_text(
        '[database.none]\napp = "accounts"\nattachment = "NONE"\nplan = "standard-0"\n'
    )

    done = reader.run("explain", "none")

    assert done.code == 1
    assert "? none: accounts::NONE" in done.out
    assert "accounts knows no database as NONE" in " ".join(done.out.split())
