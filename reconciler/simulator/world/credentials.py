"""Credentials: the roles of a database. Created and destroyed some seconds after being asked for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reconciler.simulator.world.databases import release_on_attached_apps
from reconciler.simulator.world.refusals import bad_request, not_found
from reconciler.simulator.world.urls import DEFAULT, new_credential

if TYPE_CHECKING:
    from reconciler.simulator.world.heroku import Heroku
    from reconciler.simulator.world.model import Credential, Database

NAME = re.compile(r"[A-Za-z0-9_-]{1,50}")


def check_tier(heroku: Heroku, database: Database) -> None:
    """Refuse on Essential.

    Source: heroku/cli v11.9.0 src/commands/data/pg/credentials.

    Raises:
        Refusal: 400.
    """
    if not heroku.served_plan(database).offers("custom_credentials"):
        raise bad_request("You can't create a custom credential on Essential-tier databases.")


def find(database: Database, name: str) -> Credential:
    """The credential with that name.

    Raises:
        Refusal: 404.
    """
    if name not in database.credentials:
        raise not_found("credential")
    return database.credentials[name]


def create(heroku: Heroku, database: Database, name: str) -> None:
    """Start making a credential.

    Raises:
        Refusal: 400.
    """
    check_tier(heroku, database)
    if not NAME.fullmatch(name):
        raise bad_request("A credential name has at most 50 letters, digits, - and _.")
    if name in database.credentials:
        raise bad_request(f"There is already a credential {name}.")
    credential = new_credential(heroku.world.mint, name)
    credential.state = "wait_for_provisioning"
    database.credentials[name] = credential
    _later(heroku, database, f"activate {name}")


def destroy(heroku: Heroku, database: Database, name: str) -> None:
    """Start removing a credential; it stays listed for a while.

    Raises:
        Refusal: 400 for the default one.
    """
    check_tier(heroku, database)
    if name == DEFAULT:
        raise bad_request("The default credential cannot be destroyed.")
    find(database, name).state = "revoking"
    _later(heroku, database, f"revoke {name}")


def rotate(heroku: Heroku, database: Database, names: list[str]) -> None:
    """Give these credentials new users and passwords at once; attached apps get a release."""
    for name in names:
        old = find(database, name)
        new = new_credential(heroku.world.mint, name)
        old.user, old.password = new.user, new.password
    heroku.engine.set_credentials(database, heroku.world.followers_of(database.id))
    release_on_attached_apps(heroku, database, verb="Update")


def settle(heroku: Heroku, database_id: str, detail: str) -> None:
    """The event: a credential has become active, or is gone."""
    database = heroku.world.databases.get(database_id)
    verb, _, name = detail.partition(" ")
    if database is None or name not in database.credentials:
        return
    if verb == "activate":
        database.credentials[name].state = "active"
    else:
        del database.credentials[name]
    heroku.engine.set_credentials(database, heroku.world.followers_of(database_id))


def _later(heroku: Heroku, database: Database, detail: str) -> None:
    due = heroku.now + heroku.timing.credential
    heroku.world.later(due, "credential-settles", database.id, detail)
