"""Carry out exactly one plan, step by step, and confirm each step by reading it back.

Without PLAN, one is made now and shown. It asks before anything happens. Killed anywhere and run again, it goes on:
every step looks at the live account before it acts. A cutover that fails before its point of no return is backed
out, with the app open again on the old primary.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.cli.planning import configure_scope
from reconciler.errors import PlanFileError, UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from reconciler.apply.control import Control
    from reconciler.apply.events import Event
    from reconciler.apply.outcome import Outcome
    from reconciler.cli.connecting import Connection
    from reconciler.core.desired import DesiredState
    from reconciler.core.names import DatabaseName
    from reconciler.core.plan import Plan
    from reconciler.core.safety import Finding


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "plan", nargs="?", metavar="PLAN", help="a plan file; without one, a plan is made now"
    )
    parser.add_argument(
        "--desired",
        action="append",
        default=None,
        metavar="PATH",
        help="where the desired state is (default: desired); says whom to speak to",
    )
    configure_scope(parser)
    parser.add_argument(
        "--auto-approve",
        action="store_true",
        help="do not ask; for pipelines that reviewed the plan",
    )
    parser.add_argument(
        "--phase",
        choices=["prepare", "cutover"],
        help="only this part: prepare keeps the apps up, cutover is the part with downtime",
    )
    parser.add_argument(
        "--retire",
        action="store_true",
        help="allow the plan to destroy what was replaced; nothing else allows it",
    )
    parser.add_argument(
        "--wait",
        metavar="TIME",
        help="stop waiting after so long, such as 30m, at a safe point, and exit with 3",
    )


def run(arguments: argparse.Namespace) -> int:
    """Show, ask, carry out, sum up."""
    from reconciler.adapters.run_files import only_one
    from reconciler.catalogue import load_catalogue
    from reconciler.cli import DONE
    from reconciler.cli.connecting import connected
    from reconciler.cli.planning import make_plan, read_scope
    from reconciler.cli.runs import cut_off

    _check_usage(arguments)
    catalogue = load_catalogue()
    desired = read_scope(arguments.desired or ["desired"], arguments.only, catalogue)
    reviewed = _reviewed(arguments.plan)
    with only_one(), connected(desired.heroku) as connection:
        carry = Carrying(arguments, connection, desired)
        if reviewed is not None:
            check_endpoint(reviewed, connection.label)
        for unfinished, names in list(cut_off(connection.label)):
            is_reviewed = reviewed is not None and unfinished.digest == reviewed.digest
            if not is_reviewed or carry.refused(unfinished):
                print(f"Plan {unfinished.id} was cut off in the cutover of {', '.join(names)}.")
                code = carry.out(unfinished, only=names)
                if code != DONE:
                    return code
        return carry.out(reviewed or make_plan(desired, catalogue, connection))


def _check_usage(arguments: argparse.Namespace) -> None:
    if arguments.plan and arguments.only:
        raise UsageError(
            "--only goes with a plan made now, not with a plan file.",
            hint="A reviewed plan is carried out as a whole.",
        )
    if arguments.wait is not None:
        _seconds(arguments.wait)


def _seconds(text: str) -> float:
    from reconciler.core.durations import parse_duration

    try:
        return float(parse_duration(text).seconds or 0)
    except ValueError as error:
        raise UsageError(f"--wait {error}") from error


def _reviewed(path: str | None) -> Plan | None:
    """The plan in the file that was named."""
    from reconciler.adapters.plan_files import read_plan

    return None if path is None else read_plan(Path(path))


def check_endpoint(plan: Plan, endpoint: str) -> None:
    """Refuse to carry a plan out against another account than it was made for.

    Raises:
        PlanFileError: the endpoints differ.
    """
    if plan.endpoint != endpoint:
        raise PlanFileError(
            f"Plan {plan.id} was made against {plan.endpoint}; this would speak to {endpoint}.",
            hint="Plan again: reconcile plan",
        )


def check_soundness(plan: Plan) -> None:
    """Refuse a plan whose steps would do harm, wherever it came from.

    Not asked of one that was cut off in a cutover: that has to come to its end.

    Raises:
        PlanFileError: it is such a plan; the first harm stands for all.
    """
    from reconciler.core.soundness import dangers

    found = dangers(plan)
    if found:
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        raise PlanFileError(
            f"Plan {plan.id} would do harm to {found[0].database}: {found[0].text}{more}.",
            hint="Nothing was changed. Plan again: reconcile plan",
        )


class Carrying:
    """Showing, asking, carrying out and summing up one plan after another over one connection."""

    def __init__(
        self, arguments: argparse.Namespace, connection: Connection, desired: DesiredState
    ) -> None:
        from reconciler.adapters.clock import SystemClock

        self.arguments = arguments
        self.connection = connection
        self.settings = desired.heroku
        self.today = SystemClock().now().date()
        self.freezes = desired.safety.freezes
        """Those written now: one that is newer than the plan counts too."""

    def refused(self, plan: Plan) -> tuple[Finding, ...]:
        """The limits that `plan` goes beyond today, without a waiver."""
        from reconciler.core.safety import refusals

        return refusals(plan, today=self.today)

    def out(self, plan: Plan, *, only: tuple[DatabaseName, ...] = ()) -> int:
        """Carry out `plan`, or of it the databases in `only`; returns the exit code.

        Limits do not count for `only`: what was cut off in its cutover has to be finished.
        """
        from reconciler.cli import DONE, FAILED, NEEDS_APPROVAL
        from reconciler.cli.terminal import is_ascii, width
        from reconciler.render.human import plan_text
        from reconciler.render.limits import refusal_text

        print(
            plan_text(plan, width=width(), is_ascii=is_ascii(), today=self.today),
            end="",
            flush=True,
        )
        trouble = FAILED if plan.unknown or plan.blocked else DONE
        if not plan.databases:
            return trouble
        if not only:
            check_soundness(plan)
        refused = () if only else self.refused(plan)
        if refused:
            print(refusal_text(refused), file=sys.stderr)
            return NEEDS_APPROVAL
        if plan.is_destroying and not self.arguments.retire:
            print("This plan destroys databases: add --retire to allow that.", file=sys.stderr)
            return NEEDS_APPROVAL
        if not self._is_approved(plan):
            print("Not approved; nothing was changed.", file=sys.stderr)
            return NEEDS_APPROVAL
        outcomes = self._outcomes(plan, only)
        print(summary(plan, outcomes), end="")
        return max(exit_code(outcomes), trouble, key=_severity)

    def _is_approved(self, plan: Plan) -> bool:
        if self.arguments.auto_approve:
            return True
        if not sys.stdin.isatty():
            print("To apply without being asked, add --auto-approve.", file=sys.stderr)
            return False
        try:
            return input(f"Apply plan {plan.id}? Type yes: ").strip() == "yes"
        except EOFError:  # Ctrl-D
            print(file=sys.stderr)
            return False

    def _outcomes(self, plan: Plan, only: tuple[DatabaseName, ...]) -> tuple[Outcome, ...]:
        from reconciler.adapters.clock import SystemClock
        from reconciler.adapters.heroku.writes import HerokuAccount
        from reconciler.adapters.run_files import RunFolder
        from reconciler.apply.applying import BOTH, apply_plan
        from reconciler.apply.control import Control
        from reconciler.cli.connecting import client_of

        clock = SystemClock()
        control = Control()
        if self.arguments.wait is not None:
            control.until = clock.monotonic() + _seconds(self.arguments.wait)
        phases = BOTH if self.arguments.phase is None else frozenset({self.arguments.phase})
        if self.arguments.retire:
            phases |= {"retire"}
        with contextlib.closing(RunFolder(plan).open_journal()) as journal:

            async def carried() -> tuple[Outcome, ...]:
                async with client_of(self.connection, self.settings) as client:
                    with stopping_politely(control):
                        return await apply_plan(
                            plan,
                            heroku=HerokuAccount(client),
                            clock=clock,
                            journal=journal,
                            report=tell,
                            control=control,
                            phases=phases,
                            only=only,
                            more_freezes=self.freezes,
                        )

            return asyncio.run(carried())


MARKS = {
    "begin": "begin ",
    "act": "do    ",
    "wait": "wait  ",
    "seen": "seen  ",
    "closed": "CLOSED",
    "open": "OPEN  ",
    "back-out": "BACK  ",
    "trouble": "!     ",
    "end": "end   ",
}


def tell(event: Event) -> None:
    """One line an event, on stderr."""
    line = f"{event.at:%H:%M:%S} {event.database}  {MARKS[event.kind]}  {event.text}"
    print(line, file=sys.stderr, flush=True)


@contextlib.contextmanager
def stopping_politely(control: Control) -> Iterator[None]:
    """Ctrl-C and SIGTERM stop at the next safe point; a cutover that has begun comes to its end first."""
    loop = asyncio.get_running_loop()

    def stop() -> None:
        words = (
            "Still on it: a cutover is never left in the middle; it ends or backs out by itself."
            if control.stop_wanted
            else "Stopping at the next safe point. Run the same apply again to go on."
        )
        control.stop_wanted = True
        print(words, file=sys.stderr, flush=True)

    signals = (signal.SIGINT, signal.SIGTERM)
    for one in signals:
        loop.add_signal_handler(one, stop)
    try:
        yield
    finally:
        for one in signals:
            loop.remove_signal_handler(one)


def summary(plan: Plan, outcomes: tuple[Outcome, ...]) -> str:
    """How it ended, a line a database; what is still closed comes last, so that nobody overlooks it."""
    lines = ["", f"Plan {plan.id}:"]
    for outcome in outcomes:
        took = "" if outcome.closed_s is None else f" (closed for {outcome.closed_s:.1f} s)"
        lines.append(f"  {outcome.database}: {outcome.state}{took}. {outcome.reason}")
        lines += [f"    {outcome.hint}"] if outcome.hint else []
        lines += [f"    Note: {note}." for note in outcome.notes]
    closed = [what for outcome in outcomes for what in outcome.closed]
    if closed:
        lines += ["", "NOT OPEN AGAIN:", *(f"  {what}" for what in closed)]
        lines += ["Run the same apply again: it goes on or takes back. By hand:"]
        lines += ["  heroku maintenance:off -a APP, heroku ps:scale TYPE=COUNT -a APP"]
    return "\n".join(lines) + "\n"


def exit_code(outcomes: tuple[Outcome, ...]) -> int:
    """The worst of all."""
    from reconciler.cli import DONE, FAILED, IN_PROGRESS, STALE

    codes = {
        "done": DONE,
        "pending": IN_PROGRESS,
        "stale": STALE,
        "backed-out": FAILED,
        "failed": FAILED,
    }
    return max((codes[outcome.state] for outcome in outcomes), key=_severity, default=DONE)


def _severity(code: int) -> int:
    """Done, in progress, stale, failed: from good to bad."""
    return (0, 3, 4, 1).index(code)
