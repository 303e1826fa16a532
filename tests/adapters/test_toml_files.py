from __future__ import annotations

import os
import tempfile
import zoneinfo
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.rightless import problems_without_rights

from reconciler.adapters.toml_files import read_desired
from reconciler.catalogue import load_catalogue
from reconciler.core.desired import HerokuSettings
from reconciler.core.endpoint import LiveEndpoint, StandInEndpoint
from reconciler.errors import DesiredStateError, ReconcileError

if TYPE_CHECKING:
    from collections.abc import Iterator

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


def test_a_wrong_key_hides_nothing_else_that_is_wrong(catalogue: Catalogue) -> None:
    write(
        "desired/a.toml",
        "[database.one]\napp = 'one'\nfoo = 1\nplan = 'essential-0'\nversion = 8\n"
        "[[database.one.pooler]]\nas = 'POOL'\n",
    )
    write("desired/b.toml", ONE)

    assert [problem.split(": ")[:2] for problem in problems_of(catalogue, "desired")] == [
        ["desired/a.toml:3:1", "database.one.foo"],
        ["desired/a.toml:5:1", "database.one.version"],
        ["desired/a.toml:6:1", "database.one.pooler[0]"],
        ["desired/b.toml:1:1", "database.one"],
        ["desired/b.toml:1:1", "database.one.attachment"],
    ]


def test_beside_a_value_of_a_wrong_shape_the_rest_of_its_table_is_checked(
    catalogue: Catalogue,
) -> None:
    write(
        "desired/a.toml",
        "[database.one]\napp = 'one'\nmethod = 'follower_switch'\nhook_timeout = '1d'\n"
        "plan = 'standard-1'\nlabels = { team = 1 }\n",
    )

    keys = [problem.split(": ")[1] for problem in problems_of(catalogue, "desired")]

    assert sorted(keys) == [
        "database.one.hook_timeout",
        "database.one.labels.team",
        "database.one.method",
        "database.one.plan",
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        "app = 'one'\npla = 'standard-0'\n",
        "app = 4\nplan = 'standard-0'\n",
        "app = 'one'\nplan = 5\n",
        "app = 'two'\nplan = 'standard-0'\nattachmnt = 'ONE'\n",
    ],
)
def test_what_follows_from_a_wrong_key_is_not_reported(catalogue: Catalogue, wrong: str) -> None:
    write("desired/a.toml", f"[database.one]\n{wrong}[database.three]\napp = 'three'\nplan = 'x'\n")
    write("desired/b.toml", TWO)

    keys = [problem.split(": ")[1] for problem in problems_of(catalogue, "desired")]

    assert len(keys) == 2
    assert keys[0].startswith("database.one.")
    assert keys[1] == "database.three.plan"


@pytest.mark.parametrize("wrong", ["[default]\nplan = 'standard-0'\n", "[defaults]\nplan = 5\n"])
def test_databases_are_not_blamed_for_wrong_defaults(catalogue: Catalogue, wrong: str) -> None:
    write("desired/reconcile.toml", wrong)
    write("desired/one.toml", "[database.one]\napp = 'one'\n")
    write("desired/two.toml", "[database.two]\nfoo = 1\n")

    assert [problem.split(":")[0] for problem in problems_of(catalogue, "desired")] == [
        "desired/reconcile.toml",
        "desired/two.toml",
    ]


def test_one_table_where_several_may_be_is_told_its_spelling(catalogue: Catalogue) -> None:
    write("desired/reconcile.toml", "[waiver]\ndatabase = 'one'\n")
    write("desired/one.toml", f"{ONE}[database.one.follower]\napp = 'two'\n")

    assert problems_of(catalogue, "desired") == [
        (
            "desired/one.toml:4:1: database.one.follower: must be an array, not a table."
            " Write [[database.one.follower]], since there may be several."
        ),
        (
            "desired/reconcile.toml:1:1: waiver: must be an array, not a table."
            " Write [[waiver]], since there may be several."
        ),
    ]


def test_a_waiver_must_name_a_database_that_is_listed(catalogue: Catalogue) -> None:
    rest = "until = 2026-12-31\nlimit = 'most_downtime'\nreason = 'agreed'\n"
    write("desired/reconcile.toml", f"[[waiver]]\ndatabase = 'legcy'\n{rest}")
    write("desired/a.toml", "[database.legacy]\napp = 'one'\nplan = 'standard-0'\n")
    write("desired/team/two.toml", TWO)

    assert problems_of(catalogue, "desired") == [
        (
            'desired/reconcile.toml:2:1: waiver[0].database: there is no database "legcy".'
            ' Did you mean "legacy"?'
        )
    ]
    assert names(read(catalogue, "desired/team")) == ["two"]  # the others may be listed elsewhere


@pytest.fixture
def timezones(tmp_path: Path) -> Iterator[Path]:
    """An empty list of time zones, which is all that this machine has."""
    folder = tmp_path / "zones"
    folder.mkdir()
    zoneinfo.reset_tzpath([folder])
    yield folder
    zoneinfo.reset_tzpath()


def zone(folder: Path, name: str) -> None:
    write(str(folder / name), b"TZif")


BACKUPS = "".join(
    f"[[database.one.backup]]\nhour = 3\ntimezone = '{name}'\nattachment = '{at}'\n"
    for at, name in (("A", "Europe/Pariss"), ("B", "Europe/Paris"), ("C", "US/Pacific"))
)


def test_an_unknown_time_zone_is_a_problem(catalogue: Catalogue, timezones: Path) -> None:
    write("one.toml", ONE + BACKUPS)
    zone(timezones, "Europe/Paris")
    zone(timezones, "US/Pacific")

    assert problems_of(catalogue, "one.toml") == [
        (
            'one.toml:6:1: database.one.backup[0].timezone: there is no time zone "Europe/Pariss".'
            ' Did you mean "Europe/Paris"?'
        )
    ]


def test_without_the_whole_list_any_time_zone_may_be_one(
    catalogue: Catalogue, timezones: Path
) -> None:
    write("one.toml", ONE + BACKUPS)
    zone(timezones, "Europe/Paris")

    assert names(read(catalogue, "one.toml")) == ["one"]


@pytest.mark.parametrize(
    ("path", "message", "hint"),
    [
        (
            "nowhere",
            'There is no file or folder "nowhere".',
            "Write the desired state there (`reconcile import` does, from what is live), or name the folder that has it.",
        ),
        (
            "plans/4c6cbdde.json",
            "plans/4c6cbdde.json is no TOML file.",
            "If it is a plan: reconcile show plans/4c6cbdde.json, or reconcile apply plans/4c6cbdde.json",
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


@pytest.fixture
def closable() -> Iterator[Path]:
    """A working directory in which someone without rights gets as far as the files; pytest's own is closed."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        os.chdir(folder)
        yield folder
        os.chdir(before)
        for path in (folder / "desired", folder / "desired/team"):
            if path.exists():
                path.chmod(0o755)


def test_an_unreadable_file_is_a_problem(closable: Path) -> None:
    write("desired/one.toml", ONE)
    Path("desired/one.toml").chmod(0)

    assert problems_without_rights(closable, [Path("desired")]) == [
        "desired/one.toml: cannot be read: permission denied."
    ]


def test_an_unreadable_folder_is_a_problem(closable: Path) -> None:
    write("desired/one.toml", ONE)
    write("desired/team/two.toml", TWO)
    Path("desired/team").chmod(0)

    assert problems_without_rights(closable, [Path("desired")]) == [
        "desired/team: cannot be read: permission denied."
    ]


def test_a_folder_that_can_only_be_listed_is_a_problem(closable: Path) -> None:
    write("desired/one.toml", ONE)
    Path("desired").chmod(0o444)

    wanted = [
        f"desired/{file}: cannot be read: permission denied."
        for file in ("one.toml", "reconcile.toml")
    ]
    assert problems_without_rights(closable, [Path("desired")]) == wanted
    assert problems_without_rights(closable, [Path("desired/one.toml")]) == wanted


@pytest.mark.parametrize("name", ["gone.toml", "reconcile.toml"])
def test_a_link_that_leads_nowhere_is_a_problem(catalogue: Catalogue, name: str) -> None:
    write("desired/one.toml", ONE)
    Path("desired", name).symlink_to("nothing.toml")

    assert problems_of(catalogue, "desired") == [
        f"desired/{name}: is a link that leads nowhere. Let the link lead to the file, or remove it."
    ]


def test_a_link_to_a_folder_is_followed_but_not_in_circles(catalogue: Catalogue) -> None:
    write("desired/one.toml", ONE)
    write("teams/data/two.toml", TWO)
    Path("desired/data").symlink_to("../teams/data")
    Path("desired/data/all").symlink_to("../../desired")
    Path("desired/again").symlink_to(".")

    assert names(read(catalogue, "desired")) == ["one", "two"]


def test_what_several_ways_lead_to_is_read_once_where_it_lies(catalogue: Catalogue) -> None:
    write("desired/b/two.toml", TWO)
    Path("desired/a").symlink_to("b")
    Path("desired/c").symlink_to("..")

    state = read(catalogue, "desired")

    assert names(state) == ["two"]
    assert state.place_of(state.databases[0].name) == "desired/b/two.toml:1:1"


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
