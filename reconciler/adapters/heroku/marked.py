"""Add-ons that only our mark knows: what a run that was cut off has asked for, perhaps still being provisioned.

The Data API does not know them yet, so they are nobody's follower; but the plan names them, and would take one that
was not read for a leftover that cannot be used.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from reconciler.apply.together import at_once, both
from reconciler.core.naming import is_prepared_mark
from reconciler.errors import HerokuError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.adapters.heroku.reads import AccountReads
    from reconciler.core.names import AddonName, AppName
    from reconciler.core.observed import ObservedDatabase, Snapshot


@dataclass(slots=True)
class Marked:
    """What was found, and why the rest was not."""

    databases: list[ObservedDatabase] = field(default_factory=list)
    reasons: dict[AppName, str] = field(default_factory=dict)
    """By an app that knows the add-on."""

    def why_blind(self, apps: frozenset[AppName], known: Iterable[AppName]) -> str:
        """Why a database on `apps` cannot be judged; what is on none of the `known` apps may belong to any."""
        foreign = self.reasons.keys() - set(known)
        concerned = sorted(self.reasons.keys() & apps) + sorted(foreign)
        return self.reasons[concerned[0]] if concerned else ""


async def look_at_marked(reads: AccountReads, snapshot: Snapshot) -> Marked:
    """Every add-on with a mark of ours that says "prepared" and that `snapshot` does not hold."""
    apps = {
        one.addon: one.app
        for one in reversed(snapshot.attachments)
        if is_prepared_mark(one.name) and snapshot.database(one.addon) is None
    }
    names = sorted(apps)
    looks = await at_once(_look(reads, name) for name in names)
    found = Marked()
    for name, look in zip(names, looks, strict=True):
        if isinstance(look, str):
            found.reasons[apps[name]] = look
        elif look is not None:
            found.databases.append(look)
    return found


async def _look(reads: AccountReads, name: AddonName) -> ObservedDatabase | str | None:
    """The add-on with its names; why it could not be read; None when it is gone."""
    try:
        database, names = await both(reads.addon(name), reads.attachments_of(name))
    except HerokuError as error:
        return str(error)
    return None if database is None else replace(database, attachments=names)
