"""Data links between databases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.simulator.world.model import Link
from reconciler.simulator.world.refusals import not_found, unprocessable

if TYPE_CHECKING:
    from reconciler.simulator.world.heroku import Heroku
    from reconciler.simulator.world.model import Addon, Database


def add_link(heroku: Heroku, database: Database, target: Addon, *, name: str | None) -> Link:
    """Make a link.

    Raises:
        Refusal: 422 on Essential.
    """
    if not heroku.served_plan(database).offers("data_links"):
        raise unprocessable("You can't perform this operation on Essential-tier databases.")
    link = Link(
        id=heroku.world.mint.uuid("link"),
        name=name or target.name.replace("-", "_"),
        remote_id=target.id,
        created_at=heroku.now,
    )
    database.links.append(link)
    return link


def find_link(database: Database, id_or_name: str) -> Link:
    """The link with that id or name.

    Raises:
        Refusal: 404.
    """
    for link in database.links:
        if id_or_name in {link.id, link.name}:
            return link
    raise not_found("link")
