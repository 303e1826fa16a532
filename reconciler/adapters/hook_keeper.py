"""Runs one command, and ends it when whoever asked for it is gone; a program of its own, started by `hooks`.

Its standard input is a pipe whose other end only apply holds. A byte in it asks the command to end (SIGTERM); its end
ends the command's whole process group at once (SIGKILL), and it comes when apply closes it or dies, by whatever. No
process can do that for itself once it is killed, and none of the ways to have the kernel do it is right here: Linux'
PR_SET_PDEATHSIG goes by the thread that has started the process, reaches one process and not its group, and macOS has
nothing like it. Nor would one that only looks on do: between the start of the command and of the watch apply can die.
So this starts the command itself, and costs the 15 ms that a Python without its site takes.

It tells what happened as words in lines to the descriptor that it is given: `started PID`, then `ended CODE`, negative
for a signal, or `refused ERRNO` when the command can not be started. It imports nothing of ours, to be there at once.
"""

from __future__ import annotations

import _thread
import os
import signal
import sys


def keep(report: int, command: list[str]) -> None:
    """Run `command` in a process group of its own, without input, until it or our input ends."""
    os.set_inheritable(report, False)  # noqa: FBT003  # its name says it
    try:
        group = os.posix_spawnp(
            command[0],
            command,
            os.environ,
            file_actions=[(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)],
            setpgroup=0,
            setsigdef=[signal.SIGPIPE, signal.SIGXFSZ],  # which Python ignores
        )
    except OSError as error:
        tell(report, f"refused {error.errno}")
        return
    tell(report, f"started {group}")
    _thread.start_new_thread(end_when_told, (group,))
    _, status = os.waitpid(group, 0)
    send(group, signal.SIGKILL)  # what it has left behind in its group
    tell(report, f"ended {os.waitstatus_to_exitcode(status)}")


def end_when_told(group: int) -> None:
    """Ask the group to end for every byte of our input; end it when there will be no more."""
    while os.read(0, 1):
        send(group, signal.SIGTERM)
    send(group, signal.SIGKILL)


def send(group: int, number: signal.Signals) -> None:
    """To all of a group; it may be gone."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return


def tell(report: int, words: str) -> None:
    """One line, to somebody who may be gone."""
    try:
        os.write(report, f"{words}\n".encode())
    except BrokenPipeError:
        return


if __name__ == "__main__":
    keep(int(sys.argv[1]), sys.argv[2:])
