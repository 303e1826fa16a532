"""Who writes where: an app commits to the databases it writes through while one of its dynos can.

A web dyno can while the router lets requests in (maintenance mode off), any other process type while one of
its dynos is left, being stopped or not. Nobody writes to a follower, to a read-only database, or to one
that is away for its maintenance.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.simulator.world.heroku import Heroku
    from reconciler.simulator.world.model import App, Attachment, Database

GENERATED = "HEROKU_POSTGRESQL_"


def is_writing(app: App) -> bool:
    """Whether a dyno of `app` can write now."""
    return any(dyno.type != "web" or not app.maintenance for dyno in app.dynos.values())


def writes_through(app: App, attachment: Attachment) -> bool:
    """Whether `app` writes through this attachment of its."""
    if app.writes_through is None:
        return not attachment.name.startswith(GENERATED)
    return attachment.name in app.writes_through


def is_writable(database: Database) -> bool:
    """Whether a commit would be accepted."""
    return not (database.leader_id or database.read_only or database.away)


def refresh_app(heroku: Heroku, app: App) -> None:
    """Set the writes of everything that `app` is attached to, after its dynos or its mode changed."""
    rate = app.commits_per_minute / 60.0 if is_writing(app) else 0.0
    app.commits.turn(heroku.now, rate)
    attached = {found.addon_id for found in heroku.world.attachments_of_app(app.id)}
    refresh(heroku, sorted(attached))


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
    """What all apps together commit; an app counts once, however often it is attached."""
    if not is_writable(database) or heroku.now < database.ready_at:
        return 0.0
    writing: dict[str, float] = {}
    for attachment in heroku.world.attachments_of_addon(database.id):
        app = heroku.world.apps[attachment.app_id]
        if is_writing(app) and writes_through(app, attachment):
            writing[app.id] = app.commits_per_minute / 60.0
    return sum(writing.values())
