"""Prove a plan's result again: the records fit together, and everything that is said to be done is still so.

Each database is looked at anew on the live account. Changes nothing.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.cli.ledger import configure_plan

if TYPE_CHECKING:
    import argparse

    from reconciler.apply.outcome import Outcome
    from reconciler.apply.state import RecordedRun
    from reconciler.cli.connecting import Connection
    from reconciler.core.desired import HerokuSettings
    from reconciler.core.plan import Plan


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    configure_plan(parser)


def run(arguments: argparse.Namespace) -> int:
    """Check the chains, look at the account; 1 for a broken chain, 3 for what is not done, 4 for what is not so."""
    from reconciler.catalogue import load_catalogue
    from reconciler.cli import DONE, FAILED, IN_PROGRESS, STALE
    from reconciler.cli.apply import check_endpoint
    from reconciler.cli.connecting import connected
    from reconciler.cli.ledger import broken_chains, find_run
    from reconciler.cli.planning import read_scope
    from reconciler.cli.state import open_state
    from reconciler.cli.summing_up import ended
    from reconciler.cli.terminal import show, width
    from reconciler.render.details import Lines

    desired = read_scope(arguments.desired or ["desired"], [], load_catalogue())
    with open_state(desired.state_url) as state:
        found = find_run(state, arguments.plan)
    plan = found.plan()
    breaks = broken_chains(found)
    with connected(desired.heroku) as connection:
        check_endpoint(plan, connection.label)
        looked_at = _confirmed(plan, found, connection, desired.heroku)
    outcomes = [_as_it_ended(one, found) for one in looked_at]
    for text in breaks:
        print(f"BROKEN: {text}")
    print(f"Plan {plan.id}: {len(found.entries)} entries{', all chained' if not breaks else ''}.")
    lines = Lines(width())
    show("".join(f"{line}\n" for one in outcomes for line in ended(one, lines)))
    if breaks:
        return FAILED
    states = {outcome.state for outcome in outcomes}
    return STALE if "stale" in states else IN_PROGRESS if states - {"done"} else DONE


def _as_it_ended(outcome: Outcome, found: RecordedRun) -> Outcome:
    """What is not done, in the words of its apply: how that ended and why, or how far it is."""
    from reconciler.apply.journal import by_database
    from reconciler.apply.standing import last_of, standing_of
    from reconciler.render.standing import in_words

    if outcome.state != "pending":
        return outcome
    name = outcome.database
    written = by_database(found.entries).get(name, ())
    standing = standing_of(written, is_worked_on=name in found.holders)
    if standing == "failed" or standing == "backed-out":  # noqa: PLR1714  # so mypy knows which
        return replace(outcome, state=standing, reason=last_of(written))
    return outcome if standing == "pending" else replace(outcome, reason=in_words(standing))


def _confirmed(
    plan: Plan, found: RecordedRun, connection: Connection, settings: HerokuSettings
) -> tuple[Outcome, ...]:
    from reconciler.adapters.clock import SystemClock
    from reconciler.adapters.heroku.writes import HerokuAccount
    from reconciler.apply.applying import confirm_plan
    from reconciler.cli.connecting import client_of

    async def confirmed() -> tuple[Outcome, ...]:
        async with client_of(connection, settings) as client:
            return await confirm_plan(
                plan, found.entries, heroku=HerokuAccount(client), clock=SystemClock()
            )

    return asyncio.run(confirmed())
