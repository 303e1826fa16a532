"""The applications of one stand-in, running for as long as a block lasts."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from reconciler.simulator.dynos.crew import Crew
from reconciler.simulator.dynos.ledger import Ledger
from reconciler.simulator.dynos.report import Subject, report
from reconciler.simulator.world.releases import config_vars
from reconciler.simulator.world.urls import database_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from reconciler.simulator.engines.postgres.engine import PostgresEngine
    from reconciler.simulator.standin import StandIn


@contextmanager
def applications(
    standin: StandIn, engine: PostgresEngine, *, stopwatch: Callable[[], float]
) -> Iterator[None]:
    """Let the apps of `standin` that write do so; `stopwatch` gives seconds of real time for the ledger."""
    ledger = Ledger(stopwatch)
    crew = Crew(standin.world, ledger)

    async def tell(least_gap: float) -> dict[str, Any]:
        found = subjects(standin, engine)
        return await asyncio.to_thread(partial(report, ledger, found, least_gap=least_gap))

    standin.keep_step, standin.ledger = crew.keep_step, tell
    try:
        yield
    finally:
        standin.keep_step = None
        crew.close()


def subjects(standin: StandIn, engine: PostgresEngine) -> list[Subject]:
    """Each app that writes, with where its config var leads now and all servers there are."""
    world = standin.world
    servers = {
        world.addons[database_id].name: server
        for database_id in world.databases
        if (server := engine.server_of(database_id)) is not None
    }
    found = []
    for app in world.apps.values():
        if app.writing is not None:
            url = config_vars(standin.heroku, app).get(app.writing.config_var, "")
            database = database_at(world, url)
            primary = world.addons[database.id].name if database is not None else None
            found.append(Subject(app.name, app.writing.config_var, primary, servers))
    return found
