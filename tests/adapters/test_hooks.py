"""Hooks are the operator's own programs: they get little, may do anything, and always come to an end."""

from __future__ import annotations

import asyncio
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.processes import children_of
from support.waiting import until

from reconciler.adapters.hooks import GRACE_S, HIDDEN, ProcessHooks
from reconciler.apply.ports import HookCall

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.apply.ports import HookEnd

TOKEN = "4c9d1c10-1111-2222-3333-canary000001"  # noqa: S105  # an invented one
SHELL = {
    "PATH": os.environ["PATH"],
    "HOME": "/home/of/the/operator",
    "LANG": "C.UTF-8",
    "HEROKU_API_KEY": TOKEN,
    "DATABASE_URL": "postgres://u:canary@db.example.com/d",
    "RECONCILE_STATE_URL": "postgres://u:canary@state.example.com/d",
}


def ran(folder: Path, *command: str, timeout_s: float = 20) -> HookEnd:
    hooks = ProcessHooks(folder, environment=SHELL, secrets=(TOKEN, ""))
    call = HookCall(
        command=command,
        timeout_s=timeout_s,
        database="orders",  # type: ignore[arg-type]
        app="shop",  # type: ignore[arg-type]
        plan_id="fe3485a3",
        phase="before-writes-stop",
    )
    return asyncio.run(hooks.run(call))


DEFAULT_THREADS = min(32, (os.cpu_count() or 1) + 4)
"""So many threads asyncio has for everybody: looking up names, the shared state."""


def test_hooks_at_work_keep_nobody_else_waiting(tmp_path: Path) -> None:
    hooks = ProcessHooks(tmp_path, environment=SHELL)
    wait = ("sh", "-c", "until [ -e released ]; do sleep 0.05; done")
    call = HookCall(
        command=wait,
        timeout_s=60,
        database="orders",  # type: ignore[arg-type]
        app="shop",  # type: ignore[arg-type]
        plan_id="fe3485a3",
        phase="before-writes-stop",
    )

    async def looked_up_meanwhile() -> list[HookEnd]:
        running = [asyncio.create_task(hooks.run(call)) for _ in range(DEFAULT_THREADS + 1)]
        await asyncio.sleep(0)  # each has its thread, or waits for one
        try:
            loop = asyncio.get_running_loop()
            await asyncio.wait_for(loop.getaddrinfo("localhost", 443), 10)
            assert not any(one.done() for one in running)
        finally:
            (tmp_path / "released").touch()
        return await asyncio.gather(*running)

    assert all(end.is_well for end in asyncio.run(looked_up_meanwhile()))


def ran_python(folder: Path, program: str, timeout_s: float = 20) -> HookEnd:
    return ran(folder, sys.executable, "-c", program, timeout_s=timeout_s)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:  # noqa: PTH123
        return file.read().rpartition(")")[2].split()[0] != "Z"


def test_a_hook_is_told_what_it_runs_for_and_nothing_secret(tmp_path: Path) -> None:
    (tmp_path / "hook").write_text("#!/bin/sh\nenv > env.txt\npwd > pwd.txt\n")
    (tmp_path / "hook").chmod(0o755)

    end = ran(tmp_path, "./hook")

    assert end.is_well
    lines = (tmp_path / "env.txt").read_text().splitlines()
    told = dict(line.split("=", 1) for line in lines)
    own = {"PWD", "OLDPWD", "SHLVL", "_"}  # a shell's own
    assert {name: value for name, value in told.items() if name not in own} == {
        "PATH": SHELL["PATH"],
        "HOME": "/home/of/the/operator",
        "LANG": "C.UTF-8",
        "RECONCILE_DATABASE": "orders",
        "RECONCILE_APP": "shop",
        "RECONCILE_PLAN": "fe3485a3",
        "RECONCILE_PHASE": "before-writes-stop",
    }
    assert (tmp_path / "pwd.txt").read_text().strip() == str(tmp_path)


def test_a_hook_has_no_input_and_no_shell(tmp_path: Path) -> None:
    program = "import sys; print(repr(sys.stdin.read()), sys.argv[1:]); sys.exit(4)"

    end = ran(tmp_path, sys.executable, "-c", program, "$HOME | x", "*")

    assert not end.is_well
    assert end.words.startswith("exit 4 after ")
    assert end.words.endswith("; it said: '' ['$HOME | x', '*']")


def test_a_hook_that_takes_too_long_is_ended_even_when_it_ignores_sigterm(tmp_path: Path) -> None:
    program = (
        "import os, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "open('pid', 'w').write(str(os.getpid())); print('busy', flush=True); time.sleep(600)"
    )
    began = time.monotonic()

    end = ran_python(tmp_path, program, timeout_s=1)

    assert time.monotonic() - began < 1 + GRACE_S + 60  # it wants ten minutes
    assert not end.is_well
    assert end.words == "it took longer than 1 s and was ended; it said: busy"
    assert not is_alive(int((tmp_path / "pid").read_text()))


def test_what_a_hook_leaves_behind_in_its_group_is_ended_with_it(tmp_path: Path) -> None:
    program = (
        "import os, signal, time\n"
        "for n in range(5):\n"
        "    if os.fork() == 0:\n"
        "        signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "        open(f'pid{n}.new', 'w').write(str(os.getpid()))\n"
        "        os.rename(f'pid{n}.new', f'pid{n}')\n"
        "        time.sleep(600)\n"
        "        os._exit(0)\n"
        "while not all(os.path.exists(f'pid{n}') for n in range(5)):\n"
        "    time.sleep(0.01)\n"
    )

    end = ran_python(tmp_path, program)

    assert end.is_well
    pids = [int((tmp_path / f"pid{n}").read_text()) for n in range(5)]
    until(lambda: not any(is_alive(pid) for pid in pids))


def test_a_flood_of_output_keeps_nobody_from_the_clock_and_fills_no_memory(tmp_path: Path) -> None:
    program = "import sys\nwhile True:\n    sys.stdout.write('x' * 1000 + '\\n')"

    end = ran_python(tmp_path, program, timeout_s=1)

    assert end.words.startswith("it took longer than 1 s and was ended; it said: xxx")
    assert len(end.words) < 500


def test_a_hook_that_closes_its_output_is_waited_for(tmp_path: Path) -> None:
    program = "import os, time; os.close(1); os.close(2); time.sleep(0.3); open('end', 'w')"

    assert ran_python(tmp_path, program).is_well
    assert (tmp_path / "end").exists()


@pytest.mark.parametrize(
    "said",
    [
        f"token is {TOKEN}",
        "could not reach postgres://u5k:canary@db.example.com:5432/d",
        "Authorization: Bearer canary",
        "DB_PASSWORD=canary",
        "'api_key': 'canary'",
        "HRKU-canary-1234",
        "redis://:canary@cache.example.com",
    ],
)
def test_what_looks_like_a_secret_is_not_told(tmp_path: Path, said: str) -> None:
    end = ran(tmp_path, sys.executable, "-c", f"import sys; print({said!r}); sys.exit(1)")

    assert "canary" not in end.words
    assert HIDDEN in end.words


def test_a_secret_that_is_cut_in_half_is_not_told_either(tmp_path: Path) -> None:
    program = "import sys; print('postgres://u:' + 'canary' * 5000 + '@db/d'); sys.exit(1)"

    assert "canary" not in ran_python(tmp_path, program).words


def test_what_would_move_a_terminal_is_not_told(tmp_path: Path) -> None:
    program = r"import sys; print('\x1b[2J\x07 gone\rwell'); sys.exit(1)"

    end = ran_python(tmp_path, program)

    assert end.words.isprintable()


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (("./nowhere",), "No such file or directory"),
        (("./text",), "Permission denied"),
        (("./text\0",), "not a command"),
    ],
)
def test_a_hook_that_can_not_be_started_says_why(
    tmp_path: Path, command: tuple[str, ...], why: str
) -> None:
    (tmp_path / "text").write_text("no program")

    end = ran(tmp_path, *command)

    assert (end.is_well, end.words) == (False, f"it could not be started ({why})")


def test_a_hook_gets_the_signals_and_descriptors_of_an_ordinary_program(tmp_path: Path) -> None:
    """Python ignores SIGPIPE, and what is ignored stays so in a program that it starts."""
    listed = "import os; print(sorted(os.listdir('/dev/fd'))[:-1], flush=True); os._exit(1)"

    broken = ran(tmp_path, "sh", "-c", "kill -PIPE $$; exit 3")
    end = ran_python(tmp_path, listed)

    assert broken.words.startswith("ended by signal 13 after ")
    assert end.words.endswith("; it said: ['0', '1', '2']")


# --- when whoever has started it is gone

APPLY = """
import asyncio, sys
from pathlib import Path
from reconciler.adapters.hooks import ProcessHooks
from reconciler.apply.ports import HookCall

environment = {"PATH": sys.argv[1], "HEROKU_API_KEY": "canary-token"}
call = HookCall(tuple(sys.argv[2:]), 600, "orders", "shop", "fe3485a3", "before-writes-stop")
end = asyncio.run(ProcessHooks(Path.cwd(), environment=environment).run(call))
print(end.words)
"""
GROUP = """
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
alive = os.open("alive", os.O_WRONLY)
for _ in range(3):
    if os.fork() == 0:
        break
os.write(alive, b"x")
time.sleep(600)
"""
"""Four processes that do not want to end; each says so, and all have a pipe open for as long as they live."""


class Alive:
    """What the processes of a hook hold on to."""

    def __init__(self, folder: Path) -> None:
        os.mkfifo(folder / "alive")
        self._file = os.open(folder / "alive", os.O_RDONLY | os.O_NONBLOCK)

    def read(self, count: int, within_s: float = 20) -> bytes:
        """So many of the bytes that they write; fewer only once all of them have ended."""
        found = b""
        while len(found) < count:
            assert select.select([self._file], [], [], within_s)[0], "they neither wrote nor ended"
            some = os.read(self._file, count - len(found))
            if not some:
                break
            found += some
        return found

    def is_over(self) -> bool:
        """Whether none of them lives, if there ever was one."""
        try:
            while os.read(self._file, 10):
                pass
        except BlockingIOError:
            return False
        return True

    def close(self) -> None:
        os.close(self._file)


@pytest.fixture
def alive(tmp_path: Path) -> Iterator[Alive]:
    made = Alive(tmp_path)
    yield made
    made.close()


def started(folder: Path, *command: str) -> subprocess.Popen[str]:
    """A process that runs a hook as apply does."""
    return subprocess.Popen(
        [sys.executable, "-c", APPLY, os.environ["PATH"], *command],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )


def test_killed_while_a_hook_runs_apply_takes_the_whole_group_with_it(
    tmp_path: Path, alive: Alive
) -> None:
    with started(tmp_path, sys.executable, "-c", GROUP) as apply:
        (keeper,) = keepers(apply, alive)

        apply.send_signal(signal.SIGKILL)
        apply.wait()

        assert alive.read(1) == b""  # all of them have ended
        until(lambda: not is_alive(keeper))


def test_killed_while_it_starts_a_hook_apply_leaves_nothing(tmp_path: Path, alive: Alive) -> None:
    with started(tmp_path, sys.executable, "-c", GROUP) as apply:
        until(lambda: bool(children_of(apply.pid)))
        (keeper,) = children_of(apply.pid)

        apply.send_signal(signal.SIGKILL)
        apply.wait()

        until(lambda: not is_alive(keeper))
        until(alive.is_over)


def test_a_hook_whose_keeper_is_killed_is_ended_and_has_failed(
    tmp_path: Path, alive: Alive
) -> None:
    with started(tmp_path, sys.executable, "-c", GROUP) as apply:
        (keeper,) = keepers(apply, alive)

        os.kill(keeper, signal.SIGKILL)

        assert alive.read(1) == b""
        assert apply.stdout is not None
        said = "the process that ran it was ended from elsewhere (exit -9)\n"
        assert apply.stdout.read() == said


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc")
def test_whoever_keeps_a_hook_knows_no_secret_either(tmp_path: Path, alive: Alive) -> None:
    with started(tmp_path, sys.executable, "-c", GROUP) as apply:
        (keeper,) = keepers(apply, alive)
        told = [Path("/proc", str(keeper), name).read_bytes() for name in ("environ", "cmdline")]
        apply.kill()

    assert b"RECONCILE_DATABASE=orders" in told[0]
    assert b"canary" not in b"".join(told)
    assert alive.read(1) == b""


def keepers(apply: subprocess.Popen[str], alive: Alive) -> list[int]:
    """Who keeps the hook, once all of its processes are there."""
    assert alive.read(4) == b"xxxx"
    return children_of(apply.pid)
