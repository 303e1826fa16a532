"""What the pipelines install is known by its hash, all of it, and is what `pyproject.toml` asks for."""

from __future__ import annotations

import re
from pathlib import Path

import tomli
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]
PROJECT = tomli.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
BUILD = PROJECT["build-system"]["requires"]
ENTRY = re.compile(r"^(?P<name>[a-z0-9-]+)==(?P<version>[^ ;]+)(?P<rest>(?:.*\\\n)+.*\n)", re.MULTILINE)  # fmt: skip


def pins() -> dict[str, tuple[Version, str]]:
    text = (ROOT / "pipelines/requirements.txt").read_text(encoding="utf-8")
    return {one["name"]: (Version(one["version"]), one["rest"]) for one in ENTRY.finditer(text)}


def test_each_pin_has_the_hashes_of_its_files() -> None:
    text = (ROOT / "pipelines/requirements.txt").read_text(encoding="utf-8")

    assert len(pins()) == len(re.findall(r"^[a-z0-9]", text, re.MULTILINE)) > 20
    for name, (_, rest) in pins().items():
        assert re.search(r"--hash=sha256:[0-9a-f]{64}\b", rest), name
    assert "://" not in text


def test_all_that_the_project_asks_for_is_pinned_as_it_asks() -> None:
    found = pins()

    for line in [*PROJECT["project"]["dependencies"], *BUILD]:
        wanted = Requirement(line)
        version, _ = found[canonicalize_name(wanted.name)]
        assert version in wanted.specifier, f"{line}: renew the pins with `python3 dev.py pin`"


def test_what_builds_it_is_pinned_with_the_rest() -> None:
    assert PROJECT["dependency-groups"]["build"] == BUILD


def test_nothing_is_installed_in_another_way() -> None:
    for path in (ROOT / "action.yml", ROOT / "templates/reconcile.gitlab-ci.yml"):
        text = path.read_text(encoding="utf-8")
        assert "pip install" not in text
        assert text.count("pipelines/install.sh") == 1
    script = (ROOT / "pipelines/install.sh").read_text(encoding="utf-8")
    installs = re.findall(r"^pip install .*$", script, re.MULTILINE)
    assert ["--require-hashes" in one or "--no-deps" in one for one in installs] == [True, True]
