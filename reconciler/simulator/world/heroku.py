"""What every subject needs: the world, what a database is, and which plans there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.simulator.world.refusals import not_found

if TYPE_CHECKING:
    from reconciler.simulator.engines import Engine
    from reconciler.simulator.plans import Plan, PlanBook
    from reconciler.simulator.world.model import Addon, App, Database, Timing
    from reconciler.simulator.world.world import World


class Heroku:
    """The simulated service. `now` is the moment of the request or event that is being dealt with."""

    def __init__(self, world: World, engine: Engine, plans: PlanBook) -> None:
        self.world = world
        self.engine = engine
        self.plans = plans

    @property
    def now(self) -> float:
        """Unix seconds."""
        return self.world.now

    @property
    def timing(self) -> Timing:
        """How long things take in this world."""
        return self.world.timing

    def app(self, id_or_name: str) -> App:
        """The app with that id or name.

        Raises:
            Refusal: 404.
        """
        app = self.world.app(id_or_name)
        if app is None:
            raise not_found("app", resource="app")
        return app

    def addon(self, id_or_name: str, *, app: App | None = None) -> Addon:
        """The add-on with that id or name, owned by `app` if one is given.

        Raises:
            Refusal: 404.
        """
        addon = self.world.addon(id_or_name)
        if addon is None or (app is not None and addon.app_id != app.id):
            raise not_found("add-on", resource="add_on")
        return addon

    def served_plan(self, database: Database) -> Plan:
        """The plan that `database` runs on now, whatever has been asked for."""
        return self.plans[database.plan]
