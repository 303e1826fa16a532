"""`reconcile sim` as a process of its own that several commands of a test speak to."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from support.processes import RECONCILE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.processes import Place


@contextmanager
def serving(place: Place, *options: str) -> Iterator[str]:
    """The address of a stand-in that runs in the folder of `place` until the context ends."""
    with subprocess.Popen(
        [RECONCILE, "sim", "--port", "0", "--until-stdin-closes", *options],
        cwd=place.folder,
        env=place.environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=sys.stderr,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        try:
            yield f"http://127.0.0.1:{json.loads(process.stdout.readline())['port']}"
        finally:
            process.stdin.close()
        assert process.wait() == 0
