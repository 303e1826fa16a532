"""From a scenario to the world it describes.

Apps first, then databases (leaders before their followers), then what is in progress. What the file gets wrong
beyond its shape, such as an unknown plan or two owners of one name, is collected with its place.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from reconciler.simulator.engines.model import ModelEngine
from reconciler.simulator.fault_rules import add_fault
from reconciler.simulator.minting import Mint
from reconciler.simulator.moments import next_window
from reconciler.simulator.reading import seconds, size_bytes, window_parts
from reconciler.simulator.world import attachments, releases, writers
from reconciler.simulator.world.apps import fit_dynos
from reconciler.simulator.world.heroku import Heroku
from reconciler.simulator.world.maintenances import begin_replacement, schedule
from reconciler.simulator.world.model import (
    Account,
    Addon,
    App,
    Database,
    Formation,
    Maintenance,
    Meter,
    Schedule,
    Timing,
    Trail,
    Writing,
)
from reconciler.simulator.world.schedules import is_timezone
from reconciler.simulator.world.urls import DEFAULT, new_credential, new_host
from reconciler.simulator.world.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from reconciler.errors import Problem
    from reconciler.simulator.plans import PlanBook
    from reconciler.simulator.scenario import AppPart, DatabasePart, Scenario

    Place = tuple[str | int, ...]

YEAR = 365 * 86400.0
COMMANDS = {"web": "bin/web", "release": "bin/release"}


class Builder:
    """Builds one world; `problems` holds what was wrong with the scenario."""

    def __init__(
        self, scenario: Scenario, problem: Callable[[Place, str, str], Problem], plans: PlanBook
    ) -> None:
        self._scenario = scenario
        self._problem = problem
        self._plans = plans
        self.problems: list[Problem] = []
        self._labels: dict[str, Database] = {}
        world = World(
            now=scenario.clock.start.timestamp(),
            speed=scenario.clock.speed,
            mint=Mint(scenario.seed),
            timing=Timing(
                **{key: seconds(value) for key, value in scenario.timing.model_dump().items()}
            ),
            spaces=dict(scenario.spaces),
            bytes_per_gb=size_bytes(scenario.databases.bytes_per_gb),
        )
        world.account = _account(scenario, world.now)
        self._heroku = Heroku(world, ModelEngine(), plans)

    @property
    def _world(self) -> World:
        return self._heroku.world

    def build(self) -> World:
        """The world; not to be used when there are problems."""
        for name, app_table in self._scenario.app.items():
            self._add_app(name, app_table)
        waiting = [
            (app, label, part)
            for app, app_part in self._scenario.app.items()
            for label, part in app_part.database.items()
        ]
        for app, label, part in sorted(waiting, key=lambda each: each[2].follows is not None):
            self._add_database(app, label, part)
        if not self.problems:
            self._set_in_motion(waiting)
            for rule in self._scenario.fault:
                add_fault(self._world, rule)
        return self._world

    def _add_app(self, name: str, part: AppPart) -> None:
        now, mint = self._world.now, self._world.mint
        app = App(
            id=mint.uuid("app"),
            name=name,
            region=part.region if part.space is None else self._scenario.spaces.get(part.space, ""),
            space=part.space,
            created_at=now - YEAR,
            updated_at=now - YEAR,
            maintenance=part.maintenance,
            config=dict(part.config),
            commits_per_minute=part.commits_per_minute,
            writes_through=list(part.writes_through) if part.writes_through is not None else None,
            permissions=list(part.permissions) if part.permissions is not None else None,
        )
        if part.dynos is not None:
            app.writing = Writing(part.dynos.writes_per_second, part.dynos.config_var)
        if part.space is not None and part.space not in self._scenario.spaces:
            self._refuse(
                ("app", name, "space"),
                f"there is no space {part.space}",
                "List it under [spaces].",
            )
        self._world.add_app(app)
        types = dict(part.formation)
        if part.release_phase != "none":
            types.setdefault("release", 0)
        for kind, quantity in types.items():
            self._add_process_type(app, kind, quantity, part.dyno_size)
        releases.add_release(self._heroku, app, "Initial release")
        releases.add_release(self._heroku, app, f"Deploy {mint.letters('slug', 8)}")
        for dyno in app.dynos.values():
            dyno.up_at = now
        app.release_phase = part.release_phase

    def _add_process_type(self, app: App, kind: str, quantity: int, size: str) -> None:
        if not 0 <= quantity <= 100 or (kind == "release" and quantity):  # noqa: PLR2004  # as `apps.MOST_DYNOS`
            message = "must be from 0 to 100 dynos, and 0 for release"
            self._refuse(("app", app.name, "formation", kind), message)
            return
        formation = Formation(
            id=self._world.mint.uuid("formation"),
            type=kind,
            quantity=quantity,
            size=size,
            command=COMMANDS.get(kind, f"bin/{kind}"),
            updated_at=self._world.now,
        )
        app.formation[kind] = formation
        fit_dynos(self._heroku, app, formation)

    def _add_database(self, app_name: str, label: str, part: DatabasePart) -> None:
        place: Place = ("app", app_name, "database", label)
        app = self._heroku.app(app_name)
        plan = self._plans.get(part.plan)
        if plan is None or plan.tier == "advanced":
            self._refuse((*place, "plan"), f"there is no classic plan {part.plan}")
            return
        if label in self._labels:
            self._refuse(
                place,
                f"another database is called {label} too",
                "Labels are unique in a scenario.",
            )
            return
        name = part.name or self._world.mint.addon_name()
        if self._world.addon(name) is not None:
            self._refuse((*place, "name"), f"{name} is the name of another database")
            return
        leader = self._labelled(part.follows, (*place, "follows"))
        if part.follows is not None and leader is None:
            return
        created = part.created.timestamp() if part.created else self._world.now - YEAR
        addon = Addon(
            id=self._world.mint.uuid("addon"),
            name=name,
            app_id=app.id,
            plan=plan.name,
            state="provisioned",
            created_at=created,
            updated_at=created,
        )
        database = self._database(addon, app, part, created)
        database.leader_id = leader.id if leader is not None else None
        self._labels[label] = database
        self._world.add_database(addon, database)
        self._attach_everywhere(addon, app, part, place)
        self._check_features(database, part, place)

    def _database(self, addon: Addon, app: App, part: DatabasePart, created: float) -> Database:
        mint = self._world.mint
        day, minute = (mint.number("day", 7), 30 * mint.number("half hour", 48))
        if part.window is not None:
            day, minute = window_parts(part.window)
        return Database(
            id=addon.id,
            plan=addon.plan,
            version=part.version if "." in part.version else f"{part.version}.1",
            host=new_host(mint, app.region),
            port=5432,
            name=f"d{mint.letters('database', 13)}",
            num_bytes=size_bytes(part.size),
            num_tables=part.tables,
            created_at=created,
            known_from=created,
            ready_at=min(created, self._world.now),
            window_day=day,
            window_minute=minute,
            credentials={name: new_credential(mint, name) for name in (DEFAULT, *part.credentials)},
            commits=Meter(50_000.0 + mint.number("commits", 900_000), self._world.now),
        )

    def _attach_everywhere(self, addon: Addon, app: App, part: DatabasePart, place: Place) -> None:
        pool = attachments.POOL
        self._attach(addon, app.name, part.attachments, None, (*place, "attachments"))
        self._attach(addon, app.name, part.poolers, pool, (*place, "poolers"))
        for other, names in part.also_on.items():
            self._attach(addon, other, names, None, (*place, "also_on", other))
        for other, names in part.poolers_on.items():
            self._attach(addon, other, names, pool, (*place, "poolers_on", other))
        for credential, names in part.credentials.items():
            namespace = f"credential:{credential}"
            self._attach(addon, app.name, names, namespace, (*place, "credentials", credential))

    def _attach(
        self, addon: Addon, app_name: str, names: Iterable[str], namespace: str | None, place: Place
    ) -> None:
        app = self._world.app(app_name)
        if app is None:
            self._refuse(place, f"there is no app {app_name}")
            return
        for name in names:
            if self._world.attachment_on(app.id, name) is not None:
                self._refuse(place, f"{app_name} has another attachment {name}")
                continue
            attachments.put(self._heroku, addon, app, name=name, namespace=namespace)

    def _check_features(self, database: Database, part: DatabasePart, place: Place) -> None:
        """Refuse what the tier cannot have, and what cannot be shown to be right."""
        plan = self._plans[database.plan]
        if plan.is_essential:
            for key in (
                "poolers",
                "poolers_on",
                "credentials",
                "follows",
                "window",
                "routine_maintenance",
            ):
                if getattr(part, key):
                    self._refuse((*place, key), "Essential databases have none")
        if plan.storage_bytes is not None and database.num_bytes > plan.storage_bytes:
            self._refuse((*place, "size"), f"more than the {plan.name} plan holds")
        leader = self._world.databases.get(database.leader_id or "")
        if leader is not None and (leader.leader_id or self._plans[leader.plan].is_essential):
            self._refuse(
                (*place, "follows"), "a follower or an Essential database cannot be followed"
            )
        for number, each in enumerate(part.schedules):
            if not is_timezone(each.timezone):
                self._refuse((*place, "schedules", number, "timezone"), "unknown time zone")
        if part.pending_plan is not None:
            self._check_pending(plan.tier, part, place)

    def _check_pending(self, tier: str, part: DatabasePart, place: Place) -> None:
        pending = self._plans.get(part.pending_plan or "")
        allowed = self._plans.upgrade_tiers.get(tier, ())
        if pending is None or pending.is_essential or pending.tier not in allowed:
            message = f"a database on {part.plan} cannot be changing to {part.pending_plan}"
            self._refuse((*place, "pending_plan"), message)

    def _set_in_motion(self, waiting: list[tuple[str, str, DatabasePart]]) -> None:
        """Lag, plan changes, maintenances and schedules, once everything is there."""
        heroku, now = self._heroku, self._world.now
        for _app, label, part in waiting:
            database = self._labels[label]
            leader = self._world.databases.get(database.leader_id or "")
            if leader is not None:
                heroku.engine.follow(database, leader, heroku.timing, now=now)
                database.trail = Trail(0.0, now, 100.0)
            source = self._labels.get(part.forked_from or "")
            database.forked_from = source.id if source is not None else None
            database.schedules = [
                Schedule(
                    heroku.world.mint.uuid("schedule"),
                    each.name,
                    each.hour,
                    each.timezone,
                    now,
                    now,
                )
                for each in part.schedules
            ]
            self._begin_maintenance(database, part)
        for app in self._world.apps.values():
            releases.settle_config(heroku, app)
        for app in self._world.apps.values():
            writers.refresh_app(heroku, app)

    def _begin_maintenance(self, database: Database, part: DatabasePart) -> None:
        heroku, now = self._heroku, self._world.now
        pending = self._plans.get(part.pending_plan or "")
        if pending is not None:
            self._world.addons[database.id].plan = pending.name
            maintenance = begin_replacement(heroku, database, pending.name)
            if part.pending_state == "ready":
                self._world.agenda.pop()
                maintenance.status, maintenance.ready_at = "ready", now
                schedule(heroku, database, self._window(database))
        elif part.routine_maintenance is not None:
            routine = part.routine_maintenance
            database.maintenance = Maintenance(
                status="ready",
                plan=None,
                reason=routine.reason,
                created_at=now,
                ready_at=now,
                required_by=now + seconds(routine.required_in),
            )
            schedule(heroku, database, self._window(database))

    def _window(self, database: Database) -> float:
        return next_window(database.window_day, database.window_minute, self._world.now)

    def _labelled(self, label: str | None, place: Place) -> Database | None:
        """The database with that label; a problem when there is none before it."""
        if label is None:
            return None
        if label not in self._labels:
            self._refuse(place, f"there is no database {label} that could be followed")
        return self._labels.get(label)

    def _refuse(self, place: Place, message: str, hint: str = "") -> None:
        self.problems.append(self._problem(place, f"{message}.", hint))


def _account(scenario: Scenario, now: float) -> Account:
    part = scenario.account
    return Account(
        email=part.email,
        tokens=list(part.tokens) if part.tokens is not None else None,
        scope=part.scope,
        requests_per_hour=part.requests_per_hour,
        enforce_rate_limit=part.enforce_rate_limit,
        requests_left=float(part.requests_per_hour),
        counted_at=now,
    )


def digest(text: str) -> str:
    """What a kept world remembers of the scenario it came from."""
    return hashlib.sha256(text.encode()).hexdigest()
