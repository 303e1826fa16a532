"""What people see: colour only where it is wanted, no broken rows on any width, quiet where nothing is to be said."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.processes import RECONCILE
from support.terminals import on_terminal

if TYPE_CHECKING:
    from support.processes import Place

pytestmark = pytest.mark.slow

ESCAPE = re.compile(r"\x1b\[[0-9;]*m")
WIDTHS = (40, 80, 200)
COMMANDS = (("plan", "--out", "p.json"), ("drift",), ("explain", "legacy"))


def row_of(text: str, begin: str) -> str:
    (line,) = (line for line in text.splitlines() if line.startswith(begin))
    return line


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: words[0])
def test_colour_is_paint_on_the_same_text(reader: Place, words: tuple[str, ...]) -> None:
    coloured = on_terminal(reader, *words, columns=100)
    plain = on_terminal(reader, *words, columns=100, NO_COLOR="1")

    assert "\x1b[" not in plain
    assert len(ESCAPE.findall(coloured)) > 5
    assert ESCAPE.sub("", coloured) == plain
    assert reader.run(*words, is_alone=False).out == plain  # in a pipeline 100 columns, too


@pytest.mark.parametrize(
    ("settings", "is_coloured"),
    [
        ({}, True),
        ({"TERM": "dumb"}, False),
        ({"NO_COLOR": "1"}, False),
        ({"NO_COLOR": ""}, True),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
        ({"TERM": "dumb", "FORCE_COLOR": "1"}, True),
    ],
)
def test_a_terminal_is_coloured_unless_told_otherwise(
    reader: Place, settings: dict[str, str], *, is_coloured: bool
) -> None:
    assert ("\x1b[" in on_terminal(reader, "drift", columns=80, **settings)) is is_coloured


@pytest.mark.parametrize(
    ("settings", "is_coloured"),
    [
        ({}, False),
        ({"FORCE_COLOR": "1"}, True),
        ({"CLICOLOR_FORCE": "1"}, True),
        ({"FORCE_COLOR": "0", "CLICOLOR_FORCE": ""}, False),
        ({"CLICOLOR_FORCE": "1", "NO_COLOR": "1"}, False),
    ],
)
def test_a_pipe_is_not_coloured_unless_told_so(
    reader: Place, settings: dict[str, str], *, is_coloured: bool
) -> None:
    reader.settings.update(settings)

    assert ("\x1b[" in reader.run("drift", is_alone=False).out) is is_coloured
    assert "\x1b[" not in reader.run("drift", "--format", "json", is_alone=False).out


@pytest.mark.parametrize("columns", [80, 200])
@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: words[0])
def test_no_line_is_wider_than_the_terminal(
    reader: Place, words: tuple[str, ...], columns: int
) -> None:
    text = on_terminal(reader, *words, columns=columns, NO_COLOR="1")

    assert [line for line in text.splitlines() if len(line) > columns] == []


def test_the_methods_of_an_explanation_have_whole_rows_on_40_columns(reader: Place) -> None:
    text = on_terminal(reader, "explain", "orders", columns=40, NO_COLOR="1")
    heading = row_of(text, "  METHOD")
    row = row_of(text, "  follower-switch ")

    assert max(len(heading), len(row)) <= 40
    assert "DOWNTIME" in heading
    assert "OVERLAP" not in heading


@pytest.mark.parametrize("columns", WIDTHS)
def test_the_table_of_a_plan_has_whole_rows_on_every_width(reader: Place, columns: int) -> None:
    text = on_terminal(reader, "plan", "--out", "p.json", columns=columns, NO_COLOR="1")
    heading = row_of(text, "  DATABASE")
    row = row_of(text, "~ orders ")

    assert max(len(heading), len(row)) <= columns
    for name, value in (("DATABASE", "orders"), ("WANTED", "standard-2"), ("DOWNTIME", "15-101 s")):
        assert row.find(value) == heading.find(name) >= 0
    assert ("UNDO UNTIL" in heading) is (columns == 200)
    assert ("METHOD" in heading) is (columns >= 80)


def test_quiet_says_nothing_where_nothing_is_to_be_done(reader: Place) -> None:
    for words in (
        ("plan", "--only", "accounts", "--quiet"),
        ("drift", "--only", "accounts", "--quiet"),
        ("drift", "--only", "search", "--quiet"),
    ):
        done = reader.run(*words, is_alone=False)

        assert (done.code, done.out, done.err) == (0, "", "")


def test_quiet_says_what_would_change_without_the_details(reader: Place) -> None:
    loud = reader.run("plan", "--only", "legacy", is_alone=False).out
    quiet = reader.run("plan", "--only", "legacy", "--quiet", is_alone=False).out

    assert "~ legacy  " in quiet
    assert "steps" not in quiet
    assert quiet.splitlines()[-1] == loud.splitlines()[-1]
    assert len(quiet.splitlines()) < 10 < len(loud.splitlines())


def test_quiet_drift_says_what_has_drifted_and_only_that(reader: Place) -> None:
    done = reader.run("drift", "--quiet", is_alone=False)

    assert done.code == 2
    assert "Drifted:" in done.out
    assert "Converging" not in done.out
    assert "Not listed" not in done.out


def test_quiet_apply_that_succeeds_is_silent_and_its_page_tells_the_tale(small: Place) -> None:
    done = small.run("apply", "--auto-approve", "--quiet")
    page = small.run("status", "--all", "--html", "page.html")
    text = (small.folder / "page.html").read_text(encoding="utf-8")

    assert (done.code, done.out, done.err) == (0, "", "")
    assert page.err == "Page written to page.html.\n"
    assert "<strong>done</strong>" in text
    assert "Measured: closed for" in text
    assert text.count("tick-done") > 10


def test_a_page_needs_an_apply_that_was_recorded(reader: Place) -> None:
    done = reader.run("status", "--html", "page.html", is_alone=False)

    assert done.code == 64
    assert done.err.startswith("No apply is recorded in ")
    assert not (reader.folder / "page.html").exists()


def test_status_is_a_table(small: Place) -> None:
    small.run("apply", "--auto-approve", "--quiet")

    text = small.run("status", "--all").out

    assert re.match(
        r"PLAN +DATABASE +STATE +SINCE \(UTC\)\n[0-9a-f]{8}  orders +done +2\d{3}-", text
    )
    assert small.run("status").out.startswith("No apply recorded in ")


def test_a_page_that_cannot_be_written_leaves_the_plan_unharmed(reader: Place) -> None:
    (reader.folder / "file").write_text("in the way")

    done = reader.run("plan", "--out", "p.json", "--html", "file/page.html", is_alone=False)

    assert done.code == 1
    assert done.out.endswith("reconcile apply p.json\n")
    assert done.err.splitlines() == [
        "file/page.html cannot be written: File exists.",
        "Mend that, or name another place with --html. The plan is safe in p.json.",
    ]
    shown = reader.run("show", "p.json", "--html", "page.html", is_alone=False)
    assert shown.code == 0
    assert (reader.folder / "page.html").read_text().startswith("<!doctype html>")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a full device")
class TestFullOutput:
    """stdout leads to a disk that is full."""

    @pytest.mark.parametrize(
        "words",
        [
            ["plan"],
            ["rules"],
            ["validate"],
            ["explain", "legacy", "--format", "json"],
            ["schema"],
            ["--help"],
            ["plan", "--help"],
        ],
        ids=" ".join,
    )
    def test_a_command_says_so_and_ends(self, reader: Place, words: list[str]) -> None:
        with Path("/dev/full").open("wb") as full:
            done = subprocess.run(
                [RECONCILE, *words],
                cwd=reader.folder,
                env=reader.environment(),
                stdin=subprocess.DEVNULL,
                stdout=full,
                stderr=subprocess.PIPE,
                encoding="utf-8",
                check=False,
            )

        assert done.returncode == 1
        assert done.stderr.splitlines()[-2:] == [
            "The output could not be written: No space left on device.",
            "Make room where it goes, or name another place.",
        ]
        assert "Traceback" not in done.stderr
        assert "Exception ignored" not in done.stderr

    def test_what_must_be_seen_is_told_on_stderr(self, tmp_path: Path) -> None:
        code = (
            "from reconciler.cli.terminal import show\n"
            "from reconciler.errors import ReconcileError\n"
            "try: show('NOT OPEN AGAIN: shop\\n', must_be_seen=True)\n"
            "except ReconcileError as error: print(error)\n"
        )
        with Path("/dev/full").open("wb") as full:
            done = subprocess.run(
                [sys.executable, "-c", code],
                cwd=tmp_path,
                stdout=full,
                stderr=subprocess.PIPE,
                encoding="utf-8",
                check=False,
            )

        assert (done.returncode, done.stderr) == (0, "NOT OPEN AGAIN: shop\n")


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize(("words", "code"), [("validate", 0), ("plan", 0), ("validate nowhere", 1)])
def test_a_command_whose_streams_are_closed_does_its_work(
    reader: Place, words: str, code: int, closed: str
) -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", f"exec {RECONCILE} {words} {closed}"],
        cwd=reader.folder,
        env=reader.environment(),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )

    assert done.returncode == code
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
