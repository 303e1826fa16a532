"""Carry out exactly one plan, step by step, and confirm each step by reading it back.

Without PLAN, one is made now and shown. It asks before anything happens. Killed anywhere and run again, it goes on:
every step looks at the live account before it acts. A cutover that fails before its point of no return is backed
out, with the app open again on the old primary.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.cli.approval import (
    check_approve,
    configure_approval,
    is_approved,
    why_not_as_desired,
    why_too_old,
)
from reconciler.cli.options import WHOM, configure_desired
from reconciler.cli.planning import configure_scope
from reconciler.cli.terminal import configure_quiet
from reconciler.errors import PlanFileError, UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable

    from reconciler.apply.outcome import Outcome
    from reconciler.apply.state import State
    from reconciler.cli.connecting import Connection
    from reconciler.cli.json_events import JsonEvents
    from reconciler.core.desired import DesiredState
    from reconciler.core.names import DatabaseName
    from reconciler.core.plan import Plan
    from reconciler.core.plan_document import PlanDocument
    from reconciler.core.safety import Finding


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "plan", nargs="?", metavar="PLAN", help="a plan file; without one, a plan is made now"
    )
    configure_desired(parser, WHOM)
    configure_scope(parser)
    configure_approval(parser)
    parser.add_argument(
        "--phase",
        choices=["prepare", "cutover", "retire"],
        help="only this part: prepare keeps the apps up, cutover is the part with downtime, "
        "retire destroys what a retire plan names, as --retire does",
    )
    parser.add_argument(
        "--retire",
        action="store_true",
        help="allow the plan to destroy what was replaced; nothing else allows it",
    )
    configure_quiet(parser)
    parser.add_argument(
        "--verbose",
        action="store_true",
        help="name each database at the end, however many are done",
    )
    parser.add_argument(
        "--json",
        action="store_true",
        help="what happens as JSON lines on stdout, and everything for people on stderr",
    )
    parser.add_argument(
        "--wait",
        metavar="TIME",
        help="stop waiting after so long, such as 30m, at a safe point, and exit with 3",
    )


def run(arguments: argparse.Namespace) -> int:
    """Show, ask, carry out, sum up."""
    if not arguments.json:
        return _run(arguments)
    from reconciler.cli.json_events import with_events

    return with_events(lambda events: _run(arguments, events))


def _run(arguments: argparse.Namespace, events: JsonEvents | None = None) -> int:
    from reconciler.catalogue import load_catalogue
    from reconciler.cli import DONE, IN_PROGRESS, NEEDS_APPROVAL
    from reconciler.cli.connecting import connected
    from reconciler.cli.planning import make_plan, read_scope
    from reconciler.cli.runs import cut_off
    from reconciler.cli.state import open_state

    _check_usage(arguments)
    catalogue = load_catalogue()
    desired = read_scope(arguments.desired or ["desired"], arguments.only, catalogue)
    document = _reviewed(arguments.plan)
    if arguments.phase == "retire":
        _check_retires(document)
    reviewed = None if document is None else document.plan
    with (
        open_state(desired.state_url) as state,
        state.only_one(),
        connected(desired.heroku) as connection,
    ):
        carry = Carrying(arguments, connection, desired, state, events)
        if reviewed is not None:
            check_endpoint(reviewed, connection.label)
        unfinished = list(cut_off(state, connection.label))
        resumed = None if reviewed is None or carry.refused(reviewed) else reviewed.digest
        own = [one for one in unfinished if one[0].digest == resumed]  # part of what is asked for
        code = worst([carry.to_its_end(*one) for one in unfinished if one not in own])
        if carry.is_stopped:
            print("Stopped on request. Run the same apply again to go on.", file=sys.stderr)
            code = worst([code, IN_PROGRESS])
        if code != DONE:  # nothing new is begun then, and nothing left closed
            return worst([code, *(carry.to_its_end(*one) for one in own)])
        why_not = ""
        if arguments.as_desired and reviewed is not None:
            why_not = why_not_as_desired(reviewed, desired, state)
        if document is not None and not why_not:
            why_not = why_too_old(document, desired, connection, state)
        if why_not:
            print(why_not, file=sys.stderr)
            return NEEDS_APPROVAL
        return carry.out(reviewed or make_plan(desired, catalogue, connection))


def _check_usage(arguments: argparse.Namespace) -> None:
    if arguments.plan and arguments.only:
        raise UsageError(
            "--only goes with a plan made now, not with a plan file.",
            hint="A reviewed plan is carried out as a whole.",
        )
    arguments.retire |= arguments.phase == "retire"
    arguments.approve = check_approve(arguments.approve)
    if arguments.wait is not None:
        _seconds(arguments.wait)


def _seconds(text: str) -> float:
    from reconciler.core.durations import parse_duration

    try:
        return float(parse_duration(text).seconds or 0)
    except ValueError as error:
        raise UsageError(f"--wait {error}") from error


def _reviewed(path: str | None) -> PlanDocument | None:
    """The plan in the file that was named."""
    from reconciler.adapters.plan_files import read_plan_file

    return None if path is None else read_plan_file(Path(path))


def _check_retires(document: PlanDocument | None) -> None:
    """Only a plan made for it has that phase."""
    if document is None or not document.plan.is_destroying:
        which = "A plan made now" if document is None else f"Plan {document.plan.id}"
        raise UsageError(
            f"{which} destroys nothing, so it has no phase retire.",
            hint="Make the plan that does: reconcile plan --retire --out retire.json",
        )


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
        self,
        arguments: argparse.Namespace,
        connection: Connection,
        desired: DesiredState,
        state: State,
        events: JsonEvents | None = None,
    ) -> None:
        from reconciler.adapters.clock import SystemClock

        self.arguments = arguments
        self.connection = connection
        self.settings = desired.heroku
        self.notify = desired.notify
        self.state = state
        self.events = events
        self.today = SystemClock().now().date()
        self.is_quiet: bool = arguments.quiet
        self.asks = not (arguments.auto_approve or arguments.approve)
        self.is_stopped = False
        """Whether the operator asked to stop while a plan was carried out: no other one is to begin."""
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
        from reconciler.cli.summing_up import needs_attention, summary
        from reconciler.cli.terminal import is_ascii, show, width
        from reconciler.render.human import plan_text
        from reconciler.render.limits import refusal_text

        if self.events is not None:
            self.events.begin(plan, only)
        if not self.is_quiet or self.asks or plan.blocked or plan.unknown:
            show(
                plan_text(
                    plan,
                    width=width(),
                    is_ascii=is_ascii(),
                    today=self.today,
                    is_quiet=self.is_quiet,
                )
            )
        trouble = FAILED if plan.unknown or plan.blocked else DONE
        if not plan.databases:
            return trouble
        if not only:
            check_soundness(plan)
        refused = () if only else self.refused(plan)
        if refused:
            print(refusal_text(refused), file=sys.stderr)
            self._tell_refused(plan, "; ".join(one.text for one in refused))
            return NEEDS_APPROVAL
        if plan.is_destroying and not self.arguments.retire:
            print("This plan destroys databases: add --retire to allow that.", file=sys.stderr)
            return NEEDS_APPROVAL
        if not is_approved(self.arguments, plan, is_begun=bool(only)):
            print("Not approved; nothing was changed.", file=sys.stderr)
            return NEEDS_APPROVAL
        outcomes = self._outcomes(plan, only)
        if not self.is_quiet or any(needs_attention(one) for one in outcomes):
            told = summary(plan, outcomes, width=width(), most_done=self._most_done())
            show(told, must_be_seen=True)
        return worst([exit_code(outcomes), trouble])

    def to_its_end(self, plan: Plan, names: tuple[DatabaseName, ...]) -> int:
        """As `out`, for what was cut off in its cutover."""
        print(f"Plan {plan.id} was cut off in the cutover of {', '.join(names)}.")
        return self.out(plan, only=names)

    def _most_done(self) -> int | None:
        """Of how many that are done a line is shown at most; None: of all."""
        from reconciler.cli.summing_up import MOST_DONE

        if self.is_quiet:
            return 0
        return None if self.arguments.verbose else MOST_DONE

    def _outcomes(self, plan: Plan, only: tuple[DatabaseName, ...]) -> tuple[Outcome, ...]:
        from reconciler.adapters.clock import SystemClock
        from reconciler.adapters.heroku.writes import HerokuAccount
        from reconciler.apply.applying import BOTH, apply_plan
        from reconciler.apply.control import Control
        from reconciler.cli.connecting import client_of
        from reconciler.cli.notifying import Notices, notifier_of
        from reconciler.cli.stopping import stopping_politely
        from reconciler.cli.telling import teller_for
        from reconciler.cli.tools import tools_of

        clock = SystemClock()
        control = Control()
        if self.arguments.wait is not None:
            control.until = clock.monotonic() + _seconds(self.arguments.wait)
        phases = BOTH if self.arguments.phase is None else frozenset({self.arguments.phase})
        if self.arguments.retire:
            phases |= {"retire"}
        with (
            self.state.record(plan) as record,
            teller_for(plan, only=only, events=self.events, is_quiet=self.is_quiet) as teller,
            notifier_of(self.notify, teller.say) as notifier,
        ):
            notices = Notices(notifier, plan)
            record.open_work(only or tuple(one.name for one in plan.databases), phases)

            async def carried() -> tuple[Outcome, ...]:
                async with (
                    client_of(self.connection, self.settings) as client,
                    tools_of(self.connection, record.certificates) as tools,
                ):
                    with stopping_politely(control, teller.say):
                        return await apply_plan(
                            plan,
                            heroku=HerokuAccount(client),
                            clock=clock,
                            journal=record.journal,
                            leases=record.leases,
                            report=notices.reporting(teller.tell),
                            control=control,
                            phases=phases,
                            only=only,
                            more_freezes=self.freezes,
                            tools=tools,
                        )

            outcomes = asyncio.run(carried())
            self.is_stopped |= control.stop_wanted
            notices.end(outcomes)
            return outcomes

    def _tell_refused(self, plan: Plan, why: str) -> None:
        from reconciler.cli.notifying import notify_refused

        notify_refused(self.notify, plan, f"Apply refuses it: {why}.")


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
    return worst(codes[outcome.state] for outcome in outcomes)


def worst(exit_codes: Iterable[int]) -> int:
    """The worst of all; that all is done where there is none."""
    from reconciler.cli import DONE, FAILED, IN_PROGRESS, NEEDS_APPROVAL, STALE

    from_good_to_bad = (DONE, IN_PROGRESS, STALE, NEEDS_APPROVAL, FAILED)
    return max(exit_codes, key=from_good_to_bad.index, default=DONE)
