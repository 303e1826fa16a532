"""What is well and what is not with a set-up, judged by facts that were gathered elsewhere."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from reconciler.core.counting import counted
from reconciler.core.moments import moment_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from reconciler.core.names import AppName

Verdict = Literal["ok", "problem", "unknown"]

SKEW = dt.timedelta(seconds=60)
"""From here on a day, an age or a freeze may be judged wrongly."""
CHANGING_SCOPES = frozenset({"global", "write", "write-protected"})
"""Source: the `Oauth-Scope-Accepted` of `PATCH /apps/:app/formation`, in a log of terraform-provider-heroku 5.1.9, 2022-12."""
NEEDED = "operate"
"""Maintenance mode, dynos and paid add-ons need it. Source: Dev Center app-permissions, 2025-07-10; the columns of its
table are read in their order."""


@dataclass(frozen=True, slots=True, order=True)
class Line:
    """One thing that was looked at."""

    check: str
    verdict: Verdict
    text: str
    hint: str = ""
    """What to do; empty when nothing is."""
    app: str = ""
    """Of which app it is said; empty: of none."""


@dataclass(frozen=True, slots=True)
class Rights:
    """What the account may do with one app."""

    app: AppName
    role: str
    """`owner`, `collaborator`, `member` ...; empty when it stands in no list of the app."""
    permissions: tuple[str, ...] = ()
    """Sorted; told of apps of Enterprise teams only."""
    team: str = ""
    trouble: str = ""
    """Why it could not be read."""


def of_scope(scope: str | None) -> Line:
    """Whether tokens of this scope, blanks between its parts, can change anything; None: it was not told."""
    if scope is None:
        return Line("scope", "unknown", "Heroku does not tell what the token is for")
    parts = set(scope.split())
    if "global" in parts:
        return Line("scope", "ok", "global: everything that the account may")
    if not parts & CHANGING_SCOPES:
        return Line(
            "scope",
            "problem",
            f"{scope}: the token can change nothing",
            "Plan with it, and apply with one of scope global: heroku authorizations:create",
        )
    return Line(
        "scope",
        "unknown",
        f"{scope}: which scope the Data API asks for is not established; global is enough",
    )


def of_clock(here: dt.datetime, there: dt.datetime | None, *, is_simulated: bool) -> Line:
    """Whether this machine's clock and Heroku's agree."""
    if there is None:
        return Line("clock", "unknown", "Heroku's answer does not say what time it is")
    if is_simulated:
        return Line("clock", "ok", f"the stand-in's own: {moment_text(there)}")
    ahead = here - there
    if abs(ahead) < SKEW:
        return Line("clock", "ok", "as Heroku's, to the minute")
    way = "ahead of" if ahead > dt.timedelta(0) else "behind"
    return Line(
        "clock",
        "problem",
        f"this machine is {_span(abs(ahead))} {way} Heroku",
        "Set it by NTP: windows, freezes and the days of waivers are judged by it.",
    )


def of_budget(left: int | None, *, reserve: int, needed: int) -> Line:
    """Whether a plan of about `needed` requests can be made now."""
    if left is None:
        return Line("budget", "unknown", "Heroku does not tell how many requests are left")
    text = f"{left:,} requests left, {reserve:,} kept for others, about {needed:,} for a plan"
    if left - reserve >= needed:
        return Line("budget", "ok", text)
    return Line(
        "budget",
        "problem",
        text,
        "Wait (75 come back a minute), see what else uses the account's requests, or lower reserve_requests.",
    )


def of_rights(found: Rights) -> Line:
    """Whether the account may do with an app what an apply does."""
    return replace(_of_rights(found), app=found.app)


def summed_up(lines: Iterable[Line]) -> tuple[Line, ...]:
    """The same, but what is said alike of several apps is said once and counted; problems all remain."""
    alike: dict[tuple[str, str, str], list[Line]] = {}
    for one in lines:
        what = one.text if one.verdict == "problem" else one.text.removeprefix(f"{one.app}: ")
        alike.setdefault((one.check, one.verdict, what), []).append(one)
    return tuple(
        replace(ones[0], text=f"{counted(len(ones), 'app')}: {what}") if len(ones) > 1 else ones[0]
        for (_, _, what), ones in alike.items()
    )


def _of_rights(found: Rights) -> Line:
    if found.trouble:
        hint = "Mend the app's name in desired/, or use a token of somebody who sees it."
        return Line("rights", "problem", f"{found.app}: {found.trouble}", hint)
    if found.role in {"owner", "admin"}:
        return Line("rights", "ok", f"{found.app}: {found.role}")
    if found.permissions:
        return _of_permissions(found)
    if not found.role and found.team:
        return Line(
            "rights",
            "unknown",
            f"{found.app}: in no list of it; an admin of team {found.team} may everything all the same",
        )
    return Line(
        "rights",
        "unknown",
        f"{found.app}: {found.role or 'in no list of it'}; Heroku does not tell what that allows",
    )


def _of_permissions(found: Rights) -> Line:
    held = ", ".join(found.permissions)
    if NEEDED in found.permissions:
        return Line("rights", "ok", f"{found.app}: {held}")
    wanted = ",".join(sorted({*found.permissions, NEEDED}))
    return Line(
        "rights",
        "problem",
        f"{found.app}: {NEEDED} is missing (has {held}); maintenance mode, dynos and paid add-ons need it",
        f"Whoever has manage can grant it: heroku access:update EMAIL -a {found.app} --permissions {wanted}",
    )


def is_well(lines: Iterator[Line] | tuple[Line, ...]) -> bool:
    """Whether there is no problem; what is unknown is none."""
    return all(one.verdict != "problem" for one in lines)


def _span(passed: dt.timedelta) -> str:
    minutes = round(passed / dt.timedelta(minutes=1))
    if minutes < 2 * 60:
        return f"{minutes} min"
    hours = round(passed / dt.timedelta(hours=1))
    return f"{hours} h" if hours < 2 * 24 else f"{round(hours / 24)} days"
