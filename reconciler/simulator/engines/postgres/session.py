"""Real databases for as long as a block lasts, and nothing of them afterwards."""

from __future__ import annotations

import os
import secrets
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.simulator.engines.postgres.binaries import find_binaries
from reconciler.simulator.engines.postgres.engine import PostgresEngine
from reconciler.simulator.engines.postgres.estate import make_estate
from reconciler.simulator.engines.postgres.launching import find_launcher
from reconciler.simulator.engines.postgres.workshop import Workshop, run_folder
from reconciler.simulator.plans import load_plan_book
from reconciler.simulator.world.heroku import Heroku
from reconciler.simulator.world.releases import settle_config

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.simulator.world.world import World


@contextmanager
def real_databases(
    world: World, *, environment: Mapping[str, str], parent: Path | None = None
) -> Iterator[PostgresEngine]:
    """The engine with a running server for each database of `world`, whose addresses are set to theirs.

    Data lies below `parent`, else below the folder for temporary files. What earlier runs left there is
    swept first.

    Raises:
        ServerError: programs, room or permissions are missing.
    """
    binaries = find_binaries(environment)
    launcher = find_launcher(binaries[-1], root=os.geteuid() == 0)
    place = parent or Path(tempfile.gettempdir())
    with run_folder(place, public=launcher.user is not None) as folder:
        workshop = Workshop(folder, launcher, binaries, secrets.token_urlsafe(24))
        engine = PostgresEngine(workshop, bytes_per_gb=world.bytes_per_gb, speed=world.speed)
        try:
            make_estate(engine, world)
            heroku = Heroku(world, engine, load_plan_book())
            for app in world.apps.values():
                settle_config(heroku, app)
            yield engine
        finally:
            engine.close()
