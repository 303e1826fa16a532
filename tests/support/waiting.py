"""Waiting for what a server or another process brings about by itself."""

from __future__ import annotations

import select
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE_S = 120.0
BREATH_S = 0.02
"""Between two questions: asking without end takes the processor from whoever is to bring it about."""


def until(is_so: Callable[[], object], said: Callable[[], str] = lambda: "it never came") -> None:
    """Ask again until it is so; `said` tells a reader of the failure what there was instead."""
    end = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < end, said()
        select.select([], [], [], BREATH_S)
