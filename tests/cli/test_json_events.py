"""`apply --json`: every line as the schema says, the whole story in them, and nothing else on stdout."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from support.json_lines import lines_of, of_type, validator
from support.processes import RECONCILE

from reconciler.core.plan import Plan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from support.processes import Place

FAILING = """
[[fault]]
kind = "release-phase-fails"
app = "shop"
release = "Attach DATABASE*"
"""
HOSTILE = "ord\x1b[2Jers\r\nFAKE line\x9b31m\u202e"


def told(lines: Sequence[dict[str, Any]]) -> list[str]:
    """The kinds of what happened to the only database, without what depends on how fast things go."""
    kinds = [one["kind"] for one in of_type(list(lines), "event")]
    return [kind for kind in kinds if kind in {"begin", "closed", "open", "back-out"}]


@pytest.mark.slow
def test_a_whole_apply_is_told_in_lines_that_fit_the_schema(small: Place) -> None:
    done = small.run("apply", "--auto-approve", "--json")

    lines = lines_of(done.out)
    plan, *_, outcome, end = lines
    events = list(of_type(lines, "event"))
    assert done.code == 0, done.err
    assert (plan["type"], outcome["type"]) == ("plan", "outcome")
    assert len(events) == len(lines) - 3
    assert [one["database"] for one in plan["databases"]] == ["orders"]
    assert {one["plan"] for one in lines[:-1]} == {plan["digest"][:8]}
    assert plan["is_stand_in"]
    assert told(lines) == ["begin", "closed", "open"]
    assert {one["phase"] for one in events} == {None, "prepare", "cutover"}
    stages = [one["stage"] for one in events if one["stage"] is not None]
    assert (stages[0], stages[-1]) == (0, plan["databases"][0]["stages"] - 1)
    percents = [one["percent"] for one in events]
    assert (percents[0], percents == sorted(percents), percents[-1] > 50) == (0, True, True)
    assert (outcome["state"], outcome["closed_apps"]) == ("done", [])
    (opened,) = (one for one in events if one["kind"] == "open")
    assert outcome["closed_s"] == opened["closed_s"] > 0
    assert outcome["closed_as_predicted"] == (
        outcome["predicted_downtime"]["lower_s"]
        <= outcome["closed_s"]
        <= outcome["predicted_downtime"]["upper_s"]
    )
    assert outcome["prepared_s"] > 0
    assert (end["type"], end["exit_code"], end["error"]) == ("end", 0, "")
    assert "Speaking to the stand-in" in done.err
    assert "\n  orders: done. " in done.err
    assert "\n    closed for " in done.err


@pytest.mark.slow
def test_a_run_that_was_killed_and_the_one_that_goes_on_tell_one_story(small: Place) -> None:
    with subprocess.Popen(
        [RECONCILE, "apply", "--auto-approve", "--json"],
        cwd=small.folder,
        env=small.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
    ) as running:
        assert running.stdout is not None
        before = []
        for line in running.stdout:
            before.append(json.loads(line))
            if before[-1].get("step", "").startswith("stop all dynos of shop"):
                break
        running.send_signal(signal.SIGKILL)
    for one in before:
        validator().validate(one)

    done = small.run("apply", "--auto-approve", "--json")

    lines = lines_of(done.out)
    first, then = of_type(lines, "plan")
    end = lines[-1]
    assert told(before) == ["begin", "closed"]
    assert done.code == end["exit_code"] == 0, done.err
    assert first["digest"] == before[0]["digest"]
    assert (len(first["databases"]), then["databases"]) == (1, [])
    assert told(lines) == ["begin", "closed", "open"]
    (outcome,) = of_type(lines, "outcome")
    closed, opened = (one for one in of_type(lines, "event") if one["kind"] in {"closed", "open"})
    assert outcome["state"] == "done"
    assert 0 < closed["closed_s"] < opened["closed_s"]  # counted from when the first run has closed
    assert outcome["closed_s"] == opened["closed_s"]


@pytest.mark.slow
def test_a_cutover_that_is_taken_back_says_so(small: Place) -> None:
    world = small.folder / "world.toml"
    text = world.read_text().replace("[app.shop]\n", '[app.shop]\nrelease_phase = "succeeds"\n')
    world.write_text(text + FAILING)

    done = small.run("apply", "--auto-approve", "--json")

    lines = lines_of(done.out)
    (outcome,) = of_type(lines, "outcome")
    assert done.code == lines[-1]["exit_code"] == 1
    assert told(lines) == ["begin", "closed", "back-out", "open"]
    *_, after = of_type(lines, "event")
    assert after["percent"] is None
    assert outcome["state"] == "backed-out"
    assert outcome["closed_s"] > 0
    assert "heroku releases:output" in outcome["hint"]
    assert f"\n    closed for {outcome['closed_s']:.1f} s; " in done.err


@pytest.mark.slow
def test_a_run_that_is_stopped_ends_as_pending(small: Place) -> None:
    done = small.run("apply", "--auto-approve", "--json", "--phase", "prepare")

    lines = lines_of(done.out)
    (outcome,) = of_type(lines, "outcome")
    assert done.code == lines[-1]["exit_code"] == 3
    assert (outcome["state"], outcome["closed_s"]) == ("pending", None)
    assert outcome["prepared_s"] > 0
    assert outcome["prepared_as_predicted"] is not None


def test_without_approval_there_is_a_plan_and_an_end(reader: Place) -> None:
    done = reader.run("apply", "--only", "crimson", "--json")

    plan, end = lines_of(done.out)
    assert [one["database"] for one in plan["databases"]] == ["crimson"]
    assert (end["exit_code"], done.code) == (5, 5)
    assert done.err.splitlines()[-1] == "Not approved; nothing was changed."


def test_an_expected_error_stands_on_the_last_line(reader: Place) -> None:
    (reader.folder / "mine.json").write_text("{}")

    done = reader.run("apply", "mine.json", "--auto-approve", "--json")

    (end,) = lines_of(done.out)
    assert (end["type"], end["exit_code"], done.code) == ("end", 1, 1)
    assert end["error"] == done.err.splitlines()[0]
    assert end["hint"] == "Plan again: reconcile plan"


def test_wrong_usage_stands_there_with_64(reader: Place) -> None:
    done = reader.run("apply", "--wait", "soon", "--json")

    (end,) = lines_of(done.out)
    assert (end["exit_code"], done.code) == (64, 64)


@pytest.mark.slow
def test_a_reader_who_has_gone_stops_nothing(small: Place) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with subprocess.Popen(
        [RECONCILE, "apply", "--auto-approve", "--json"],
        cwd=small.folder,
        env=small.environment(),
        stdin=subprocess.DEVNULL,
        stdout=writing,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as running:
        os.close(writing)
        _, err = running.communicate()

    assert running.returncode == 0, err
    assert err.count("Nobody reads the events any more; going on without.") == 1
    assert "\n    closed for " in err
    assert small.world()["closed"] == []


@pytest.mark.slow
def test_a_reader_who_stands_still_prolongs_no_downtime(small: Place) -> None:
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    filled = 0
    while True:  # nothing more goes in: the first line already waits
        try:
            filled += os.write(writing, b"\n" * 4_096)
        except BlockingIOError:
            break
    os.set_blocking(writing, True)
    with subprocess.Popen(
        [RECONCILE, "apply", "--auto-approve", "--json"],
        cwd=small.folder,
        env=small.environment(),
        stdin=subprocess.DEVNULL,
        stdout=writing,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as running:
        os.close(writing)
        assert running.stderr is not None
        err = ""
        for line in running.stderr:  # the summary: all is done, and not one line was read
            err += line
            if line.startswith("    prepared in "):
                break
        with os.fdopen(reading, "rb") as out:
            lines = lines_of(out.read()[filled:].decode())
        running.stderr.read()

    assert running.returncode == 0, err
    assert [one["type"] for one in lines][-2:] == ["outcome", "end"]


@pytest.mark.slow
def test_no_secret_is_in_any_line(small: Place) -> None:
    small.settings["HEROKU_API_KEY"] = "HRKU-canary-token"

    done = small.run("apply", "--auto-approve", "--json")

    world = (small.folder / ".reconcile/sim/world.json").read_text()
    passwords = set(_values_of("password", json.loads(world)))
    shown = done.out + done.err
    assert done.code == 0
    assert len(passwords) > 1
    assert [one for one in passwords if one in shown] == []
    assert "canary" not in shown
    assert "postgres://" not in shown


def _values_of(key: str, value: Any) -> list[str]:
    """Every text under `key`, however deep."""
    if isinstance(value, list):
        return [found for one in value for found in _values_of(key, one)]
    if not isinstance(value, dict):
        return []
    mine = [value[key]] if isinstance(value.get(key), str) else []
    return mine + [found for one in value.values() for found in _values_of(key, one)]


@pytest.mark.slow
@pytest.mark.parametrize("words", [[], ["--json"]], ids=["lines", "json"])
def test_a_hostile_name_gives_no_orders_to_a_terminal(small: Place, words: list[str]) -> None:
    small.run("plan", "--out", "mine.json")
    document = json.loads((small.folder / "mine.json").read_text())
    document.pop("made")
    made = Plan.model_validate_json(json.dumps(document))
    (database,) = made.databases
    hostile = database.model_copy(update={"name": HOSTILE})
    hostile_plan = made.model_copy(update={"databases": (hostile,)}).with_digest()
    (small.folder / "hostile.json").write_text(hostile_plan.to_json())

    done = small.run("apply", "hostile.json", "--auto-approve", "--phase", "prepare", *words)

    _, _, summed_up = (done.err + done.out).rpartition("\nPlan ")
    texts = summed_up + (done.out if words else done.err)
    assert done.code == 3, done.err
    assert "FAKE line" in summed_up
    assert [one for one in ("\x1b", "\x9b", "\u202e", "\r") if one in texts] == []
    assert not [line for line in texts.splitlines() if line.startswith("FAKE")]
    if words:
        lines = lines_of(done.out)
        safe = "ord�[2Jers  FAKE line�31m�"
        assert {one["database"] for one in of_type(lines, "event")} == {safe}
        assert [one for one in _values_of("text", lines) if not one.isprintable()] == []
