"""What keeps a plan from being applied, in words: limits, waivers, windows and freezes."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from reconciler.core.safety import findings
from reconciler.core.steps import PrepareUpgrade, RunMaintenance

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator

    from reconciler.core.limits import Freeze, LimitName, Waiver
    from reconciler.core.plan import DatabasePlan, Plan
    from reconciler.core.safety import Finding

HANDED_TO_HEROKU = "once prepared, Heroku would make this change by itself in its own weekly window, if that comes first"


def limit_sections(plan: Plan, *, today: dt.date | None = None) -> Iterator[tuple[str, list[str]]]:
    """Headings, each with its entries; none for a plan that nothing guards. Without a day every waiver counts."""
    found = findings(plan, today=today)
    refused = [text.lstrip() for text in _refused(one for one in found if not one.is_waived)]
    waived = [_waived(one) for one in found if one.is_waived]
    if refused:
        yield "Beyond a limit, and so refused by apply:", refused
    if waived:
        yield "Beyond a limit, with a waiver:", waived
    if plan.safety.freezes:
        yield "Freezes, in which no cutover begins:", [*map(freeze_text, plan.safety.freezes)]


def refusal_text(refused: Iterable[Finding]) -> str:
    """Why apply does nothing, ending without a newline."""
    lines = ["Beyond a limit; nothing was changed:", *(f"  {text}" for text in _refused(refused))]
    return "\n".join(lines)


def _refused(refused: Iterable[Finding]) -> Iterator[str]:
    """What is too much, which waivers count for a part of it, which have expired; once a limit, how to waive it.

    What is said of a finding is indented below it.
    """
    for limit, group in groupby(refused, key=lambda one: one.limit):
        ones = list(group)
        for one in ones:
            yield f"{one.text} [{limit}]"
            yield from (f"  {_waiver(each)}" for each in one.waivers)
            yield from (f"  {_expired(each)}" for each in one.expired)
        yield f"  {_how_to_waive(limit, ones)}"


def _how_to_waive(limit: LimitName, findings: list[Finding]) -> str:
    """For one database by its name."""
    names = {name for one in findings for name in one.databases}
    what = "it, in reconcile.toml:" if len(findings) == 1 else "them, in reconcile.toml: for each"
    return (
        f'to waive {what} a table [[waiver]] with limit = "{limit}", '
        f'database = "{names.pop() if len(names) == 1 else "NAME"}", until = the last day, reason = "why"'
    )


def freeze_text(freeze: Freeze) -> str:
    """`2026-12-20 00:00 to 2027-01-04 00:00 UTC: Christmas business`."""
    reason = f": {freeze.reason}" if freeze.reason else ""
    return f"{_moment(freeze.begins)} to {_moment(freeze.ends)} UTC{reason}"


def window_text(database: DatabasePlan, *, has_freezes: bool) -> str:
    """When the cutover of `database` may begin; empty for at any time."""
    parts = [f"only {database.cutover_window} UTC"] if database.cutover_window else []
    parts += ["outside every freeze"] if has_freezes else []
    if not parts:
        return ""
    text = f"begins {', '.join(parts)}"
    is_handed_over = any(
        isinstance(step, RunMaintenance | PrepareUpgrade)
        for stage in database.stages
        for step in stage.steps
    )
    return f"{text}; {HANDED_TO_HEROKU}" if is_handed_over else text


def _waived(finding: Finding) -> str:
    return f"{finding.text} [{finding.limit}]; {'; '.join(map(_waiver, finding.waivers))}"


def _waiver(waiver: Waiver) -> str:
    return f"waived for {waiver.database} until {waiver.until}: {waiver.reason}"


def _expired(waiver: Waiver) -> str:
    return (
        f"the waiver for {waiver.database} expired: it was until {waiver.until} ({waiver.reason})"
    )


def _moment(moment: dt.datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"
