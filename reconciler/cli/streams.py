"""Stdin, stdout and stderr as every command finds them: there, and saying when they take nothing any more."""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING

from reconciler.errors import ReconcileError

if TYPE_CHECKING:
    from typing_extensions import Buffer


class UnwrittenError(OSError):
    """Stdout took nothing, for want of room on its disk say; a pipe that nobody reads is a BrokenPipeError."""


def open_streams() -> None:
    """Let each stream lead somewhere, if nowhere else then to nothing, and let stdout raise an `UnwrittenError`.

    A stream that was closed when we started would be None, and the next file that is opened would be taken for it.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            lead_nowhere(number)
            mode = "r" if name == "stdin" else "w"
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115
    out = sys.stdout
    if not isinstance(out, io.TextIOWrapper):
        return
    out.reconfigure(errors="backslashreplace")  # a name that stdout cannot show is no failure
    if out is sys.__stdout__:
        out.flush()
        raw = io.BufferedWriter(_Descriptor(out.fileno(), "w", closefd=False))
        sys.stdout = io.TextIOWrapper(
            raw,
            out.encoding,
            out.errors,
            line_buffering=out.line_buffering,
            write_through=out.write_through,
        )


class _Descriptor(io.FileIO):
    """Writes, and says of what cannot be written that it was stdout's."""

    def write(self, data: Buffer, /) -> int:
        """As its base."""
        try:
            return super().write(data)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise UnwrittenError(error.errno, error.strerror) from error


def unwritten(error: OSError) -> ReconcileError:
    """That stdout took nothing, as an expected failure."""
    return ReconcileError(
        f"The output could not be written: {error.strerror}.",
        hint="Make room where it goes, or name another place.",
    )


def give_up_stdout() -> None:
    """Let whatever is still to be printed there go nowhere, without another failure at the end."""
    lead_nowhere(sys.stdout.fileno())


def lead_nowhere(number: int) -> None:
    """Let whatever is written to that descriptor be dropped."""
    nothing = os.open(os.devnull, os.O_RDWR)
    if nothing != number:
        os.dup2(nothing, number)
        os.close(nothing)
