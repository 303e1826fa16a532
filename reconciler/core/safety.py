"""Whether a plan goes beyond a limit, which waivers allow it, and which of those have expired.

A function of the plan and a day. The plan holds the limits and waivers that were written when it was made, so that
what a reviewer approved is what is judged; only the day is that of the apply.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.core.estimates import span
from reconciler.core.limits import Safety, sorted_freezes, sorted_waivers
from reconciler.core.plan import Retirement
from reconciler.core.steps import Copy, Deprovision, Provision

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Sequence

    from reconciler.core.desired import DesiredState
    from reconciler.core.limits import LimitName, Waiver
    from reconciler.core.names import AddonName, DatabaseName
    from reconciler.core.plan import DatabasePlan, Plan

SMALLEST_FLEET = 10
"""From so many databases on a percentage says something."""

Changing = tuple["DatabasePlan", ...]
Words = Callable[[Changing], str]


@dataclass(frozen=True, slots=True)
class Finding:
    """One limit that a plan goes beyond."""

    limit: LimitName
    text: str
    """What is too much, and how much would not be."""
    databases: tuple[DatabaseName, ...]
    """What takes part in it; a waiver for one of them counts."""
    waivers: tuple[Waiver, ...] = ()
    """Those that count on the day."""
    expired: tuple[Waiver, ...] = ()
    """Those that counted on an earlier one."""
    is_waived: bool = False
    """Whether the waivers suffice."""


def findings(plan: Plan, *, today: dt.date | None = None) -> tuple[Finding, ...]:
    """Every limit that `plan` goes beyond, whole-plan ones first; waived ones too.

    `today` is the day in UTC on which it would be applied; None: every waiver counts, whatever its day.
    """
    judge = _Judge(plan, today)
    return tuple(judge.all())


def refusals(plan: Plan, *, today: dt.date) -> tuple[Finding, ...]:
    """What forbids to apply `plan` on that day; empty: nothing does."""
    return tuple(one for one in findings(plan, today=today) if not one.is_waived)


def safety_of(databases: Iterable[DatabasePlan], *, wanted: Safety, fleet_size: int) -> Safety:
    """What of `wanted` guards a plan that changes `databases`: waivers of others are left out."""
    names = {one.name for one in databases}
    if not names:
        return Safety()
    limits = wanted.limits
    waivers = tuple(one for one in wanted.waivers if one.database in names)
    return Safety(
        limits=limits,
        waivers=sorted_waivers(waivers),
        freezes=sorted_freezes(wanted.freezes),
        fleet_size=fleet_size if limits.most_percent is not None else 0,
    )


def guarded(plan: Plan, desired: DesiredState) -> Plan:
    """`plan`, made from another one, with what guards the databases that it changes itself."""
    safety = safety_of(plan.databases, wanted=desired.safety, fleet_size=desired.fleet_size)
    return plan.model_copy(update={"safety": safety}).with_digest()


@dataclass(frozen=True, slots=True)
class _Judge:
    """One plan on one day."""

    plan: Plan
    today: dt.date | None

    def all(self) -> Iterator[Finding]:
        limits = self.plan.safety.limits
        if limits.most_changes is not None:
            yield from self.most_changes(limits.most_changes)
        if limits.most_percent is not None:
            yield from self.most_percent(limits.most_percent)
        if limits.most_extra_dollars is not None:
            yield from self.most_extra_dollars(limits.most_extra_dollars)
        if limits.most_downtime is not None:
            yield from self.most_downtime(limits.most_downtime.seconds or 0)
        yield from self.nothing_destroyed()

    def most_changes(self, most: int) -> Iterator[Finding]:
        def text(waived: Changing) -> str:
            changing = len(self.plan.databases)
            noun = "database" if changing == 1 else "databases"
            missing = _missing(changing - len(waived) - most, waived)
            return f"{changing} {noun} would change{_of_them(waived)}; at most {most} may{missing}"

        yield from self._together("most_changes", text, lambda ones: len(ones) > most)

    def most_percent(self, most: int) -> Iterator[Finding]:
        fleet = max(self.plan.safety.fleet_size, self.plan.count)
        if fleet < SMALLEST_FLEET:
            return

        def text(waived: Changing) -> str:
            changing = len(self.plan.databases)
            percent = _percent_above(most, 100 * changing / fleet)
            missing = _missing(changing - len(waived) - most * fleet // 100, waived)
            return (
                f"{changing} of {fleet} databases ({percent}) would change{_of_them(waived)}; "
                f"at most {most}% may{missing}"
            )

        yield from self._together("most_percent", text, lambda ones: 100 * len(ones) > most * fleet)

    def most_extra_dollars(self, most: int) -> Iterator[Finding]:
        def text(waived: Changing) -> str:
            known, unknown = _extra_cents(self.plan.databases)
            if unknown:
                return f"the price is unknown of {', '.join(unknown)}; at most ${most:,} more a month may be"
            waived_cents, _ = _extra_cents(waived)
            part = f", ${waived_cents / 100:,.0f} of it waived" if waived_cents > 0 else ""
            return f"${known / 100:,.0f} more a month{part}; at most ${most:,} may be"

        yield from self._together(
            "most_extra_dollars", text, lambda ones: _is_dearer(ones, most * 100)
        )

    def most_downtime(self, most_s: int) -> Iterator[Finding]:
        for one in self.plan.databases:
            upper_s = one.downtime.upper_s
            if upper_s is not None and upper_s <= most_s:
                continue
            how_long = (
                "for nobody knows how long" if upper_s is None else f"for up to {span(upper_s)}"
            )
            text = f"{one.name} would be down {how_long}; at most {span(most_s)} may be"
            yield from self._alone("most_downtime", text, one)

    def nothing_destroyed(self) -> Iterator[Finding]:
        for one in self.plan.databases:
            for addon in _destroyed(one):
                text = (
                    f"{one.name}: what {addon} holds would be lost; only a retirement may do that"
                )
                yield from self._alone("nothing_destroyed", text, one)

    def _alone(self, limit: LimitName, text: str, one: DatabasePlan) -> Iterator[Finding]:
        yield from self._finding(limit, lambda _: text, (one,), bool)

    def _together(
        self, limit: LimitName, text: Words, is_over: Callable[[Changing], bool]
    ) -> Iterator[Finding]:
        yield from self._finding(limit, text, self.plan.databases, is_over)

    def _finding(
        self, limit: LimitName, text: Words, ones: Changing, is_over: Callable[[Changing], bool]
    ) -> Iterator[Finding]:
        """The finding, if these databases are over; waived, if they are not without the waived ones.

        `text` is given the waived ones.
        """
        if not is_over(ones):
            return
        names = tuple(one.name for one in ones)
        written = [
            each
            for each in self.plan.safety.waivers
            if each.limit == limit and each.database in names
        ]
        counting = tuple(each for each in written if self._counts(each))
        free = {each.database for each in counting}
        yield Finding(
            limit=limit,
            text=text(tuple(one for one in ones if one.name in free)),
            databases=names,
            waivers=counting,
            expired=tuple(each for each in written if not self._counts(each)),
            is_waived=not is_over(tuple(one for one in ones if one.name not in free)),
        )

    def _counts(self, waiver: Waiver) -> bool:
        return self.today is None or self.today <= waiver.until


def _of_them(waived: Changing) -> str:
    return f", {len(waived)} of them waived" if waived else ""


def _missing(count: int, waived: Changing) -> str:
    """How many waivers would be enough; nothing where none is missing."""
    if count <= 0:
        return ""
    more = " more" if waived else ""
    return (
        f": {count}{more} waiver is needed" if count == 1 else f": {count}{more} waivers are needed"
    )


def _percent_above(most: int, percent: float) -> str:
    """`percent`, which is more than `most`, with as many decimals as it takes to say so."""
    decimals = next(count for count in range(9) if round(percent, count) > most)
    return f"{percent:.{decimals}f}%"


def _extra_cents(ones: Sequence[DatabasePlan]) -> tuple[int, list[DatabaseName]]:
    """What a month costs more as far as that is known, and the databases of which it is not."""
    known = 0
    unknown: list[DatabaseName] = []
    for one in ones:
        before, after = one.money.before_cents, one.money.after_cents
        if before is None or after is None:
            unknown.append(one.name)
        else:
            known += after - before
    return known, unknown


def _is_dearer(ones: Sequence[DatabasePlan], most_cents: int) -> bool:
    known, unknown = _extra_cents(ones)
    return bool(unknown) or known > most_cents


def _destroyed(database: DatabasePlan) -> Iterator[AddonName]:
    """The add-ons whose data a plan would take away.

    Only a retirement, a change of its own, may deprovision, and nothing but what it names. A copy replaces all
    that its target holds, which is harmless only in a database that the same plan has created.
    """
    steps = [step for stage in database.stages for step in stage.steps]
    created = {step.addon for step in steps if isinstance(step, Provision)}
    retired = {change.addon for change in database.changes if isinstance(change, Retirement)}
    for step in steps:
        if isinstance(step, Copy) and step.target not in created:
            yield step.target
        if isinstance(step, Deprovision) and step.addon not in retired:
            yield step.addon
