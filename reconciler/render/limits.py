"""What keeps a plan from being applied, in words: limits, waivers, windows and freezes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.core.safety import findings
from reconciler.core.steps import PrepareUpgrade, RunMaintenance

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator

    from reconciler.core.limits import Freeze, Waiver
    from reconciler.core.plan import DatabasePlan, Plan
    from reconciler.core.safety import Finding

HANDED_TO_HEROKU = "once prepared, Heroku would make this change by itself in its own weekly window, if that comes first"


def limit_sections(plan: Plan, *, today: dt.date | None = None) -> Iterator[tuple[str, list[str]]]:
    """Headings, each with its entries; none for a plan that nothing guards. Without a day every waiver counts."""
    found = findings(plan, today=today)
    refused = [text for one in found if not one.is_waived for text in refused_entries(one)]
    waived = [_waived(one) for one in found if one.is_waived]
    if refused:
        yield "Beyond a limit, and so refused by apply:", refused
    if waived:
        yield "Beyond a limit, with a waiver:", waived
    if plan.safety.freezes:
        yield "Freezes, in which no cutover begins:", [*map(freeze_text, plan.safety.freezes)]


def refused_entries(finding: Finding) -> Iterator[str]:
    """What is too much, which waivers count for a part of it, which have expired, and how to waive it."""
    yield f"{finding.text} [{finding.limit}]"
    yield from map(_waiver, finding.waivers)
    for waiver in finding.expired:
        yield f"the waiver for {waiver.database} expired: it was until {waiver.until} ({waiver.reason})"
    name = finding.databases[0] if len(finding.databases) == 1 else "NAME"
    yield (
        f'to waive it, in reconcile.toml: a table [[waiver]] with limit = "{finding.limit}", '
        f'database = "{name}", until = the last day, reason = "why"'
    )


def refusal_text(refused: Iterable[Finding]) -> str:
    """Why apply does nothing, ending without a newline."""
    lines = ["Beyond a limit; nothing was changed:"]
    for finding in refused:
        first, *more = refused_entries(finding)
        lines += [f"  {first}", *(f"    {text}" for text in more)]
    return "\n".join(lines)


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


def _moment(moment: dt.datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"
