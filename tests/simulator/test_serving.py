from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from reconciler.errors import StateError
from reconciler.simulator.keeping import keeping, reset
from reconciler.simulator.scenario import load_world

pytestmark = pytest.mark.slow

START = "import sys; from reconciler.cli import main; sys.exit(main(sys.argv[1:]))"
HEADERS = {"Authorization": "Bearer token"}


@contextmanager
def served(*options, folder=None):
    """A running `reconcile sim --port 0`; ends with the test."""
    process = subprocess.Popen(
        [sys.executable, "-c", START, "sim", "--port", "0", *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=folder,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait(timeout=90)
        for pipe in (process.stdin, process.stdout, process.stderr):
            pipe.close()


def port_of(process):
    return json.loads(process.stdout.readline())["port"]


def ask(port, path, method="GET", **more):
    answer = httpx.request(
        method,
        f"http://127.0.0.1:{port}{path}",
        headers=HEADERS,
        timeout=30,
        trust_env=False,
        **more,
    )
    answer.raise_for_status()
    return answer.json()


def end(process):
    process.stdin.close()
    return process.wait(timeout=90)


def test_it_says_its_port_in_one_json_line_and_ends_with_stdin():
    with served("--until-stdin-closes") as process:
        assert ask(port_of(process), "/apps/shop")["name"] == "shop"
        assert end(process) == 0
        assert (process.stdout.read(), process.stderr.read()) == ("", "")


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
def test_signals_end_it_cleanly(sent, code):
    with served() as process:
        line = process.stdout.readline()
        process.send_signal(sent)

        assert process.wait(timeout=90) == code
        assert process.stderr.read() == ""
        assert "RECONCILE_ENDPOINT=http://127.0.0.1:" in line
        assert "HEROKU_DATA_HOST=127.0.0.1 " in line


def test_a_taken_port_is_one_clear_sentence():
    with served("--until-stdin-closes") as first:
        port = port_of(first)
        with served("--port", str(port)) as second:
            assert second.wait(timeout=90) == 1
            said = second.stderr.read()

    assert said.startswith(f"Port {port} on 127.0.0.1 cannot be used: ")
    assert "Traceback" not in said


def test_a_wrong_scenario_ends_it_at_the_start_with_the_place(tmp_path):
    path = tmp_path / "wrong.toml"
    path.write_text("[clock]\nstart = 2026-11-22T20:00:00Z\n[app.shop]\nformatoin = { web = 1 }\n")
    with served("--scenario", str(path)) as process:
        assert process.wait(timeout=90) == 1
        assert f"{path}:4:1: app.shop.formatoin: " in process.stderr.read()


def test_time_runs_at_the_asked_speed():
    with served("--until-stdin-closes", "--speed", "100000") as process:
        port = port_of(process)
        ask(port, "/apps/shop/formation/worker", "PATCH", json={"quantity": 0})
        dynos = ["worker.1"]
        for _ in range(200):
            dynos = [dyno["name"] for dyno in ask(port, "/apps/shop/dynos")]
            if "worker.1" not in dynos:
                break

    assert dynos == ["clock.1", "web.1", "web.2", "web.3"]


def test_a_kept_world_goes_on_in_the_next_run(tmp_path):
    options = ("--until-stdin-closes", "--keep", str(tmp_path / "kept"))
    with served(*options) as process:
        ask(port_of(process), "/apps/shop", "PATCH", json={"maintenance": True})
        end(process)
    stopped = json.loads((tmp_path / "kept/world.json").read_text())["world"]["now"]
    with served(*options) as process:
        port = port_of(process)
        kept = ask(port, "/apps/shop")["maintenance"]
        end(process)
        said = process.stderr.read()

    assert kept is True
    assert said == ""
    again = json.loads((tmp_path / "kept/world.json").read_text())["world"]["now"]
    assert 0 <= again - stopped < 600 * 10
    mode = stat.S_IMODE((tmp_path / "kept/world.json").stat().st_mode)
    assert mode == 0o600


def test_a_killed_run_has_kept_every_change(tmp_path):
    options = ("--until-stdin-closes", "--keep", str(tmp_path))
    with served(*options) as process:
        ask(port_of(process), "/apps/shop", "PATCH", json={"maintenance": True})
        process.kill()
        process.wait(timeout=90)
    with served(*options) as process:
        assert ask(port_of(process), "/apps/shop")["maintenance"] is True


def test_another_scenario_starts_anew_and_says_so(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text("[clock]\nstart = 2026-11-22T20:00:00Z\n[app.shop]\n")
    keep = ("--until-stdin-closes", "--keep", str(tmp_path / "kept"))
    with served(*keep) as process:
        port_of(process)
        end(process)
    with served(*keep, "--scenario", str(path)) as process:
        apps = ask(port_of(process), "/apps")
        end(process)
        said = process.stderr.read()

    assert [app["name"] for app in apps] == ["shop"]
    assert "the scenario is no longer the one" in said
    assert "Starting anew." in said


def test_two_do_not_share_a_kept_world(tmp_path):
    with served("--until-stdin-closes", "--keep", str(tmp_path)) as first:
        port_of(first)
        with served("--keep", str(tmp_path)) as second:
            assert second.wait(timeout=90) == 1
            assert second.stderr.read().startswith(
                f"Another stand-in uses the world in {tmp_path}."
            )


@pytest.mark.parametrize("spoilt", ["", "{", "[]", '{"format": 1, "scenario": "S", "world": {}}'])
def test_a_kept_world_that_cannot_be_read_is_not_used(tmp_path, spoilt):
    (tmp_path / "world.json").write_text(spoilt)

    with keeping(tmp_path, "S") as keeper:
        kept, why = keeper.load()

    assert kept is None
    assert "world.json" in why


def test_saving_is_all_or_nothing(tmp_path):
    world = load_world("example")
    with keeping(tmp_path, "S") as keeper:
        keeper.save(world)
        os.truncate(tmp_path / "world.json", 0)
        keeper.save(world)

        assert keeper.load() == (world, "")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["lock", "world.json"]


def test_a_folder_that_cannot_be_used_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(StateError, match="cannot be used"), keeping(tmp_path / "file", "S"):
        pass


def test_reset_removes_a_kept_world(tmp_path):
    with keeping(tmp_path, "S") as keeper:
        keeper.save(load_world("example"))

    assert reset(tmp_path) is True
    assert reset(tmp_path) is False
    assert reset(Path(tmp_path / "never")) is False


def test_latency_delays_every_answer():
    with served("--until-stdin-closes", "--latency", "150ms", "--jitter", "10ms") as process:
        port = port_of(process)
        took = httpx.get(
            f"http://127.0.0.1:{port}/apps", headers=HEADERS, timeout=30, trust_env=False
        ).elapsed.total_seconds()

    assert took >= 0.14
