"""Version upgrades: prepared and then run on a leader, at once on Essential and on a follower.

Refusal texts: heroku/cli v11.9.0 test/unit/commands/pg/upgrade.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.simulator.moments import data_time, next_window
from reconciler.simulator.world.addons import MINOR
from reconciler.simulator.world.databases import change_address, end_unfollow
from reconciler.simulator.world.model import Upgrade
from reconciler.simulator.world.refusals import bad_request, unprocessable
from reconciler.simulator.world.writers import refresh

if TYPE_CHECKING:
    from reconciler.simulator.world.heroku import Heroku
    from reconciler.simulator.world.model import Database


def target_version(heroku: Heroku, database: Database, asked: object) -> int:
    """The major version to go to: the asked one, else the newest.

    Raises:
        Refusal: 422 when it is not above the current one or cannot be had.
    """
    newest = heroku.plans.versions[0]
    version = newest if asked is None else int(str(asked)) if str(asked).isdecimal() else 0
    if version not in heroku.plans.versions or version <= major(database):
        raise unprocessable(
            f"You can't upgrade from version {database.version} to {asked or newest}."
        )
    return version


def major(database: Database) -> int:
    """17 for 17.5."""
    return int(database.version.partition(".")[0])


def prepare(heroku: Heroku, database: Database, version: int) -> None:
    """Start preparing; scheduled for the next window when done.

    Raises:
        Refusal: 422.
    """
    if database.upgrade is not None:
        raise unprocessable(
            "database has an upgrade already scheduled, please check `pg:upgrade:wait`."
        )
    if heroku.served_plan(database).is_essential or database.leader_id is not None:
        raise bad_request("You can only prepare an upgrade of a leader on Standard and above.", 422)
    database.upgrade = Upgrade("preparing", version)
    due = heroku.now + heroku.timing.replacement
    heroku.world.later(due, "upgrade-prepared", database.id)


def end_preparing(heroku: Heroku, database_id: str, _detail: str) -> None:
    """The event: it waits for `run` or for the window."""
    database = heroku.world.databases.get(database_id)
    if database is None or database.upgrade is None or database.upgrade.status != "preparing":
        return
    when = next_window(database.window_day, database.window_minute, heroku.now)
    database.upgrade.status, database.upgrade.scheduled_for = "scheduled", when
    heroku.world.later(when, "upgrade-window", database_id)


def begin_window(heroku: Heroku, database_id: str, _detail: str) -> None:
    """The event: run what is still scheduled for this moment."""
    database = heroku.world.databases.get(database_id)
    upgrade = database.upgrade if database is not None else None
    if database is None or upgrade is None:
        return
    if upgrade.status == "scheduled" and upgrade.scheduled_for == heroku.now:
        _run(heroku, database)


def run(heroku: Heroku, database: Database, asked: object) -> None:
    """Run the prepared upgrade; on Essential and on a follower prepare it at once.

    Raises:
        Refusal: 400 when nothing is prepared or it is not ready.
    """
    if heroku.served_plan(database).is_essential:
        _run_essential(heroku, database, target_version(heroku, database, asked))
        return
    if database.leader_id is not None:
        version = target_version(heroku, database, asked)
        end_unfollow(heroku, database.id, "")
        database.upgrade = Upgrade("scheduled", version)
    if database.upgrade is None:
        raise bad_request(
            "You haven't scheduled a version upgrade on your database. Run `pg:upgrade:prepare` first."
        )
    if database.upgrade.status != "scheduled":
        raise bad_request("Your database is not ready for upgrade. Please try again later.")
    _run(heroku, database)


def _run_essential(heroku: Heroku, database: Database, version: int) -> None:
    if database.upgrade is not None or database.read_only:
        raise unprocessable("database is in the middle of a version upgrade or plan change.")
    database.upgrade = Upgrade("running", version)
    database.read_only = True
    due = heroku.now + heroku.timing.essential_change
    heroku.world.later(due, "essential-changed", database.id)
    refresh(heroku, [database.id])


def _run(heroku: Heroku, database: Database) -> None:
    if database.upgrade is None:
        return
    database.upgrade.status = "running"
    database.away = True
    refresh(heroku, [database.id])
    due = heroku.now + heroku.timing.maintenance
    heroku.world.later(due, "upgrade-ends", database.id)


def complete(heroku: Heroku, database_id: str, _detail: str) -> None:
    """The event: the leader and its followers are on the new version."""
    database = heroku.world.databases.get(database_id)
    if database is None or database.upgrade is None:
        return
    version = MINOR.get(database.upgrade.version, f"{database.upgrade.version}.1")
    for upgraded in (database, *heroku.world.followers_of(database_id)):
        upgraded.version = version
    database.upgrade = None
    database.away = False
    change_address(heroku, database)
    refresh(heroku, [database.id])


def dry_run(database: Database) -> None:
    """Start a trial on a hidden follower; it changes nothing that can be seen.

    Raises:
        Refusal: 422.
    """
    if database.upgrade is not None and database.upgrade.status == "running":
        raise unprocessable(
            "database is in the middle of a version upgrade. To perform a dry run, wait for it."
        )


def cancel(database: Database) -> None:
    """Give up a prepared upgrade.

    Raises:
        Refusal: 422.
    """
    if database.upgrade is None:
        raise bad_request("You haven't scheduled a version upgrade on your database.", 422)
    if database.upgrade.status == "running":
        raise bad_request("You can't cancel the upgrade because it's currently in progress.", 422)
    database.upgrade = None


def wait_status(database: Database) -> dict[str, object]:
    """What `upgrade/wait_status` answers."""
    upgrade = database.upgrade
    if upgrade is None:
        return {"waiting?": False, "message": "available"}
    if upgrade.scheduled_for is not None and upgrade.status == "scheduled":
        when = data_time(upgrade.scheduled_for).replace("+0000", "UTC")
        return {"waiting?": False, "message": f"upgrade is scheduled on {when}."}
    step = "1/7" if upgrade.status == "preparing" else "5/7"
    return {"waiting?": True, "message": upgrade.status, "step": step}
