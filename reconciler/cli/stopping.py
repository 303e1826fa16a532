"""Signals that ask to stop: heard at the next safe point, and never in the middle of a cutover or of taking one back."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from reconciler.apply.control import Control

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
"""Ctrl-C, whoever ends processes, a terminal that is closed, Ctrl-\\."""


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


@contextlib.contextmanager
def stopping_politely(control: Control, say: Callable[[str], None] = _say) -> Iterator[None]:
    """Stop at the next safe point when asked; a cutover that has begun comes to its end first."""

    def stop() -> None:
        words = (
            "Still on it: a cutover is never left in the middle; it ends or backs out by itself."
            if control.stop_wanted
            else "Stopping at the next safe point. Run the same apply again to go on."
        )
        control.stop()
        say(words)

    with _heard(stop):
        yield


@contextlib.contextmanager
def going_on(say: Callable[[str], None] = _say) -> Iterator[None]:
    """Do not stop when asked: what is taken back only in part may leave apps closed."""
    with _heard(lambda: say("Taking back goes on to its end; it is never left in the middle.")):
        yield


@contextlib.contextmanager
def _heard(hear: Callable[[], None]) -> Iterator[None]:
    """`hear` each signal that asks to stop, except those that were ignored before, as `nohup` wants it.

    Once one was heard, none keeps from being said how it ended.
    """
    loop = asyncio.get_running_loop()
    signals = [one for one in SIGNALS if signal.getsignal(one) is not signal.SIG_IGN]
    was_heard = False

    def heard() -> None:
        nonlocal was_heard
        was_heard = True
        hear()

    for one in signals:
        loop.add_signal_handler(one, heard)
    try:
        yield
    finally:
        for one in signals:
            loop.remove_signal_handler(one)
            if was_heard:
                signal.signal(one, signal.SIG_IGN)
