"""The vendor's own CLI as a client of a served stand-in.

The CLI is installed once by npm into `$XDG_CACHE_HOME/reconcile/heroku-cli`, or `.cache/heroku-cli` in the
repository. Each test gets a stand-in of its own, drives it by the CLI alone, and looks at the world that the
stand-in keeps in its folder, never at what the CLI says.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.waiting import until

from bench import vendors_cli
from reconciler.simulator.world.releases import current_release
from reconciler.simulator.world.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from reconciler.simulator.world.model import Addon, App, Database

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
DRIVEN = "heroku"


@pytest.fixture(scope="session")
def program() -> list[str]:
    """How to start the vendor's CLI; installs it if need be."""
    try:
        return vendors_cli.program()
    except vendors_cli.NotHereError as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home directory to throw away: no login, no netrc."""
    return tmp_path_factory.mktemp("home")


class Cli:
    """The vendor's CLI pointed at one served stand-in, and the world of that stand-in."""

    def __init__(
        self, program: list[str], home: Path, port: int, kept: Path, note: Callable[..., None]
    ) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._program = program
        self._kept = kept
        self._note = note
        self._environment = dict(vendors_cli.environment(self.url, home))

    def run(self, command: str, *arguments: str, code: int = 0) -> str:
        """What the command prints, on both streams; it must end with that exit code."""
        with self._started(command, *arguments) as process:
            return _said(process, command, code)

    def run_and_skip(self, ahead: str, once_asked: str, command: str, *arguments: str) -> str:
        """As `run`, of a command that waits: time passes once it has asked along that route."""
        before = self._asked(once_asked)
        with self._started(command, *arguments) as process:
            until(lambda: self._asked(once_asked) > before or process.poll() is not None)
            self.skip(ahead)
            return _said(process, command, 0)

    def _started(self, command: str, *arguments: str) -> subprocess.Popen[str]:
        self._note(DRIVEN, " ".join((command, *arguments)))
        return subprocess.Popen(
            [*self._program, command, *arguments],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def _asked(self, route: str) -> int:
        return int(self.ask("GET", "/sim/requests")["routes"].get(route, 0))

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Ask the stand-in directly, without the CLI.

        Raises:
            HTTPError: it refuses.
        """
        data = json.dumps(body).encode() if body is not None else None
        headers = {"Authorization": "Bearer no-real-token"}
        request = urllib.request.Request(self.url + path, data, headers, method=method)  # noqa: S310  # loopback
        with urllib.request.urlopen(request) as answer:  # noqa: S310  # the same
            return json.load(answer)

    def skip(self, ahead: str) -> None:
        """Let simulated time pass."""
        self.ask("POST", "/sim/clock", {"advance": ahead})

    def break_(self, **rule: Any) -> None:
        """Put a fault into force."""
        self.ask("POST", "/sim/faults", rule)

    def struck(self) -> int:
        """How often the faults have struck."""
        return sum(rule["struck"] for rule in self.ask("GET", "/sim/faults")["faults"])

    @property
    def world(self) -> Seen:
        """What there is now."""
        self.ask("GET", "/sim/clock")
        document = json.loads((self._kept / "world.json").read_bytes())
        return Seen(World.from_json(json.dumps(document["world"])))


def _said(process: subprocess.Popen[str], command: str, code: int) -> str:
    try:
        out, err = process.communicate(timeout=vendors_cli.PATIENCE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    assert process.returncode == code, f"{command}: {process.returncode}\n{out}{err}"
    return out + err


class Seen:
    """A world, asked by names."""

    def __init__(self, world: World) -> None:
        self.world = world

    def app(self, name: str) -> App:
        found = self.world.app(name)
        assert found is not None, name
        return found

    def addon(self, name: str) -> Addon | None:
        return self.world.addon(name)

    def database(self, name: str) -> Database:
        addon = self.world.addon(name)
        assert addon is not None, name
        return self.world.databases[addon.id]

    def names(self, app: str) -> dict[str, str]:
        """Attachment name to add-on name."""
        attached = self.world.attachments_of_app(self.app(app).id)
        return {held.name: self.world.addons[held.addon_id].name for held in attached}

    def on(self, app: str, name: str) -> str:
        """The namespace of an attachment; empty for the default one."""
        held = self.world.attachment_on(self.app(app).id, name)
        assert held is not None, name
        return held.namespace or ""

    def formation(self, app: str) -> dict[str, int]:
        return {kind: held.quantity for kind, held in self.app(app).formation.items()}

    def releases(self, app: str) -> list[tuple[str, str]]:
        """Status and the first two words of every release, oldest first."""
        made = self.app(app).releases
        return [(each.status, " ".join(each.description.split()[:2])) for each in made]

    def running_host(self, app: str) -> str:
        """The host of the DATABASE_URL that the dynos run with; empty without one."""
        release = current_release(self.app(app))
        url = release.config.get("DATABASE_URL", "") if release is not None else ""
        return url.partition("@")[2].partition(":")[0]


@pytest.fixture
def timing() -> dict[str, str]:
    """What takes another time than the estate says; a test may want some."""
    return {}


@pytest.fixture
def heroku(
    timing: dict[str, str],
    program: list[str],
    home: Path,
    tmp_path: Path,
    record_property: Callable[..., None],
) -> Iterator[Cli]:
    """A CLI with a stand-in of its own. No request may have met an unknown route."""
    kept = tmp_path / "world"
    scenario = tmp_path / "estate.toml"
    text = (HERE / "estate.toml").read_text()
    for key, value in timing.items():
        text, count = re.subn(rf"^{key} = .*$", f'{key} = "{value}"', text, flags=re.MULTILINE)
        assert count == 1
    scenario.write_text(text)
    command = [sys.executable, "-m", "reconciler", "sim", "--port", "0", "--until-stdin-closes"]
    command += ["--scenario", str(scenario), "--keep", str(kept)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, text=True
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        try:
            port = json.loads(server.stdout.readline())["port"]
            cli = Cli(program, home, port, kept, record_property)
            yield cli
            unknown = cli.ask("GET", "/sim/unknown-routes")
        finally:
            server.stdin.close()
            server.wait(20)
    assert unknown == {"total": 0, "routes": {}}


@pytest.fixture
def make_cli(
    program: list[str], home: Path, tmp_path: Path, record_property: Callable[..., None]
) -> Callable[[int], Cli]:
    """A CLI for a stand-in that somebody else serves, on that port; without a kept world."""
    return lambda port: Cli(program, home, port, tmp_path / "none", record_property)
