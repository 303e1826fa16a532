"""Money and changes in words, the same in every rendering."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.core.durations import Duration
from reconciler.core.moments import with_ends, with_moments
from reconciler.core.money import HOURLY_SOURCE, HOURS_PER_MONTH
from reconciler.core.observed import POOLER
from reconciler.core.plan import (
    AppChange,
    AttachmentMissing,
    BackupChange,
    FollowerMissing,
    MaintenanceWindowChange,
    Refresh,
    Retirement,
    ServicePlanChange,
    VersionChange,
)

if TYPE_CHECKING:
    from reconciler.core.plan import Change, DatabasePlan, Money, Reason

ARROW = "→"
UNKNOWN = "?"
FOREVER = str(Duration(None))


def dollars(cents: int | None) -> str:
    """`$1,200`, `$0.50`; `price unknown` for None."""
    return "price unknown" if cents is None else f"${amount(cents)}"


def amount(cents: int) -> str:
    """`1,200` or `0.50`, without a sign."""
    whole, rest = divmod(abs(cents), 100)
    return f"{whole:,}.{rest:02}" if rest else f"{whole:,}"


def difference_cents(money: Money) -> int | None:
    """What a month costs more; None where a price is unknown."""
    if money.before_cents is None or money.after_cents is None:
        return None
    return money.after_cents - money.before_cents


def overlap_figure(money: Money, *, keep: str) -> str:
    """For a column: `+5.02` in all, `+50/month` without an end, `0`; a question mark where a price is unknown."""
    if money.overlap_cents == 0:
        return signed(0)
    if money.overlap_cents is not None and keep == FOREVER:
        return f"{signed(money.overlap_cents)}/month"
    return signed(money.overlap_once_cents)


def cost_text(money: Money, *, keep: str) -> str:
    """A month before and after, and what is paid twice meanwhile; `keep`: how long, empty when nothing is replaced."""
    if money.before_cents == money.after_cents and money.before_cents is not None:
        text = f"{dollars(money.before_cents)} a month, as now"
    else:
        text = f"{dollars(money.before_cents)} {ARROW} {dollars(money.after_cents)} a month"
    if money.overlap_cents == 0:
        return text
    kept = f" (kept {keep})" if keep else ""
    if money.overlap_cents is None:
        return f"{text}; what is replaced is paid for meanwhile, price unknown{kept}"
    more = dollars(money.overlap_cents)
    if money.overlap_once_cents is None:
        pace = "" if keep == FOREVER else ", pro rata"
        return f"{text}; what is replaced goes on costing {more} a month{pace}{kept}"
    once = dollars(money.overlap_once_cents)
    hourly = f"{more} a month / {HOURS_PER_MONTH} an hour for what is replaced{kept}"
    until = f"{hourly} and what is new beside it until the cutover"
    return f"{text}; and at least {once} once: {until} (source: {HOURLY_SOURCE})"


def signed(cents: int | None) -> str:
    """`+150`, `-1,150`, `0`; a question mark for None."""
    if cents is None:
        return UNKNOWN
    sign = "+" if cents > 0 else "-" if cents < 0 else ""
    return sign + amount(cents)


def change_text(change: Change) -> str:  # noqa: PLR0911  # one line a kind
    """What is to be different, in a few words."""
    match change:
        case ServicePlanChange():
            return f"service plan {change.before} {ARROW} {change.after}"
        case AppChange():
            return f"app {change.before} {ARROW} {change.after}"
        case VersionChange():
            return f"PostgreSQL {change.before} {ARROW} {change.after}"
        case Refresh():
            return (
                f"renewal: created on {change.created_on}, wanted not older "
                f"than {change.not_older_than}"
            )
        case FollowerMissing():
            instead = f" instead of {change.instead_of}" if change.instead_of else ""
            where = f"{change.app}::{change.attachment}"
            return f"follower {where} on {change.service_plan}{instead}"
        case AttachmentMissing():
            kind = "connection pool" if change.namespace == POOLER else "name"
            instead = f" instead of {change.instead_of}" if change.instead_of else ""
            return f"{kind} {change.app}::{change.attachment}{instead}"
        case MaintenanceWindowChange():
            return f"maintenance window {change.before or 'unknown'} {ARROW} {change.after} UTC"
        case BackupChange():
            before = f"{change.before} {ARROW} " if change.before else ""
            return f"daily backup {change.name}: {before}{change.after}"
        case Retirement():
            since, until = with_moments(change.since), with_ends(change.until)
            return f"destroy {change.addon}, replaced {since}, kept until {until}"


def wanted_text(database: DatabasePlan) -> str:  # noqa: C901  # one case a kind
    """The column WANTED: the plan, or what else is to be different, in a word or two."""
    words: list[str] = []
    for change in database.changes:
        match change:
            case ServicePlanChange():
                words.append(change.after)
            case AppChange():
                words.append(f"on {change.after}")
            case VersionChange():
                words.append(f"PG {change.after}")
            case Refresh():
                words.append("renewed")
            case FollowerMissing():
                words.append("follower")
            case AttachmentMissing():
                words.append("name")
            case MaintenanceWindowChange():
                words.append("window")
            case BackupChange():
                words.append("backup")
            case Retirement():
                words.append("destroyed")
    further = f" +{len(words) - 1}" if len(words) > 1 else ""
    return words[0] + further


def reason_text(reason: Reason) -> str:
    """The sentence, and the rule's id in brackets."""
    return f"{reason.text} [{reason.rule}]" if reason.rule else reason.text
