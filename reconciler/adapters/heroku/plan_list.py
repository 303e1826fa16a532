"""Heroku's own list of its Postgres plans: prices and states as they are now. One request.

Source: heroku/platform-api schema.json, plan ("can be accessed without authentication").
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.adapters.heroku import translate
from reconciler.adapters.heroku.client import platform
from reconciler.adapters.heroku.wire import PlanRow
from reconciler.errors import HerokuError

if TYPE_CHECKING:
    from reconciler.adapters.heroku.client import HerokuClient
    from reconciler.core.catalogue import Catalogue


async def live_catalogue(
    client: HerokuClient, shipped: Catalogue
) -> tuple[Catalogue, tuple[str, ...]]:
    """`shipped` with the live list laid over it, and notes for the reader.

    A list that cannot be read is such a note: prices are then the shipped ones.
    """
    call = platform("addon-services", translate.SERVICE, "plans")
    try:
        rows = await client.list_of(PlanRow, call)
    except HerokuError as error:
        note = (
            f"Heroku's list of plans could not be read, so prices are of {shipped.as_of}: {error}"
        )
        return shipped, (note,)
    return shipped.with_live(map(translate.live_plan, rows)), ()
