"""The table of an apply, as a person at a terminal sees it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from support.processes import Place
from support.screens import Terminal

from reconciler.core.plan import Plan

if TYPE_CHECKING:
    from pathlib import Path

HEADING = re.compile(r"^DATABASE\b")
ANSI_COLOUR = re.compile(rb"\x1b\[[0-9;]*3[0-7][0-9;]*m")


def headings(terminal: Terminal) -> int:
    return sum(bool(HEADING.match(line)) for line in terminal.lines())


@pytest.mark.slow
def test_the_table_follows_a_cutover_and_stays_when_it_has_ended(small: Place) -> None:
    terminal = Terminal(small, "apply", "--auto-approve")

    preparing = terminal.until_line(r"^orders +prepare ")
    closed = terminal.until_line(r"^orders +cutover .* 0:0\d +\S")
    at_first = re.findall(r" (0:0\d) ", closed)[0]
    colours = {terminal.colour_of(at_first)}
    later = terminal.until_line(rf"^orders +cutover .* (?!{at_first})0:\d\d +\S")
    colours.add(terminal.colour_of(re.findall(r" (0:\d\d) ", later)[0]))
    code = terminal.end()

    scrolled, _, after = "\n".join(terminal.everything()).rpartition("\nDATABASE")
    assert code == 0
    assert re.match(r"orders +prepare +~\d+% +\d+ min-\? +create shop-orders", preparing)
    assert re.search(r" \d+-\d+ s +0:0\d +\S", closed)
    assert colours == {"red"}
    assert re.search(
        r"^\d\d:\d\d:\d\d orders  CLOSED  closing reports, shop$", scrolled, re.MULTILINE
    )
    assert re.search(r"^\d\d:\d\d:\d\d orders  OPEN    open again after ", scrolled, re.MULTILINE)
    assert re.search(
        r"^\d\d:\d\d:\d\d orders  end     done: shop::DATABASE is ", scrolled, re.MULTILINE
    )
    assert re.search(r"^orders +done +100% +0:0\d +shop::DATABASE is ", after, re.MULTILINE)
    assert re.search(
        r"^Plan \w+: 1 database: 1 done\n  orders: done\. shop::DATABASE is ", after, re.MULTILINE
    )
    assert headings(terminal) == 1


@pytest.mark.slow
def test_another_size_in_the_middle_leaves_nothing_behind(small: Place) -> None:
    terminal = Terminal(small, "apply", "--auto-approve", columns=110)
    terminal.until_line(r"^orders +prepare ")

    terminal.resize(60, 20)
    terminal.until_line(r"^orders +cutover .* 0:0[1-9] +\S")

    assert headings(terminal) == 1
    assert sum(line.startswith("orders ") for line in terminal.lines()) == 1
    assert terminal.find(r"CLOSED  closing reports, shop")
    assert max(len(line) for line in terminal.lines()) <= 60
    terminal.resize(120, 30)
    assert terminal.end() == 0
    assert headings(terminal) == 1
    assert terminal.find(r"^DATABASE .* LAST TROUBLE")


@pytest.mark.slow
def test_of_more_databases_than_rows_the_rest_is_counted(tmp_path: Path) -> None:
    databases = [f"db-{number:02}" for number in range(24)]
    world = "".join(
        f'[app.shop.database.{name}]\nplan = "essential-0"\nsize = "10MB"\n'
        f'attachments = ["{name.replace("-", "_").upper()}"]\n'
        for name in databases
    )
    wanted = "".join(
        f'[database.{name}]\nplan = "essential-1"\nattachment = "{name.replace("-", "_").upper()}"\n'
        for name in databases
    )
    (tmp_path / "desired").mkdir()
    (tmp_path / "desired" / "reconcile.toml").write_text(
        '[heroku]\nendpoint = "sim:../world.toml"\n'
    )
    (tmp_path / "desired" / "shop.toml").write_text(f'app = "shop"\n{wanted}')
    (tmp_path / "world.toml").write_text(
        "[clock]\nstart = 2026-11-22T20:00:00Z\nspeed = 600\n"
        '[timing]\nessential_change = "1s"\n'
        f"[app.shop]\nformation = {{ web = 1 }}\n{world}"
    )

    terminal = Terminal(Place(tmp_path), "apply", "--auto-approve", columns=80, lines=14)
    counted = terminal.until_line(r"^and \d+ more: ")
    table = terminal.lines()
    code = terminal.end()

    assert code == 0
    assert len(table) <= 14
    rows = [line for line in table if line.startswith("db-")]
    assert len(rows) + int(counted.split()[1]) == 24
    scrolled = "\n".join(terminal.everything())
    assert (
        len(set(re.findall(r"^\d\d:\d\d:\d\d (db-\d\d)  end     done: ", scrolled, re.MULTILINE)))
        == 24
    )
    assert re.search(r"^Plan \w+, \d:\d\d: 24 done$", scrolled, re.MULTILINE)
    assert terminal.lines()[-1] == "  24 done, with nothing to note: reconcile status --all"


@pytest.mark.slow
def test_ctrl_c_is_answered_above_the_table(unhurried: Place) -> None:
    terminal = Terminal(unhurried, "apply", "--auto-approve", columns=80)
    terminal.until_line(r"^orders +prepare ")

    terminal.interrupt()
    code = terminal.end()

    lines = terminal.lines()
    said = "Stopping at the next safe point. Run the same apply again to go on."
    assert code == 3
    assert lines.count(said) == 1
    (heading,) = (number for number, line in enumerate(lines) if HEADING.match(line))
    assert lines.index(said) < heading
    assert re.match(r"orders +pending .* stopped on request", lines[heading + 1])
    assert re.fullmatch(r"Plan \w+, \d:\d\d: 1 pending", lines[heading - 1])
    titles = [line for line in terminal.everything() if re.match(r"Plan \w+, ", line)]
    assert titles == [lines[heading - 1]]
    assert not any("^C" in line for line in terminal.everything())
    assert unhurried.world()["closed"] == []


@pytest.mark.slow
@pytest.mark.parametrize("term", ["dumb", ""])
def test_a_terminal_that_cannot_be_written_over_gets_lines(small: Place, term: str) -> None:
    small.settings["TERM"] = term
    terminal = Terminal(small, "apply", "--auto-approve", "--phase", "prepare", columns=200)

    assert terminal.end() == 3
    assert headings(terminal) == 0
    assert terminal.find(r"^\d\d:\d\d:\d\d orders  do      create shop-orders")
    assert b"\x1b[2K" not in terminal.written


@pytest.mark.slow
def test_without_colour_the_table_is_there_all_the_same(small: Place) -> None:
    small.settings["NO_COLOR"] = "1"
    terminal = Terminal(small, "apply", "--auto-approve", "--phase", "prepare")

    assert terminal.end() == 3
    assert headings(terminal) == 1
    assert ANSI_COLOUR.findall(terminal.written) == []


@pytest.mark.slow
@pytest.mark.parametrize("word", ["--quiet", "--json"])
def test_where_lines_are_wanted_there_is_no_table(small: Place, word: str) -> None:
    terminal = Terminal(small, "apply", "--auto-approve", "--phase", "prepare", word, columns=200)

    assert terminal.end() == 3
    assert headings(terminal) == 0
    assert b"\x1b[2K" not in terminal.written


@pytest.mark.slow
def test_a_hostile_name_does_not_reach_the_terminal(small: Place) -> None:
    small.run("plan", "--out", "mine.json")
    document = json.loads((small.folder / "mine.json").read_text())
    document.pop("made")
    made = Plan.model_validate_json(json.dumps(document))
    (database,) = made.databases
    named = database.model_copy(update={"name": "ord\x1b[41mers\r\nFAKE[bold]\x9bmline"})
    hostile = made.model_copy(update={"databases": (named,)}).with_digest()
    (small.folder / "hostile.json").write_text(hostile.to_json())

    terminal = Terminal(
        small, "apply", "hostile.json", "--auto-approve", "--phase", "prepare", columns=160
    )

    assert terminal.end() == 3
    table = terminal.find(r"^ord�\[41mers  FAKE\[bold")
    assert table is not None
    assert re.search(r" pending ", table)
    assert b"\x1b[41m" not in terminal.written
    assert b"\xc2\x9b" not in terminal.written
