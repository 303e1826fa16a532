"""Recording what is live as a scenario, so that one's own estate can be rehearsed on the stand-in."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from reconciler.cli.connecting import Connection
    from reconciler.core.desired import HerokuSettings
    from reconciler.core.observed import Snapshot


def record(target: Path, *, apps: list[str]) -> int:
    """Write the scenario of what is live to `target`; 1 when something could not be read.

    Raises:
        ReconcileError: nothing could be read, or `target` is there already or cannot be written.
    """
    from reconciler.adapters.plan_files import write_text
    from reconciler.cli import DONE, FAILED
    from reconciler.cli.connecting import connected
    from reconciler.core.desired import HerokuSettings
    from reconciler.errors import UsageError
    from reconciler.render.scenario import scenario_text

    if target.exists():
        raise UsageError(f"{target} is there already.", hint="Name another file, or remove it.")
    settings = HerokuSettings()
    with connected(settings) as connection:
        snapshot, now = asyncio.run(_look(connection, settings, apps))
    write_text(scenario_text(snapshot, start=now), target)
    print(f"{target}: {len(snapshot.databases)} databases of {len(snapshot.apps)} apps recorded.")
    print(f"Serve it: reconcile sim --scenario {target}")
    return FAILED if snapshot.unread else DONE


async def _look(
    connection: Connection, settings: HerokuSettings, apps: list[str]
) -> tuple[Snapshot, dt.datetime]:
    from reconciler.adapters.heroku.closer import look_closer
    from reconciler.adapters.heroku.survey import survey
    from reconciler.cli.connecting import client_of
    from reconciler.core.names import AppName

    async with client_of(connection, settings) as client:
        snapshot = await survey(client, apps=frozenset(AppName(app) for app in apps))
        closer = await look_closer(client, snapshot, tuple(one.addon for one in snapshot.databases))
        return closer, await client.time()
