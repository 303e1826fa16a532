"""However it ends, nothing is left: no process, no folder; and what goes wrong is one sentence."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
from pathlib import Path

import httpx
import pytest
from support.real_world import HEADERS, started
from support.waiting import until

from reconciler.simulator.engines.postgres.workshop import home

SCENARIO = """
[clock]
start = 2026-11-22T20:00:00Z
speed = 600
[databases]
bytes_per_gb = "PER_GB"
[app.shop]
dynos = {}
[app.shop.database.orders]
plan = "premium-4"
size = "1GB"
attachments = ["DATABASE"]
[app.shop.database.replica]
plan = "premium-4"
follows = "orders"
"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs /proc to see processes end"),
]


@pytest.fixture
def scenario(tmp_path):
    path = tmp_path / "scenario.toml"
    path.write_text(SCENARIO.replace("PER_GB", "2MB"))
    return path


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "databases"
    made.mkdir()
    return made


def postmasters(folder):
    """Process ids of all servers that have a data directory below `folder`."""
    found = []
    for path in home(folder).glob("run-*/*/postmaster.pid"):
        try:
            found.append(int(path.read_text().split("\n", 1)[0]))
        except (FileNotFoundError, ValueError):
            continue
    return found


def is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def nothing_is_left(folder, pids):
    return not any(is_running(pid) for pid in pids) and list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("sent", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130), (signal.SIGHUP, 0), (None, 0)]
)
def test_an_end_in_order_leaves_nothing(scenario, folder, sent, code):
    with started(scenario, folder) as process:
        process.stdout.readline()
        pids = postmasters(folder)
        if sent is None:
            process.stdin.close()
        else:
            process.send_signal(sent)

        assert process.wait(timeout=90) == code
        assert process.stderr.read() == ""
        assert len(pids) == 2
        assert nothing_is_left(folder, pids)


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_an_end_while_servers_are_being_made_leaves_nothing(scenario, folder, sent, code):
    with started(scenario, folder) as process:
        until(lambda: postmasters(folder))
        pids = postmasters(folder)
        process.send_signal(sent)

        assert process.wait(timeout=90) == code
        assert nothing_is_left(folder, pids)


def test_after_a_kill_the_next_start_sweeps_what_was_left_and_spares_who_lives(scenario, folder):
    with started(scenario, folder) as living:
        living.stdout.readline()
        alive = postmasters(folder)
        with started(scenario, folder) as killed:
            killed.stdout.readline()
            orphans = set(postmasters(folder)) - set(alive)
            killed.kill()
            killed.wait()
        assert len(orphans) == 2
        assert all(is_running(pid) for pid in orphans)

        with started(scenario, folder) as following:
            following.stdout.readline()
            assert not any(is_running(pid) for pid in orphans)
            assert all(is_running(pid) for pid in alive)
            assert len(list(home(folder).iterdir())) == 2

    assert nothing_is_left(folder, alive)


def test_a_server_that_dies_ends_everything_with_one_sentence(scenario, folder):
    with started(scenario, folder) as process:
        process.stdout.readline()
        pids = postmasters(folder)
        os.kill(pids[0], signal.SIGKILL)

        assert process.wait(timeout=90) == 1
        said = process.stderr.read().splitlines()
        assert said[0].startswith("The PostgreSQL server of ")
        assert " has ended though nobody stopped it" in said[0]
        assert len(said) == 2
        assert nothing_is_left(folder, pids)


def refusal(scenario, folder, *options, **environment):
    """What it says when it does not even begin; nothing is left of the attempt."""
    with started(scenario, folder, *options, **environment) as process:
        out, said = process.communicate(timeout=60)
        assert out == ""
        assert "Traceback" not in said
        assert list(folder.iterdir()) == []
        return process.returncode, said


def test_missing_programs_are_one_sentence(scenario, folder):
    code, said = refusal(scenario, folder, RECONCILE_SIM_POSTGRES="/nowhere/bin")

    assert code == 1
    assert said.splitlines() == [
        "There is no complete set of PostgreSQL programs in /nowhere/bin.",
        "RECONCILE_SIM_POSTGRES must name folders that hold postgres, initdb, pg_basebackup, pg_dump, pg_restore.",
    ]


def test_too_small_a_disk_is_one_sentence(scenario, folder):
    scenario.write_text(SCENARIO.replace("PER_GB", "900TB"))
    code, said = refusal(scenario, folder)

    assert code == 1
    assert said.startswith("The databases of this scenario need ")
    assert said.splitlines()[1].startswith("Make room")


ON_A_SMALL_DISK = (
    *("unshare", "--mount", "--map-root-user", "sh", "-c"),
    'mount -t tmpfs -o size=400m tmpfs "$TMPDIR" && exec "$@"',
    "sh",
)
"""Runs a command with a disk of its own at TMPDIR, which nobody else sees and which goes with it."""


def fill(disk):
    """Leave no byte free on the disk that `disk` lies on."""
    with (disk / "filler").open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(1_000_000))


def can_mount(folder):
    environment = {**os.environ, "TMPDIR": str(folder)}
    with contextlib.suppress(FileNotFoundError):
        return not subprocess.run(
            [*ON_A_SMALL_DISK, "true"], env=environment, capture_output=True, check=False
        ).returncode
    return False


def test_a_disk_that_fills_up_ends_everything_with_one_sentence(scenario, folder):
    if not can_mount(folder):
        pytest.skip("this system does not let us mount a small disk")
    scenario.write_text(scenario.read_text().replace("dynos = {}\n", ""))
    with started(scenario, folder, before=ON_A_SMALL_DISK) as process:
        port = json.loads(process.stdout.readline())["port"]
        seen = Path(f"/proc/{process.pid}/root{folder}")
        pids = postmasters(seen)
        fill(seen)
        answer = httpx.post(
            f"http://127.0.0.1:{port}/apps/shop/addons",
            json={"plan": "standard-0"},
            headers=HEADERS,
            trust_env=False,
        )

        assert answer.status_code == 201
        assert process.wait(timeout=90) == 1
        said = process.stderr.read()
        assert said.count("\n") == 2, said
        assert ": No space left on device.\nMake room, " in said
        assert len(pids) == 2
        assert not any(is_running(pid) for pid in pids)


def test_a_folder_that_cannot_be_used_is_one_sentence(scenario, folder):
    home(folder).symlink_to(scenario.parent)
    with started(scenario, folder) as process:
        _out, said = process.communicate(timeout=60)

    assert process.returncode == 1
    assert said.splitlines()[0] == f"{home(folder)} belongs to somebody else."


def test_a_taken_port_is_refused_before_any_database_is_made(scenario, folder):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, said = refusal(scenario, folder, "--port", str(port))

    assert code == 1
    assert said.startswith(f"Port {port} on 127.0.0.1 cannot be used: ")


def test_real_databases_are_not_kept(scenario, folder):
    code, said = refusal(scenario, folder, "--keep", str(folder / "kept"))

    assert code == 64
    assert said.startswith("Real databases are not kept between two runs.")


def test_more_followers_than_a_server_streams_to_are_one_sentence(scenario, folder):
    more = "".join(
        f'[app.shop.database.replica{number}]\nplan = "premium-4"\nfollows = "orders"\n'
        for number in range(2)
    )
    scenario.write_text(scenario.read_text() + more)
    code, said = refusal(scenario, folder)

    assert code == 1
    assert said.endswith("; a real database here has at most 2.\n")
