"""One server at a time: how it is started, as whom, on which port, and what it says when it cannot."""

from __future__ import annotations

import errno
import os
import shutil
import socket
import stat
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest

from reconciler.simulator.engines.postgres import moving, replicating
from reconciler.simulator.engines.postgres.binaries import Binaries, find_binaries, nearest
from reconciler.simulator.engines.postgres.errors import ServerError, as_sentence, tool_failed
from reconciler.simulator.engines.postgres.launching import Launcher, find_launcher
from reconciler.simulator.engines.postgres.workshop import (
    RUN,
    Workshop,
    free_port,
    home,
    run_folder,
    sweep,
)

LOGINS = (("default", "u1", "canary-1"),)


@contextmanager
def workshop(parent, **options):
    binaries = find_binaries({})
    launcher = options.pop("launcher", None) or find_launcher(binaries[-1], root=os.geteuid() == 0)
    with run_folder(parent, public=launcher.user is not None) as folder:
        made = Workshop(folder, launcher, binaries, "secret-of-the-test", **options)
        try:
            yield made
        finally:
            made.stop_all()


def new_server(made, binaries=None):
    return moving.new_server(
        made, "one", binaries or made.binaries[-1], database="d1", logins=LOGINS
    )


def test_both_packaged_majors_are_found():
    assert [each.major for each in find_binaries({})] == [16, 18]


def test_named_programs_are_used_instead():
    folder = find_binaries({})[0].folder

    assert find_binaries({"RECONCILE_SIM_POSTGRES": str(folder)}) == (Binaries(16, folder),)


def test_half_a_set_of_programs_is_none(tmp_path):
    shutil.copy(find_binaries({})[0].folder / "initdb", tmp_path)

    with pytest.raises(ServerError, match="no complete set"):
        find_binaries({"RECONCILE_SIM_POSTGRES": str(tmp_path)})


@pytest.mark.parametrize(("asked", "served"), [(15, 16), (16, 16), (17, 18), (18, 18), (19, 18)])
def test_a_version_without_programs_is_served_by_the_next_newer(asked, served):
    found = [Binaries(18, Path("b")), Binaries(16, Path("a"))]

    assert nearest(found, asked).major == served


def test_a_full_disk_is_told_as_one_with_the_way_out():
    said = "creating subdirectories ... initdb: error: x\nfile: No space left on device\n"
    error = tool_failed("initdb", said, Path("/data"))

    assert str(error) == "initdb failed below /data: No space left on device."
    assert "TMPDIR" in error.hint


def test_the_line_that_names_the_error_is_told():
    said = "LOG: begin\nFATAL: it is so\nLOG: the end\n"

    assert str(tool_failed("postgres", said, Path())) == "postgres failed: FATAL: it is so"


def test_errors_of_the_system_become_a_sentence_and_bugs_stay_bugs():
    full = as_sentence(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), Path("/data"))
    bug = KeyError("x")

    assert isinstance(full, ServerError)
    assert str(full) == "A PostgreSQL server failed below /data: No space left on device."
    assert as_sentence(bug, Path("/data")) is bug


@pytest.mark.slow
def test_a_taken_port_is_passed_over(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ports = iter([taken.getsockname()[1], free_port()])
        with workshop(tmp_path, ports=ports.__next__) as made:
            server = new_server(made)
            answer = server.ask("select 1")

        assert answer == (1,)
        assert server.port != taken.getsockname()[1]


@pytest.mark.slow
def test_only_taken_ports_leave_no_half_started_server(tmp_path):
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        workshop(tmp_path, ports=lambda: taken.getsockname()[1]) as made,
    ):
        with pytest.raises(ServerError, match="found 5 ports taken"):
            new_server(made)

        assert made.running == set()
        assert [path.name for path in made.folder.iterdir()] == ["lock"]


@pytest.mark.slow
def test_a_base_backup_without_a_free_stream_fails_and_leaves_nothing(tmp_path):
    with workshop(tmp_path) as made:
        leader = new_server(made)
        for number in range(4):
            slot = f"held_{number}"
            leader.ask("select pg_create_physical_replication_slot(%s, true)", slot)
        with pytest.raises(ServerError, match=r"pg_basebackup failed: .*replication slots"):
            replicating.follow(leader, "two", delay_ms=0, held=False)

        assert made.running == {leader}
        assert sorted(path.name for path in made.folder.iterdir()) == ["lock", "one", "one.log"]


@pytest.mark.slow
def test_the_settings_are_in_force_and_the_files_are_the_owners_alone(tmp_path):
    with workshop(tmp_path) as made:
        server = new_server(made)
        shown = {
            name: server.ask(f"show {name}")[0]
            for name in (
                "synchronous_commit",
                "fsync",
                "max_connections",
                "unix_socket_directories",
            )
        }
        modes = {
            stat.S_IMODE((server.folder / name).stat().st_mode)
            for name in (".", "postgresql.conf", "standby.conf")
        }
        left = [path for path in made.folder.iterdir() if path.suffix == ".secret"]

    assert shown == {
        "synchronous_commit": "on",
        "fsync": "off",
        "max_connections": "20",
        "unix_socket_directories": "",
    }
    assert modes == {0o700, 0o600}
    assert left == []


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")
def test_without_user_namespaces_servers_run_as_nobody():
    launcher = Launcher(user="nobody")
    found = find_binaries({})[-1]
    if launcher.run([found.tool("postgres"), "--version"]).returncode:
        pytest.skip("nobody cannot reach the programs here")
    with tempfile.TemporaryDirectory() as parent:
        Path(parent).chmod(0o711)
        with workshop(Path(parent), launcher=launcher) as made:
            leader = new_server(made)
            follower = replicating.follow(leader, "two", delay_ms=0, held=False)
            replicating.wait_replayed(follower, leader)
            owner = follower.folder.owner()

        assert owner == "nobody"
        assert list(Path(parent).iterdir()) == []


def test_a_run_is_removed_with_its_folder(tmp_path):
    with run_folder(tmp_path) as folder:
        (folder / "data").mkdir()

    assert list(tmp_path.iterdir()) == []


def test_a_sweep_takes_dead_runs_and_spares_the_living(tmp_path):
    with run_folder(tmp_path) as living:
        dead = home(tmp_path) / f"{RUN}dead"
        (dead / "data").mkdir(parents=True)
        (dead / "data/postmaster.pid").write_text(f"{os.getpid()}\n{dead}\n")

        assert sweep(home(tmp_path)) == 1
        assert list(home(tmp_path).iterdir()) == [living]


def test_another_users_folder_is_not_used(tmp_path):
    home(tmp_path).symlink_to(tmp_path)

    with pytest.raises(ServerError, match="belongs to somebody else"), run_folder(tmp_path):
        pass


def test_a_place_that_is_not_there_is_one_sentence(tmp_path):
    with pytest.raises(ServerError, match="cannot be kept in"), run_folder(tmp_path / "nowhere"):
        pass
