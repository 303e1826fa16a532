"""What the ready-made pipelines must never do, held line by line: these files run where secrets are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from support.documents import ROOT

if TYPE_CHECKING:
    from pathlib import Path

ACTION = ROOT / "action.yml"
WORKFLOWS = sorted((ROOT / "docs" / "examples").glob("github-*.yml"))
TEMPLATE = ROOT / "templates" / "reconcile.gitlab-ci.yml"
EVERY = [ACTION, *WORKFLOWS, TEMPLATE]
SECRETS = {
    "HEROKU_API_KEY": {"Plan", "Apply", "Look for drift"},
    "GITHUB_TOKEN": {"Post the result"},
    "RECONCILE_STATE_URL": {"Apply"},
}


def name(path: Path) -> str:
    return path.name


def scripts(path: Path) -> list[str]:
    """The text of every `run:` and `script:`, also over several lines."""
    found: list[str] = []
    depth = -1
    for line in path.read_text(encoding="utf-8").splitlines():
        indent = len(line) - len(line.lstrip())
        if depth >= 0 and (not line.strip() or indent > depth):
            found[-1] += f"\n{line}"
            continue
        depth = -1
        match = re.match(r"( *(?:- )?)(?:run|script|before_script): ?(.*)", line)
        if match:
            found.append(match[2])
            depth = len(match[1])
    return found


def steps_of_action() -> dict[str, str]:
    parts = re.split(r"^    - name: ", ACTION.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    return {part.partition("\n")[0]: part for part in parts}


@pytest.mark.parametrize("path", EVERY, ids=name)
def test_no_expression_is_put_into_a_script(path: Path) -> None:
    assert [one for one in scripts(path) if "${{" in one] == []


@pytest.mark.parametrize("path", [ACTION, TEMPLATE], ids=name)
def test_the_scripts_are_found_by_this_test(path: Path) -> None:
    assert sum("pipelines/" in one for one in scripts(path)) >= 4


@pytest.mark.parametrize("path", [ACTION, *WORKFLOWS], ids=name)
def test_only_checkout_is_used_and_by_its_commit(path: Path) -> None:
    used = re.findall(r"uses: (\S+)( # v[\d.]+)?", path.read_text(encoding="utf-8"))

    for action, version in used:
        is_ours = action == "OWNER/reconcile@COMMIT"
        assert is_ours or (re.fullmatch(r"actions/checkout@[0-9a-f]{40}", action) and version)
    assert bool(used) is (path != ACTION)


@pytest.mark.parametrize("path", WORKFLOWS, ids=name)
def test_rights_are_least_and_runs_do_not_overlap(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert "\npermissions: {}\n" in text
    written = set(re.findall(r"^ +([a-z-]+): write\b", text, re.MULTILINE))
    assert written <= {"pull-requests", "issues"}
    assert "\nconcurrency:" in text
    assert "timeout-minutes:" in text
    assert "persist-credentials: false" in text


def test_the_code_of_a_fork_never_runs_with_secrets() -> None:
    triggers = [re.findall(r"^  (\w+):", path.read_text().partition("\non:\n")[2].partition("\n\n")[0], re.MULTILINE) for path in WORKFLOWS]  # fmt: skip

    assert {one for each in triggers for one in each} == {
        "pull_request",
        "push",
        "schedule",
        "workflow_dispatch",
    }


def test_an_apply_is_never_cut_off_by_the_next_one() -> None:
    (apply,) = (path.read_text() for path in WORKFLOWS if path.name == "github-apply.yml")

    assert "cancel-in-progress: false" in apply
    assert "resource_group: reconcile-apply" in TEMPLATE.read_text()


def test_the_check_of_a_pull_request_always_runs_since_it_is_required() -> None:
    (plan,) = (path.read_text() for path in WORKFLOWS if path.name == "github-plan.yml")

    assert "paths" not in plan.partition("\non:\n")[2].partition("\npermissions:")[0].replace(
        "# No paths", ""
    )
    assert "fetch-depth: 2" in plan
    assert "RECONCILE_BASE: ${{ github.sha }}^1" in ACTION.read_text()
    assert "RECONCILE_BASE=" in TEMPLATE.read_text()


def test_no_file_of_the_checkout_is_a_module_of_the_python_that_installs_and_reads() -> None:
    files = [ACTION, TEMPLATE, *(ROOT / "pipelines").glob("*.sh")]
    started = [
        found for path in files for found in re.findall(r"python3? +(\S+)", path.read_text())
    ]

    assert set(started) == {"-I"}
    assert 'cd "$RUNNER_TEMP"' in steps_of_action()["Install reconcile"]


@pytest.mark.parametrize("secret", sorted(SECRETS))
def test_a_secret_reaches_only_the_steps_that_need_it(secret: str) -> None:
    steps = steps_of_action()

    assert {title for title, text in steps.items() if f"{secret}:" in text} == SECRETS[secret]
    assert f"{secret}:" not in ACTION.read_text().partition("runs:")[0]


def test_every_input_is_used_and_every_one_that_is_used_exists() -> None:
    head, _, body = ACTION.read_text(encoding="utf-8").partition("\nruns:\n")
    declared = set(re.findall(r"^  ([a-z-]+):$", head.partition("inputs:\n")[2], re.MULTILINE))
    used = set(re.findall(r"inputs\.([a-z-]+)", body))
    given = {
        key
        for path in WORKFLOWS
        for block in re.findall(r"reconcile@COMMIT.*\n +with:\n((?: {10}.*\n?)+)", path.read_text())
        for key in re.findall(r"^ {10}([a-z-]+):", block, re.MULTILINE)
    }

    assert declared == used
    assert given <= declared
    assert len(given) > 6


@pytest.mark.parametrize("path", EVERY, ids=name)
def test_every_variable_that_is_set_is_read_by_a_script_or_the_command(path: Path) -> None:
    sources = "".join(
        one.read_text(encoding="utf-8")
        for folder, kind in (("pipelines", "*.sh"), ("reconciler", "*.py"))
        for one in (ROOT / folder).rglob(kind)
    )
    text = path.read_text(encoding="utf-8")
    names = re.findall(r"\b(RECONCILE_[A-Z_]+|HEROKU_API_KEY)\b(?:: |=)", text)
    in_scripts = "".join(scripts(path))

    assert [one for one in names if one not in sources and f"${one}" not in in_scripts] == []
