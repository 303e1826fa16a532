"""Real shells that complete a line: bash and zsh on a terminal of their own, fish by its own command for it."""

from __future__ import annotations

import os
import pty
import select
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.processes import RECONCILE, Place

if TYPE_CHECKING:
    from collections.abc import Iterator

SHOW = b"\x18"
"""Ctrl-X: the shell is told to write the line as it is, so that a test never guesses when it is finished."""
SETUPS = {
    "bash": r"""
        source <(reconcile completion bash)
        bind -x '"\C-x": printf "<<%s>>" "$READLINE_LINE"'
    """,
    "zsh": r"""
        autoload -U compinit; compinit -D -u; source <(reconcile completion zsh)
        tell() { print -rn -- "<<$BUFFER>>" >/dev/tty }; zle -N tell; bindkey '^X' tell
    """,
}
STARTS = {"bash": ["bash", "--norc", "--noprofile", "-i"], "zsh": ["zsh", "-f", "-i"]}
PATIENCE_S = 60


def needed(shell: str, config: pytest.Config) -> None:
    """Skip, or with `--all-tools` fail, where the machine has no such shell."""
    if shutil.which(shell) is None:
        words = f"no {shell} on this machine (Debian, Ubuntu: apt install {shell})"
        if config.getoption("--all-tools"):
            pytest.fail(words)
        pytest.skip(words)


def environment(place: Place) -> dict[str, str]:
    path = os.pathsep.join([str(Path(RECONCILE).parent), os.environ["PATH"]])
    home = {"XDG_CONFIG_HOME": str(place.folder), "XDG_DATA_HOME": str(place.folder)}
    return (
        place.environment() | home | {"PATH": path, "TERM": "dumb", "PS1": "", "LC_ALL": "C.UTF-8"}
    )


def candidates_of_fish(place: Place, line: str) -> list[str]:
    """What fish offers for the last word of `line`."""
    script = "reconcile completion fish | source; complete -C $argv[1]"
    done = subprocess.run(
        [str(shutil.which("fish")), "--no-config", "-c", script, line],
        cwd=place.folder,
        env=environment(place),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    return [text.partition("\t")[0] for text in done.stdout.splitlines()]


def _take_terminal() -> None:
    """Make standard input the terminal that the new session is controlled by."""
    os.close(os.open(os.ttyname(0), os.O_RDWR))


@contextmanager
def typing(shell: str, place: Place) -> Iterator[Typing]:
    """A shell in the folder of `place`, ready to be typed into."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        STARTS[shell],
        cwd=place.folder,
        env=environment(place),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        preexec_fn=_take_terminal,  # noqa: PLW1509  # no thread runs here
    ) as process:
        os.close(theirs)
        setup = "; ".join(line.strip() for line in SETUPS[shell].strip().splitlines())
        os.write(ours, f"{setup}; printf '<<%s>>' read''y\n".encode())
        typed = Typing(ours)
        typed.until("<<ready>>")
        try:
            yield typed
        finally:
            process.kill()
            process.wait()
            os.close(ours)


class Typing:
    """The keyboard and the screen of a shell."""

    def __init__(self, terminal: int) -> None:
        self._terminal = terminal
        self._screen = ""

    def until(self, words: str) -> str:
        """Everything on the screen up to and with `words`."""
        while words not in self._screen:
            ready, _, _ = select.select([self._terminal], [], [], PATIENCE_S)
            assert ready, f"{words!r} never came:\n{self._screen}"
            self._screen += os.read(self._terminal, 65_536).decode(errors="replace")
        before, _, self._screen = self._screen.partition(words)
        return before + words

    def completed(self, line: str) -> str:
        """`line` after a press on Tab, as the shell then has it; it is taken away again."""
        os.write(self._terminal, line.encode() + b"\t" + SHOW)
        self.until("<<")
        found = self.until(">>").removesuffix(">>")
        os.write(self._terminal, b"\x15")  # Ctrl-U
        return found
