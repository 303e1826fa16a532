"""The scripts of the ready-made pipelines, run as a pipeline runs them: a repository, the stand-in, a code host."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from support.documents import ROOT
from support.forge import TOKEN, forge, github_settings, gitlab_settings
from support.processes import OURS, RECONCILE
from support.retirable import OLD, lay_out

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.forge import Forge

SCRIPTS = ROOT / "pipelines"
WORLD = """\
seed = 5
[clock]
start = 2026-11-22T20:00:00Z
speed = 600
[app.shop]
formation = { web = 2 }
[app.shop.database.orders]
name = "postgresql-solid-10001"
plan = "essential-0"
size = "100MB"
attachments = ["DATABASE"]
"""
DESIRED = 'app = "shop"\n[database.orders]\nplan = "{}"\n'
KEY = "HRKU-canary-0123456789"
HIDDEN = {"GITHUB_TOKEN", "RECONCILE_STATE_URL", "GH_TOKEN", "CI"}


@dataclass
class Repository:
    """A repository with desired/, and the pipelines in it."""

    folder: Path
    host: Forge
    settings: dict[str, str] = field(default_factory=dict)

    def git(self, *words: str) -> str:
        command = ["git", "-c", "user.name=A", "-c", "user.email=a@b.example", *words]
        done = subprocess.run(
            command,
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=True,
            env=self.environment(),
        )
        return done.stdout.strip()

    def commit(self, message: str) -> str:
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message)
        return self.git("rev-parse", "HEAD")

    def environment(self) -> dict[str, str]:
        hidden = {*OURS, *HIDDEN}
        inherited = {name: value for name, value in os.environ.items() if name not in hidden}
        return inherited | {
            "HOME": str(self.folder.parent),
            "GIT_CONFIG_NOSYSTEM": "1",
            "RECONCILE": RECONCILE,
            "RECONCILE_NEEDS_KEY": "false",
            **self.settings,
        }

    def run(self, script: str, **settings: str) -> tuple[int, str]:
        done = subprocess.run(
            [str(SCRIPTS / f"{script}.sh")],
            cwd=self.folder,
            env=self.environment() | settings,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        said = done.stdout + done.stderr
        assert "Traceback" not in said, said
        assert TOKEN not in said
        assert KEY not in said
        return done.returncode, said

    def reconcile(self, *words: str) -> None:
        subprocess.run(
            [RECONCILE, *words], cwd=self.folder, env=self.environment(), check=True, capture_output=True,
        )  # fmt: skip

    def plan(self) -> str:
        """The file that holds the plan for what is wanted now; beside it stands what is to be retired, if anything."""
        self.reconcile("plan", "desired", "--out", "plan.json")
        made = self.folder / "plan.json"
        file = f"plans/{json.loads(made.read_text())['digest'][:8]}.json"
        (self.folder / "plans").mkdir(exist_ok=True)
        made.rename(self.folder / file)
        return file

    def foreign_plan(self) -> None:
        """`plans/0000evil.json`: a sound plan, for something else than is wanted."""
        kept = (self.folder / "desired" / "shop.toml").read_text()
        self.want("essential-2")
        (self.folder / self.plan()).rename(self.folder / "plans" / "0000evil.json")
        (self.folder / "desired" / "shop.toml").write_text(kept)

    def on_a_pull_request(self) -> list[int]:
        return [self.run(script)[0] for script in ("plan", "comment", "verdict")]

    def want(self, plan: str) -> None:
        (self.folder / "desired" / "shop.toml").write_text(DESIRED.format(plan))

    def comments(self) -> list[str]:
        places = ("/repos/o/r/issues/3/comments", "/projects/7/merge_requests/3/notes")
        return [one.body for place in places for one in self.host.at(place)]

    def issues(self) -> list[bool]:
        return [one.is_open for one in self.host.at("/repos/o/r/issues")]


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[Repository]:
    folder = tmp_path / "work"
    (folder / "desired").mkdir(parents=True)
    (folder / "world.toml").write_text(WORLD)
    (folder / "desired" / "reconcile.toml").write_text('[heroku]\nendpoint = "sim:../world.toml"\n')
    (folder / ".gitignore").write_text(".reconcile*/\n")
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"pull_request": {"number": 3}}))
    with forge() as host:
        made = Repository(folder, host, github_settings(host, str(event)))
        made.want("essential-0")
        made.git("init", "-q", "-b", "main")
        made.commit("as it is")
        yield made


@pytest.mark.slow
def test_a_change_goes_from_the_pull_request_to_the_account(repository: Repository) -> None:
    before = repository.git("rev-parse", "HEAD")
    repository.settings |= {"RECONCILE_NEEDS_PLAN_FILE": "true", "RECONCILE_BASE": before}
    repository.want("essential-1")
    repository.commit("grow orders")

    planned = repository.run("plan")
    posted = repository.run("comment")
    verdict = repository.run("verdict")
    (without,) = repository.comments()
    made = json.loads((repository.folder / ".reconcile-pipeline/plan.json").read_text())
    file = f"plans/{made['digest'][:8]}.json"

    assert (planned[0], posted[0], verdict[0]) == (0, 0, 1)
    assert f"Commit it: reconcile plan desired --out {file}" in planned[1]
    assert "### reconcile plan: 1 database: 1 to change" in without
    assert f"Commit it: reconcile plan desired --out {file}" in without
    assert "reconcile apply" not in without

    repository.reconcile("plan", "desired", "--out", file)
    repository.commit("the plan")
    codes = repository.on_a_pull_request()

    (comment,) = repository.comments()
    assert codes == [0, 0, 0]
    assert "Approve the pull request and merge it" in comment
    assert f"\n{made['digest']}\n" in comment
    assert "reconcile apply" not in comment

    kept = {"RECONCILE_STATE_IS_KEPT": "true", "RECONCILE_BEFORE": before}
    applied = repository.run("apply", **kept)
    again = repository.run("apply", **kept)
    drifted = repository.run("drift")

    assert applied[0] == 0, applied[1]
    assert "orders: done" in applied[1]
    assert (again[0], "done before, and still so" in again[1]) == (0, True)
    assert drifted[0] == 0
    assert json.loads((repository.folder / ".reconcile-pipeline/drift.json").read_text())[
        "totals"
    ] == {"as_wanted": 1, "converging": 0, "drifted": 0, "not_read": 0}


def test_files_that_are_wrong_are_told_on_the_pull_request(repository: Repository) -> None:
    wrong = DESIRED.format("essential-1").replace("plan =", "plam =")
    (repository.folder / "desired" / "shop.toml").write_text(wrong)

    codes = [repository.run(script)[0] for script in ("plan", "comment", "verdict")]

    (comment,) = repository.comments()
    assert codes == [0, 0, 1]
    assert "### reconcile plan: failed" in comment
    assert "desired/shop.toml:3:" in comment


def test_the_pull_request_of_a_fork_is_checked_and_sees_no_secret(repository: Repository) -> None:
    fork = {"RECONCILE_NEEDS_KEY": "true"}
    repository.settings.pop("GITHUB_TOKEN")

    code, said = repository.run("plan", **fork)
    verdict, _ = repository.run("verdict")
    nothing, _ = repository.run("comment")

    assert (code, verdict, nothing) == (0, 0, 0)
    assert "as in the pull request of a fork: checked, but not planned." in said
    assert repository.host.requests == []


@pytest.mark.slow
def test_drift_is_one_issue_that_closes_by_itself(repository: Repository) -> None:
    states = []
    for plan in ("essential-1", "essential-1", "essential-0"):
        repository.want(plan)
        codes = [repository.run(script)[0] for script in ("drift", "comment", "verdict")]
        states.append((codes, repository.issues()))

    assert states == [([0] * 3, [True]), ([0] * 3, [True]), ([0] * 3, [False])]


def test_a_look_that_fails_fails_the_pipeline_and_leaves_the_issue(repository: Repository) -> None:
    (repository.folder / "world.toml").write_text("this is no scenario")

    looked = repository.run("drift")
    posted = repository.run("comment")
    verdict = repository.run("verdict")

    assert (looked[0], posted[0], verdict[0]) == (0, 0, 1)
    assert repository.host.requests == []


def test_without_a_place_for_its_state_nothing_is_applied(repository: Repository) -> None:
    code, said = repository.run("apply", RECONCILE_BEFORE="HEAD")

    assert code == 1
    assert said.startswith("There is no RECONCILE_STATE_URL")


def test_a_merge_without_a_plan_applies_nothing(repository: Repository) -> None:
    before = repository.git("rev-parse", "HEAD")
    repository.want("essential-1")
    repository.commit("no plan with it")

    code, said = repository.run("apply", RECONCILE_STATE_IS_KEPT="true", RECONCILE_BEFORE=before)

    assert (code, said) == (0, "No plan was merged that a merge applies.\n")


def test_a_history_that_is_cut_off_applies_nothing(repository: Repository) -> None:
    code, said = repository.run("apply", RECONCILE_STATE_IS_KEPT="true", RECONCILE_BEFORE="1" * 40)

    assert code == 1
    assert "fetch-depth: 0" in said


def test_the_first_push_applies_nothing_since_nothing_was_reviewed(repository: Repository) -> None:
    code, said = repository.run("apply", RECONCILE_STATE_IS_KEPT="true", RECONCILE_BEFORE="0" * 40)

    assert code == 0
    assert said.startswith("This is the first push: nothing was reviewed, and nothing is applied.")


@pytest.mark.slow
@pytest.mark.parametrize("wanted", ["essential-0", "essential-1"])
def test_a_plan_that_planning_does_not_give_passes_no_pull_request(
    repository: Repository, wanted: str
) -> None:
    base = repository.git("rev-parse", "HEAD")
    repository.settings |= {"RECONCILE_NEEDS_PLAN_FILE": "true", "RECONCILE_BASE": base}
    repository.want(wanted)
    if wanted != "essential-0":
        repository.plan()
    repository.foreign_plan()
    repository.commit("something else, beside it")

    codes = repository.on_a_pull_request()
    applied = repository.run("apply", RECONCILE_STATE_IS_KEPT="true", RECONCILE_BEFORE=base)

    (comment,) = repository.comments()
    assert codes == [0, 0, 1]
    assert "plans/0000evil.json is not what planning gives now" in comment
    assert "git rm plans/0000evil.json" in comment
    assert "was made for another desired state; nothing was changed." in applied[1]
    assert applied[0] == 5


def test_a_fork_cannot_bring_plans_that_nothing_has_compared(repository: Repository) -> None:
    base = repository.git("rev-parse", "HEAD")
    (repository.folder / "plans").mkdir()
    (repository.folder / "plans" / "x.json").write_text("{}")
    repository.commit("a plan")

    planned = repository.run("plan", RECONCILE_NEEDS_KEY="true", RECONCILE_BASE=base)

    assert "nothing has compared them: plans/x.json" in planned[1]
    assert repository.run("verdict")[0] == 1


def test_a_pull_request_about_something_else_is_not_planned(repository: Repository) -> None:
    base = repository.git("rev-parse", "HEAD")
    (repository.folder / "README.md").write_text("words\n")
    repository.commit("words")
    (repository.folder / "world.toml").write_text("this would be looked at in vain")

    repository.settings |= {"RECONCILE_NEEDS_PLAN_FILE": "true", "RECONCILE_BASE": base}

    assert repository.on_a_pull_request() == [0, 0, 0]
    assert repository.comments() == []


@pytest.mark.parametrize("base", ["", "1" * 40])
def test_where_what_is_added_cannot_be_seen_nothing_passes(
    repository: Repository, base: str
) -> None:
    repository.settings |= {"RECONCILE_NEEDS_PLAN_FILE": "true", "RECONCILE_BASE": base}

    assert repository.on_a_pull_request() == [0, 0, 1]


@pytest.mark.slow
def test_what_destroys_is_shown_with_the_rest_and_waits_for_leave(repository: Repository) -> None:
    for file in ("shop.toml", "reconcile.toml"):
        (repository.folder / "desired" / file).unlink()
    (repository.folder / "desired").rmdir()
    lay_out(repository.folder, keep="0s")
    base = repository.commit("another estate")
    wish = repository.folder / "desired" / "shop.toml"
    wish.write_text(wish.read_text().replace("essential-1", "essential-2"))
    repository.reconcile("plan", "desired")
    repository.commit("all that planning wrote")
    repository.settings |= {"RECONCILE_NEEDS_PLAN_FILE": "true", "RECONCILE_BASE": base}

    codes = repository.on_a_pull_request()
    kept = {"RECONCILE_STATE_IS_KEPT": "true", "RECONCILE_BEFORE": base}
    applied = repository.run("apply", **kept)
    retired = repository.run("apply", **kept, RECONCILE_RETIRE="true")

    (comment,) = repository.comments()
    assert codes == [0, 0, 0]
    assert comment.count("### reconcile plan: ") == 2
    assert OLD in comment
    assert "destroys what was replaced. The merge does not apply it" in comment
    assert applied[0] == 0, applied[1]
    assert "destroys databases, which a merge never does." in applied[1]
    assert "posts: done" in applied[1]
    assert retired[0] == 0, retired[1]


def test_the_time_to_wait_is_for_all_plans_together(repository: Repository) -> None:
    before = repository.git("rev-parse", "HEAD")
    (repository.folder / "plans").mkdir()
    for file in ("a.json", "b.json"):
        (repository.folder / "plans" / file).write_text("{}")
    repository.commit("plans")

    kept = {"RECONCILE_STATE_IS_KEPT": "true", "RECONCILE_BEFORE": before}
    over = repository.run("apply", **kept, RECONCILE_WAIT="0s")
    wrong = repository.run("apply", **kept, RECONCILE_WAIT="soon")

    assert over[0] == 3
    assert over[1].count("Not begun: the time for this run (0s) is over.") == 2
    assert over[1].endswith(
        "Not finished yet: what is closed, if anything, stands above. Run this again at once.\n"
    )
    assert (wrong[0], "RECONCILE_WAIT must be a time" in wrong[1]) == (1, True)


@pytest.mark.slow
def test_no_file_of_the_checkout_runs_as_a_module_of_ours(repository: Repository) -> None:
    for module in ("json", "sys", "venv", "encodings"):
        (repository.folder / f"{module}.py").write_text("open('pwned', 'w')\n")
    repository.want("essential-1")
    before = repository.git("rev-parse", "HEAD")
    repository.plan()
    repository.commit("the plan, and modules")

    codes = repository.on_a_pull_request()
    repository.run("drift")
    repository.run("apply", RECONCILE_STATE_IS_KEPT="true", RECONCILE_BEFORE=before)

    assert codes == [0, 0, 0]
    assert not (repository.folder / "pwned").exists()


def test_each_plan_gets_its_turn_and_the_worst_counts(repository: Repository) -> None:
    (repository.folder / "plans").mkdir()
    before = repository.git("rev-parse", "HEAD")
    for file in ("a b.json", "$(touch pwned).json", "-c.json"):
        (repository.folder / "plans" / file).write_text("{}")
    repository.commit("plans that are none")

    code, said = repository.run("apply", RECONCILE_STATE_IS_KEPT="true", RECONCILE_BEFORE=before)

    assert code == 1
    assert said.count("\n== plans/") + said.startswith("== plans/") == 3
    assert not list(repository.folder.rglob("pwned"))


@pytest.mark.slow
def test_gitlab_gets_the_same_note(repository: Repository) -> None:
    repository.settings.clear()
    repository.settings.update(gitlab_settings(repository.host))
    repository.want("essential-1")

    codes = [repository.run(script)[0] for script in ("plan", "comment", "verdict", "comment")]

    (note,) = repository.comments()
    assert codes == [0, 0, 0, 0]
    assert "1 to change" in note


def test_every_script_can_be_started() -> None:
    scripts = [path for path in SCRIPTS.glob("*.sh") if path.stem != "common"]

    assert len(scripts) == 6
    assert all(os.access(path, os.X_OK) for path in scripts)
