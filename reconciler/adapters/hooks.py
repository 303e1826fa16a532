"""The operator's own commands as processes: a clean environment, no input, a time limit, an end for all of them.

A hook gets `PATH`, `HOME` and `LANG` of ours and what it is called for, never a token or the address of a database.
It runs in a process group of its own, which is ended whole when its first process ends, when its time is up, or when
we are gone, also by SIGKILL: `hook_keeper` is the process that starts it and sees to that. A process that leaves the
group is out of reach. Of what it prints only the end is kept, without what looks like a secret.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import selectors
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from reconciler.adapters import hook_keeper
from reconciler.apply.ports import HookEnd

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from reconciler.apply.ports import HookCall
    from reconciler.core.commands import Command

PASSED_ON = ("PATH", "HOME", "LANG")
GRACE_S = 2.0
"""How long a hook that was asked to end may take before it is killed."""
KEEPER_S = 2.0
"""How long its keeper may take then to see its end."""
KEEPER = (sys.executable, "-I", "-S", str(Path(hook_keeper.__file__)))
"""The program that runs a hook for us: isolated from the environment, and without what makes Python slow to start."""
KEPT_BYTES = 8_192
"""Of what it prints."""
ROUND_BYTES = 1 << 20
"""How much is read in a round at most, so that a flood does not keep us from the clock."""
LINES, LETTERS = 3, 300
"""How much of it is told."""
HIDDEN = "[hidden]"
SECRETS = (
    (re.compile(r"://[^\s/]*@"), f"://{HIDDEN}@"),
    (re.compile(r"(?i)\b(bearer|basic)\s+\S+"), rf"\1 {HIDDEN}"),
    (
        re.compile(
            r"(?i)([\w-]*(?:password|passwd|secret|token|api_?key|authorization)\w*[\"']?\s*[=:]\s*)\S+"
        ),
        rf"\1{HIDDEN}",
    ),
    (re.compile(r"HRKU-[\w-]+"), HIDDEN),
)


class ProcessHooks:
    """Runs hooks in `folder`; implements `apply.ports.Hooks`."""

    def __init__(
        self, folder: Path, *, environment: Mapping[str, str], secrets: Iterable[str] = ()
    ) -> None:
        self._folder = folder
        self._environment = {name: environment[name] for name in PASSED_ON if name in environment}
        self._secrets = tuple(secret for secret in secrets if secret)

    async def run(self, call: HookCall) -> HookEnd:
        """Run one to its end, which comes at the latest `GRACE_S` after its time is up.

        It has a thread of its own: asyncio's few are for looking up names and the shared state.
        """
        thread = ThreadPoolExecutor(1, thread_name_prefix="hook")
        try:
            return await asyncio.get_running_loop().run_in_executor(thread, self._run, call)
        finally:
            thread.shutdown(wait=False)

    def _run(self, call: HookCall) -> HookEnd:
        began = time.monotonic()
        with ExitStack() as stack:
            try:
                kept = _Kept(call.command, self._folder, self._environment | _told(call), stack)
            except (OSError, ValueError) as error:
                why = error.strerror if isinstance(error, OSError) else "not a command"
                return HookEnd(is_well=False, words=f"it could not be started ({why})")
            is_in_time = kept.has_ended(until=began + call.timeout_s)
            if not is_in_time:
                kept.ask_to_end()
                kept.has_ended(until=time.monotonic() + GRACE_S)
            code = kept.end()
        took = f"{time.monotonic() - began:.1f} s"
        if isinstance(code, str):
            return HookEnd(is_well=False, words=code)
        end = f"exit {code} after {took}" if code >= 0 else f"ended by signal {-code} after {took}"
        if not is_in_time:
            end = f"it took longer than {call.timeout_s} s and was ended"
        is_well = is_in_time and code == 0
        return HookEnd(is_well=is_well, words=end + ("" if is_well else self._said(kept.tail)))

    def _said(self, tail: _Tail) -> str:
        """The last lines, fit to be told."""
        text = tail.text()
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        for pattern, instead in SECRETS:
            text = pattern.sub(instead, text)
        lines = ["".join(c if c.isprintable() else " " for c in line) for line in text.splitlines()]
        said = " / ".join(" ".join(line.split()) for line in lines[-LINES:] if line.strip())
        return f"; it said: {said[-LETTERS:]}" if said else ""


def _told(call: HookCall) -> dict[str, str]:
    """What a hook is called for."""
    return {
        "RECONCILE_DATABASE": call.database,
        "RECONCILE_APP": call.app,
        "RECONCILE_PLAN": call.plan_id,
        "RECONCILE_PHASE": call.phase,
    }


class _Kept:
    """A hook with its keeper."""

    def __init__(
        self, command: Command, folder: Path, environment: Mapping[str, str], stack: ExitStack
    ) -> None:
        """Start both; `stack` closes what is open.

        Raises:
            OSError, ValueError: the keeper can not be started.
        """
        said, saying = _pipe(stack)
        reported, reporting = _pipe(stack)
        held, self._holding = _pipe(stack)
        for one in (said, reported):
            os.set_blocking(one.fileno(), False)
        self.tail = _Tail(said)
        self._report = _Tail(reported)
        self._process = subprocess.Popen(  # noqa: S603  # the command was reviewed with the plan
            [*KEEPER, str(reporting.fileno()), *command],
            cwd=folder,
            env=environment,
            stdin=held,
            stdout=saying,
            stderr=saying,
            pass_fds=[reporting.fileno()],
            start_new_session=True,
        )
        for one in (held, saying, reporting):
            one.close()

    def has_ended(self, *, until: float) -> bool:
        """Read along until the keeper has no more to report, which is at its end; False when `until` came first."""
        with selectors.DefaultSelector() as selector:
            reading = [one for one in (self.tail, self._report) if not one.is_over]
            for one in reading:
                selector.register(one.file, selectors.EVENT_READ, one)
            while not self._report.is_over:
                left_s = until - time.monotonic()
                if left_s <= 0:
                    return False
                for key, _ in selector.select(left_s):
                    key.data.read()
                    if key.data.is_over:
                        selector.unregister(key.fileobj)
        return True

    def ask_to_end(self) -> None:
        """SIGTERM to the whole group."""
        with contextlib.suppress(BrokenPipeError):
            self._holding.write(b".")

    def end(self) -> int | str:
        """End what is left of the group; returns its exit code, negative for a signal, or why there is none."""
        self._holding.close()
        self.has_ended(until=time.monotonic() + KEEPER_S)
        self._process.kill()  # nothing happens when it has ended, as it has
        code = self._process.wait()
        self.tail.read()
        words = dict(line.split(" ", 1) for line in self._report.text().splitlines())
        if "ended" in words:
            return int(words["ended"])
        if "refused" in words:
            return f"it could not be started ({os.strerror(int(words['refused']))})"
        if "started" in words:
            hook_keeper.send(int(words["started"]), signal.SIGKILL)
        return f"the process that ran it was ended from elsewhere (exit {code})"


def _pipe(stack: ExitStack) -> tuple[BinaryIO, BinaryIO]:
    """Both ends, which no other process gets, closed with `stack`."""
    reading, writing = os.pipe()
    return (
        stack.enter_context(open(reading, "rb", buffering=0)),  # noqa: PTH123  # a descriptor
        stack.enter_context(open(writing, "wb", buffering=0)),  # noqa: PTH123  # likewise
    )


class _Tail:
    """The end of what comes out of a pipe; the rest is read and forgotten."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self._kept = b""
        self._is_cut = False
        self.is_over = False

    def read(self) -> None:
        """Take what is there, as far as one round goes."""
        count = 0
        while count < ROUND_BYTES and not self.is_over:
            try:
                some = os.read(self.file.fileno(), 65_536)
            except BlockingIOError:
                return
            self.is_over = not some
            count += len(some)
            self._is_cut |= len(self._kept) + len(some) > KEPT_BYTES
            self._kept = (self._kept + some)[-KEPT_BYTES:]

    def text(self) -> str:
        """Whole lines: half of one may be half of a secret."""
        kept = self._kept.partition(b"\n")[2] if self._is_cut else self._kept
        return kept.decode(errors="replace")
