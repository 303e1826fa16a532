"""Everything that users get wrong: one sentence, what to do, the right exit code, nothing changed."""

from __future__ import annotations

import signal
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from socket import socket
from typing import TYPE_CHECKING

import pytest
from support.listening import listening

from reconciler.cli.connecting import connected
from reconciler.core.desired import HerokuSettings
from reconciler.core.endpoint import parse_endpoint
from reconciler.errors import HerokuUnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.processes import Place


def refusal(place: Place, *words: str, code: int = 1) -> list[str]:
    """The lines on stderr of a command that must be refused before anything happens."""
    before = files_of(place)

    done = place.run(*words)

    assert (done.code, done.out) == (code, "")
    assert files_of(place) == before
    return done.err.splitlines()


def files_of(place: Place) -> set[Path]:
    """All files, but for those that a stand-in or the lock of apply needs before anything can be said."""
    lock = place.folder / ".reconcile" / "apply.lock"
    return {path for path in place.folder.rglob("*") if path.is_file()} - {lock}


@pytest.mark.parametrize("command", [["plan"], ["apply", "--auto-approve"]])
def test_no_desired_folder(place: Place, command: list[str]) -> None:
    (place.folder / "desired").rename(place.folder / "elsewhere")

    assert refusal(place, *command) == [
        'There is no file or folder "desired".',
        "Write the desired state there (`reconcile import` does, from what is live), or name the folder that has it.",
    ]


def test_an_empty_desired_folder(place: Place) -> None:
    for path in (place.folder / "desired").iterdir():
        path.unlink()

    assert refusal(place, "plan") == [
        "There is no .toml file with databases under desired.",
        'Write one: app = "…", then a table [database.NAME] with plan = "…".',
    ]


@pytest.mark.parametrize(
    ("file", "old", "new", "complaint"),
    [
        (
            "blog.toml",
            '"standard-0"',
            "standard-0",
            'desired/blog.toml:5:8: not valid TOML: invalid value. A text needs quotes, such as plan = "standard-2".',
        ),
        (
            "shop.toml",
            "method =",
            "methd =",
            'desired/shop.toml:6:1: database.orders.methd: unknown key. Did you mean "method"?',
        ),
        (
            "blog.toml",
            "standard-0",
            "standrad-0",
            (
                'desired/blog.toml:5:1: database.legacy.plan: there is no plan "standrad-0".'
                " Nearest: standard-0, "
            ),
        ),
        (
            "example-app.toml",
            'attachment = "HEROKU_POSTGRESQL_CRIMSON"',
            "",
            (
                "desired/example-app.toml:10:1: database.lavender.attachment: example-app::DATABASE is already listed,"
                ' for "crimson" at desired/example-app.toml:5:1.'
                " An app can know only one database by a name."
            ),
        ),
        (
            "reconcile.toml",
            "sim:example",
            "https://me:secret@api.heroku.com",
            (
                "desired/reconcile.toml:5:1: heroku.endpoint: must not hold a user or password;"
                " the token comes from HEROKU_API_KEY."
            ),
        ),
    ],
    ids=["broken TOML", "unknown key", "unknown plan", "duplicate", "secret in the address"],
)
def test_a_wrong_desired_state_is_named_by_line_and_column(
    place: Place, file: str, old: str, new: str, complaint: str
) -> None:
    path = place.folder / "desired" / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")

    (line,) = refusal(place, "plan")
    assert line.startswith(complaint)


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        (
            'app = "blog"',
            'app = "blogg"',
            "legacy: the app blogg does not exist, or is not visible with this token",
        ),
        (
            'plan = "standard-0"',
            'plan = "standard-0"\nattachment = "DATABSE"',
            "legacy: blog knows no database as DATABSE; did you mean DATABASE?",
        ),
    ],
    ids=["app", "attachment"],
)
def test_what_does_not_exist_is_not_read_and_so_not_planned(
    reader: Place, old: str, new: str, complaint: str
) -> None:
    path = reader.folder / "desired" / "blog.toml"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")

    done = reader.run("plan", "--only", "legacy")

    assert (done.code, done.err) == (1, "")
    assert "Not read, and so not planned:" in done.out
    assert complaint in " ".join(done.out.split())
    assert done.out.endswith("\nNothing to apply.\n")
    assert not (reader.folder / "plans").exists()


def real(place: Place, endpoint: str = "https://api.heroku.com") -> Place:
    """The same estate, for Heroku itself; nothing on the network is reached."""
    (place.folder / "desired" / "reconcile.toml").write_text(f'[heroku]\nendpoint = "{endpoint}"\n')
    place.settings |= {"HTTPS_PROXY": f"http://127.0.0.1:{closed_port()}"}
    return place


def closed_port() -> int:
    """A port of this machine at which nobody listens."""
    with socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return int(unused.getsockname()[1])


@pytest.mark.parametrize("command", [["plan"], ["apply", "--auto-approve"]])
def test_no_token(place: Place, command: list[str]) -> None:
    assert refusal(real(place), *command) == [
        "No Heroku API token: HEROKU_API_KEY is not set and ~/.netrc has no entry for api.heroku.com.",
        "Set HEROKU_API_KEY to a token, such as `heroku authorizations:create` makes one.",
    ]


def test_a_token_is_never_looked_for_where_it_must_not_go(place: Place) -> None:
    assert refusal(real(place, "https://heroku.example.com"), "plan", code=64) == [
        "The endpoint on host heroku.example.com is neither Heroku nor this machine.",
        "Use https://api.heroku.com, or the address that `reconcile sim` prints.",
    ]


def test_without_any_answer_from_heroku_the_network_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("RECONCILE_ENDPOINT", "https://api.heroku.com")
    monkeypatch.setenv("HEROKU_API_KEY", "canary-token")

    with (
        pytest.raises(HerokuUnavailableError) as caught,
        connected(HerokuSettings(endpoint=parse_endpoint("sim:example"))),
    ):
        raise HerokuUnavailableError("Heroku could not be reached.")

    assert caught.value.hint.startswith("Check this machine's network and proxy settings")


def test_no_stand_in_runs_where_one_should(place: Place) -> None:
    place.settings["RECONCILE_ENDPOINT"] = url = f"http://127.0.0.1:{closed_port()}"

    assert refusal(place, "plan") == [
        f"Nobody answers at {url}.",
        (
            "`reconcile sim` serves a stand-in; without RECONCILE_ENDPOINT, "
            "the desired state says whom to speak to."
        ),
    ]


def test_an_address_that_is_none(place: Place) -> None:
    place.settings["RECONCILE_ENDPOINT"] = "127.0.0.1:5780"

    (line,) = refusal(place, "plan", code=64)

    assert line.startswith('RECONCILE_ENDPOINT must be "https://api.heroku.com", another')


def test_the_token_is_refused(place: Place) -> None:
    (place.folder / "strict.toml").write_text(
        '[clock]\nstart = 2026-11-22T20:00:00Z\n[account]\ntokens = ["right"]\n[app.shop]\n'
    )
    fleet = place.folder / "desired" / "reconcile.toml"
    fleet.write_text(fleet.read_text().replace("sim:example", "sim:../strict.toml"))

    done = place.run("plan")

    assert (done.code, done.out) == (1, "")
    first, hint = done.err.splitlines()
    assert first.startswith("Heroku does not accept the token in HEROKU_API_KEY or ~/.netrc: ")
    assert hint.startswith("Set HEROKU_API_KEY to a valid token")


class Portal(BaseHTTPRequestHandler):
    """What a hotel's network says to everything."""

    def do_GET(self) -> None:
        page = b"<html>Welcome! Please log in.</html>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *_words: object) -> None:
        """Nothing."""


@pytest.fixture
def portal() -> Iterator[str]:
    with listening(HTTPServer(("127.0.0.1", 0), Portal)) as address:
        yield address


def test_an_answer_that_is_not_json(place: Place, portal: str) -> None:
    place.settings["RECONCILE_ENDPOINT"] = portal

    (line, *_hint) = refusal(place, "plan")

    assert line.startswith("Heroku answered GET /addon")
    assert line.endswith("with something that is not JSON (200).")


@pytest.mark.parametrize(("scenario", "name"), [("nope", "nope"), ("../nope.toml", "nope.toml")])
def test_no_such_scenario(place: Place, scenario: str, name: str) -> None:
    fleet = place.folder / "desired" / "reconcile.toml"
    fleet.write_text(fleet.read_text().replace("sim:example", f"sim:{scenario}"))

    lines = refusal(place, "plan")

    assert lines == [
        f"The scenario {name} cannot be read: No such file or directory.",
        "Give the path of a scenario file, or a built-in one: example.",
        "The stand-in did not start; it said why above.",
        "If another command uses its world, wait for that one's end; else mend what it named.",
    ]


@pytest.mark.parametrize("words", [["plan"], ["sim"]])
def test_the_stand_in_is_not_installed(place: Place, words: list[str]) -> None:
    without = "import sys; sys.modules['uvicorn'] = None; from reconciler.cli import main; "
    done = subprocess.run(
        [sys.executable, "-c", f"{without}sys.exit(main({words!r}))"],
        cwd=place.folder,
        env=place.environment(),
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == [
        "The stand-in is not installed.",
        (
            "Install it: pip install 'heroku-postgres-reconcile[sim]', or from a checkout: "
            "pip install '.[sim]'"
        ),
    ]


def test_plans_cannot_be_written(reader: Place) -> None:
    (reader.folder / "plans").write_text("in the way")

    first, hint = refusal(reader, "plan")

    assert first.startswith("plans/")
    assert first.endswith(".json cannot be written: File exists.")
    assert hint == "Mend that, or name another place with --out."


def test_records_cannot_be_written_so_nothing_is_applied(reader: Place) -> None:
    (reader.folder / ".reconcile").write_text("in the way")

    assert refusal(reader, "apply", "--auto-approve", "--only", "crimson") == [
        ".reconcile/apply.lock cannot be opened: File exists.",
        ".reconcile must be a folder that you may write to: apply keeps its journal there.",
    ]


@pytest.mark.parametrize("command", [["plan"], ["apply", "--auto-approve"]])
def test_a_damaged_journal_is_never_overlooked(reader: Place, command: list[str]) -> None:
    run = reader.folder / ".reconcile" / "runs" / "0123456789abcdef"
    run.mkdir(parents=True)
    (run / "journal.jsonl").write_text("{}\n")

    first, hint = refusal(reader, *command)

    assert first == (
        "The journal .reconcile/runs/0123456789abcdef/journal.jsonl:1:1 is damaged, "
        "or written by another version."
    )
    assert "keep it, look at their maintenance mode and dynos by hand" in hint


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        (
            ["apply", "plans/nope.json"],
            [
                "plans/nope.json cannot be read: No such file or directory.",
                "`reconcile plan` writes plans under plans/.",
            ],
        ),
        (
            ["apply", "desired/shop.toml"],
            ["desired/shop.toml is not a plan: it is not JSON", "Plan again: reconcile plan"],
        ),
    ],
)
def test_no_plan_where_one_was_named(reader: Place, words: list[str], lines: list[str]) -> None:
    said = refusal(reader, *words, "--auto-approve")

    assert len(said) == len(lines)
    assert all(line.startswith(wanted) for line, wanted in zip(said, lines, strict=True))


@pytest.mark.parametrize(
    ("words", "first"),
    [
        (["plan", "--only", "ordrs"], "No database fits --only ordrs."),
        (["apply", "--wait", "soon"], '--wait must be a span of time such as "5m", "72h" or "7d".'),
        (["apply", "x.json", "--only", "a"], "--only goes with a plan made now, not with a plan"),
    ],
)
def test_wrong_usage(reader: Place, words: list[str], first: str) -> None:
    assert refusal(reader, *words, code=64)[0].startswith(first)


@pytest.mark.slow
def test_a_second_apply_at_the_same_time_is_refused(small: Place) -> None:
    world = small.folder / "world.toml"
    world.write_text(world.read_text().replace('provision = "10m"', 'provision = "2d"'))
    running = small.start("apply", "--auto-approve")
    running.until("wait .* being provisioned")

    second = small.run("apply", "--auto-approve", is_alone=False)
    running.signal(signal.SIGTERM)

    assert (second.code, second.out) == (1, "")
    first, hint = second.err.splitlines()
    assert first.startswith(f"Another apply is running here (process {running.process.pid} on ")
    assert hint == "Wait for its end, or stop it with Ctrl-C there; it ends at a safe point."
    assert running.end().code == 3
