"""Take part in every approved apply of a shared state, and go on with what a dead process has left.

Begins nothing that no apply has approved. Ctrl-C stops at the next safe point; a cutover comes to its end first.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reconciler.cli.options import WHOM, configure_desired
from reconciler.errors import PlanFileError, ReconcileError, StateError, UsageError

if TYPE_CHECKING:
    import argparse

    from reconciler.adapters.heroku.client import HerokuClient
    from reconciler.adapters.notify import Notifier
    from reconciler.apply.control import Control
    from reconciler.apply.ports import Clock
    from reconciler.apply.state import OpenWork, State
    from reconciler.cli.connecting import Connection
    from reconciler.cli.json_events import JsonEvents
    from reconciler.core.limits import Freeze
    from reconciler.core.names import DatabaseName
    from reconciler.core.plan import Plan

POLL_S = 2.0
"""How often the shared state is asked for work."""
AGAIN_S = 60.0
"""How soon a database is looked at again that is waiting, for its window say."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    configure_desired(parser, WHOM)
    parser.add_argument(
        "--until-idle", action="store_true", help="end when nothing is left that could be done now"
    )
    parser.add_argument(
        "--json",
        action="store_true",
        help="what happens as JSON lines on stdout, and everything for people on stderr",
    )


def run(arguments: argparse.Namespace) -> int:
    """Work until stopped, or until nothing is left; 1 when something failed here."""
    if not arguments.json:
        return _run(arguments)
    from reconciler.cli.json_events import with_events

    return with_events(lambda events: _run(arguments, events))


def _run(arguments: argparse.Namespace, events: JsonEvents | None = None) -> int:
    from reconciler.catalogue import load_catalogue
    from reconciler.cli import DONE, FAILED
    from reconciler.cli.connecting import connected
    from reconciler.cli.planning import read_scope
    from reconciler.cli.state import open_state

    desired = read_scope(arguments.desired or ["desired"], [], load_catalogue())
    with open_state(desired.state_url) as state:
        if not state.is_shared:
            raise UsageError(
                "A worker needs a state that it shares with others.",
                hint="Set RECONCILE_STATE_URL, or url under [state] in desired/reconcile.toml.",
            )
        with connected(desired.heroku) as connection:
            from reconciler.adapters.clock import SystemClock
            from reconciler.apply.control import Control
            from reconciler.cli.connecting import client_of
            from reconciler.cli.notifying import notifier_of
            from reconciler.cli.stopping import stopping_politely

            async def working() -> bool:
                control = Control()
                async with client_of(connection, desired.heroku) as client:
                    with stopping_politely(control):
                        work = Work(
                            state=state,
                            connection=connection,
                            client=client,
                            clock=SystemClock(),
                            control=control,
                            freezes=desired.safety.freezes,
                            notifier=notifier,
                            events=events,
                        )
                        return await work.through(connection.label, until_idle=arguments.until_idle)

            _say(f"Working on {connection.label} from {state.where}.")
            with notifier_of(desired.notify) as notifier:
                return DONE if asyncio.run(working()) else FAILED


@dataclass
class Work:
    """What this process has taken."""

    state: State
    connection: Connection
    client: HerokuClient
    clock: Clock
    control: Control
    freezes: tuple[Freeze, ...]
    notifier: Notifier
    events: JsonEvents | None = None
    taken: set[tuple[str, DatabaseName]] = field(default_factory=set)
    not_before: dict[tuple[str, DatabaseName], float] = field(default_factory=dict)
    is_well: bool = True

    async def through(self, endpoint: str, *, until_idle: bool) -> bool:
        """Take what is open until stopped; whether everything taken ended well."""
        tasks: set[asyncio.Task[None]] = set()
        while not (self.control.stop_wanted or any(map(_is_broken, tasks))):
            tasks = {one for one in tasks if not one.done()}
            for work, plan in await self._open(endpoint):
                tasks.add(asyncio.create_task(self._carry_out(work, plan)))
            if until_idle and not tasks:
                break
            pause = asyncio.create_task(asyncio.sleep(POLL_S))
            await asyncio.wait({*tasks, pause}, return_when=asyncio.FIRST_COMPLETED)
            pause.cancel()
        if tasks:
            self.control.stop()  # after a bug of ours too: what runs ends at a safe point
            await asyncio.wait(tasks)
        for task in tasks:
            task.result()
        return self.is_well and not await asyncio.to_thread(self._is_left_closed, endpoint)

    def _is_left_closed(self, endpoint: str) -> bool:
        """Whether a cutover is open that nobody works on, or nobody can tell; says so."""
        from reconciler.cli.runs import cut_off

        try:
            left = list(cut_off(self.state, endpoint))
        except StateError as error:
            _warn(f"! {error}")
            return True
        for plan, names in left:
            _warn(
                f"The cutover of {', '.join(names)} was cut off, and its apps may be closed.\n"
                f"Finish it: reconcile apply (it goes on with plan {plan.id} before anything else)."
            )
        return bool(left)

    async def _open(self, endpoint: str) -> list[tuple[OpenWork, Plan]]:
        """What is open, without what is taken here or was looked at a short time ago."""
        from dataclasses import replace

        try:
            found = await asyncio.to_thread(self.state.open_work, endpoint)
        except StateError as error:
            _warn(f"! {error}")
            return []
        now = self.clock.monotonic()
        left: list[tuple[OpenWork, Plan]] = []
        for one in found:
            keys = {name: (one.digest, name) for name in one.names}
            names = tuple(
                name
                for name, key in keys.items()
                if key not in self.taken and self.not_before.get(key, now) <= now
            )
            try:
                left += [(replace(one, names=names), one.plan())] if names else []
            except PlanFileError as error:
                _warn(f"! {error}")
                again = now + AGAIN_S
                self.not_before |= {keys[name]: again for name in names}
            else:
                self.taken |= {keys[name] for name in names}
        return left

    async def _carry_out(self, work: OpenWork, plan: Plan) -> None:
        from reconciler.adapters.heroku.writes import HerokuAccount
        from reconciler.apply.applying import apply_plan
        from reconciler.cli.notifying import Notices
        from reconciler.cli.summing_up import summary
        from reconciler.cli.telling import teller_for
        from reconciler.cli.terminal import width
        from reconciler.cli.tools import tools_of

        keys = {(plan.digest, name) for name in work.names}
        notices = Notices(self.notifier, plan)
        try:
            if self.events is not None:
                self.events.begin(plan, work.names)
            with (
                self.state.record(plan) as record,
                teller_for(plan, events=self.events, has_table=False) as teller,
            ):
                async with tools_of(self.connection, record.certificates) as tools:
                    outcomes = await apply_plan(
                        plan,
                        heroku=HerokuAccount(self.client),
                        clock=self.clock,
                        journal=record.journal,
                        leases=record.leases,
                        report=notices.reporting(teller.tell),
                        control=self.control,
                        phases=work.phases,
                        only=work.names,
                        more_freezes=self.freezes,
                        tools=tools,
                    )
        except StateError as error:  # it is looked at again
            _warn(f"! {error}")
        except ReconcileError as error:
            _warn(f"! {error}")
            self.is_well = False
        else:
            notices.end(outcomes)
            _say(summary(plan, outcomes, width=width()).strip("\n"))
            self.is_well &= all(
                one.state in {"done", "pending"} and not one.closed for one in outcomes
            )
        finally:
            self.taken -= keys
            again = self.clock.monotonic() + AGAIN_S
            self.not_before |= dict.fromkeys(keys, again)


def _say(text: str) -> None:
    """On stdout, or on stderr when that takes nothing any more: others may be in their cutovers."""
    try:
        print(text, flush=True)
    except OSError:
        _warn(text)


def _warn(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _is_broken(task: asyncio.Task[None]) -> bool:
    return task.done() and task.exception() is not None
