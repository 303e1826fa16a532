"""What a command loads before it does its work. Times depend on the machine; what is loaded does not."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from support.processes import Place

WATCH = """
import json, os, sys

loaded, searched = [], []

class Watch:
    def find_spec(self, name, path=None, target=None):
        searched.append(name)

def tell():
    sys.stderr.write("\\n" + json.dumps({"loaded": loaded or sorted(sys.modules), "searched": searched}))
    sys.stderr.flush()

def connecting(event, arguments):
    if event == "socket.connect" and "httpcore" in sys.modules and not loaded:
        loaded.extend(sorted(sys.modules))

sys.addaudithook(connecting)
sys.meta_path.insert(0, Watch())

from reconciler.cli import main
try:
    main(sys.argv[1:])
except SystemExit:
    pass
tell()
"""
SWITCH = "PYDANTIC_DISABLE_PLUGINS"
NEVER = {
    "click",
    "rich",
    "pygments",
    "starlette",
    "uvicorn",
    "httptools",
    "psycopg",
    "tomlkit",
    "trio",
}
"""None of these has to do with looking and planning."""
LATER = (
    "deepdiff",
    "jsonschema",
    "reconciler.adapters.heroku.closer",
    "reconciler.adapters.heroku.reads",
    "reconciler.adapters.heroku.wire_closer",
    "reconciler.adapters.heroku.writes",
    "reconciler.adapters.notify",
    "reconciler.adapters.state",
    "reconciler.apply.executor",
    "reconciler.core.planner",
    "reconciler.core.steps",
    "reconciler.render",
)
"""Needed when Heroku has answered, or not at all."""


def watched(place: Place, *words: str) -> dict[str, list[str]]:
    """Modules loaded when the first connection to Heroku is made, else at the end; and every one searched for."""
    done = subprocess.run(
        [sys.executable, "-c", WATCH, *words],
        cwd=place.folder,
        env=place.environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, list[str]] = json.loads(done.stderr.splitlines()[-1])
    return found


def test_the_first_request_is_sent_before_what_plans_and_shows_is_loaded(reader: Place) -> None:
    loaded = watched(reader, "plan")["loaded"]

    assert (
        "reconciler.adapters.heroku.observe" in loaded
    )  # it was the first connection that was seen
    assert {name.partition(".")[0] for name in loaded} & NEVER == set()
    assert "reconciler.core.plan" not in loaded
    assert [name for name in loaded if name.startswith(LATER)] == []


def test_no_module_is_searched_for_again_and_again(reader: Place) -> None:
    searched = watched(reader, "plan")["searched"]

    often = {name for name in searched if searched.count(name) > 10}
    assert "reconciler.core.planner" in searched
    assert often == set()


@pytest.mark.parametrize("words", [("--help",), ("--version",)])
def test_the_overview_loads_no_library_at_all(reader: Place, words: tuple[str, ...]) -> None:
    loaded = watched(reader, *words)["loaded"]

    ours = {name for name in loaded if name.startswith("reconciler")}
    assert ours == {"reconciler", "reconciler.cli", "reconciler.cli.streams", "reconciler.errors"}
    libraries = {"pydantic", "httpx", "asyncio", "tomli", "deepdiff", "psycopg"}
    assert {name.partition(".")[0] for name in loaded} & libraries == set()


@pytest.mark.parametrize(("settings", "is_loaded"), [({}, False), ({SWITCH: ""}, True)])
def test_no_plugin_of_pydantic_that_is_installed_sees_what_we_read(
    place: Place, settings: dict[str, str], *, is_loaded: bool
) -> None:
    installed = place.folder / "installed"
    about = installed / "spy-1.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: spy\nVersion: 1\n")
    (about / "entry_points.txt").write_text("[pydantic]\nspy = spy:plugin\n")
    (installed / "spy.py").write_text(
        "import pathlib\npathlib.Path('spied').touch()\n"
        "class plugin:\n"
        "    def new_schema_validator(*_, **__):\n"
        "        return None, None, None\n"
        "plugin = plugin()\n"
    )
    place.settings.update(settings, PYTHONPATH=str(installed))

    done = place.run("validate")

    assert done.code == 0, done.err
    assert (place.folder / "spied").exists() == is_loaded
