from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.adapters.toml_files import read_desired
from reconciler.catalogue import load_catalogue
from reconciler.core.desired import HerokuSettings
from reconciler.core.endpoint import LiveEndpoint, StandInEndpoint
from reconciler.errors import DesiredStateError, ReconcileError

if TYPE_CHECKING:
    from reconciler.core.catalogue import Catalogue
    from reconciler.core.desired import DesiredState

EXAMPLE = Path(__file__).parents[2] / "desired"
ONE = "[database.one]\napp = 'one'\nplan = 'standard-0'\n"
TWO = "[database.two]\napp = 'two'\nplan = 'standard-0'\n"


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


@pytest.fixture(autouse=True)
def empty_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(path: str, text: str | bytes) -> None:
    file = Path(path)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text if isinstance(text, bytes) else text.encode())


def read(catalogue: Catalogue, *paths: str) -> DesiredState:
    return read_desired([Path(path) for path in paths], catalogue=catalogue)


def outcome(catalogue: Catalogue, *paths: str) -> DesiredState | ReconcileError:
    try:
        return read(catalogue, *paths)
    except ReconcileError as error:
        return error


def problems_of(catalogue: Catalogue, *paths: str) -> list[str]:
    with pytest.raises(DesiredStateError) as caught:
        read(catalogue, *paths)
    return [str(problem) for problem in caught.value.problems]


def names(state: DesiredState) -> list[str]:
    return [database.name for database in state.databases]


def test_the_example_estate_is_read(catalogue: Catalogue) -> None:
    state = read_desired([EXAMPLE], catalogue=catalogue)

    wanted = {each.name: (each.app, each.attachment, each.service_plan) for each in state.databases}
    assert wanted == {
        "accounts": ("accounts", "DATABASE", "premium-0"),
        "crimson": ("example-app", "HEROKU_POSTGRESQL_CRIMSON", "essential-1"),
        "lavender": ("example-app", "DATABASE", "premium-4"),
        "legacy": ("blog", "DATABASE", "standard-0"),
        "orders": ("shop", "DATABASE", "standard-2"),
        "search": ("search", "DATABASE", "standard-3"),
    }
    assert state.heroku == HerokuSettings(endpoint=StandInEndpoint(scenario="example"))


def test_every_file_below_a_folder_counts_but_hidden_ones(catalogue: Catalogue) -> None:
    write("desired/team/deep/two.toml", TWO)
    write("desired/one.toml", ONE)
    write("desired/notes.txt", "no TOML")
    write("desired/.old/three.toml", "broken")
    write("desired/.four.toml", "broken")

    state = read(catalogue, "desired")

    assert names(state) == ["one", "two"]
    assert state.place_of(state.databases[1].name) == "desired/team/deep/two.toml:1:1"


def test_the_order_of_paths_and_saying_them_twice_changes_nothing(catalogue: Catalogue) -> None:
    write("a/one.toml", ONE)
    write("b/two.toml", TWO)

    states = [
        read(catalogue, *paths)
        for paths in (["a", "b"], ["b", "a"], ["b/two.toml", "a", "a/one.toml"], ["./a", "b"])
    ]

    assert all(state == states[0] for state in states)
    assert all(state.places == states[0].places for state in states)


def test_the_fleet_file_above_a_single_file_holds_too(catalogue: Catalogue) -> None:
    write("desired/reconcile.toml", "[heroku]\nendpoint = 'sim:example'\nconcurrency = 8\n")
    write("desired/team/one.toml", ONE)
    wanted = HerokuSettings(endpoint=StandInEndpoint(scenario="example"), concurrency=8)

    for path in ("desired", "desired/team", "desired/team/one.toml"):
        assert read(catalogue, path).heroku == wanted


def test_without_a_fleet_file_it_is_heroku(catalogue: Catalogue) -> None:
    write("one.toml", ONE)

    assert read(catalogue, "one.toml").heroku == HerokuSettings(
        endpoint=LiveEndpoint(url="https://api.heroku.com"), concurrency=32, reserve_requests=500
    )


def test_defaults_of_the_fleet_file_hold_below_it_only(catalogue: Catalogue) -> None:
    write("a/reconcile.toml", "[defaults]\nversion = 16\n")
    write("a/one.toml", ONE)
    write("b/two.toml", TWO)

    one, two = read(catalogue, "a", "b").databases

    assert (one.version, two.version) == (16, None)


def test_a_scenario_file_is_found_beside_the_fleet_file(catalogue: Catalogue) -> None:
    write("desired/reconcile.toml", "[heroku]\nendpoint = 'sim:../worlds/mine.toml'\n")
    write("desired/one.toml", ONE)

    state = read(catalogue, "desired")

    assert state.heroku.endpoint == StandInEndpoint(scenario="worlds/mine.toml")


def test_a_wrong_endpoint_is_named_with_its_place(catalogue: Catalogue) -> None:
    write("desired/reconcile.toml", "[heroku]\nendpoint = 'http://api.heroku.com'\n")
    write("desired/one.toml", ONE)

    assert problems_of(catalogue, "desired") == [
        (
            "desired/reconcile.toml:2:1: heroku.endpoint: must be https: plain http is for the"
            " loopback (127.0.0.1) only."
        )
    ]


def test_two_fleet_files_must_speak_to_one_endpoint(catalogue: Catalogue) -> None:
    write("a/reconcile.toml", "[heroku]\nendpoint = 'sim:example'\n")
    write("a/one.toml", ONE)
    write("b/reconcile.toml", "# of b\n[heroku]\n")
    write("b/two.toml", TWO)

    assert problems_of(catalogue, "a", "b") == [
        (
            "b/reconcile.toml:2:1: heroku: differs from [heroku] in a/reconcile.toml."
            " One command speaks to one endpoint: make them equal."
        )
    ]


def test_a_fleet_file_further_down_is_refused(catalogue: Catalogue) -> None:
    write("desired/team/reconcile.toml", "[defaults]\nversion = 16\n")
    write("desired/team/one.toml", ONE)

    assert problems_of(catalogue, "desired") == [
        (
            "desired/team/reconcile.toml:1:1: a reconcile.toml counts only at the top of what is read."
            " Move what it says to desired/reconcile.toml."
        )
    ]


def test_problems_of_all_files_and_between_them_come_at_once(catalogue: Catalogue) -> None:
    write("desired/reconcile.toml", "[limit]\n")
    write("desired/a.toml", "[database.a\n")
    write("desired/b.toml", b"app = '\xff'\n")
    write("desired/c.toml", ONE)
    write("desired/d.toml", ONE)

    assert [problem.split(" ")[0] for problem in problems_of(catalogue, "desired")] == [
        "desired/a.toml:1:12:",
        "desired/b.toml:1:8:",
        "desired/d.toml:1:1:",
        "desired/d.toml:1:1:",
        "desired/reconcile.toml:1:1:",
    ]


@pytest.mark.parametrize(
    ("path", "message", "hint"),
    [
        (
            "nowhere",
            'There is no file or folder "nowhere".',
            "Write the desired state there, or name the folder that has it.",
        ),
        (
            "empty",
            "There is no .toml file with databases under empty.",
            'Write one: app = "…", then a table [database.NAME] with plan = "…".',
        ),
        (
            "bare",
            "No database is listed under bare.",
            'List one: a table [database.NAME] with app = "…" and plan = "…".',
        ),
        (
            "bare/reconcile.toml",
            "No database is listed under bare/reconcile.toml.",
            'List one: a table [database.NAME] with app = "…" and plan = "…".',
        ),
    ],
)
def test_nothing_to_read_is_one_sentence_with_the_way_on(
    catalogue: Catalogue, path: str, message: str, hint: str
) -> None:
    Path("empty").mkdir()
    write("bare/shop.toml", "app = 'shop'\n")
    write("bare/reconcile.toml", "")

    with pytest.raises(ReconcileError) as caught:
        read(catalogue, path)

    assert (str(caught.value), caught.value.hint) == (message, hint)


@pytest.mark.skipif(os.name == "nt", reason="permissions of POSIX")
def test_an_unreadable_file_is_a_problem(catalogue: Catalogue) -> None:
    write("desired/one.toml", ONE)
    Path("desired/one.toml").chmod(0)
    if os.access("desired/one.toml", os.R_OK):
        pytest.skip("whoever runs this may read everything")

    assert problems_of(catalogue, "desired") == [
        "desired/one.toml: cannot be read: permission denied."
    ]


MISTAKES = st.sampled_from([*"[]{}=,.\"'#\n \\é", "[[", "app", "1", "2026-01-01", "= =", "\x00"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_mutated_example_is_read_or_refused_with_a_place(
    catalogue: Catalogue, data: st.DataObject
) -> None:
    for file in sorted(EXAMPLE.glob("*.toml")):
        text = file.read_text(encoding="utf-8")
        for _ in range(data.draw(st.integers(0, 2))):
            at = data.draw(st.integers(0, len(text)))
            text = text[:at] + data.draw(MISTAKES) + text[at + data.draw(st.integers(0, 8)) :]
        write(f"desired/{file.name}", text)

    match outcome(catalogue, "desired"):
        case DesiredStateError(problems=problems):
            assert all(each.line >= 1 and each.column >= 1 and each.message for each in problems)
        case ReconcileError(hint=hint):
            assert hint
        case state:
            assert state.databases
