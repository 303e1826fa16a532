"""Who writes where: an app commits to the databases it writes through while one of its dynos can.

A web dyno can while the router lets requests in (maintenance mode off), any other process type while one of
its dynos is left, being stopped or not. Where it writes is what the config vars of its current release say,
and a URL that is no longer valid leads nowhere. Nobody writes to a follower, to a read-only database, or to
one that is away for its maintenance.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.simulator.world.urls import database_at

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.simulator.world.heroku import Heroku
    from reconciler.simulator.world.model import App, Database
    from reconciler.simulator.world.world import World

GENERATED = "HEROKU_POSTGRESQL_"
SUFFIX = "_URL"


def is_writing(app: App) -> bool:
    """Whether a dyno of `app` can write now."""
    return any(dyno.type != "web" or not app.maintenance for dyno in app.dynos.values())


def running_vars(app: App) -> dict[str, str]:
    """The config vars that the app's dynos run with: those of the newest release that succeeded."""
    for release in reversed(app.releases):
        if release.status == "succeeded":
            return release.config
    return {}


def writes_through(app: App, name: str) -> bool:
    """Whether `app` writes to what its config var `<name>_URL` holds."""
    if app.writes_through is None:
        return not name.startswith(GENERATED)
    return name in app.writes_through


def reached(world: World, app: App) -> set[str]:
    """Ids of the databases that the app's dynos write to, as far as their URLs are valid now."""
    found = set()
    for var, value in running_vars(app).items():
        name = var.removesuffix(SUFFIX)
        if var != name and value.startswith("postgres://") and writes_through(app, name):
            database = database_at(world, value)
            if database is not None:
                found.add(database.id)
    return found


def note_running(world: World, app: App) -> None:
    """Remember which databases this app's dynos reach, so that each of them finds the app again."""
    for database_id in reached(world, app):
        world.note_reached(app.id, database_id)


def is_writable(database: Database) -> bool:
    """Whether a commit would be accepted."""
    return not (database.leader_id or database.read_only or database.away)


def refresh_app(heroku: Heroku, app: App) -> None:
    """Set the writes of everything the app is or was near to, after its dynos, mode or release changed."""
    rate = app.commits_per_minute / 60.0 if is_writing(app) else 0.0
    app.commits.turn(heroku.now, rate)
    near = {found.addon_id for found in heroku.world.attachments_of_app(app.id)}
    refresh(heroku, sorted(near | heroku.world.index.reaches.get(app.id, set())))


def refresh(heroku: Heroku, database_ids: Iterable[str]) -> None:
    """Set how many commits a second each of these databases gets from now on."""
    for database_id in database_ids:
        database = heroku.world.databases.get(database_id)
        if database is None:
            continue
        heroku.engine.set_writes(
            database,
            heroku.world.followers_of(database_id),
            heroku.timing,
            per_second=_writes_per_second(heroku, database),
            now=heroku.now,
        )


def _writes_per_second(heroku: Heroku, database: Database) -> float:
    """What all apps together commit; an app counts once, by however many names it knows the database."""
    if not is_writable(database) or heroku.now < database.ready_at:
        return 0.0
    world = heroku.world
    apps = [world.apps[app_id] for app_id in sorted(world.index.running_on.get(database.id, ()))]
    return sum(
        app.commits_per_minute / 60.0
        for app in apps
        if is_writing(app) and database.id in reached(world, app)
    )
