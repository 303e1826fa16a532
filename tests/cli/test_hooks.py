"""Hooks and certificates as an operator meets them: files in the repository, real processes, a kill in the middle."""

from __future__ import annotations

import contextlib
import json
import os
import signal
from typing import TYPE_CHECKING

import pytest
from support.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

    from support.processes import Place

pytestmark = pytest.mark.slow

WITH_HOOKS = """
before_writes_stop = ["./hooks/pause --all", ["./hooks/note", "it's | closed"]]
after_writes_resume = ["./hooks/resume"]
hook_timeout = "50s"
"""


def hook(place: Place, name: str, text: str) -> None:
    path = place.folder / "hooks" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


@pytest.fixture
def hooked(small: Place) -> Place:
    shop = small.folder / "desired" / "shop.toml"
    shop.write_text(
        shop.read_text().replace(
            'method = "follower-switch"\n', f'method = "follower-switch"\n{WITH_HOOKS}'
        )
    )
    small.settings |= {
        "HEROKU_API_KEY": "canary-token",
        "DATABASE_URL": "postgres://u:canary@h.example.com/d",
    }
    for name in ("pause", "note", "resume"):
        hook(small, name, f'echo "{name} $* $RECONCILE_PHASE" >> ran.txt; env >> env.txt')
    return small


def ran(place: Place) -> list[str]:
    return (place.folder / "ran.txt").read_text().splitlines()


def written(folder: Path) -> str:
    return "".join(path.read_text() for path in folder.rglob("*") if path.is_file())


def test_hooks_run_around_a_cutover_that_is_certified(hooked: Place) -> None:
    done = hooked.run("apply", "--auto-approve")

    assert done.code == 0, done.err
    assert ran(hooked) == [
        "pause --all before-writes-stop",
        "note it's | closed before-writes-stop",
        "resume  after-writes-resume",
    ]
    assert "run ./hooks/pause --all before writes stop (at most 50 s)" in done.out
    assert "not compared over SQL: the stand-in's model databases answer no SQL" in done.err
    (path,) = hooked.folder.glob(".reconcile/runs/*/certificate.orders.json")
    digest = path.parent.name
    certificate = json.loads(hooked.run("ledger", digest, "--certificate", "orders").out)
    assert certificate == json.loads(path.read_text())
    missing = hooked.run("ledger", digest, "--certificate", "users")
    assert (missing.code, "has no certificate of users" in missing.err) == (64, True)
    assert (certificate["over"], certificate["method"]) == ("data-api", "follower-switch")
    records = written(hooked.folder / ".reconcile" / "runs")
    for text in (done.out, done.err, records, (hooked.folder / "env.txt").read_text()):
        assert "canary" not in text
        assert "postgres://" not in text


def test_a_failing_hook_leaves_everything_as_it_was_and_says_why(hooked: Place) -> None:
    hooked.run("plan")
    before = hooked.world()
    hook(hooked, "note", "echo no postgres://u:canary@h/d today >&2; exit 3")

    done = hooked.run("apply", "--auto-approve")

    assert done.code == 1
    assert "orders: backed-out" in done.out
    said = " ".join(done.out.split())
    assert "The hook ./hooks/note 'it'\"'\"'s | closed' failed: exit 3 after" in said
    assert "it said: no postgres://[hidden]@h/d today" in said
    assert ran(hooked) == ["pause --all before-writes-stop", "resume  backed-out"]
    after = hooked.world()
    assert (after["closed"], after["formations"]) == ([], before["formations"])
    assert after["names"]["shop::DATABASE"] == before["names"]["shop::DATABASE"]


def test_killed_while_a_hook_runs_the_next_apply_runs_it_again_and_ends(hooked: Place) -> None:
    hook(
        hooked,
        "pause",
        "echo pause >> ran.txt; [ -e second ] || { echo $$ > new; mv new second; sleep 600; }",
    )
    second = hooked.folder / "second"
    apply = hooked.start("apply", "--auto-approve")
    apply.until("do .*run ./hooks/pause")
    until(second.exists)
    apply.signal(signal.SIGKILL)
    apply.end()
    with contextlib.suppress(ProcessLookupError):
        os.killpg(int(second.read_text()), signal.SIGKILL)  # nobody is left who would

    done = hooked.run("apply", "--auto-approve")

    assert done.code == 0, done.err
    assert [line.split()[0] for line in ran(hooked)] == ["pause", "pause", "note", "resume"]
    assert hooked.world()["closed"] == []
