"""Sending notices, beside the work and never in its way.

A thread of its own sends them: the event loop times a cutover, and no hook that is slow may slow it. The queue is
bounded; what does not fit is dropped and counted. A hook that fails is one warning, and no failure of anything else.
Of an answer only its status is read: what else a hook may have to say can be without end. Once a command has waited
long enough for its end, the thread is left to itself and says nothing more.
"""

from __future__ import annotations

import queue
import sys
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from reconciler.core.counting import counted
from reconciler.core.notices import is_notify_address, is_slack, shown_address, variable_of
from reconciler.render.notices import json_body, slack_body

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

    import httpx

    from reconciler.core.notices import Notice, NotifySettings

TIMEOUT_S = 5.0
LONGEST_END_S = 10.0
"""How long the end of a command waits for what was not sent yet."""
MOST_WAITING = 100
MOST_FAILURES = 3
"""In a row, after which a hook is left alone for the rest of the command."""


@dataclass(slots=True)
class _Hook:
    """One address, and how often in a row it has failed."""

    address: str
    is_slack: bool
    failures: int = 0
    is_warned: bool = False


def hooks_of(
    settings: NotifySettings, environment: Mapping[str, str], warn: Callable[[str], None]
) -> list[_Hook]:
    """Where to send to; what the environment does not hold is one warning and left out."""
    found = []
    for url in settings.urls:
        variable = variable_of(url)
        address = url if variable is None else environment.get(variable, "").strip()
        if is_notify_address(address):
            found.append(_Hook(address, is_slack(address, settings.format)))
        elif variable is not None:
            why = "is not set" if not address else "holds no https address"
            warn(f"No notices to env:{variable}: it {why}.")
    return found


class Notifier:
    """Takes notices as long as its context lasts; at its end what waits is sent, for a bounded time."""

    def __init__(
        self,
        settings: NotifySettings,
        environment: Mapping[str, str],
        warn: Callable[[str], None],
        *,
        timeout_s: float = TIMEOUT_S,
        longest_end_s: float = LONGEST_END_S,
    ) -> None:
        self._on = settings.on
        self._warn = warn
        self._timeout_s = timeout_s
        self._longest_end_s = longest_end_s
        self._hooks = hooks_of(settings, environment, warn)
        self._waiting: queue.Queue[Notice | None] = queue.Queue(MOST_WAITING)
        self._thread = threading.Thread(target=self._send_all, name="notices", daemon=True)
        self._told = 0
        self._ended = 0
        """Of those told: sent, or refused; counted by the thread alone."""
        self._dropped = 0
        self._is_over = threading.Event()

    def __enter__(self) -> Self:
        """Begin to send, if there is anywhere to send to."""
        if self._hooks:
            self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Send what waits, and say what could not be sent."""
        if not self._hooks:
            return
        try:
            self._waiting.put(None, timeout=self._longest_end_s / 2)
            self._thread.join(self._longest_end_s / 2)
        except queue.Full:
            pass
        self._is_over.set()
        missing = self._dropped + self._told - self._ended
        if missing:
            were = "was" if missing == 1 else "were"
            self._warn(f"{counted(missing, 'notice')} {were} not sent: the hooks are too slow.")

    def tell(self, notice: Notice) -> None:
        """Send it soon; returns at once, raises nothing."""
        if not self._hooks or notice.kind not in self._on:
            return
        try:
            self._waiting.put_nowait(notice)
        except queue.Full:
            self._dropped += 1
        else:
            self._told += 1

    def _send_all(self) -> None:
        sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]  # as in adapters.heroku
        import httpx  # noqa: PLC0415  # in this thread: the work does not wait for it

        with httpx.Client(timeout=self._timeout_s, follow_redirects=False) as client:
            while (notice := self._waiting.get()) is not None:
                for hook in self._hooks:
                    if hook.failures < MOST_FAILURES:
                        self._send(client, hook, notice)
                self._ended += 1

    def _send(self, client: httpx.Client, hook: _Hook, notice: Notice) -> None:
        import httpx  # noqa: PLC0415  # as above

        body = slack_body(notice) if hook.is_slack else json_body(notice)
        try:
            with client.stream(
                "POST", hook.address, content=body, headers={"Content-Type": "application/json"}
            ) as answer:
                is_taken, status = answer.is_success, answer.status_code
        except (httpx.HTTPError, httpx.InvalidURL):
            self._failed(hook, "it did not answer")
            return
        if is_taken:
            hook.failures = 0
        else:
            self._failed(hook, f"it answered with {status}")

    def _failed(self, hook: _Hook, why: str) -> None:
        hook.failures += 1
        if not hook.is_warned and not self._is_over.is_set():
            hook.is_warned = True
            self._warn(f"A notice to {shown_address(hook.address)} was not taken: {why}.")
