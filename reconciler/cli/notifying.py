"""What is told elsewhere while a command works: which events and outcomes become notices."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from reconciler.adapters.clock import SystemClock
from reconciler.adapters.notify import Notifier
from reconciler.core.notices import Notice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from reconciler.apply.events import Event, Report
    from reconciler.apply.outcome import Outcome
    from reconciler.core.names import DatabaseName
    from reconciler.core.notices import NoticeKind, NotifySettings
    from reconciler.core.plan import Plan

OF_EVENTS: dict[str, NoticeKind] = {
    "closed": "cutover-start",
    "open": "cutover-end",
    "back-out": "failure",
}
OF_OUTCOMES: dict[str, NoticeKind] = {
    "failed": "failure",
    "backed-out": "failure",
    "stale": "needs-a-human",
}


def warn(text: str) -> None:
    """One line on stderr."""
    print(text, file=sys.stderr, flush=True)


def notifier_of(settings: NotifySettings, say: Callable[[str], None] = warn) -> Notifier:
    """A context in which notices are sent. Its end may wait a little: not for inside an event loop.

    `say` is told what goes wrong with it.
    """
    return Notifier(settings, os.environ, say)


class Notices:
    """Notices about one plan."""

    def __init__(self, notifier: Notifier, plan: Plan) -> None:
        self._notifier = notifier
        self._plan = plan
        self._clock = SystemClock()

    def reporting(self, report: Report) -> Report:
        """`report`, and the events that people elsewhere want to know."""

        def both(event: Event) -> None:
            report(event)
            kind = OF_EVENTS.get(event.kind)
            if kind is not None:
                self.say(kind, event.text, event.database)

        return both

    def end(self, outcomes: Iterable[Outcome]) -> None:
        """How it ended for each database: what failed, what was done without closing, what needs somebody."""
        for one in outcomes:
            kind = OF_OUTCOMES.get(one.state)
            text = f"{one.state}: {one.reason} {one.hint}".strip()
            if one.closed:
                self.say(
                    "needs-a-human",
                    f"NOT OPEN AGAIN: {', '.join(one.closed)}. {text}",
                    one.database,
                )
            elif kind is not None:
                self.say(kind, text, one.database)
            elif one.state == "done" and one.closed_s is None:
                self.say("cutover-end", text, one.database)

    def say(self, kind: NoticeKind, text: str, database: DatabaseName | None = None) -> None:
        """Tell one thing; returns at once."""
        self._notifier.tell(Notice(self._clock.now(), kind, self._plan.id, text, database))


def notify_plan(settings: NotifySettings, plan: Plan) -> None:
    """Tell of a plan that would change something, or that people have to look at."""
    from reconciler.core.safety import refusals
    from reconciler.render.notices import plan_notice_text

    if not settings.urls or not (plan.databases or plan.blocked or plan.unknown):
        return
    with notifier_of(settings) as notifier:
        notices = Notices(notifier, plan)
        notices.say("plan", plan_notice_text(plan))
        refused = refusals(plan, today=SystemClock().now().date())
        stuck = [*(one.name for one in plan.blocked), *(one.name for one in plan.unknown)]
        if refused:
            notices.say("needs-a-human", "; ".join(f"{one.text} [{one.limit}]" for one in refused))
        if stuck:
            notices.say("needs-a-human", f"Blocked or not read: {', '.join(stuck)}.")


def notify_refused(settings: NotifySettings, plan: Plan, why: str) -> None:
    """Tell that an apply waits for somebody's leave."""
    if settings.urls:
        with notifier_of(settings) as notifier:
            Notices(notifier, plan).say("needs-a-human", why)
