"""Bad days of a whole process: signals in each phase, nobody who reads, a full disk, a plan that was carried out."""

from __future__ import annotations

import resource
import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.processes import RECONCILE, has_ended

if TYPE_CHECKING:
    from support.processes import Place

pytestmark = pytest.mark.slow
AT = {
    "prepare": "wait .* being provisioned",
    "cutover": "do .* stop all dynos of shop",
    "after the point of no return": "do .* start all dynos of shop",
}
"""Phase: the line at which it is asked to stop."""


@pytest.mark.parametrize("phase", AT)
@pytest.mark.parametrize(
    "signals",
    [
        (signal.SIGTERM,),
        (signal.SIGINT, signal.SIGINT),
        (signal.SIGHUP, signal.SIGHUP),
        (signal.SIGQUIT,),
    ],
    ids=["SIGTERM", "Ctrl-C twice", "the terminal was closed", "SIGQUIT"],
)
def test_a_signal_stops_at_a_safe_point_with_the_apps_open(
    small: Place,
    request: pytest.FixtureRequest,
    phase: str,
    signals: tuple[signal.Signals, ...],
) -> None:
    if phase == "prepare":
        request.getfixturevalue("unhurried")
    running = small.start("apply", "--auto-approve")
    running.until(AT[phase])
    stand_in = running.stand_in()

    for one in signals:
        running.signal(one)
    stopped = running.end()

    assert stopped.code == (3 if phase == "prepare" else 0), stopped.err
    assert has_ended(stand_in)
    assert small.world()["closed"] == []
    assert small.world()["formations"] == {"reports": {"web": 1}, "shop": {"web": 2, "worker": 1}}
    finished = small.run("apply", "--auto-approve")
    assert finished.code == 0, finished.err
    assert len(small.world()["plans"]) == 2
    assert small.world()["missing_commits"] == 0


def test_a_disk_that_is_full_in_the_cutover_ends_with_the_apps_open(small: Place) -> None:
    running = small.start("apply", "--auto-approve")
    running.until("do .* stop all dynos of reports")
    (journal,) = (small.folder / ".reconcile/runs").glob("*/journal.jsonl")

    resource.prlimit(
        running.process.pid,
        resource.RLIMIT_FSIZE,
        (journal.stat().st_size + 10, resource.RLIM_INFINITY),
    )
    running.until("OPEN")  # its output is a file too, which this limit would cut short as well
    unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    resource.prlimit(running.process.pid, resource.RLIMIT_FSIZE, unlimited)
    ended = running.end()

    assert ended.code == 1
    assert "cannot be written" in ended.out + ended.err
    assert small.world()["closed"] == []
    assert small.world()["missing_commits"] == 0
    again = small.run("apply", "--auto-approve")
    assert small.world()["closed"] == [], again.out


def test_when_nobody_reads_stderr_any_more_the_cutover_comes_to_its_end(small: Place) -> None:
    running = small.start("apply", "--auto-approve")
    running.until(AT["cutover"])
    assert running.process.stderr is not None

    running.process.stderr.close()
    ended = running.end()

    assert ended.code == 0
    assert "  orders: done" in ended.out
    assert_well(small)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is always full is Linux")
@pytest.mark.parametrize("options", [(), ("--json",)], ids=["for people", "for programs"])
def test_when_stderr_takes_nothing_the_work_comes_to_its_end_all_the_same(
    small: Place, options: tuple[str, ...]
) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [RECONCILE, "apply", "--auto-approve", *options],
            cwd=small.folder,
            env=small.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=full,
            encoding="utf-8",
            check=False,
        )

    assert done.returncode == 0, done.stdout
    assert "orders" in done.stdout
    assert "done" in done.stdout
    assert_well(small)


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_abort_takes_back_to_the_end_whatever_signal_comes(
    small: Place, sent: signal.Signals
) -> None:
    cut_off = small.start("apply", "--auto-approve")
    cut_off.until("do .* stop all dynos of shop")
    cut_off.signal(signal.SIGKILL)
    cut_off.end()

    running = small.start("abort", "orders", "--auto-approve")
    running.until("BACK")
    running.signal(sent)
    running.signal(sent)
    ended = running.end()

    assert ended.code == 0, ended.err
    assert "Taking back goes on to its end" in ended.err
    assert "  orders: backed-out. everything is as it was" in ended.out.splitlines()
    assert_well(small)


def test_asked_to_stop_while_it_ends_what_was_cut_off_it_begins_nothing_new(small: Place) -> None:
    cut_off = small.start("apply", "--auto-approve")
    cut_off.until(AT["cutover"])
    cut_off.signal(signal.SIGKILL)
    cut_off.end()

    running = small.start("apply", "--auto-approve")
    running.until("CLOSED")
    running.signal(signal.SIGTERM)
    ended = running.end()

    assert ended.code == 3
    assert "  orders: done" in ended.out
    assert ended.err.endswith("Stopped on request. Run the same apply again to go on.\n")
    assert "Nothing to do." not in ended.out
    assert_well(small)


def assert_well(small: Place) -> None:
    world = small.world()
    assert world["closed"] == []
    assert world["formations"] == {"reports": {"web": 1}, "shop": {"web": 2, "worker": 1}}
    assert world["missing_commits"] == 0


def test_a_plan_that_was_carried_out_is_looked_at_and_nothing_is_sent(small: Place) -> None:
    small.run("plan", "--out", "plan.json")
    first = small.run("apply", "plan.json", "--auto-approve")
    before = small.world()

    again = small.run("apply", "plan.json", "--auto-approve")

    assert (first.code, again.code) == (0, 0), again.err
    assert small.world() == before
