"""Take back what an apply has done for one database, as long as no write can be lost by it.

Restores maintenance mode, dynos and names, and destroys what the plan created. After the point of no return it
refuses and says what is possible instead.
"""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

from reconciler.cli.options import WHOM, configure_desired

if TYPE_CHECKING:
    import argparse

    from reconciler.apply.outcome import Outcome
    from reconciler.apply.state import State
    from reconciler.cli.connecting import Connection
    from reconciler.core.desired import HerokuSettings
    from reconciler.core.names import DatabaseName
    from reconciler.core.plan import Plan


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("name", metavar="NAME", help="the logical name of the database")
    configure_desired(parser, WHOM)
    parser.add_argument("--auto-approve", action="store_true", help="do not ask")


def run(arguments: argparse.Namespace) -> int:
    """Find the newest run of the database that is not done, ask, take it back."""
    from reconciler.apply.applying import check_not_done
    from reconciler.catalogue import load_catalogue
    from reconciler.cli import DONE, FAILED, NEEDS_APPROVAL
    from reconciler.cli.apply import check_endpoint
    from reconciler.cli.connecting import connected
    from reconciler.cli.planning import read_scope
    from reconciler.cli.runs import newest_run_of
    from reconciler.cli.state import open_state
    from reconciler.cli.summing_up import summary
    from reconciler.cli.terminal import show, width

    desired = read_scope(arguments.desired or ["desired"], [], load_catalogue())
    with open_state(desired.state_url) as state, state.only_one():
        found, name = newest_run_of(state, arguments.name)
        check_not_done(found.entries, name)  # before anything is asked
        plan = found.plan()
        with connected(desired.heroku) as connection:
            check_endpoint(plan, connection.label)
            if not _is_approved(arguments, plan):
                print("Not approved; nothing was changed.", file=sys.stderr)
                return NEEDS_APPROVAL
            outcome = _aborted(state, plan, name, connection, desired.heroku)
    show(summary(plan, (outcome,), width=width()), must_be_seen=True)
    return DONE if outcome.state == "backed-out" else FAILED


def _is_approved(arguments: argparse.Namespace, plan: Plan) -> bool:
    from reconciler.cli.approval import says_yes

    if arguments.auto_approve:
        return True
    question = f"Take back what plan {plan.id} has done for {arguments.name}?"
    return says_yes(question, doing="abort")


def _aborted(
    state: State,
    plan: Plan,
    name: DatabaseName,
    connection: Connection,
    settings: HerokuSettings,
) -> Outcome:
    from reconciler.adapters.clock import SystemClock
    from reconciler.adapters.heroku.writes import HerokuAccount
    from reconciler.apply.applying import abort_database
    from reconciler.cli.connecting import client_of
    from reconciler.cli.stopping import going_on
    from reconciler.cli.telling import tell
    from reconciler.cli.tools import tools_of

    with state.record(plan) as record:

        async def aborted() -> Outcome:
            async with (
                client_of(connection, settings) as client,
                tools_of(connection, record.certificates) as tools,
            ):
                with going_on():
                    return await abort_database(
                        plan,
                        name,
                        heroku=HerokuAccount(client),
                        clock=SystemClock(),
                        journal=record.journal,
                        leases=record.leases,
                        report=tell,
                        tools=tools,
                    )

        return asyncio.run(aborted())
