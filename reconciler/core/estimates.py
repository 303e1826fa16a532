"""How long a method takes: intervals with their formula and source, never an exact number.

The downtime begins where writes stop and ends where they are taken again. Where no source gives an upper bound,
there is none here either.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.core.counting import gigabytes
from reconciler.core.follower_sizes import outgrown
from reconciler.core.naming import is_mark
from reconciler.core.plan import Estimate

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.core.contents import Way
    from reconciler.core.rules.rule import Situation

MINUTE_S = 60
HOUR_S = 3_600

COPY_S_PER_GB = 180
"""Source: Dev Center updating-heroku-postgres-databases, 2025-02-26: about 3 minutes per GB, may vary a lot."""
COPY_SPREAD = (0.5, 2.0)
"""Our reading of "may vary a lot": from half of it to twice as long."""
SWITCH_S = 60
"""Source: the same page: the switch usually takes under a minute."""
LEAST_SWITCH_S = 15
"""Assumed: what the calls of a switch take at least."""
STOP_DYNOS_S = 30
"""Source: Dev Center dyno-shutdown-behavior: dynos get 30 seconds to stop."""
COMPARE_S: dict[Way, int] = {"follower-switch": 1, "pg-copy": 5}
"""What comparing old and new may add, by our own limit; `reconciler.apply.behaviours.comparing` keeps it. A follower
is the same byte for byte, so that little more than its shape is worth looking at; a copy is made table by table."""
NEXT_NAME_S = 5
"""Assumed: what each further name of an app adds, since the releases of one app follow one another."""
MAINTENANCE_S = (10, 180)
"""Source: Dev Center heroku-postgres-maintenance, 2024-04-15: usually offline for 10 to 60 seconds; help.heroku.com
CM2A0TGW, undated: errors for 1 to 3 minutes."""
LIKELY_UPGRADE_S = 600
"""Source: Dev Center upgrading-heroku-postgres-databases, 2025-10-22: about 10 minutes."""
UPGRADE_S = (300, 1_200)
"""Our reading of it, and of 5 to 10 in the text of 2025-05-29: from 5 minutes to twice 10."""
DAY_S = 24 * HOUR_S
PROVISION_S = (180, 300)
"""Source: heroku/cli v11.9.0, addons:create output: a follower takes 3 to 5 minutes, plus catching up."""

FOLLOWER_SWITCH_LIMIT_S = 300
SERVICE_PLAN_LIMIT_S = 600

_CHANGE = "Dev Center updating-heroku-postgres-databases, 2025-02-26"
_VERSION = (
    "Dev Center upgrading-heroku-postgres-databases, 2025-10-22 (5 to 10 min in that of 2025-05-29)"
)
_NONE = Estimate(lower_s=0, upper_s=0, formula="none", source="")


def preparation(situation: Situation) -> Estimate:
    """How long the app stays up while the change is prepared."""
    match situation.way:
        case "addons-upgrade":
            return _NONE if _is_essential(situation) else _replacement(situation)
        case "pg-upgrade":
            return _NONE if _is_essential(situation) else _prepared_upgrade()
        case "follower-switch":
            return _catching_up()
        case "pg-copy":
            return _empty_database()
        case "around":
            return _catching_up() if situation.missing_followers else _NONE


def downtime(situation: Situation) -> Estimate:
    """How long writes fail."""
    match situation.way:
        case "addons-upgrade" if _is_essential(situation):
            return _read_only(situation)
        case "addons-upgrade":
            return _with_hooks(situation, _maintenance())
        case "pg-upgrade":
            return _with_hooks(situation, _upgrade())
        case "follower-switch":
            return _with_hooks(situation, _switch(situation))
        case "pg-copy":
            return _with_hooks(situation, _copy(situation))
        case "around":
            return _NONE


def cutover_limit_s(situation: Situation) -> int:
    """After how many seconds a cutover backs out by itself."""
    match situation.way:
        case "follower-switch":
            return FOLLOWER_SWITCH_LIMIT_S + _hooks_s(situation)
        case "addons-upgrade" | "around" if not _is_essential(situation):
            return SERVICE_PLAN_LIMIT_S + _hooks_s(situation)
        case _:
            longest_s = downtime(situation).upper_s or _longest_copy_s(situation)
            return max(round(longest_s * 2), FOLLOWER_SWITCH_LIMIT_S)


def _hooks_s(situation: Situation) -> int:
    """How long the commands that run while apps are closed may take, one after another."""
    wanted = situation.desired
    return len(wanted.before_writes_stop) * (wanted.hook_timeout.seconds or 0)


def _with_hooks(situation: Situation, estimate: Estimate) -> Estimate:
    """The same with the operator's commands, which run while apps are closed; nobody says how long they usually take."""
    hooks_s = _hooks_s(situation)
    if not hooks_s:
        return estimate
    count = len(situation.desired.before_writes_stop)
    each = f"{hooks_s // count} s (hook_timeout) for each of {count} hooks"
    return estimate.model_copy(
        update={
            "upper_s": None if estimate.upper_s is None else estimate.upper_s + hooks_s,
            "likely_s": None,
            "formula": f"{estimate.formula} + at most {each}",
        }
    )


def span(seconds: float) -> str:
    """`45 s`, `31 min`, `4.5 h`: rounded up, so that an upper bound stays one."""
    return _told(seconds, _up)


def at_least(seconds: float) -> str:
    """The same rounded down, so that a lower bound stays one."""
    return _told(seconds, int)


def _told(seconds: float, rounded: Callable[[float], int]) -> str:
    if seconds < 2 * MINUTE_S:
        return f"{rounded(seconds)} s"
    if seconds < 2 * HOUR_S:
        return f"{rounded(seconds / MINUTE_S)} min"
    return f"{rounded(seconds / HOUR_S * 10) / 10:g} h"


def interval(estimate: Estimate) -> str:
    """`15-100 s`, `6-27 min`, `45 s-3 h`, never narrower than it is; a question mark where no source gives a bound."""
    if estimate.upper_s == 0:
        return "none"
    lower = at_least(estimate.lower_s)
    if estimate.upper_s is None:
        return f"{lower}-?" if estimate.lower_s else "hours?"
    upper = span(estimate.upper_s)
    amount, unit = lower.split(" ")
    if unit == upper.split(" ")[1] or amount == "0":
        return upper if amount + " " + unit == upper else f"{amount}-{upper}"
    return f"{lower}-{upper}"


def interval_and_likely(estimate: Estimate) -> str:
    """`6-27 min, likely 13 min`, where a source says what it usually takes; else the interval alone."""
    text = interval(estimate)
    return (
        text if estimate.likely_s is None else f"{text}, likely {_told(estimate.likely_s, round)}"
    )


def _up(number: float) -> int:
    whole = int(number)
    return whole if number - whole < 1e-6 else whole + 1  # noqa: PLR2004  # what binary fractions may be off


def _is_essential(situation: Situation) -> bool:
    return situation.before is not None and situation.before.is_essential


def _replacement(situation: Situation) -> Estimate:
    replaced = {one.instead_of for one in situation.missing_followers}
    if any(one.addon in replaced for one in outgrown(situation)):
        first = _catching_up()
        return Estimate(
            lower_s=first.lower_s,
            upper_s=None,
            formula=f"{first.formula}; then Heroku prepares a replacement: the same is said of it",
            source=first.source,
        )
    return Estimate(
        lower_s=0,
        upper_s=None,
        formula="Heroku prepares a replacement: up to several hours, no bound is stated",
        source=f"{_CHANGE}; one report of at least 2 h for 66 GB",
    )


def _catching_up() -> Estimate:
    return Estimate(
        lower_s=PROVISION_S[0],
        upper_s=None,
        formula="3 to 5 min to create the follower, then catching up: up to several hours, no bound is stated",
        source=f"{_CHANGE}; heroku/cli v11.9.0",
    )


def _empty_database() -> Estimate:
    return Estimate(
        lower_s=PROVISION_S[0],
        upper_s=PROVISION_S[1],
        formula="3 to 5 min to create an empty database (said of followers, assumed of it)",
        source="heroku/cli v11.9.0",
    )


def _read_only(situation: Situation) -> Estimate:
    """Essential: writes fail while Heroku moves the data; how long is stated nowhere."""
    size_gb, what = situation.size_gb, "of data"
    if size_gb is None:
        disk = situation.before.storage_gb if situation.before else None
        size_gb, what = disk, "of disk, the data's size being unknown"
    if size_gb is None:
        formula, upper_s = "read-only while the data moves; its size is unknown", None
    else:
        spread = COPY_SPREAD[1]
        formula = (
            "read-only while the data moves, at most as long as a copy: "
            f"{spread:g} x 3 min x {gigabytes(size_gb)} {what}"
        )
        upper_s = round(COPY_S_PER_GB * size_gb * spread, 1)
    return Estimate(lower_s=0, upper_s=upper_s, formula=formula, source=f"inferred from {_CHANGE}")


def _maintenance() -> Estimate:
    return Estimate(
        lower_s=MAINTENANCE_S[0],
        upper_s=MAINTENANCE_S[1],
        formula="the maintenance takes the database offline for 10 to 60 s; users may see errors for 1 to 3 min",
        source="Dev Center heroku-postgres-maintenance, 2024-04-15; help.heroku.com CM2A0TGW",
    )


def _prepared_upgrade() -> Estimate:
    return Estimate(
        lower_s=0,
        upper_s=DAY_S,
        formula="Heroku prepares the upgrade: up to a day",
        source="heroku/cli v11.9.0 test/unit/commands/pg/upgrade/prepare.unit.test.ts",
    )


def _upgrade() -> Estimate:
    return Estimate(
        lower_s=UPGRADE_S[0],
        upper_s=UPGRADE_S[1] + STOP_DYNOS_S,
        likely_s=LIKELY_UPGRADE_S,
        formula=(
            f"about 10 min for the upgrade, read as 5 to 20, + {STOP_DYNOS_S} s for dynos to stop"
        ),
        source=f"{_VERSION}; Dev Center dyno-shutdown-behavior",
    )


def _switch(situation: Situation) -> Estimate:
    further = _most_names_of_one_app(situation) - 1
    compare_s = COMPARE_S["pg-copy" if situation.way == "pg-copy" else "follower-switch"]
    upper_s: float = SWITCH_S + STOP_DYNOS_S + compare_s + NEXT_NAME_S * further
    formula = (
        f"{SWITCH_S} s for the switch + {STOP_DYNOS_S} s for dynos to stop"
        f" + {compare_s} s to compare old and new"
    )
    if further:
        formula += f" + {NEXT_NAME_S} s (assumed) x {further} further names of one app"
    releasing = _releasing_apps(situation)
    if releasing:
        upper_s = FOLLOWER_SWITCH_LIMIT_S
        formula += f"; the release commands of {', '.join(releasing)} run in it too, within the limit of the cutover"
    return Estimate(
        lower_s=LEAST_SWITCH_S,
        upper_s=upper_s,
        formula=formula,
        source=f"{_CHANGE}; Dev Center dyno-shutdown-behavior",
    )


def _copy(situation: Situation) -> Estimate:
    size_gb = situation.size_gb
    switch = _switch(situation)
    if size_gb is None or switch.upper_s is None:
        return Estimate(
            lower_s=LEAST_SWITCH_S,
            upper_s=None,
            formula="about 3 min a GB; the data's size is unknown",
            source=_CHANGE,
        )
    copy_s = COPY_S_PER_GB * size_gb
    lower_s = round(LEAST_SWITCH_S + copy_s * COPY_SPREAD[0], 1)
    # What is said of a copy leaves out release commands, and the switch, which outweighs a small one.
    is_unsaid = bool(_releasing_apps(situation)) or copy_s < lower_s
    return Estimate(
        lower_s=lower_s,
        upper_s=round(switch.upper_s + copy_s * COPY_SPREAD[1], 1),
        likely_s=None if is_unsaid else round(copy_s, 1),
        formula=f"half to twice 3 min x {gigabytes(size_gb)} of data, then {switch.formula}",
        source=f'{switch.source}; "may vary a lot" is read as half to twice',
    )


def _longest_copy_s(situation: Situation) -> float:
    """For a limit where the size is unknown: as long as a copy of a full disk, or a day."""
    disk_gb = situation.before.storage_gb if situation.before else None
    return DAY_S if disk_gb is None else COPY_S_PER_GB * disk_gb * COPY_SPREAD[1]


def _most_names_of_one_app(situation: Situation) -> int:
    left = situation.left_app
    names = [
        one.app
        for one in situation.observed.attachments
        if not is_mark(one.name) and one.app != left
    ]
    return max((names.count(app) for app in names), default=1)


def _releasing_apps(situation: Situation) -> tuple[str, ...]:
    names = {one.app for one in situation.observed.attachments} - {situation.left_app}
    apps = (situation.snapshot.app(name) for name in sorted({*names, situation.owner}))
    return tuple(sorted({app.name for app in apps if app is not None and app.has_release_phase}))
