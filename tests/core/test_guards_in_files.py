"""`[limits]`, `[[waiver]]`, `[[freeze]]` and `cutover_window` as they are written."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from reconciler.adapters.toml_files import read_desired
from reconciler.catalogue import load_catalogue
from reconciler.core.durations import Duration
from reconciler.core.limits import Freeze, Limits, Safety, Waiver
from reconciler.core.windows import CutoverWindow
from reconciler.errors import DesiredStateError

ONE = "[database.one]\napp = 'one'\nplan = 'standard-0'\n"
ALL = """\
[defaults]
cutover_window = "daily 01:00-05:00"

[limits]
most_changes = 20
most_percent = 10
most_downtime = "10m"
most_extra_dollars = 500

[[waiver]]
limit = "most_downtime"
database = "one"
until = 2026-12-31
reason = "agreed"

[[freeze]]
from = 2026-12-20
until = 2027-01-03
reason = "Christmas"

[[freeze]]
from = 2026-11-27T18:00:00+01:00
until = 2026-11-28 06:00:00Z
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(path: str, text: str) -> None:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(text, encoding="utf-8")


def read(*paths: str):
    return read_desired([Path(path) for path in paths], catalogue=load_catalogue())


def problems(fleet: str) -> list[str]:
    write("desired/reconcile.toml", fleet)
    write("desired/one.toml", ONE)
    with pytest.raises(DesiredStateError) as caught:
        read("desired")
    return [str(problem) for problem in caught.value.problems]


def utc(*numbers: int) -> dt.datetime:
    return dt.datetime(*numbers, tzinfo=dt.UTC)


def test_every_guard_is_read() -> None:
    write("desired/reconcile.toml", ALL)
    write("desired/one.toml", ONE)

    state = read("desired")

    assert state.safety == Safety(
        limits=Limits(
            most_changes=20,
            most_percent=10,
            most_downtime=Duration(600),
            most_extra_dollars=500,
        ),
        waivers=(
            Waiver(
                limit="most_downtime",
                database="one",
                until=dt.date(2026, 12, 31),
                reason="agreed",
            ),
        ),
        freezes=(
            Freeze(begins=utc(2026, 11, 27, 17), ends=utc(2026, 11, 28, 6), reason=""),
            Freeze(begins=utc(2026, 12, 20), ends=utc(2027, 1, 4), reason="Christmas"),
        ),
    )
    assert state.databases[0].cutover_window == CutoverWindow("Monday", "Sunday", 60, 240)
    assert state.fleet_size == 1


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "[limits]\nmost_change = 3",
            '2:1: limits.most_change: unknown key. Did you mean "most_changes"?',
        ),
        ("[limits]\nmost_changes = -1", "2:1: limits.most_changes: must be 0 or more."),
        ("[limits]\nmost_percent = 101", "2:1: limits.most_percent: must be 100 or less."),
        (
            "[limits]\nmost_downtime = 10",
            '2:1: limits.most_downtime: must be a span of time such as "5m", "72h" or "7d".',
        ),
        (
            '[[waiver]]\nlimit = "most_change"\ndatabase = "one"\nuntil = 2026-12-31\nreason = "x"',
            (
                '2:1: waiver[0].limit: must be "most_changes" or "most_percent" or "most_downtime" or '
                '"most_extra_dollars" or "nothing_destroyed", not the text "most_change". '
                'Did you mean "most_changes"?'
            ),
        ),
        (
            '[[waiver]]\nlimit = "most_changes"\ndatabase = "one"\nreason = "x"',
            '1:1: waiver[0].until: the key "until" is missing here.',
        ),
        (
            "[[freeze]]\nfrom = 2026-12-20\nuntil = 2026-12-19",
            '1:1: freeze[0]: "until" is before "from".',
        ),
        (
            "[[freeze]]\nfrom = 2026-12-20\nuntil = 9999-12-31",
            '1:1: freeze[0]: "until" must be before the year 9000.',
        ),
        (
            "[[freeze]]\nfrom = 2026-12-20T10:00:00\nuntil = 2026-12-21",
            (
                "2:1: freeze[0].from: must be a day such as 2026-12-20, or a moment with its offset "
                "such as 2026-12-20T18:00:00Z."
            ),
        ),
        (
            '[defaults]\ncutover_window = "at night"',
            (
                '2:1: defaults.cutover_window: must be days and times in UTC, such as "Sun 02:00-06:00", '
                '"Mon-Thu 22:00-02:00" or "daily 03:00-05:00".'
            ),
        ),
    ],
)
def test_each_mistake_has_its_place_and_its_sentence(text: str, problem: str) -> None:
    assert problems(text) == [f"desired/reconcile.toml:{problem}"]


def test_limits_of_two_fleet_files_must_agree() -> None:
    write("a/reconcile.toml", "[limits]\nmost_changes = 1\n")
    write("a/one.toml", ONE)
    write("b/reconcile.toml", "# b\n[limits]\nmost_changes = 2\n")
    write("b/two.toml", ONE.replace("one", "two"))

    with pytest.raises(DesiredStateError) as caught:
        read("a", "b")

    assert str(caught.value) == (
        "b/reconcile.toml:2:1: limits: differs from [limits] in a/reconcile.toml. "
        "A plan has one set of limits: make them equal."
    )


def test_freezes_and_waivers_of_all_fleet_files_hold() -> None:
    for folder, name, day in (("a", "one", 1), ("b", "two", 2)):
        waiver = f"[[waiver]]\nlimit = 'most_changes'\ndatabase = '{name}'\nuntil = 2026-12-01\nreason = 'x'\n"
        write(
            f"{folder}/reconcile.toml",
            f"[[freeze]]\nfrom = 2026-12-0{day}\nuntil = 2026-12-0{day}\n{waiver}",
        )
        write(f"{folder}/{name}.toml", ONE.replace("one", name))

    safety = read("b", "a").safety

    assert [one.begins.day for one in safety.freezes] == [1, 2]
    assert [one.database for one in safety.waivers] == ["one", "two"]
