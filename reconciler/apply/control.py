"""When to stop: the operator's wish and the time that apply may take."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Control:
    """Read between any two looks. A cutover is never stopped by it, only kept from beginning."""

    stop_wanted: bool = False
    """Set by the first Ctrl-C or SIGTERM."""
    until: float | None = None
    """Monotonic second at which to stop waiting (`--wait`)."""

    def why_stop(self, now: float) -> str:
        """Why to stop at this safe point, in words; empty to go on."""
        if self.stop_wanted:
            return "stopped on request"
        if self.until is not None and now >= self.until:
            return "the time to wait is up"
        return ""


class StoppedError(Exception):
    """Stopped at a safe point; running again goes on. Never leaves the executor."""
