"""Looks at whoever asks: account, token, clock, budget, and the rights in each app. Only reads, of the Platform API.

Source: heroku/platform-api schema.json (account, app, collaborator, rate-limit); `Oauth-Scope` is in the answers in a
log of terraform-provider-heroku 5.1.9 (2022-12).
"""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from reconciler.adapters.heroku.client import RATE_LIMITS, Call, platform
from reconciler.adapters.heroku.wire import RateLimit
from reconciler.adapters.heroku.wire_closer import AccountRow, CollaboratorRow, OwnedAppRow
from reconciler.core.health import Rights
from reconciler.errors import HerokuError, HerokuRefusedError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from reconciler.adapters.heroku.client import HerokuClient
    from reconciler.core.names import AppName


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, as Heroku sees it."""

    id: str
    email: str
    scope: str | None
    """What the token is for, blanks between its parts; None when that is not told."""
    time: dt.datetime | None
    """Heroku's clock; None when that is not told."""
    left: int | None
    """Requests left of the account's budget; None when that could not be read."""


async def asker(client: HerokuClient) -> Asker:
    """Who asks, by two requests.

    Raises:
        HerokuError: it could not be asked, or the token is not accepted.
    """
    account, headers = await client.with_headers(AccountRow, platform("account"))
    try:
        left = (await client.present(RateLimit, Call("GET", RATE_LIMITS))).remaining
    except HerokuError:
        left = None
    return Asker(account.id, account.email, headers.get("Oauth-Scope"), _time(headers), left)


async def rights(client: HerokuClient, asked: Asker, apps: Sequence[AppName]) -> tuple[Rights, ...]:
    """What the account may do with each of `apps`, in their order: one list, and one request for each app of others.

    Raises:
        HerokuError: the list could not be read.
    """
    found = {row.name: row for row in await client.list_of(OwnedAppRow, platform("apps"))}
    return tuple([await _rights(client, asked, app, found.get(app)) for app in apps])


async def _rights(
    client: HerokuClient, asked: Asker, app: AppName, row: OwnedAppRow | None
) -> Rights:
    if row is None:
        return Rights(app, "", trouble="it does not exist, or is not visible with this token")
    if row.owner is not None and asked.id and row.owner.id == asked.id:
        return Rights(app, "owner")
    team = row.team.name if row.team else ""
    try:
        listed = await client.list_of(CollaboratorRow, platform("apps", app, "collaborators"))
    except HerokuRefusedError:
        return Rights(app, "", team=team)
    except HerokuError as error:
        return Rights(app, "", team=team, trouble=str(error))
    mine = next((one for one in listed if asked.id and one.user.id == asked.id), None)
    if mine is None:
        return Rights(app, "", team=team)
    return Rights(app, mine.role, tuple(sorted(one.name for one in mine.permissions)), team)


def _time(headers: Mapping[str, str]) -> dt.datetime | None:
    try:
        return parsedate_to_datetime(headers.get("Date", ""))
    except ValueError:
        return None
