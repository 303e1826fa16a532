"""stderr that never stops the work: what it does not take, since nobody reads or its disk is full, is dropped."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING, Any, TextIO, cast

from reconciler.cli.streams import lead_nowhere

if TYPE_CHECKING:
    from collections.abc import Iterator


class Forgiving:
    """A text stream as `stream`, except that writing never fails."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Hand on `text`, as far as it is taken."""
        with contextlib.suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Hand on what is held back, as far as it is taken."""
        with contextlib.suppress(OSError):
            self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        """Everything else is the stream's."""
        return getattr(self._stream, name)


@contextlib.contextmanager
def forgiving_stderr() -> Iterator[None]:
    """Whatever is written on `sys.stderr` in the block, and what is left of it at its end, changes no exit code."""
    stderr: TextIO | None = sys.stderr  # None where the process was started without one
    if stderr is None:
        yield
        return
    try:
        with contextlib.redirect_stderr(cast("TextIO", Forgiving(stderr))):
            yield
    finally:
        try:
            stderr.flush()
        except OSError:  # Python would try again at its end, and turn that into exit code 120
            lead_nowhere(stderr.fileno())
