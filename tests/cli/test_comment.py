from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from support.forge import TOKEN, Rule, forge, github_settings, gitlab_settings
from support.live import snapshot_of
from support.planning import catalogue, live, plan_of, wanted

from reconciler.core.desired import DesiredState
from reconciler.core.drift import drift
from reconciler.render.drift import drift_document

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.forge import Forge
    from support.processes import Done, Place

COMMENTS = {
    "github": "/repos/o/r/issues/3/comments",
    "gitlab": "/projects/7/merge_requests/3/notes",
}
ISSUES = {"github": "/repos/o/r/issues", "gitlab": "/projects/7/issues"}
MARKER = "<!-- reconcile:plan:plan -->"
HOSTS = ["github", "gitlab"]


@dataclass
class Pipeline:
    """A pipeline of a host, and what the command does in it."""

    place: Place
    host: Forge
    provider: str

    def run(self, *words: str) -> Done:
        done = self.place.run("comment", *words)
        assert TOKEN not in done.out + done.err
        return done

    def comments(self) -> list[str]:
        return [one.body for one in self.host.at(COMMENTS[self.provider])]

    def add(self, body: str, **more: Any) -> None:
        self.host.add(COMMENTS[self.provider], body, **more)

    def open_issues(self) -> list[str]:
        return [one.body for one in self.host.at(ISSUES[self.provider]) if one.is_open]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    from support.processes import Place  # noqa: PLC0415  # the fixture's own name hides nothing

    (tmp_path / "event.json").write_text(json.dumps({"pull_request": {"number": 3}}))
    (tmp_path / "one.json").write_text(plan_of(live(), wanted()).to_json())
    (tmp_path / "two.json").write_text(plan_of(live(), wanted("standard-3")).to_json())
    for name, plan in (("drifted", "standard-2"), ("fine", "standard-0")):
        state = DesiredState(databases=(wanted(plan),))
        found = drift(state, snapshot_of(live()), catalogue(), endpoint="https://api.heroku.com")
        (tmp_path / f"{name}.json").write_text(drift_document(found))
    return Place(tmp_path)


@pytest.fixture
def host() -> Iterator[Forge]:
    with forge() as state:
        yield state


@pytest.fixture
def pipeline(place: Place, host: Forge, request: pytest.FixtureRequest) -> Pipeline:
    provider = getattr(request, "param", "github")
    settings = (
        github_settings(host, str(place.folder / "event.json"))
        if provider == "github"
        else gitlab_settings(host)
    )
    place.settings.update(settings)
    return Pipeline(place, host, provider)


both = pytest.mark.parametrize("pipeline", HOSTS, indirect=True)


@both
def test_several_runs_leave_one_comment_that_says_the_newest(pipeline: Pipeline) -> None:
    first = pipeline.run("one.json")
    again = pipeline.run("one.json")
    changed = pipeline.run("two.json")

    assert [first.code, again.code, changed.code] == [0, 0, 0]
    assert first.out.startswith("Comment created: https://")
    assert again.out.startswith("Comment as it was: https://")
    assert changed.out.startswith("Comment updated: https://")
    (comment,) = pipeline.comments()
    assert comment.startswith(MARKER)
    assert "reconcile apply two.json" in comment
    assert len(pipeline.host.writes()) == 2


@both
def test_the_comment_is_found_behind_many_others(pipeline: Pipeline) -> None:
    for number in range(230):
        pipeline.add(f"comment {number}")
    pipeline.add(f"{MARKER}\nold")
    for number in range(30):
        pipeline.add(f"> {MARKER}\nquoted {number}")

    done = pipeline.run("one.json")

    assert done.out.startswith("Comment updated")
    assert len(pipeline.comments()) == 261
    assert len([one for one in pipeline.comments() if one.startswith(MARKER)]) == 1


@both
def test_of_two_with_the_marker_the_newest_is_kept_and_that_is_said(pipeline: Pipeline) -> None:
    pipeline.add(f"{MARKER}\nolder")
    pipeline.add("between")
    pipeline.add(f"{MARKER}\nnewer")

    done = pipeline.run("one.json")

    assert (done.code, done.err) == (0, "1 older with the same marker taken away.\n")
    assert [one.split("\n")[0] for one in pipeline.comments()] == ["between", MARKER]
    assert "reconcile apply one.json" in pipeline.comments()[1]


def test_an_older_one_that_may_not_be_taken_away_is_said(pipeline: Pipeline) -> None:
    pipeline.add(f"{MARKER}\nolder")
    pipeline.add(f"{MARKER}\nnewer")
    pipeline.host.rules.append(Rule("DELETE", "/comments/1", status=403, body="{}"))

    done = pipeline.run("one.json")

    assert (done.code, done.out.partition(":")[0]) == (0, "Comment updated")
    assert done.err == "1 older with the same marker left: the token may not take them away.\n"


@both
def test_strangers_cannot_make_us_write_into_their_comment(pipeline: Pipeline) -> None:
    stranger = {
        "github": {"user": {"type": "User"}, "author_association": "CONTRIBUTOR"},
        "gitlab": {"author": {"id": 666}},
    }[pipeline.provider]
    pipeline.add(f"{MARKER}\nmine!", author=stranger)

    done = pipeline.run("one.json")

    assert done.out.startswith("Comment created")
    assert pipeline.comments()[0] == f"{MARKER}\nmine!"


@both
def test_each_estate_has_a_comment_of_its_own(pipeline: Pipeline) -> None:
    pipeline.run("one.json", "--name", "eu")
    pipeline.run("two.json", "--name", "us")
    pipeline.run("two.json", "--marker", "eu")

    first = [one.split("\n")[0] for one in pipeline.comments()]
    assert first == ["<!-- reconcile:plan:eu -->", "<!-- reconcile:plan:us -->"]


def test_without_a_file_all_plans_of_the_folder_are_in_one_comment(pipeline: Pipeline) -> None:
    (pipeline.place.folder / "plans").mkdir()
    for name in ("one", "two"):
        (pipeline.place.folder / f"{name}.json").rename(
            pipeline.place.folder / f"plans/{name}.json"
        )

    done = pipeline.run()

    (comment,) = pipeline.comments()
    assert done.code == 0
    assert comment.count("### reconcile plan: ") == 2
    assert comment.count(MARKER) == 1
    assert "reconcile apply plans/one.json" in comment
    assert "reconcile apply plans/two.json" in comment


@both
def test_an_issue_is_opened_kept_up_to_date_and_closed(pipeline: Pipeline) -> None:
    marker = "<!-- reconcile:drift:plan -->"
    stories = [
        (pipeline.run("--issue", "Drift", name), len(pipeline.open_issues()))
        for name in ("fine.json", "drifted.json", "drifted.json", "fine.json", "drifted.json")
    ]

    said = [(done.code, done.out.split(":")[0].strip(), count) for done, count in stories]
    assert said == [
        (0, "Issue not needed.", 0),
        (0, "Issue created", 1),
        (0, "Issue as it was", 1),
        (0, "Issue closed", 0),
        (0, "Issue created", 1),
    ]
    (issue,) = pipeline.open_issues()
    assert issue.startswith(marker)
    closed, opened = pipeline.host.at(ISSUES[pipeline.provider])
    assert (closed.title, closed.is_open) == ("Drift", False)
    assert "No database has drifted." in closed.body
    assert "service plan standard-0 → standard-2" in opened.body


def test_an_issue_stays_while_something_could_not_be_read(pipeline: Pipeline) -> None:
    pipeline.run("--issue", "Drift", "drifted.json")
    path = pipeline.place.folder / "fine.json"
    document = json.loads(path.read_text())
    document["unknown"] = [
        {"name": "orders", "app": "shop", "attachment": "DATABASE", "reason": "no answer"}
    ]
    path.write_text(json.dumps(document))

    done = pipeline.run("--issue", "Drift", "fine.json")

    assert done.out.startswith("Issue updated")
    assert "no answer" in pipeline.open_issues()[0]


def test_a_pull_request_with_the_marker_is_no_issue(pipeline: Pipeline) -> None:
    body = "<!-- reconcile:drift:plan -->\nx"
    pipeline.host.add(ISSUES["github"], body, author={"pull_request": {}})

    done = pipeline.run("--issue", "Drift", "fine.json")

    assert done.out == "Issue not needed.\n"


def test_what_a_command_has_said_can_be_posted_in_place_of_a_plan(pipeline: Pipeline) -> None:
    (pipeline.place.folder / "said.txt").write_text(
        "desired/a.toml:1:1: wrong ```\n\x1b[31mred\x1b[0m\n"
    )
    pipeline.run("one.json")

    done = pipeline.run("--message", "said.txt", "--title", "Planning failed")

    (comment,) = pipeline.comments()
    assert done.out.startswith("Comment updated")
    assert comment == (
        f"{MARKER}\n### Planning failed\n\n````text\ndesired/a.toml:1:1: wrong ```\nred\n````\n"
    )


def test_a_pipeline_says_what_is_next_in_place_of_a_command(pipeline: Pipeline) -> None:
    (pipeline.place.folder / "next.txt").write_text("Approve it, then merge: @everybody\n")

    done = pipeline.run("one.json", "two.json", "--next", "next.txt")

    (comment,) = pipeline.comments()
    assert done.code == 0
    assert "reconcile apply" not in comment
    assert comment.count("### reconcile plan: ") == 2
    assert comment.endswith(
        "\n**What is next**\n\n```text\nApprove it, then merge: @everybody\n```\n"
    )


@pytest.mark.parametrize("status", [401, 403, 404, 422])
@both
def test_a_refusal_is_one_sentence_and_a_way_on(pipeline: Pipeline, status: int) -> None:
    body = json.dumps({"message": f"no {TOKEN}" if status == 401 else "no\nway"})
    method = "GET" if status != 422 else "POST"
    pipeline.host.rules.append(Rule(method, "/", status=status, body=body, times=9))

    done = pipeline.run("one.json")

    first, second = done.err.splitlines()
    name = {"github": "GitHub", "gitlab": "GitLab"}[pipeline.provider]
    assert (done.code, done.out) == (1, "")
    assert first.startswith(f"{name} refused to {method} ")
    assert first.endswith((f"({status}).", f"({status}, no way)."))
    assert second
    assert (pipeline.place.folder / "one.json").read_text() == plan_of(live(), wanted()).to_json()


@pytest.mark.slow
@both
def test_a_host_that_asks_to_wait_is_waited_for(pipeline: Pipeline) -> None:
    pipeline.host.rules += [
        Rule("GET", "/", status=429, headers={"Retry-After": "1"}, body="{}"),
        Rule("POST", "/", status=429, headers={"Retry-After": "1"}, body="{}"),
    ]

    done = pipeline.run("one.json")

    assert done.code == 0
    assert len(pipeline.comments()) == 1


def test_a_host_that_asks_to_wait_for_long_is_not_waited_for(pipeline: Pipeline) -> None:
    limits = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "99999999999"}
    pipeline.host.rules.append(Rule("GET", "/", status=403, headers=limits, body="{}"))
    later = Rule("GET", "/", status=429, headers={"Retry-After": "3600"}, body="{}")

    until_reset = pipeline.run("one.json")
    pipeline.host.rules.append(later)
    after = pipeline.run("one.json")

    assert (until_reset.code, after.code) == (1, 1)
    assert until_reset.err.startswith("GitHub asks to wait ")
    assert after.err.splitlines()[0] == "GitHub asks to wait 3600 s before the next request."


@pytest.mark.slow
def test_a_slow_host_is_an_error_in_bounded_time(pipeline: Pipeline) -> None:
    pipeline.host.rules.append(Rule("GET", "/", delay_s=3, times=9))

    done = pipeline.run("one.json", "--timeout", "1s")

    assert (done.code, done.err) == (1, "GitHub did not answer in time, or not to the end.\n")


def test_an_answer_that_is_no_json_is_said(pipeline: Pipeline) -> None:
    pipeline.host.rules.append(Rule("GET", "/", status=200, body="<html>sign in</html>", times=9))

    done = pipeline.run("one.json")

    assert done.code == 1
    assert done.err.splitlines()[0] == "GitHub answered with something that is no JSON."


@pytest.mark.parametrize("when", ["before", "after"])
@both
def test_a_lost_answer_to_a_write_is_looked_for_and_makes_no_second_comment(
    pipeline: Pipeline, when: str
) -> None:
    pipeline.host.rules.append(Rule("POST", "/", is_cut_off=when))

    done = pipeline.run("one.json")

    assert done.code == 0
    assert len(pipeline.comments()) == 1


def test_a_host_that_is_not_there_is_said(pipeline: Pipeline) -> None:
    pipeline.place.settings["GITHUB_API_URL"] = "http://127.0.0.1:9"

    done = pipeline.run("one.json", "--timeout", "1s")

    assert (done.code, done.err) == (1, "GitHub cannot be reached.\n")


def test_a_redirect_is_not_followed_with_the_token(pipeline: Pipeline) -> None:
    elsewhere = {"Location": f"{pipeline.host.url}/elsewhere"}
    pipeline.host.rules.append(Rule("GET", "/", status=302, headers=elsewhere))

    done = pipeline.run("one.json")

    assert done.code == 1
    assert "(302)" in done.err
    assert [path for _, path in pipeline.host.requests] == [COMMENTS["github"]]


@pytest.mark.parametrize(
    ("settings", "words", "said"),
    [
        (
            {"GITHUB_TOKEN": ""},
            ["one.json"],
            "There is no token: GITHUB_TOKEN or GH_TOKEN is not set.",
        ),
        (
            {"GITHUB_TOKEN": "two words"},
            ["one.json"],
            "The token holds characters that no token has",
        ),
        ({"GITHUB_REPOSITORY": "../x"}, ["one.json"], "GITHUB_REPOSITORY is not of the form"),
        ({"GITHUB_API_URL": "http://api.example"}, ["one.json"], "GITHUB_API_URL must be an https"),
        (
            {"GITHUB_API_URL": "https://u:p@h.example"},
            ["one.json"],
            "GITHUB_API_URL must be an https",
        ),
        ({"GITHUB_EVENT_PATH": "nowhere"}, ["one.json"], "The file that GITHUB_EVENT_PATH names"),
        (
            {"GITHUB_EVENT_PATH": ""},
            ["one.json"],
            "This pipeline does not belong to a pull request.",
        ),
        ({"GITHUB_ACTIONS": ""}, ["one.json"], "This is no pipeline of GitHub or GitLab."),
        ({}, [], "There is no plan"),
        ({}, ["one.json", "--name", "a--b"], "--name must be"),
        ({}, ["--issue", "Drift"], "--issue takes one file"),
        ({}, ["--issue", "Drift", "one.json"], "one.json does not hold drift."),
        ({}, ["--issue", "Drift", "event.json"], "event.json does not hold drift."),
        ({}, ["--message", "x", "one.json"], "--message stands alone"),
        ({}, ["one.json", "--next", "nowhere"], "nowhere cannot be read"),
        ({}, ["--message", "x", "--next", "y"], "--next goes with plans only"),
        ({}, ["one.json", "--timeout", "soon"], "--timeout "),
        ({}, ["one.json", "--pull-request", "0"], "--pull-request must be"),
    ],
)
def test_wrong_usage_is_said_before_anything_is_sent(
    pipeline: Pipeline, settings: dict[str, str], words: list[str], said: str
) -> None:
    pipeline.place.settings.update(settings)

    done = pipeline.run(*words)

    assert done.code == 64
    assert done.err.startswith(said)
    assert pipeline.host.requests == []


def test_a_damaged_plan_is_not_posted(pipeline: Pipeline) -> None:
    path = pipeline.place.folder / "one.json"
    path.write_text(path.read_text().replace("standard-2", "standard-9"))

    done = pipeline.run("one.json")

    assert done.code == 1
    assert "one.json" in done.err
    assert pipeline.host.requests == []
