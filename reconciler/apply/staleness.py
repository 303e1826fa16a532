"""Whether the world is still what a plan started from."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.core.starting_point import starting_point_of

if TYPE_CHECKING:
    from reconciler.apply.ports import HerokuReads
    from reconciler.core.plan import StartingPoint


async def what_differs(planned: StartingPoint, heroku: HerokuReads) -> str:
    """What is no longer as planned, in words; empty when all is as it was.

    Followers are left out: they are told by a fleet-wide look only, and every step that touches one looks at it.
    """
    database = await heroku.addon(planned.addon)
    if database is None:
        return f"{planned.addon} is not there any more, or this token cannot see it"
    if database.addon_id != planned.addon_id:
        return f"{planned.addon} is another add-on of that name, or of another account"
    seen = starting_point_of(
        replace(database, attachments=await heroku.attachments_of(planned.addon))
    )
    now = seen.model_copy(update={"followers": planned.followers})
    differences = [
        f"{field}: planned from {before}, is {after}"
        for field, before in planned
        if (after := getattr(now, field)) != before
    ]
    return "; ".join(differences)
