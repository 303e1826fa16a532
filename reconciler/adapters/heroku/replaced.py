"""A closer look at what earlier plans replaced, before it may be destroyed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.adapters.heroku.reads import AccountReads
from reconciler.apply.together import at_once, both

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.adapters.heroku.client import HerokuClient
    from reconciler.core.names import AddonName
    from reconciler.core.observed import ObservedDatabase
    from reconciler.core.plan import Replaced


async def look_at_replaced(
    client: HerokuClient, replaced: Iterable[Replaced]
) -> dict[AddonName, ObservedDatabase]:
    """Each add-on with every name under which any app knows it; what is gone already is left out.

    Raises:
        HerokuError: something could not be read.
    """
    reads = AccountReads(client)
    names = sorted({one.addon for one in replaced})
    looks = await at_once(both(reads.addon(name), reads.attachments_of(name)) for name in names)
    return {
        name: replace(database, attachments=attachments)
        for name, (database, attachments) in zip(names, looks, strict=True)
        if database is not None
    }
